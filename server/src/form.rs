//! The form that all uploads come in: `slice` files, each with a `mask` after it if the browser made one, and a `threshold` after
//! that if the user set it, and the `position` of a slice of a series; `grouping`, how many slices the sender has left out, and `notes` on
//! the series that they are of.
//!
//! It is read as it arrives. A file is handed to the picture pool as soon as it is complete, so that slices are decoded
//! and masked while the next ones are still on the way; a file over its limit is skipped and reported, the others go on.

mod body;
mod fields;
mod file;
mod slices;

use std::sync::Arc;
use std::time::Instant;

use axum::extract::Request;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, EXPECT};
use axum::http::{HeaderMap, HeaderName};
use futures_util::StreamExt;
use lungsight_app::analysis::{Grouping, LeftOut, MOST_NOTES, PendingSlice, Remarks};
use lungsight_series::Note;
use tracing::Instrument;

use crate::config::RequestConfig;
use crate::error::Error;
use crate::memory::Reservation;
use crate::metrics::Stage;
use crate::prepare::{PreparedSlice, SliceFault};
use crate::state::AppState;

use body::{LimitedBody, Progress, overhead_bytes};
use fields::{FieldLimits, FieldReader, FormFault};
use slices::DecodedPixels;

pub use file::read as read_file;

/// What a form brought.
pub struct Form {
    pub grouping: Grouping,
    pub remarks: Remarks,
    /// In the order in which they were sent; at least one.
    pub slices: Vec<ReadSlice>,
    /// The memory that the slices take, held until they are kept elsewhere.
    pub held: Vec<Reservation>,
}

/// One file: read and masked, or why not.
#[derive(Clone, Debug)]
pub struct ReadSlice {
    /// Fit for display; see [`name`](crate::name).
    pub name: String,
    /// The threshold that its sender set by hand for the mask.
    pub threshold: Option<u8>,
    /// Where it lies in its series, in mm towards the head.
    pub position_mm: Option<f32>,
    pub result: Result<Arc<PreparedSlice>, SliceFault>,
}

impl ReadSlice {
    /// What a result says of it before there is one.
    pub fn pending(&self) -> PendingSlice {
        PendingSlice {
            name: self.name.clone(),
            threshold: self.threshold,
            position_mm: self.position_mm,
        }
    }
}

/// Reads a request's form.
///
/// # Errors
/// When the request as a whole cannot be served. A file that fails alone is in [`Form::slices`].
pub async fn read(request: Request, state: &AppState) -> Result<Form, Error> {
    let limits = &state.config().requests;
    let too_large = Error::RequestTooLarge(limits.request_bytes);
    if waits_in_vain(&request, limits) {
        return Err(too_large);
    }
    refuse_encoded(request.headers())?;
    let boundary = boundary(request.headers())?;
    let mut parsing = state.memory().reserve_none();
    if let Err(full) = parsing.grow(overhead_bytes(limits.files)) {
        discard(request, state).await;
        return Err(full.into());
    }
    let progress = Arc::new(Progress::default());
    let body = LimitedBody::new(
        request.into_body(),
        limits.request_bytes.bytes(),
        limits.files,
        progress.clone(),
    );
    let mut pending = Vec::new();
    let request = tracing::Span::current();
    let decoded = DecodedPixels::default();
    let mut reader = FieldReader::new(
        multer::Multipart::new(body, boundary),
        progress.clone(),
        state.memory().clone(),
        FieldLimits {
            files: limits.files,
            file_bytes: limits.file_bytes.bytes(),
        },
        |slice| pending.push(slices::begin(slice, state, &decoded, request.clone())),
    );
    let reading = async {
        let outcome = reader.read_all().await;
        if outcome.is_err() {
            reader.drain().await;
        }
        outcome
    };
    let began = Instant::now();
    let reading = reading.instrument(Stage::Receive.span());
    let outcome = tokio::time::timeout(*limits.body_deadline, reading).await;
    state.metrics().took(Stage::Receive, began.elapsed());
    drop(parsing);
    if progress.too_large() {
        return Err(too_large);
    }
    outcome.map_err(|_| Error::TooSlow)??;
    let grouping = grouping(reader.text("grouping"))?;
    let left_out = LeftOut {
        no_lungs: count("no_lungs", reader.text("no_lungs"))?,
        unreadable: count("unreadable", reader.text("unreadable"))?,
        passed_over: count("passed_over", reader.text("passed_over"))?,
        by_hand: count("by_hand", reader.text("by_hand"))?,
    };
    let notes = notes(reader.notes())?;
    if pending.is_empty() {
        return Err(Error::NoSlice);
    }
    let (slices, held) = slices::finish(pending, state).await?;
    Ok(Form {
        grouping,
        remarks: Remarks { left_out, notes },
        slices,
        held,
    })
}

