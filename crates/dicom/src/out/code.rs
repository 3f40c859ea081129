//! Coded concepts: a value, who defines it, what it means.

use dicom_core::VR;
use dicom_dictionary_std::tags;
use lungsight_imaging::Class;

use super::data::Data;

/// Designator of our own codes: what a model says is no finding of a person, so the names of its values are not the
/// standard's.
pub(super) const OWN_SCHEME: &str = "99LUNGSIGHT";

#[derive(Clone, Copy)]
pub(super) struct Code {
    value: &'static str,
    scheme: &'static str,
    meaning: &'static str,
}

const fn code(value: &'static str, scheme: &'static str, meaning: &'static str) -> Code {
    Code {
        value,
        scheme,
        meaning,
    }
}

// PS3.16 TID 1500 and what it includes.
pub(super) const REPORT: Code = code("126000", "DCM", "Imaging Measurement Report");
pub(super) const LANGUAGE: Code = code("121049", "DCM", "Language of Content Item and Descendants");
pub(super) const ENGLISH: Code = code("en", "RFC5646", "English");
pub(super) const OBSERVER_TYPE: Code = code("121005", "DCM", "Observer Type");
pub(super) const DEVICE: Code = code("121007", "DCM", "Device");
pub(super) const DEVICE_UID: Code = code("121012", "DCM", "Device Observer UID");
pub(super) const DEVICE_NAME: Code = code("121013", "DCM", "Device Observer Name");
pub(super) const DEVICE_MAKER: Code = code("121014", "DCM", "Device Observer Manufacturer");
pub(super) const DEVICE_MODEL: Code = code("121015", "DCM", "Device Observer Model Name");
pub(super) const PROCEDURE: Code = code("121058", "DCM", "Procedure reported");
pub(super) const CT: Code = code("77477000", "SCT", "CT");
pub(super) const MEASUREMENTS: Code = code("126010", "DCM", "Imaging Measurements");
pub(super) const GROUP: Code = code("125007", "DCM", "Measurement Group");
pub(super) const TRACKING_ID: Code = code("112039", "DCM", "Tracking Identifier");
pub(super) const TRACKING_UID: Code = code("112040", "DCM", "Tracking Unique Identifier");
pub(super) const ALGORITHM: Code = code("111001", "DCM", "Algorithm Name");
pub(super) const ALGORITHM_VERSION: Code = code("111003", "DCM", "Algorithm Version");
pub(super) const SOURCE: Code = code("260753009", "SCT", "Source");
pub(super) const EVALUATIONS: Code = code("C0034375", "UMLS", "Qualitative Evaluations");
pub(super) const COMMENT: Code = code("121106", "DCM", "Comment");
pub(super) const SOURCE_FOR_PROCESSING: Code = code(
    "121322",
    "DCM",
    "Source image for image processing operation",
);
const PERCENT: Code = code("%", "UCUM", "percent");
const INCONCLUSIVE: Code = code("419984006", "SCT", "Inconclusive");

pub(super) const MODEL_CLASS: Code = code(
    "MODEL_CLASS",
    OWN_SCHEME,
    "Class given by the model, for research only",
);
pub(super) const OVERLAY: Code = code("OVERLAY", OWN_SCHEME, "Slice with the model's heatmap");

/// What the model may say of a slice or a patient.
pub(super) fn of_outcome(class: Class, inconclusive: bool) -> Code {
    match class {
        _ if inconclusive => INCONCLUSIVE,
        Class::Healthy => code("17621005", "SCT", "Normal"),
        Class::Pneumonia => code("233604007", "SCT", "Pneumonia"),
        Class::Covid => code("840539006", "SCT", "COVID-19"),
    }
}

/// The name of a class's probability.
pub(super) fn of_probability(class: Class) -> Code {
    match class {
        Class::Healthy => code(
            "P_HEALTHY",
            OWN_SCHEME,
            "Model's probability of healthy lungs",
        ),
        Class::Pneumonia => code(
            "P_PNEUMONIA",
            OWN_SCHEME,
            "Model's probability of common pneumonia",
        ),
        Class::Covid => code("P_COVID", OWN_SCHEME, "Model's probability of COVID-19"),
    }
}

impl Code {
    /// As an item of a code sequence.
    pub fn item(self) -> Data {
        let mut item = Data::new();
        item.text(tags::CODE_VALUE, VR::SH, self.value)
            .text(tags::CODING_SCHEME_DESIGNATOR, VR::SH, self.scheme)
            .text(tags::CODE_MEANING, VR::LO, self.meaning);
        item
    }
}

/// A probability of 0..=1 as an item of a measured value sequence: per cent, with as many digits as it has: one near 1 is not rounded to a certainty.
pub(super) fn percent(probability: f32) -> Data {
    let mut item = Data::new();
    item.items(tags::MEASUREMENT_UNITS_CODE_SEQUENCE, vec![PERCENT.item()])
        .text(
            tags::NUMERIC_VALUE,
            VR::DS,
            &format!("{:.6}", 100.0 * f64::from(probability)),
        );
    item
}
