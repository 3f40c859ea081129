//! Every way a request can fail, and the one table from failure to HTTP status.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use lungsight_app::analysis::{Analysis, ErrorBody, SliceError};
use lungsight_dicom::OutError;
use lungsight_dicom::web::WebError;
use lungsight_imaging::DecodeError;

use crate::config::ByteSize;
use crate::inference::InferenceError;
use crate::memory::MemoryFull;
use crate::pool::WorkFailed;
use crate::prepare::SliceFault;
use crate::region::RegionFault;
use crate::series::NoSeries;
use crate::store::KeepError;

/// Why a request is refused; the messages are written for its user.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the request holds no 'slice' file")]
    NoSlice,
    #[error("'{0}' is no grouping: expected 'slices' or 'patient'")]
    UnknownGrouping(String),
    #[error("'{name}' is no number of slices: expected a whole number from 0 to {most}")]
    NoCount { name: &'static str, most: usize },
    #[error("a 'mask' came before any 'slice'; it belongs after the slice it is for")]
    MaskWithoutSlice,
    #[error(
        "'notes' are a JSON array of at most {0} of what an analysis's notes may be, with numbers up to 100000"
    )]
    MalformedNotes(usize),
    #[error(
        "a 'position' is a number of mm between -10000 and 10000, after the 'slice' that lies there"
    )]
    Position,
    #[error("more than one 'mask' came for the slice '{0}'")]
    SecondMask(String),
    #[error("a 'threshold' is a whole number from 0 to 255, after the 'mask' that it was set for")]
    Threshold,
    #[error("the query could not be read; is something in it named twice?")]
    MalformedQuery,
    #[error("the form could not be read; it may have been cut off on the way")]
    MalformedForm,
    #[error("the body holds no file")]
    EmptyBody,
    #[error("the body could not be read; it may have been cut off on the way")]
    BrokenBody,
    #[error("expected a form with files (multipart/form-data)")]
    NotAForm,
    #[error("the body is compressed (Content-Encoding); please send it as it is")]
    EncodedBody,
    #[error("requests from other sites are not answered")]
    CrossSite,
    #[error("there is no such page")]
    UnknownRoute,
    #[error("no such {0}, or it has expired")]
    Unknown(&'static str),
    #[error("the region cannot be explained: {0}")]
    Region(#[from] RegionFault),
    #[error("the analysis is still running; try again in a moment")]
    Unfinished,
    #[error("the slices were not taken as one patient's; DICOM is written of a patient")]
    NoPatient,
    #[error(
        "all slices are unlike those the network was trained on: there is no result for the patient to write"
    )]
    NoSay,
    #[error("this address does not take this kind of request")]
    MethodNotAllowed,
    #[error("the files did not arrive in time")]
    TooSlow,
    #[error("the request is larger than {0}; send fewer files at once")]
    RequestTooLarge(ByteSize),
    #[error("the request holds more than {0} files; send fewer at once")]
    TooManyFiles(usize),
    #[error("the server is busy with other uploads; try again in a moment")]
    MemoryFull,
    #[error(transparent)]
    Pictures(WorkFailed),
    #[error("{0}")]
    Inference(#[from] InferenceError),
    #[error("the example cannot be shown: {0}")]
    Example(SliceFault),
    #[error("{}", none_read(.0))]
    NothingRead(Vec<SliceError>),
    #[error("none of {0} slices shows lungs")]
    NoLungs(usize),
    #[error("{0}")]
    Pacs(#[from] WebError),
    #[error("{0}")]
    Series(#[from] NoSeries),
    #[error("the result is being stored in the archive, or has been")]
    Stored,
    #[error("the archive took {stored} of {files} files: {reason}")]
    NotStored {
        stored: usize,
        files: usize,
        reason: &'static str,
    },
    #[error(
        "please say who you are: with a bearer token, or through the login of the proxy in front"
    )]
    NoToken,
    #[error("the bearer token is not known here")]
    WrongToken,
    #[error("this is not for whoever asks from here")]
    WrongRole,
    #[error("too many requests from your address; try again in a moment")]
    TooOften(u32),
    #[error("the server is being stopped; try again in a moment")]
    Stopping,
    #[error("{0}")]
    Keep(#[from] KeepError),
    #[error("no server with a network has answered; try again in a moment")]
    NoNetwork,
    #[error("an error in the server; it has been logged")]
    Internal,
}

/// Put into a refusal's extensions: why, in a word, to be counted.
#[derive(Clone, Copy, Debug)]
pub struct Rejection(pub &'static str);

fn none_read(slices: &[SliceError]) -> String {
    let Some(told) = told(slices) else {
        return "no file could be read".to_owned();
    };
    let SliceError { name, error, .. } = told;
    match slices.len() {
        1 => format!("{name}: {error}"),
        files => format!("none of {files} files could be analysed; {name}: {error}"),
    }
}

/// Of files without a result the one that the request's status is taken from: the first that is not to blame, and may be
/// analysed another time, else the first.
fn told(slices: &[SliceError]) -> Option<&SliceError> {
    let server = slices.iter().find(|slice| {
        let status = StatusCode::from_u16(slice.status);
        status
            .is_ok_and(|status| status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS)
    });
    server.or(slices.first())
}

impl Error {
    /// Why an analysis has no patient's result.
    pub fn no_patient(analysis: &Analysis) -> Self {
        if analysis.is_without_a_say() {
            Self::NoSay
        } else {
            Self::NoPatient
        }
    }

    /// The table: what a failed request is answered with.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NoSlice
            | Self::UnknownGrouping(_)
            | Self::NoCount { .. }
            | Self::MaskWithoutSlice
            | Self::SecondMask(_)
            | Self::Threshold
            | Self::MalformedNotes(_)
            | Self::Position
            | Self::MalformedQuery
            | Self::MalformedForm
            | Self::EmptyBody
            | Self::BrokenBody => StatusCode::BAD_REQUEST,
            Self::NoToken | Self::WrongToken => StatusCode::UNAUTHORIZED,
            Self::CrossSite | Self::WrongRole => StatusCode::FORBIDDEN,
            Self::TooOften(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::UnknownRoute | Self::Unknown(_) | Self::NoPatient | Self::NoSay => {
                StatusCode::NOT_FOUND
            }
            Self::Region(_) | Self::NoLungs(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Unfinished | Self::Stored => StatusCode::CONFLICT,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::RequestTooLarge(_) | Self::TooManyFiles(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NotAForm | Self::EncodedBody => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::MemoryFull
            | Self::Stopping
            | Self::NoNetwork
            | Self::Pictures(WorkFailed::Stuck) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Keep(KeepError::Lost) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Keep(KeepError::Full) => StatusCode::INSUFFICIENT_STORAGE,
            Self::Keep(KeepError::Broken | KeepError::Unreadable) => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
            Self::Inference(error) => inference_status(*error),
            Self::NothingRead(slices) => told(slices)
                .and_then(|slice| StatusCode::from_u16(slice.status).ok())
                .unwrap_or(StatusCode::UNPROCESSABLE_ENTITY),
            // The slice is there, its lungs alone are not.
            Self::Example(SliceFault::NoLungs(_)) => StatusCode::NOT_FOUND,
            Self::Example(fault) => slice_status(fault),
            Self::Pacs(WebError::Deadline) => StatusCode::GATEWAY_TIMEOUT,
            Self::Pacs(WebError::Uid) => StatusCode::BAD_REQUEST,
            Self::Pacs(_) | Self::NotStored { .. } => StatusCode::BAD_GATEWAY,
            Self::Series(NoSeries::Unknown) => StatusCode::NOT_FOUND,
            Self::Series(NoSeries::UnknownFormat) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Series(NoSeries::Overdue(_)) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Series(too_large) if too_large.is_too_large() => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Series(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Internal | Self::Pictures(WorkFailed::Panicked) => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        }
    }

    /// Seconds after which it is worth trying again.
    fn retry_after_s(&self) -> Option<u32> {
        match self {
            Self::NothingRead(_) => match self.status() {
                StatusCode::TOO_MANY_REQUESTS => Some(2),
                // The network was lost under them.
                StatusCode::SERVICE_UNAVAILABLE => Some(60),
                _ => None,
            },
            Self::Inference(InferenceError::QueueFull) | Self::Unfinished => Some(2),
            Self::Inference(InferenceError::NotReady) => Some(5),
            Self::Inference(InferenceError::Stopped) => Some(60),
            Self::MemoryFull | Self::Series(NoSeries::Overdue(_)) => Some(10),
            Self::TooOften(seconds) => Some(*seconds),
            // Another server takes it, or this one when it has started again.
            Self::Stopping => Some(5),
            Self::Keep(KeepError::Lost) | Self::NoNetwork => Some(5),
            Self::Keep(KeepError::Full) | Self::Pictures(WorkFailed::Stuck) => Some(60),
            _ => None,
        }
    }

    /// RFC 6750, section 3.
    fn challenge(&self) -> Option<&'static str> {
        match self {
            Self::NoToken => Some("Bearer realm=\"lungsight\""),
            Self::WrongToken => Some("Bearer realm=\"lungsight\", error=\"invalid_token\""),
            Self::WrongRole => Some("Bearer realm=\"lungsight\", error=\"insufficient_scope\""),
            _ => None,
        }
    }

    /// Why a request is turned away that is well-formed: it is too much, of no use, or not let in.
    fn rejection(&self) -> Option<Rejection> {
        let reason = match (self, self.status().as_u16()) {
            (Self::RequestTooLarge(_), _) => "request_bytes",
            (Self::TooManyFiles(_), _) => "files",
            (Self::MemoryFull, _) => "memory",
            (Self::Pictures(WorkFailed::Stuck), _) => "pictures",
            (Self::TooOften(_), _) => "rate",
            (Self::Stopping, _) => "stopping",
            (Self::CrossSite, _) => "cross_site",
            (Self::NoToken | Self::WrongToken | Self::WrongRole, _) => "access",
            (Self::Inference(InferenceError::QueueFull), _) => "queue",
            (Self::Inference(InferenceError::NotReady), _) => "loading",
            (Self::Inference(InferenceError::Stopped), _) => "network",
            (Self::NoNetwork, _) => "network",
            (Self::Keep(KeepError::Lost), _) => "database",
            (Self::Keep(KeepError::Full), _) => "database_full",
            (Self::Region(_), _) => "region",
            (Self::Series(_), 413) => "series_too_large",
            (Self::Series(_), 415 | 422) => "series_unusable",
            (Self::Series(_), 503) => "series_overdue",
            (Self::NothingRead(_), 413) => "slice_too_large",
            (Self::NothingRead(_), 429) => "queue",
            (Self::NothingRead(_), 503) => "network",
            (Self::NothingRead(_), 415 | 422) => "slice_unusable",
            _ => return None,
        };
        Some(Rejection(reason))
    }

    /// The JSON under `/api`.
    pub fn body(&self) -> ErrorBody {
        let slices = if let Self::NothingRead(slices) = self {
            slices.clone()
        } else {
            Vec::new()
        };
        ErrorBody {
            error: self.to_string(),
            slices,
        }
    }

    /// Puts status and headers on a response that says it in another form than JSON.
    pub fn dress(&self, mut response: Response) -> Response {
        *response.status_mut() = self.status();
        if let Some(seconds) = self.retry_after_s() {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(challenge) = self.challenge() {
            let challenge = HeaderValue::from_static(challenge);
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, challenge);
        }
        if let Some(rejection) = self.rejection() {
            response.extensions_mut().insert(rejection);
        }
        response
    }
}

/// The table's second half: the status that one file would have had alone.
pub fn slice_status(fault: &SliceFault) -> StatusCode {
    match fault {
        SliceFault::Unreadable(_) => StatusCode::NOT_FOUND,
        SliceFault::Slice(error) | SliceFault::Mask(error) => decode_status(error),
        SliceFault::Damaged(_) | SliceFault::NoLungs(_) | SliceFault::Overdue(_) => {
            StatusCode::UNPROCESSABLE_ENTITY
        }
        SliceFault::RequestPixels { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        SliceFault::Inference(error) => inference_status(*error),
        SliceFault::OtherWeights | SliceFault::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn decode_status(error: &DecodeError) -> StatusCode {
    match error {
        DecodeError::TooManyBytes { .. } | DecodeError::TooManyPixels { .. } => {
            StatusCode::PAYLOAD_TOO_LARGE
        }
        DecodeError::UnknownFormat | DecodeError::Unsupported { .. } => {
            StatusCode::UNSUPPORTED_MEDIA_TYPE
        }
        // Empty, truncated, damaged, too small, too long, too costly, coloured, a mask of another size: an image, but none to work with.
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

fn inference_status(error: InferenceError) -> StatusCode {
    match error {
        InferenceError::QueueFull => StatusCode::TOO_MANY_REQUESTS,
        InferenceError::NotReady | InferenceError::Stopped => StatusCode::SERVICE_UNAVAILABLE,
        InferenceError::Failed => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// What the API says of a file that failed.
pub fn slice_error(name: &str, fault: &SliceFault) -> SliceError {
    SliceError {
        name: name.to_owned(),
        error: fault.to_string(),
        status: slice_status(fault).as_u16(),
    }
}

impl From<OutError> for Error {
    fn from(error: OutError) -> Self {
        tracing::error!(%error, "a result could not be written as DICOM");
        Self::Internal
    }
}

impl From<MemoryFull> for Error {
    fn from(_: MemoryFull) -> Self {
        Self::MemoryFull
    }
}

impl From<WorkFailed> for Error {
    fn from(failed: WorkFailed) -> Self {
        Self::Pictures(failed)
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        self.dress(Json(self.body()).into_response())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nothing_read(statuses: &[u16]) -> Response {
        let failed = |(number, status): (usize, &u16)| SliceError {
            name: format!("{number}.png"),
            error: "a reason".to_owned(),
            status: *status,
        };
        let failed = statuses.iter().enumerate().map(failed);
        Error::NothingRead(failed.collect()).into_response()
    }

    #[test]
    fn a_request_of_which_a_file_may_be_analysed_later_says_so() {
        for (statuses, status, retry_after) in [
            (&[422, 415][..], 422, None),
            (&[415, 503][..], 503, Some("60")),
            (&[422, 500, 503][..], 500, None),
            (&[413, 429][..], 429, Some("2")),
            (&[][..], 422, None),
        ] {
            let answer = nothing_read(statuses);
            assert_eq!(answer.status().as_u16(), status, "{statuses:?}");
            let header = answer.headers().get(header::RETRY_AFTER);
            let header = header.map(|value| value.to_str().expect("ASCII"));
            assert_eq!(header, retry_after, "{statuses:?}");
        }
    }

    #[test]
    fn the_file_that_decided_is_named() {
        let file = |name: &str, status| SliceError {
            name: name.to_owned(),
            error: "a reason".to_owned(),
            status,
        };
        let error = Error::NothingRead(vec![file("a.txt", 415), file("b.png", 503)]).to_string();
        assert!(
            error.contains("2 files") && error.contains("b.png"),
            "{error}"
        );
    }
}
