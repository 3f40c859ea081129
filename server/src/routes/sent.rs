//! How files are sent: to be shown, or to be saved. They have their share of the memory of requests until they have been sent,
//! or the client is gone: one that does not read keeps them.

use axum::body::Bytes;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::analyses::find_record;
use crate::error::Error;
use crate::memory::{Memory, MemoryFull, Reservation};
use crate::record::Record;
use crate::state::AppState;

/// What is sent, and its share of the memory.
struct Counted<T> {
    bytes: T,
    _held: Reservation,
}

impl<T: AsRef<[u8]>> AsRef<[u8]> for Counted<T> {
    fn as_ref(&self) -> &[u8] {
        self.bytes.as_ref()
    }
}

/// The same bytes, counted to `memory` for as long as there are any of them.
///
/// # Errors
/// When the memory has no room for them.
pub fn counted<T: AsRef<[u8]> + Send + 'static>(
    memory: &Memory,
    bytes: T,
) -> Result<Bytes, MemoryFull> {
    let mut held = memory.reserve_none();
    held.grow(bytes.as_ref().len())?;
    Ok(Bytes::from_owner(Counted { bytes, _held: held }))
}

/// A picture.
pub fn png<T: AsRef<[u8]> + Send + 'static>(memory: &Memory, bytes: T) -> Result<Response, Error> {
    let bytes = counted(memory, bytes)?;
    Ok(([(header::CONTENT_TYPE, "image/png")], bytes).into_response())
}

/// A file that browsers save under `name`, which is ASCII without quotes.
pub fn attachment(
    memory: &Memory,
    kind: &'static str,
    name: &'static str,
    bytes: Vec<u8>,
) -> Result<Response, Error> {
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
    ];
    Ok((headers, counted(memory, bytes)?).into_response())
}

/// The bytes that `write` makes of a finished analysis with all its slices, on a thread for pictures.
pub async fn written(
    state: &AppState,
    id: &str,
    write: impl FnOnce(&Record) -> Result<Vec<u8>, Error> + Send + 'static,
) -> Result<Vec<u8>, Error> {
    let (record, held) = find_record(state, id).await?;
    let work = move || {
        let _held = held;
        write(record.open()?.as_ref())
    };
    state.pictures().run(work).await?
}
