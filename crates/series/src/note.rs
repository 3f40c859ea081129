//! What a reader of a series should know about it.

use serde::{Deserialize, Serialize};

/// Something about a series or a collection that is odd, yet no reason to refuse it. Slices are counted from 1, the one
/// nearest the head first.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Note {
    #[error("about {} missing after slice {after} of the series", slices(.missing, "is", "are"))]
    Gap { after: usize, missing: usize },
    #[error("{} where slice {kept} of the series does: left out", slices(.dropped, "more lies", "more lie"))]
    DuplicatePosition { kept: usize, dropped: usize },
    /// Of more than a few, all together.
    #[error("about {missing} slices are missing in {places} places")]
    Gaps { places: usize, missing: usize },
    #[error("{dropped} more slices lie where {places} others do and are left out")]
    DuplicatePositions { places: usize, dropped: usize },
    #[error("no positions are given: the slices are in the order of their numbers")]
    PositionsMissing,
    #[error("no orientation is given: the usual one is taken, head first")]
    OrientationAssumed,
    #[error("the series has slices of other sizes or spacings, which are not among these")]
    MixedSizes,
    #[error("the series has slices of other orientations, which are not among these")]
    MixedOrientations,
    #[error("the files are of {patients} patients; each series is of one")]
    SeveralPatients { patients: usize },
    #[error("nothing says how stored values become Hounsfield units: they are taken for such")]
    UnitsAssumed,
    #[error("the slices were compressed with loss")]
    LossyCompression,
    /// Neither a viewer nor what looks for lungs stretches them.
    #[error("the pixels are not square: the slices are shown and read squeezed")]
    PixelsNotSquare,
    #[error("the slices are tilted by {degrees} degrees")]
    Tilted { degrees: u32 },
}

/// `1 slice is`, `2 slices are`.
fn slices(number: &usize, one: &str, more: &str) -> String {
    match number {
        1 => format!("1 slice {one}"),
        number => format!("{number} slices {more}"),
    }
}

impl Note {
    /// The largest number in it; 0 where there is none.
    pub fn largest_number(&self) -> usize {
        match *self {
            Self::Gap { after, missing } => after.max(missing),
            Self::DuplicatePosition { kept, dropped } => kept.max(dropped),
            Self::Gaps { places, missing } => places.max(missing),
            Self::DuplicatePositions { places, dropped } => places.max(dropped),
            Self::SeveralPatients { patients } => patients,
            Self::Tilted { degrees } => degrees as usize,
            Self::PositionsMissing
            | Self::OrientationAssumed
            | Self::MixedSizes
            | Self::MixedOrientations
            | Self::UnitsAssumed
            | Self::LossyCompression
            | Self::PixelsNotSquare => 0,
        }
    }
}
