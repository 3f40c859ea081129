//! What a page asks of its masking worker, and what the worker answers: decoded, masked, with the threshold found or
//! chosen. The page links the types alone; decoders and the six steps are in the worker's WASM. Knows no browser.

mod masker;
mod picture;

pub use masker::Masker;
pub use picture::Picture;

use lungsight_imaging::{DecodeError, NoLungs, Step};
use serde::{Deserialize, Serialize};

/// What the worker does with a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// The threshold; `None` takes the one that the histogram gives.
    pub threshold: Option<u8>,
    /// The longer side of the steps' pictures in pixels; `None` asks for no pictures.
    pub picture_side: Option<u32>,
}

/// A decoded slice and its lungs, or why the file is no slice.
pub type Reply = Result<Masked, DecodeError>;

/// What a page shows and sends of a slice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Masked {
    /// The slice, small.
    pub thumbnail: Picture,
    /// How many pixels have each grey value; 256 bins.
    pub histogram: Vec<u32>,
    /// The threshold that the histogram gives.
    pub found_threshold: u8,
    /// The threshold in use: the found one, or the one that was asked for.
    pub threshold: u8,
    /// Whether the slice came with its lungs already cut out.
    pub already_masked: bool,
    /// How long the six steps took, in milliseconds.
    pub masking_ms: f64,
    pub lungs: Result<Lungs, NoLungs>,
    /// The pictures, where they were asked for.
    pub steps: Option<Steps>,
}

impl Masked {
    /// The threshold that was set by hand; `None` while it is the one that was found.
    pub fn set_threshold(&self) -> Option<u8> {
        (self.threshold != self.found_threshold).then_some(self.threshold)
    }
}

/// The lungs as they are sent and compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lungs {
    /// The mask as a 1-bit PNG.
    #[serde(with = "serde_bytes")]
    pub png: Vec<u8>,
    /// [`mask_fingerprint`](lungsight_imaging::mask_fingerprint) as 16 hexadecimal digits.
    pub fingerprint: String,
}

/// The slice and what each step makes of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Steps {
    pub slice: Picture,
    /// In the order of [`Step::ALL`].
    pub pictures: [Picture; Step::ALL.len()],
}

/// The reply as bytes.
pub fn to_bytes(reply: &Reply) -> Vec<u8> {
    postcard::to_allocvec(reply)
        .expect("a reply holds numbers, bytes and words, and memory is all it takes")
}

/// The reply that [`to_bytes`] wrote; `None` for other bytes.
pub fn from_bytes(bytes: &[u8]) -> Option<Reply> {
    postcard::from_bytes(bytes).ok()
}
