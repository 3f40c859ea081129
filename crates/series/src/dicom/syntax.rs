//! Transfer syntaxes (PS3.5 annex A).

use super::element::Encoding;
use crate::UnreadSyntax;

/// How pixels are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PixelCoding {
    Native {
        big_endian: bool,
    },
    Rle,
    /// Baseline and extended.
    Jpeg,
    JpegLossless,
    Jpeg2000,
    Unread(UnreadSyntax),
}

/// How a data set and its pixels are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Syntax {
    pub encoding: Encoding,
    pub is_deflated: bool,
    pub coding: PixelCoding,
    /// Whether it can do nothing but lose.
    pub is_lossy: bool,
}

impl Syntax {
    /// By its UID. What is not known is taken for compressed pixels in an explicit data set, as all recent ones are.
    pub fn from_uid(uid: &str) -> Self {
        let native = |encoding: Encoding| Self {
            encoding,
            is_deflated: false,
            coding: PixelCoding::Native {
                big_endian: encoding.big_endian,
            },
            is_lossy: false,
        };
        let compressed = |coding| Self {
            coding,
            ..native(Encoding::EXPLICIT)
        };
        let unread = |syntax| compressed(PixelCoding::Unread(syntax));
        match uid.strip_prefix("1.2.840.10008.1.2") {
            Some("") => native(Encoding::IMPLICIT),
            Some(".1") => native(Encoding::EXPLICIT),
            Some(".1.99") => Self {
                is_deflated: true,
                ..native(Encoding::EXPLICIT)
            },
            Some(".2") => native(Encoding::BIG_ENDIAN),
            Some(".5") => compressed(PixelCoding::Rle),
            Some(".4.50" | ".4.51") => Self {
                is_lossy: true,
                ..compressed(PixelCoding::Jpeg)
            },
            Some(".4.57" | ".4.70") => compressed(PixelCoding::JpegLossless),
            Some(".4.90" | ".4.91") => compressed(PixelCoding::Jpeg2000),
            Some(".4.80" | ".4.81") => unread(UnreadSyntax::JpegLs),
            Some(".4.110" | ".4.111" | ".4.112") => unread(UnreadSyntax::JpegXl),
            Some(".4.201" | ".4.202" | ".4.203") => unread(UnreadSyntax::HighThroughputJpeg2000),
            Some(video) if video.starts_with(".4.10") => unread(UnreadSyntax::Video),
            _ => unread(UnreadSyntax::Other),
        }
    }
}
