//! The fields of a form, one after the other, under limits. It knows nothing of what becomes of a slice: the fuzzer reads
//! forms with it too.

use std::sync::Arc;

<<<<<<< HEAD
use lungsight_app::analysis::{Grouping, LeftOut};
=======
>>>>>>> deploying
use lungsight_imaging::DecodeError;
use multer::{Field, Multipart};

use super::body::Progress;
use crate::memory::{Memory, MemoryFull, Reservation};
use crate::name;

/// Longest text that is looked at.
const TEXT_BYTES: usize = 64;

/// More slices than any series has that can be read.
const MOST_LEFT_OUT: usize = 100_000;

<<<<<<< HEAD
/// Reads fields, and hands every complete slice on.
pub(super) struct FieldReader {
    multipart: Multipart<'static>,
    progress: Arc<Progress>,
    state: AppState,
    grouping: Grouping,
    left_out: LeftOut,
    /// The last slice: its mask may be the next field.
    open: Option<OpenSlice>,
    closed: Vec<PendingSlice>,
=======
/// What one form may hold.
#[derive(Clone, Copy, Debug)]
pub struct FieldLimits {
    pub files: usize,
    /// Of one file; a larger one is thrown away, and said to have been.
    pub file_bytes: usize,
>>>>>>> deploying
}

/// A file's bytes, or why they were not kept.
pub type Content = Result<Vec<u8>, DecodeError>;

/// A slice as it was sent, with its mask where one came along.
pub struct SentSlice {
    /// Fit for display; see [`name`](crate::name).
    pub name: String,
    pub file: Content,
    pub mask: Option<Content>,
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
    grouping: Option<Vec<u8>>,
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
<<<<<<< HEAD
            state,
            grouping: Grouping::default(),
            left_out: LeftOut::default(),
=======
            memory,
            limits,
            take,
            slices: 0,
>>>>>>> deploying
            open: None,
            grouping: None,
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
                Some("grouping") => self.read_grouping(field).await?,
                Some("no_lungs") => {
                    self.left_out.no_lungs = self.read_count("no_lungs", field).await?;
                }
                Some("unreadable") => {
                    self.left_out.unreadable = self.read_count("unreadable", field).await?;
                }
                Some("passed_over") => {
                    self.left_out.passed_over = self.read_count("passed_over", field).await?;
                }
                // Browsers send what else is in a form, such as the button that was pressed.
                _ => self.skip(field).await,
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

<<<<<<< HEAD
    /// Waits until every slice is decoded and masked.
    pub(super) async fn finish(self) -> Result<Form, Error> {
        let limit = self.state.config().requests.request_pixels;
        let mut form = Form {
            grouping: self.grouping,
            left_out: self.left_out,
            slices: Vec::new(),
            held: Vec::new(),
        };
        let mut pixels = 0;
        for pending in self.closed {
            let (mut result, held) = pending.task.await.map_err(|_| Error::Internal)??;
            if let Ok(slice) = &result {
                pixels += slice.slice.pixels().len() as u64;
                if pixels > limit {
                    result = Err(SliceFault::RequestPixels { limit });
                }
            }
            form.slices.push(ReadSlice {
                name: pending.name,
                result,
            });
            form.held.push(held);
        }
        Ok(form)
=======
    /// The start of the last `grouping`, as it was sent.
    pub fn grouping(&self) -> Option<&[u8]> {
        self.grouping.as_deref()
>>>>>>> deploying
    }

    async fn read_slice(&mut self, field: Field<'static>) -> Result<(), FormFault> {
        self.close_slice();
        if self.slices >= self.limits.files {
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
                held,
            });
        }
        Ok(())
    }

    async fn read_mask(&mut self, field: Field<'static>) -> Result<(), FormFault> {
        let Some(mut slice) = self.open.take() else {
            return Err(FormFault::MaskWithoutSlice);
        };
        if slice.mask.is_some() {
            return Err(FormFault::SecondMask(slice.name));
        }
        slice.mask = Some(self.read_content(field, &mut slice.held).await?);
        self.open = Some(slice);
        Ok(())
    }

<<<<<<< HEAD
    async fn read_grouping(&mut self, field: Field<'static>) -> Result<(), Error> {
        self.grouping = match self.read_text(field).await?.as_slice() {
            b"slices" => Grouping::Slices,
            b"patient" => Grouping::Patient,
            other => {
                let shown: String = String::from_utf8_lossy(other)
                    .chars()
                    .filter(|c| !c.is_control())
                    .collect();
                return Err(Error::UnknownGrouping(shown));
            }
        };
=======
    async fn read_grouping(&mut self, mut field: Field<'static>) -> Result<(), FormFault> {
        let mut text = Vec::new();
        while let Some(chunk) = field.chunk().await.map_err(|_| FormFault::Malformed)? {
            self.progress.taken(chunk.len());
            text.extend(
                chunk
                    .iter()
                    .take(GROUPING_BYTES - text.len().min(GROUPING_BYTES)),
            );
        }
        self.grouping = Some(text);
>>>>>>> deploying
        Ok(())
    }

    /// How many slices the sender has left out; told to others, so no more than there can be.
    async fn read_count(&self, name: &'static str, field: Field<'static>) -> Result<usize, Error> {
        let text = self.read_text(field).await?;
        let is_number = text.iter().all(u8::is_ascii_digit);
        let text = is_number.then(|| String::from_utf8(text).ok()).flatten();
        let count = text.and_then(|text| text.parse().ok());
        count
            .filter(|count| *count <= MOST_LEFT_OUT)
            .ok_or(Error::NoCount {
                name,
                most: MOST_LEFT_OUT,
            })
    }

    /// The beginning of a text; read to its end.
    async fn read_text(&self, mut field: Field<'static>) -> Result<Vec<u8>, Error> {
        let mut text = Vec::new();
        while let Some(chunk) = field.chunk().await.map_err(|_| Error::MalformedForm)? {
            self.progress.taken(chunk.len());
            text.extend(chunk.iter().take(TEXT_BYTES - text.len().min(TEXT_BYTES)));
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
            } else {
                held.grow(chunk.len())?;
                content.extend_from_slice(&chunk);
            }
        }
        Ok(if bytes > max_bytes {
            Err(DecodeError::TooManyBytes { bytes, max_bytes })
        } else {
            Ok(content)
        })
    }

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
