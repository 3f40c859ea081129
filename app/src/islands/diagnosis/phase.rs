//! Where the way from files to result stands.

use crate::analysis::Upload;

/// Where the way from files to result stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Phase {
    #[default]
    Choosing,
    /// The lungs are being cut out of a series; the share of it that is done, 0..=1.
    Preparing(f64),
    /// The share that is sent, 0..=1.
    Uploading(f64),
    Uploaded(Upload),
    Analysing(Upload),
    /// The server is busy and is asked again in so many seconds; what has been uploaded, if the upload was let in.
    Busy(u32, Option<Upload>),
}

impl Phase {
    /// Whether something is being sent or analysed.
    pub fn is_busy(&self) -> bool {
        !matches!(self, Self::Choosing | Self::Uploaded(_))
    }
}
