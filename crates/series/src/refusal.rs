//! Why a file gives no slice. No message holds a value of a tag.

use serde::{Deserialize, Serialize};

/// A file that gave nothing, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// The name it was handed over with; in an archive the archive's name, a colon, the entry's.
    pub name: String,
    /// Why.
    pub reason: Refusal,
}

/// Why a file gives no slice; the messages are written for a user.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Refusal {
    #[error("the file is empty")]
    Empty,
    /// Of a file that was chosen and is no longer where it was; told by whoever reads files.
    #[error("the file could not be read; was it moved or deleted?")]
    Unreadable,
    #[error("neither DICOM, NIfTI nor a zip of them")]
    UnknownFormat,
    #[error("the file has more than {max_bytes} bytes")]
    TooManyBytes { max_bytes: u64 },
    #[error("all files together have more than {max_bytes} bytes")]
    TooManyBytesInAll { max_bytes: u64 },
    #[error("the slice has {columns} x {rows} pixels; a side may have 1 to {max_side}")]
    Size {
        columns: u32,
        rows: u32,
        max_side: u32,
    },
    #[error("the file has {frames} frames; 1 to {max_frames} are read")]
    Frames { frames: u64, max_frames: u32 },
    #[error("more than {max_slices} slices in all")]
    TooManySlices { max_slices: usize },

    #[error("the archive has {entries} entries; at most {max_entries} are read")]
    TooManyEntries { entries: usize, max_entries: usize },
    #[error("the file unpacks to more than {max_ratio} times its size")]
    UnpackRatio { max_ratio: u64 },
    #[error("the archive or one of its entries is damaged or packed in a way that is not read")]
    DamagedArchive,
    #[error("the entry is encrypted")]
    Encrypted,
    #[error("an archive inside an archive")]
    NestedArchive,
    #[error("the archive holds more archives than are looked through")]
    ManyArchives,

    #[error("a dicomdir: an index of files, no image")]
    DicomDir,
    #[error("an encapsulated document, no image")]
    Document,
    #[error("a structured report, no image")]
    StructuredReport,
    #[error("not a CT image")]
    NotCt,
    #[error(
        "a secondary capture: a picture of a screen or a scan of paper, not in Hounsfield units"
    )]
    SecondaryCapture,
    #[error("a localizer: a scout view for planning, no axial slice")]
    Localizer,
    #[error("the image is coloured; a CT slice is grey")]
    Coloured,
    #[error("the slice is not axial, or tilted by more than {max_degrees} degrees")]
    NotAxial { max_degrees: u32 },
    #[error("the values are not in Hounsfield units, or nothing says how they become so")]
    NotHounsfield,
    #[error("the pixels are stored as {0}, which is not read")]
    Syntax(UnreadSyntax),
    #[error("pixels of this number of bits are not read")]
    BitDepth,
    #[error("there are no pixels in the file")]
    NoPixels,
    #[error("the pixels are cut short")]
    TruncatedPixels,
    #[error("nothing says where one frame ends and the next begins")]
    FrameBoundaries,
    #[error("the compressed picture differs from what the header declares, or is damaged")]
    Codestream,
    #[error("the compressed picture would take too long to decode")]
    TooCostly,
    #[error("the header is damaged")]
    CorruptHeader,

    #[error("NIfTI in two files (.hdr and .img); one file (.nii) is read")]
    NiftiPair,
    #[error("NIfTI-2; NIfTI-1 is read")]
    Nifti2,
    #[error("the file holds several volumes")]
    SeveralVolumes,
    #[error("voxels of this type are not read")]
    VoxelType,
}

impl Refusal {
    /// Whether a file may have been a slice and cannot be read, and is not of another kind: a localizer, a report, a picture of
    /// a screen.
    pub fn is_damage(&self) -> bool {
        matches!(
            self,
            Self::Unreadable
                | Self::TooManyBytes { .. }
                | Self::UnpackRatio { .. }
                | Self::DamagedArchive
                | Self::ManyArchives
                | Self::Encrypted
                | Self::Size { .. }
                | Self::Frames { .. }
                | Self::Syntax(_)
                | Self::BitDepth
                | Self::NoPixels
                | Self::TruncatedPixels
                | Self::FrameBoundaries
                | Self::Codestream
                | Self::TooCostly
                | Self::CorruptHeader
        )
    }
}

/// Ways to store pixels that are known and not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum UnreadSyntax {
    JpegLs,
    JpegXl,
    HighThroughputJpeg2000,
    /// With restart intervals or a point transform, which the decoder gets wrong.
    JpegLosslessRestarts,
    /// JPEG Extended with 12 bits a sample.
    Jpeg12Bit,
    ProgressiveJpeg,
    Video,
    /// Private, retired or not known.
    Other,
}

impl std::fmt::Display for UnreadSyntax {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::JpegLs => "JPEG-LS",
            Self::JpegXl => "JPEG XL",
            Self::HighThroughputJpeg2000 => "High-Throughput JPEG 2000",
            Self::JpegLosslessRestarts => {
                "JPEG Lossless with restart intervals or a point transform"
            }
            Self::Jpeg12Bit => "12-bit lossy JPEG",
            Self::ProgressiveJpeg => "progressive JPEG",
            Self::Video => "video",
            Self::Other => "a private or unknown transfer syntax",
        })
    }
}

/// Why a slice of a series can't be decoded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[non_exhaustive]
pub enum SliceError {
    /// Counted from 1.
    #[error("there is no slice {number} in a series of {slices}")]
    NoSuchSlice { number: usize, slices: usize },
    /// Counted from 1.
    #[error("slice {number}: {reason}")]
    Pixels { number: usize, reason: Refusal },
}