/// Whether a body that is too large is announced by a client that waits for permission to send it, and gets none.
fn waits_in_vain(request: &Request, limits: &RequestConfig) -> bool {
    let declared = number(request.headers(), &CONTENT_LENGTH).unwrap_or(0);
    declared > limits.request_bytes.bytes() && request.headers().contains_key(EXPECT)
}

/// Unpacked, a body could be a thousand times its length.
fn refuse_encoded(headers: &HeaderMap) -> Result<(), Error> {
    match headers.get(CONTENT_ENCODING) {
        Some(encoding) if encoding != "identity" => Err(Error::EncodedBody),
        _ => Ok(()),
    }
}

/// Receives a body and throws it away, so that the client is there to read the answer.
pub async fn discard(request: Request, state: &AppState) {
    if request.headers().contains_key(EXPECT) {
        return;
    }
    let limits = &state.config().requests;
    let progress = Arc::new(Progress::default());
    let mut body = LimitedBody::new(
        request.into_body(),
        limits.request_bytes.bytes(),
        limits.files,
        progress.clone(),
    );
    let receive = async {
        while let Some(Ok(data)) = body.next().await {
            progress.taken(data.len());
        }
    };
    // Whether it ended or its time did, the answer is the same.
    drop(tokio::time::timeout(*limits.body_deadline, receive).await);
}

fn grouping(sent: Option<&[u8]>) -> Result<Grouping, Error> {
    match sent {
        None => Ok(Grouping::default()),
        Some(b"slices") => Ok(Grouping::Slices),
        Some(b"patient") => Ok(Grouping::Patient),
        Some(other) => {
            let shown = String::from_utf8_lossy(other);
            let shown = shown.chars().filter(|c| !c.is_control()).collect();
            Err(Error::UnknownGrouping(shown))
        }
    }
}

/// More slices than any series has that can be read.
const MOST_LEFT_OUT: usize = 100_000;

/// How many slices the sender has left out; told to others, so no more than there can be.
fn count(name: &'static str, sent: Option<&[u8]>) -> Result<usize, Error> {
    let Some(sent) = sent else { return Ok(0) };
    let digits = std::str::from_utf8(sent)
        .ok()
        .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    digits
        .and_then(|text| text.parse().ok())
        .filter(|count| *count <= MOST_LEFT_OUT)
        .ok_or(Error::NoCount {
            name,
            most: MOST_LEFT_OUT,
        })
}

/// What the sender found odd about the series; told to others, so no more than a series can have.
fn notes(sent: Option<&[u8]>) -> Result<Vec<Note>, Error> {
    let Some(sent) = sent else {
        return Ok(Vec::new());
    };
    let is_plausible = |notes: &Vec<Note>| {
        notes.len() <= MOST_NOTES
            && notes
                .iter()
                .all(|note| note.largest_number() <= MOST_LEFT_OUT)
    };
    let notes = serde_json::from_slice(sent).ok().filter(is_plausible);
    notes.ok_or(Error::MalformedNotes(MOST_NOTES))
}

impl From<FormFault> for Error {
    fn from(fault: FormFault) -> Self {
        match fault {
            FormFault::Malformed => Self::MalformedForm,
            FormFault::MaskWithoutSlice => Self::MaskWithoutSlice,
            FormFault::SecondMask(slice) => Self::SecondMask(slice),
            FormFault::Threshold => Self::Threshold,
            FormFault::Position => Self::Position,
            FormFault::TooManyFiles(most) => Self::TooManyFiles(most),
            FormFault::MemoryFull => Self::MemoryFull,
        }
    }
}

fn number(headers: &HeaderMap, name: &HeaderName) -> Option<usize> {
    headers.get(name)?.to_str().ok()?.parse().ok()
}

fn boundary(headers: &HeaderMap) -> Result<String, Error> {
    let content_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    content_type
        .and_then(|value| multer::parse_boundary(value).ok())
        .ok_or(Error::NotAForm)
}
