//! The fields of a form, one after the other, under limits. It knows nothing of what becomes of a slice: the fuzzer reads
//! forms with it too.

use std::sync::Arc;

use lungsight_imaging::DecodeError;
use lungsight_series::FURTHEST_MM;
use multer::{Field, Multipart};

use super::body::Progress;
use crate::memory::{Memory, MemoryFull, Reservation};
use crate::name;

/// Longest text that is looked at.
const TEXT_BYTES: usize = 64;

/// Longest text that tells of a series.
const NOTES_BYTES: usize = 4096;

/// What room for a file grows by, in bytes.
const STEP: usize = 64 << 10;

/// Fields that are short texts; the last of each name counts.
const TEXTS: [&str; 5] = [
    "grouping",
    "no_lungs",
    "unreadable",
    "passed_over",
    "by_hand",
];

/// What one form may hold.
#[derive(Clone, Copy, Debug)]
pub struct FieldLimits {
    pub files: usize,
    /// Of one file; a larger one is thrown away, and said to have been.
    pub file_bytes: usize,
}

/// A file's bytes, or why they were not kept.
pub type Content = Result<Vec<u8>, DecodeError>;

/// A slice as it was sent, with its mask where one came along.
pub struct SentSlice {
    /// Fit for display; see [`name`](crate::name).
    pub name: String,
    pub file: Content,
    pub mask: Option<Content>,
    /// The threshold that its sender set by hand for the mask.
    pub threshold: Option<u8>,
    /// Where it lies in its series, in mm.
    pub position_mm: Option<f32>,
    /// The memory that the files take.
    pub held: Reservation,
}

/// Why a form as a whole is refused.
#[derive(Debug, PartialEq, Eq)]
pub enum FormFault {
    Malformed,
    MaskWithoutSlice,
    /// For the slice of this name.
    SecondMask(String),
    /// No grey value, or not after the mask that it belongs to.
    Threshold,
    /// No place in a series, or not after the slice that it belongs to.
    Position,
    /// More than so many.
    TooManyFiles(usize),
    MemoryFull,
}

impl From<MemoryFull> for FormFault {
    fn from(_: MemoryFull) -> Self {
        Self::MemoryFull
    }
}

/// Reads fields, and hands every complete slice to `take`.
pub struct FieldReader<F> {
    multipart: Multipart<'static>,
    progress: Arc<Progress>,
    memory: Memory,
    limits: FieldLimits,
    take: F,
    /// Slices begun, the open one included.
    slices: usize,
    /// The last slice: its mask may be the next field.
    open: Option<SentSlice>,
    /// In the order of [`TEXTS`].
    texts: [Option<Vec<u8>>; TEXTS.len()],
    notes: Option<Vec<u8>>,
}

impl<F: FnMut(SentSlice)> FieldReader<F> {
    pub fn new(
        multipart: Multipart<'static>,
        progress: Arc<Progress>,
        memory: Memory,
        limits: FieldLimits,
        take: F,
    ) -> Self {
        Self {
            multipart,
            progress,
            memory,
            limits,
            take,
            slices: 0,
            open: None,
            texts: Default::default(),
            notes: None,
        }
    }

    /// Reads to the end of the form.
    ///
    /// # Errors
    /// When the form cannot be read on; a file that is too large is none of these.
    pub async fn read_all(&mut self) -> Result<(), FormFault> {
        while let Some(field) = self
            .multipart
            .next_field()
            .await
            .map_err(|_| FormFault::Malformed)?
        {
            match field.name() {
                Some("slice") => self.read_slice(field).await?,
                Some("mask") => self.read_mask(field).await?,
                Some("threshold") => self.read_threshold(field).await?,
                Some("position") => self.read_position(field).await?,
                Some("notes") => self.notes = Some(self.read_text(field, NOTES_BYTES).await?),
                name => match TEXTS.iter().position(|text| Some(*text) == name) {
                    Some(index) => {
                        self.texts[index] = Some(self.read_text(field, TEXT_BYTES).await?)
                    }
                    // Browsers send what else is in a form, such as the button that was pressed.
                    None => self.skip(field).await,
                },
            }
        }
        self.close_slice();
        Ok(())
    }

    /// Reads on and throws away, after an error.
    pub async fn drain(&mut self) {
        while let Ok(Some(field)) = self.multipart.next_field().await {
            self.skip(field).await;
        }
    }

    /// The start of the last text of this name, as it was sent.
    pub fn text(&self, name: &str) -> Option<&[u8]> {
        let index = TEXTS.iter().position(|text| *text == name)?;
        self.texts[index].as_deref()
    }

    /// The start of the last `notes`, as they were sent.
    pub fn notes(&self) -> Option<&[u8]> {
        self.notes.as_deref()
    }

