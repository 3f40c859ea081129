//! What the API answers. The server writes these types and the browser reads them, so they are defined once, here.

#[cfg(feature = "ssr")]
pub mod schema;

use lungsight_imaging::{Class, Probabilities};
use lungsight_series::Note;
use serde::{Deserialize, Serialize};

/// One analysis: what `POST /api/v1/analyses` and `GET /api/v1/analyses/{id}` answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Analysis {
    /// 128 random bits as 32 hexadecimal digits.
    pub id: String,
    /// When the analysis was finished, or begun while it is not: RFC 3339, UTC.
    pub created: String,
    /// Whether every slice has been seen; until then some are [`SliceResult::Pending`] and there is no patient's result.
    #[serde(default = "yes")]
    pub finished: bool,
    /// The device that ran the network, e.g. `cpu: x86_64-f32-avx512`.
    pub device: String,
    /// The weights that were used: name and the start of their SHA-256.
    pub model: String,
    pub grouping: Grouping,
    /// In the order in which the files were sent, those that failed included.
    pub slices: Vec<SliceResult>,
    /// Slices that are not among these.
    #[serde(default)]
    pub left_out: LeftOut,
    /// What is odd about the series that they were taken from, as `gap` or `several_patients`; slices are counted in the whole
    /// series, from 1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "ssr", schema(schema_with = schema::notes))]
    pub notes: Vec<Note>,
    /// The result over all slices; `None` unless they were grouped as one patient, and where no slice has a say in it.
    pub patient: Option<PatientResult>,
}

impl Analysis {
    /// Whether a patient's result was asked for and no slice that was read has a say in one.
    pub fn is_without_a_say(&self) -> bool {
        self.finished
            && self.grouping == Grouping::Patient
            && self.patient.is_none()
            && self.slices.iter().any(|slice| slice.as_read().is_some())
    }
}

/// Whether the files of one analysis belong together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub enum Grouping {
    /// Each slice stands for itself.
    #[default]
    Slices,
    /// All slices show one patient.
    Patient,
}

/// How many slices were left out before the network saw any, and why: by whoever sent them, or took them from a series.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct LeftOut {
    /// They show no lungs: a chest CT begins above them and ends below.
    pub no_lungs: usize,
    /// They could not be read.
    pub unreadable: usize,
    /// Skipped at even intervals, as the series has more slices than one analysis may have.
    pub passed_over: usize,
    /// Whoever sent the others chose not to send them.
    pub by_hand: usize,
}

impl LeftOut {
    /// Whether nothing was.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// What is told of slices beside themselves, by whoever sent them or took them from a series.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remarks {
    pub left_out: LeftOut,
    /// [`Analysis::notes`], [`MOST_NOTES`] of them at most.
    pub notes: Vec<Note>,
}

/// More notes than the reader of a series gives; a form that brings more is refused.
pub const MOST_NOTES: usize = 32;

/// What became of one file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub enum SliceResult {
    Read(SliceAnalysis),
    Failed(SliceError),
    /// Its turn has not come yet.
    Pending(PendingSlice),
}

impl SliceResult {
    /// The file's name.
    pub fn name(&self) -> &str {
        match self {
            Self::Read(slice) => &slice.name,
            Self::Failed(failed) => &failed.name,
            Self::Pending(pending) => &pending.name,
        }
    }

    /// The slice, where the network has seen it.
    pub fn as_read(&self) -> Option<&SliceAnalysis> {
        match self {
            Self::Read(slice) => Some(slice),
            Self::Failed(_) | Self::Pending(_) => None,
        }
    }

    /// Why there is no result, where it failed.
    pub fn as_failed(&self) -> Option<&SliceError> {
        match self {
            Self::Failed(failed) => Some(failed),
            Self::Read(_) | Self::Pending(_) => None,
        }
    }

    /// Whether its turn has not come yet.
    pub fn is_pending(&self) -> bool {
        matches!(self, Self::Pending(_))
    }
}

/// A file that waits for the network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
// With more than a name it is one of the other two.
#[serde(deny_unknown_fields)]
pub struct PendingSlice {
    pub name: String,
    /// As [`SliceAnalysis::threshold`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<u8>,
    /// As [`SliceAnalysis::position_mm`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position_mm: Option<f32>,
}

/// The event `slice` of `GET /api/v1/analyses/{id}/events`: one slice has been seen. The last event is `end`, with
/// the whole [`Analysis`], or `error`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct SliceSeen {
    /// Its place among the files, from 0.
    pub number: usize,
    pub result: SliceResult,
}

fn yes() -> bool {
    true
}

/// The result for one slice. The last five fields are links, absolute paths on this server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct SliceAnalysis {
    /// The file's name as the user sent it.
    pub name: String,
    /// The most likely class, also where the result is inconclusive.
    #[cfg_attr(feature = "ssr", schema(schema_with = schema::class))]
    pub predicted: Class,
    #[cfg_attr(feature = "ssr", schema(schema_with = schema::probabilities))]
    pub probabilities: Probabilities,
    /// Why the result is inconclusive, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inconclusive: Option<Inconclusive>,
    /// The grey value above which the sender took pixels for body, set by hand: the mask is not the one that would have been found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<u8>,
    /// Where the slice lies in its series, in mm along the series' normal, growing towards the head (DICOM PS3.3, C.7.6.2.1.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position_mm: Option<f32>,
    /// The slice as an 8-bit grey PNG.
    pub slice: String,
    /// The lung mask as a 1-bit PNG of the slice's size.
    pub mask: String,
    /// The Grad-CAM layer: an RGBA PNG of the slice's size, to be laid over it.
    pub heatmap: String,
    /// The [`RegionEvidence`] of a region of this slice: to be asked with `?x=&y=&width=&height=`, and `&class=` for another
    /// class than the predicted one.
    pub region: String,
    /// The [`Layers`] of this slice.
    pub layers: String,
}

