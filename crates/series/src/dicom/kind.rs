//! What a DICOM file is, told by its class, modality and image type: CT images are read, all else is named.

use super::dataset::DataSet;
use super::element::PIXEL_DATA;
use super::tags;
use crate::Refusal;

const STORAGE: &str = "1.2.840.10008.5.1.4.1.1.";
const DIRECTORY: &str = "1.2.840.10008.1.3.10";

/// `Err` with what it is where that is no CT image.
pub(crate) fn check_class(class: &str) -> Result<(), Refusal> {
    if class == DIRECTORY {
        return Err(Refusal::DicomDir);
    }
    let Some(kind) = class.strip_prefix(STORAGE) else {
        return Ok(());
    };
    match kind.split('.').next().unwrap_or(kind) {
        "7" => Err(Refusal::SecondaryCapture),
        "88" => Err(Refusal::StructuredReport),
        "104" => Err(Refusal::Document),
        _ => Ok(()),
    }
}

/// CT image, enhanced CT, legacy converted enhanced CT.
fn is_ct_class(class: &str) -> bool {
    let kind = class.strip_prefix(STORAGE);
    matches!(kind, Some("2" | "2.1" | "2.2"))
}

/// In this order: directories, documents, reports and captures, modality, localizers, colour, whether there are pixels.
pub(crate) fn check(data: &DataSet) -> Result<(), Refusal> {
    if data.has(tags::DIRECTORY_RECORDS) {
        return Err(Refusal::DicomDir);
    }
    if data.has(tags::DOCUMENT) {
        return Err(Refusal::Document);
    }
    let class = data.text(tags::SOP_CLASS).unwrap_or("");
    check_class(class)?;
    match data.text(tags::MODALITY) {
        Some("CT") => {}
        Some("SR") => return Err(Refusal::StructuredReport),
        Some("DOC") => return Err(Refusal::Document),
        None if is_ct_class(class) => {}
        _ => return Err(Refusal::NotCt),
    }
    if data.text(tags::IMAGE_TYPE).is_some_and(is_localizer) {
        return Err(Refusal::Localizer);
    }
    let grey = ["MONOCHROME1", "MONOCHROME2"];
    let is_coloured = data.u16(tags::SAMPLES_PER_PIXEL).is_some_and(|n| n != 1)
        || data
            .text(tags::PHOTOMETRIC_INTERPRETATION)
            .is_some_and(|kind| !grey.contains(&kind));
    if is_coloured {
        return Err(Refusal::Coloured);
    }
    if !data.has(PIXEL_DATA) {
        return Err(Refusal::NoPixels);
    }
    Ok(())
}

/// Value 3 as a rule; some scanners have words of their own.
pub(crate) fn is_localizer(image_type: &str) -> bool {
    let scouts = ["LOCALIZER", "SCOUT", "TOPOGRAM", "SURVIEW", "SCANOGRAM"];
    let mut values = image_type.split('\\').map(str::trim);
    values.any(|value| scouts.contains(&value))
}