    async fn read_slice(&mut self, field: Field<'static>) -> Result<(), FormFault> {
        self.close_slice();
        if self.slices >= self.limits.files {
            self.skip(field).await;
            return Err(FormFault::TooManyFiles(self.limits.files));
        }
        let sent_name = field.file_name().unwrap_or_default().to_owned();
        let name = name::for_display(&sent_name, self.slices + 1);
        let mut held = self.memory.reserve_none();
        let file = self.read_content(field, &mut held).await?;
        let nothing_chosen = sent_name.is_empty() && file.as_ref().is_ok_and(Vec::is_empty);
        if !nothing_chosen {
            self.slices += 1;
            self.open = Some(SentSlice {
                name,
                file,
                mask: None,
                threshold: None,
                position_mm: None,
                held,
            });
        }
        Ok(())
    }

    async fn read_mask(&mut self, field: Field<'static>) -> Result<(), FormFault> {
        let Some(mut slice) = self.open.take() else {
            self.skip(field).await;
            return Err(FormFault::MaskWithoutSlice);
        };
        if slice.mask.is_some() {
            self.skip(field).await;
            return Err(FormFault::SecondMask(slice.name));
        }
        slice.mask = Some(self.read_content(field, &mut slice.held).await?);
        self.open = Some(slice);
        Ok(())
    }

    async fn read_threshold(&mut self, field: Field<'static>) -> Result<(), FormFault> {
        let text = self.read_text(field, TEXT_BYTES).await?;
        let digits = std::str::from_utf8(&text).ok().filter(|text| {
            text.len() < TEXT_BYTES && text.bytes().all(|byte| byte.is_ascii_digit())
        });
        let grey = digits.and_then(|digits| digits.parse().ok());
        let slice = self.open.as_mut().filter(|slice| slice.mask.is_some());
        match (grey, slice) {
            (Some(grey), Some(slice)) => slice.threshold = Some(grey),
            _ => return Err(FormFault::Threshold),
        }
        Ok(())
    }

    async fn read_position(&mut self, field: Field<'static>) -> Result<(), FormFault> {
        let text = self.read_text(field, TEXT_BYTES).await?;
        let text = std::str::from_utf8(&text).ok();
        // Longer ones are cut.
        let text = text.filter(|text| text.len() < TEXT_BYTES);
        let mm: Option<f32> = text.and_then(|text| text.parse().ok());
        // Not a number is not within it either.
        let mm = mm.filter(|mm| f64::from(mm.abs()) <= FURTHEST_MM);
        match (mm, self.open.as_mut()) {
            (Some(mm), Some(slice)) => slice.position_mm = Some(mm),
            _ => return Err(FormFault::Position),
        }
        Ok(())
    }

    /// The beginning of a text, `most` bytes; read to its end.
    async fn read_text(
        &self,
        mut field: Field<'static>,
        most: usize,
    ) -> Result<Vec<u8>, FormFault> {
        let mut text = Vec::new();
        while let Some(chunk) = field.chunk().await.map_err(|_| FormFault::Malformed)? {
            self.progress.taken(chunk.len());
            text.extend(chunk.iter().take(most - text.len().min(most)));
        }
        Ok(text)
    }

    /// Reads a file to its end, and keeps it unless it is over its limit.
    async fn read_content(
        &self,
        mut field: Field<'static>,
        held: &mut Reservation,
    ) -> Result<Content, FormFault> {
        let max_bytes = self.limits.file_bytes;
        let (mut content, mut bytes) = (Vec::new(), 0);
        while let Some(chunk) = field.chunk().await.map_err(|_| FormFault::Malformed)? {
            self.progress.taken(chunk.len());
            bytes += chunk.len();
            if bytes > max_bytes {
                held.shrink(content.len());
                content = Vec::new();
            } else if let Err(full) = held.grow(chunk.len()) {
                drop(content);
                self.skip(field).await;
                return Err(full.into());
            } else {
                // Doubled by itself, it would take room that nobody has counted.
                if content.capacity() - content.len() < chunk.len() {
                    content.reserve_exact(chunk.len().max(STEP));
                }
                content.extend_from_slice(&chunk);
            }
        }
        Ok(if bytes > max_bytes {
            Err(DecodeError::TooManyBytes { bytes, max_bytes })
        } else {
            Ok(content)
        })
    }

    /// Reads a field to its end, also before an error is told: what the parser throws away by itself is counted by nobody.
    async fn skip(&self, mut field: Field<'static>) {
        while let Ok(Some(chunk)) = field.chunk().await {
            self.progress.taken(chunk.len());
        }
    }

    /// The open slice will get no mask any more.
    fn close_slice(&mut self) {
        if let Some(slice) = self.open.take() {
            (self.take)(slice);
        }
    }
}
