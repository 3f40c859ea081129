//! What is said of a series and of files that are none, in the language of the page. The reader's own messages are English.

use lungsight_series::{Note, Refusal, SliceError, UnreadSyntax};

use crate::locale::{Locale, locale};
use crate::texts::{masking, series as text};
use crate::words::sentence;

/// What is odd about a series.
pub fn note(note: &Note) -> String {
    match *note {
        Note::Gap { after, missing: 1 } => text::gap_of_one(after),
        Note::Gap { after, missing } => text::gap(missing, after),
        Note::DuplicatePosition { kept, dropped: 1 } => text::duplicate_one(kept),
        Note::DuplicatePosition { kept, dropped } => text::duplicate(dropped, kept),
        Note::Gaps { places, missing } => text::gaps(missing, places),
        Note::DuplicatePositions { places, dropped } => text::duplicates(dropped, places),
        Note::PositionsMissing => text::positions_missing().to_owned(),
        Note::OrientationAssumed => text::orientation_assumed().to_owned(),
        Note::MixedSizes => text::mixed_sizes().to_owned(),
        Note::MixedOrientations => text::mixed_orientations().to_owned(),
        Note::SeveralPatients { patients } => text::several_patients(patients),
        Note::UnitsAssumed => text::units_assumed().to_owned(),
        Note::LossyCompression => text::lossy().to_owned(),
        Note::PixelsNotSquare => text::not_square().to_owned(),
        Note::Tilted { degrees } => text::tilted(degrees),
        ref other => sentence(&other.to_string()),
    }
}

/// Why a slice cannot be shown.
pub fn slice_error(error: &SliceError) -> String {
    match error {
        SliceError::Pixels { reason, .. } => refusal(reason),
        other => sentence(&other.to_string()),
    }
}

/// Why a file gives no slice.
pub fn refusal(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Empty => text::empty(),
        Refusal::Unreadable => masking::file_gone(),
        Refusal::UnknownFormat => text::unknown_format(),
        Refusal::DicomDir => text::dicom_dir(),
        Refusal::Document | Refusal::StructuredReport => text::document(),
        Refusal::NotCt => text::not_ct(),
        Refusal::SecondaryCapture => text::secondary_capture(),
        Refusal::Localizer => text::localizer(),
        Refusal::Coloured => text::coloured(),
        Refusal::NotAxial { max_degrees } => return text::not_axial(max_degrees),
        Refusal::NotHounsfield => text::not_hounsfield(),
        Refusal::Syntax(syntax) => return text::syntax(stored_as(*syntax)),
        Refusal::CorruptHeader => text::damaged_header(),
        // English tells these apart; Chinese has one sentence for each group.
        other => match locale() {
            Locale::English => return sentence(&other.to_string()),
            Locale::Chinese => group(other),
        },
    }
    .to_owned()
}

/// A standard's name is the same in both languages; what is none has words.
fn stored_as(syntax: UnreadSyntax) -> String {
    match syntax {
        UnreadSyntax::JpegLosslessRestarts => text::lossless_restarts().to_owned(),
        UnreadSyntax::Jpeg12Bit => text::jpeg_12_bit().to_owned(),
        UnreadSyntax::ProgressiveJpeg => text::progressive_jpeg().to_owned(),
        UnreadSyntax::Video => text::video().to_owned(),
        UnreadSyntax::Other => text::unknown_syntax().to_owned(),
        standard @ (UnreadSyntax::JpegLs
        | UnreadSyntax::JpegXl
        | UnreadSyntax::HighThroughputJpeg2000) => standard.to_string(),
    }
}

fn group(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::TooManyBytes { .. }
        | Refusal::TooManyBytesInAll { .. }
        | Refusal::Size { .. }
        | Refusal::Frames { .. }
        | Refusal::TooManySlices { .. } => text::too_large(),
        Refusal::TooManyEntries { .. }
        | Refusal::UnpackRatio { .. }
        | Refusal::DamagedArchive
        | Refusal::Encrypted
        | Refusal::NestedArchive
        | Refusal::ManyArchives => text::archive(),
        Refusal::NiftiPair | Refusal::Nifti2 | Refusal::SeveralVolumes | Refusal::VoxelType => {
            text::nifti_kind()
        }
        Refusal::NoPixels | Refusal::TruncatedPixels | Refusal::FrameBoundaries => {
            text::truncated()
        }
        _ => text::compressed(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slice_is_one() {
        let gap = |missing| note(&Note::Gap { after: 4, missing });
        assert_eq!(
            gap(1),
            "About 1 slice is missing after slice 4 of the series."
        );
        assert_eq!(
            gap(2),
            "About 2 slices are missing after slice 4 of the series."
        );
        let duplicate = |dropped| note(&Note::DuplicatePosition { kept: 3, dropped });
        assert!(duplicate(1).starts_with("1 more slice lies where slice 3 of the series does"));
        assert!(duplicate(2).starts_with("2 more slices lie where slice 3 of the series does"));
    }
}
