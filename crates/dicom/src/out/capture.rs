//! A slice with its overlay, as Secondary Capture Image Storage (PS3.3 A.8.1): one frame a file, which every viewer shows.

use dicom_core::VR;
use dicom_dictionary_std::{tags, uids};
use lungsight_imaging::{Class, percent};

use super::common::{Kind, file, reference};
use super::data::Data;
use super::origin::Reference;
use super::{CAUTION, File, Files, Origin, OutError, Outcome, Picture, SliceResult, code};

pub(super) const SOP_CLASS: &str = uids::SECONDARY_CAPTURE_IMAGE_STORAGE;

/// High, so that archives list it behind the scanner's own.
const SERIES_NUMBER: u32 = 9001;

impl<P> Files<'_, P> {
    /// The file of the slice at a place among the results.
    pub(super) fn capture(
        &self,
        at: usize,
        slice: &SliceResult,
        picture: Picture,
    ) -> Result<File, OutError> {
        let number = slice.number;
        let caption = caption(number, &slice.outcome);
        let longest = self.longest_caption();
        let picture = picture
            .captioned(&[CAUTION, &caption], &[CAUTION, &longest])
            .ok_or(OutError::Picture { number })?;
        let uid = &self.uids.slices[at].capture;
        let mut data = self.common(&Kind {
            sop_class: SOP_CLASS,
            sop_instance: uid,
            series: &self.uids.captures_series,
            modality: "OT",
            series_number: SERIES_NUMBER,
            number,
            description: "slices",
        });
        let maker = &self.results.maker;
        data.text(tags::BODY_PART_EXAMINED, VR::CS, "CHEST")
            .text(tags::CONVERSION_TYPE, VR::CS, "WSD")
            .texts(tags::IMAGE_TYPE, VR::CS, &["DERIVED", "SECONDARY"])
            .text(
                tags::DERIVATION_DESCRIPTION,
                VR::ST,
                &format!(
                    "Heatmap of {} (Lungsight {}, on {}) over the slice",
                    maker.model, maker.software, maker.device
                ),
            )
            .text(
                tags::IMAGE_COMMENTS,
                VR::LT,
                &format!("{CAUTION}. {caption}"),
            );
        if let Some(is_burned_in) = self.results.burned_in_annotation {
            let value = if is_burned_in { "YES" } else { "NO" };
            data.text(tags::BURNED_IN_ANNOTATION, VR::CS, value);
        }
        match self
            .origin
            .and_then(|origin| Some((origin, origin.reference(number)?)))
        {
            Some((origin, original)) => refer(&mut data, origin, original),
            None => {
                data.empty(&[(tags::PATIENT_ORIENTATION, VR::CS)]);
            }
        }
        pixels(&mut data, picture);
        file(format!("slice-{number:04}.dcm"), uid, data)
    }

    /// No slice's caption takes more lines: none of its words is longer.
    fn longest_caption(&self) -> String {
        let numbers = self.results.slices.iter().map(|slice| slice.number);
        in_words(numbers.max().unwrap_or_default(), INCONCLUSIVE, |_| 1.0)
    }
}

/// Says which image this one was made of. Slices of a series lie as [`lungsight_series`] turns them: rows run to the
/// patient's left, columns to the back.
fn refer(data: &mut Data, origin: &Origin, original: Reference<'_>) {
    let mut source = reference(original);
    source.items(
        tags::PURPOSE_OF_REFERENCE_CODE_SEQUENCE,
        vec![code::SOURCE_FOR_PROCESSING.item()],
    );
    let mut series = Data::new();
    series
        .text(tags::SERIES_INSTANCE_UID, VR::UI, &origin.series)
        .items(
            tags::REFERENCED_INSTANCE_SEQUENCE,
            vec![reference(original)],
        );
    data.texts(tags::PATIENT_ORIENTATION, VR::CS, &["L", "P"])
        .items(tags::SOURCE_IMAGE_SEQUENCE, vec![source])
        .items(tags::REFERENCED_SERIES_SEQUENCE, vec![series]);
}

/// Image Pixel module.
fn pixels(data: &mut Data, picture: Picture) {
    data.number(tags::SAMPLES_PER_PIXEL, 3)
        .text(tags::PHOTOMETRIC_INTERPRETATION, VR::CS, "RGB")
        .number(tags::PLANAR_CONFIGURATION, 0)
        .number(tags::ROWS, picture.height)
        .number(tags::COLUMNS, picture.width)
        .number(tags::BITS_ALLOCATED, 8)
        .number(tags::BITS_STORED, 8)
        .number(tags::HIGH_BIT, 7)
        .number(tags::PIXEL_REPRESENTATION, 0)
        .bytes(tags::PIXEL_DATA, picture.rgb);
}

/// A slice's outcome in words that the pictures' letters have.
fn caption(number: u32, outcome: &Outcome) -> String {
    let class = match outcome.class {
        _ if outcome.inconclusive => INCONCLUSIVE,
        class => name(class),
    };
    in_words(number, class, |class| outcome.probabilities.of(class))
}

fn in_words(number: u32, class: &str, probability: impl Fn(Class) -> f32) -> String {
    let share = |class| {
        let percent = percent(probability(class)).replace('\u{a0}', "");
        format!("{} {percent}", name(class))
    };
    let shares = Class::ALL.map(share).join(", ");
    format!("Slice {number}: {class} ({shares})")
}

/// The longest of all that is said in place of a class.
const INCONCLUSIVE: &str = "inconclusive";

fn name(class: Class) -> &'static str {
    match class {
        Class::Healthy => "healthy",
        Class::Pneumonia => "pneumonia",
        Class::Covid => "COVID-19",
    }
}
