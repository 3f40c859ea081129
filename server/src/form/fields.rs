//! The fields of a form, one after the other.

use std::sync::Arc;

use lungsight_app::analysis::{Grouping, LeftOut};
use lungsight_imaging::DecodeError;
use multer::{Field, Multipart};
use tokio::task::JoinHandle;

use super::body::Progress;
use super::{Form, ReadSlice};
use crate::error::Error;
use crate::memory::{MemoryFull, Reservation};
use crate::metrics::Stage;
use crate::name;
use crate::prepare::{PreparedSlice, SliceFault, prepare};
use crate::state::AppState;

/// Longest text that is looked at.
const TEXT_BYTES: usize = 64;

/// More slices than any series has that can be read.
const MOST_LEFT_OUT: usize = 100_000;

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
}

/// A file's bytes, or why they were not kept.
type Content = Result<Vec<u8>, DecodeError>;

struct OpenSlice {
    name: String,
    file: Content,
    mask: Option<Content>,
    held: Reservation,
}

/// What became of a slice, and the memory that it holds.
type Prepared = (Result<Arc<PreparedSlice>, SliceFault>, Reservation);

struct PendingSlice {
    name: String,
    task: JoinHandle<Result<Prepared, MemoryFull>>,
}

impl FieldReader {
    pub(super) fn new(
        multipart: Multipart<'static>,
        progress: Arc<Progress>,
        state: AppState,
    ) -> Self {
        Self {
            multipart,
            progress,
            state,
            grouping: Grouping::default(),
            left_out: LeftOut::default(),
            open: None,
            closed: Vec::new(),
        }
    }

    /// Reads to the end of the form.
    pub(super) async fn read_all(&mut self) -> Result<(), Error> {
        while let Some(field) = self
            .multipart
            .next_field()
            .await
            .map_err(|_| Error::MalformedForm)?
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
        if self.closed.is_empty() {
            Err(Error::NoSlice)
        } else {
            Ok(())
        }
    }

    /// Reads on and throws away, after an error.
    pub(super) async fn drain(&mut self) {
        while let Ok(Some(field)) = self.multipart.next_field().await {
            self.skip(field).await;
        }
    }

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
    }

    async fn read_slice(&mut self, field: Field<'static>) -> Result<(), Error> {
        self.close_slice();
        let limits = &self.state.config().requests;
        if self.closed.len() >= limits.files {
            return Err(Error::TooManyFiles(limits.files));
        }
        let sent_name = field.file_name().unwrap_or_default().to_owned();
        let name = name::for_display(&sent_name, self.closed.len() + 1);
        let mut held = self.state.memory().reserve_none();
        let file = self.read_content(field, &mut held).await?;
        let nothing_chosen = sent_name.is_empty() && file.as_ref().is_ok_and(Vec::is_empty);
        if !nothing_chosen {
            self.open = Some(OpenSlice {
                name,
                file,
                mask: None,
                held,
            });
        }
        Ok(())
    }

    async fn read_mask(&mut self, field: Field<'static>) -> Result<(), Error> {
        let Some(mut slice) = self.open.take() else {
            return Err(Error::MaskWithoutSlice);
        };
        if slice.mask.is_some() {
            return Err(Error::SecondMask(slice.name));
        }
        slice.mask = Some(self.read_content(field, &mut slice.held).await?);
        self.open = Some(slice);
        Ok(())
    }

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
    ) -> Result<Content, Error> {
        let max_bytes = self.state.config().requests.file_bytes.bytes();
        let (mut content, mut bytes) = (Vec::new(), 0);
        while let Some(chunk) = field.chunk().await.map_err(|_| Error::MalformedForm)? {
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
            let name = slice.name.clone();
            let task = tokio::spawn(prepare_in_pool(slice, self.state.clone()));
            self.closed.push(PendingSlice { name, task });
        }
    }
}

async fn prepare_in_pool(slice: OpenSlice, state: AppState) -> Result<Prepared, MemoryFull> {
    let OpenSlice {
        file, mask, held, ..
    } = slice;
    let contents = file.map_err(SliceFault::Slice).and_then(|file| {
        let mask = mask.transpose().map_err(SliceFault::Mask)?;
        Ok((file, mask))
    });
    let deadline = state.config().requests.decode_deadline;
    let result = match contents {
        Ok((file, mask)) => {
            let limits = state.config().requests.decoding();
            let metrics = state.metrics().clone();
            let work = move || {
                // What the files hold goes with them: one that takes too long is in memory until it is done.
                let _held = held;
                metrics.time(Stage::Prepare, || prepare(&file, mask.as_deref(), &limits))
            };
            match state.pictures().run_within(*deadline, work).await {
                Ok(Some(result)) => result,
                Ok(None) => Err(SliceFault::Overdue(deadline)),
                Err(_) => Err(SliceFault::Internal),
            }
        }
        Err(fault) => Err(fault),
    };
    let mut held = state.memory().reserve_none();
    if let Ok(slice) = &result {
        held.grow(slice.bytes())?;
    }
    Ok((result.map(Arc::new), held))
}