impl SliceAnalysis {
    /// Whether the slice counts in a patient's result: one unlike those the network knows does not.
    pub fn has_a_say(&self) -> bool {
        self.inconclusive != Some(Inconclusive::Unlike)
    }
}

/// Why a most likely class should not be taken as the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub enum Inconclusive {
    /// The slice is unlike those the network was trained on.
    Unlike,
    /// No class is likely enough.
    TooClose,
}

/// A file that could not be analysed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct SliceError {
    pub name: String,
    /// A sentence for the user.
    pub error: String,
    /// The HTTP status this file would have had alone.
    pub status: u16,
}

/// The result over all slices of a patient.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct PatientResult {
    #[cfg_attr(feature = "ssr", schema(schema_with = schema::class))]
    pub predicted: Class,
    #[cfg_attr(feature = "ssr", schema(schema_with = schema::probabilities))]
    pub probabilities: Probabilities,
    /// Why the result is inconclusive, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inconclusive: Option<Inconclusive>,
    /// Between which probabilities of the predicted class 95 of 100 results lie when the slices are drawn anew, in blocks of
    /// neighbours; `None` for fewer than five slices. It says how much hangs on the slices at hand, not how often the network
    /// is right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<[f32; 2]>,
    /// The slices that carried the decision, the most important first: places among the files, from 0.
    #[serde(default)]
    pub key_slices: Vec<usize>,
    /// Which share (0..=1) of the lungs' area the heatmap takes up: where it is at least half of its slice's highest value, in
    /// slices of the predicted class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heat_share: Option<f32>,
    /// Which share (0..=1) of the lungs' area is dense: −500 HU and more where the slice is in the lung window. Vessels count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dense_share: Option<f32>,
}

/// Slices that were received and decoded, but not analysed yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Upload {
    pub id: String,
    pub slices: Vec<UploadedSlice>,
}

/// One file of an [`Upload`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct UploadedSlice {
    pub name: String,
    /// Why it could not be read, a sentence for the user; `None` where it was.
    pub error: Option<String>,
    /// The HTTP status this file would have had alone.
    pub status: u16,
}

/// What a region of a slice says for or against a class, at the pyramid level that belongs to the region's size.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct RegionEvidence {
    #[cfg_attr(feature = "ssr", schema(schema_with = schema::class))]
    pub class: Class,
    /// The pyramid level, named after the stage that it lies over: 2, the finest, to 4.
    pub level: u8,
    /// Rows and columns of the level's map, which covers the square around the lungs.
    pub cells: usize,
    /// Side of one of its cells in pixels of the slice.
    pub cell_pixels: f32,
    /// Which share (0..=1) of all that speaks for the class on this level lies in the region; `None` where nothing speaks
    /// for it.
    pub evidence_share: Option<f32>,
    /// Which share (0..=1) of the lungs' area lies in the region.
    pub lung_share: f32,
    /// What the region adds to the class's logit on this level; negative where it speaks against the class.
    pub contribution: f32,
    /// What the whole level adds to the logit; all levels together are the logit without its bias.
    pub level_contribution: f32,
    /// The level's heat inside the region: an RGBA PNG of the slice's size, to be laid over it.
    pub picture: String,
}

/// The outputs of the network's convolutions for one slice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Layers {
    pub layers: Vec<LayerLink>,
}

/// One convolution's output: its shape, and a link to its channels drawn as a grid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct LayerLink {
    pub name: String,
    pub channels: usize,
    /// How many of the channels are in the picture: those with the largest mean.
    pub shown: usize,
    pub height: usize,
    pub width: usize,
    pub picture: String,
}

/// The body of every error under `/api`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct ErrorBody {
    /// A sentence for the user.
    pub error: String,
    /// The files at fault; empty unless files were at fault.
    #[serde(default)]
    pub slices: Vec<SliceError>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_file_and_a_read_one_are_told_apart() {
        let failed = r#"{"name":"a.png","error":"the file is empty","status":422}"#;
        let read = r#"{"name":"b.png","predicted":"covid",
            "probabilities":{"healthy":0.25,"pneumonia":0.25,"covid":0.5},
            "slice":"/s","mask":"/m","heatmap":"/h","region":"/r","layers":"/l"}"#;
        assert!(
            matches!(serde_json::from_str(failed), Ok(SliceResult::Failed(error)) if error.status == 422)
        );
        assert!(
            matches!(serde_json::from_str(read), Ok(SliceResult::Read(slice)) if slice.predicted == Class::Covid)
        );
        assert!(matches!(
            serde_json::from_str(r#"{"name":"c.png"}"#),
            Ok(SliceResult::Pending(_))
        ));
        let unsure = read.replace(r#""slice""#, r#""inconclusive":"too_close","slice""#);
        assert!(
            matches!(serde_json::from_str(&unsure), Ok(SliceResult::Read(slice)) if slice.inconclusive == Some(Inconclusive::TooClose))
        );
    }

    #[test]
    fn an_error_without_slices_is_read() {
        let body: ErrorBody =
            serde_json::from_str(r#"{"error":"unknown analysis"}"#).expect("valid");
        assert!(body.slices.is_empty());
    }
}
