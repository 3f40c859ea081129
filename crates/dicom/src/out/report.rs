//! The report: a Comprehensive SR (PS3.3 A.35.3) after TID 1500 "Measurement Report" (PS3.16), the template that programs
//! write their results in: who says it, a group of values for the patient and for each key slice, the class, the caution.

use std::collections::BTreeMap;

use dicom_core::{Tag, VR};
use dicom_dictionary_std::{tags, uids};
use lungsight_imaging::Class;

use super::code::{self, Code};
use super::common::{DEVICE_UID, Kind, MANUFACTURER, coding_scheme, file, reference};
use super::data::Data;
use super::origin::Reference;
use super::{CAUTION, File, Files, OutError, Outcome, capture};

const SERIES_NUMBER: u32 = 9002;

/// How an item belongs to the one that it is in (PS3.3 C.17.3.2.4).
const CONTAINS: &str = "CONTAINS";
const CONTEXT: &str = "HAS OBS CONTEXT";
const MODIFIER: &str = "HAS CONCEPT MOD";

impl<P> Files<'_, P> {
    /// The report's file.
    pub(super) fn report(&self) -> Result<File, OutError> {
        let uid = &self.uids.report;
        let mut data = self.common(&Kind {
            sop_class: uids::COMPREHENSIVE_SR_STORAGE,
            sop_instance: uid,
            series: &self.uids.report_series,
            modality: "SR",
            series_number: SERIES_NUMBER,
            number: 1,
            description: "report",
        });
        data.empty(&[
            (tags::REFERENCED_PERFORMED_PROCEDURE_STEP_SEQUENCE, VR::SQ),
            (tags::PERFORMED_PROCEDURE_CODE_SEQUENCE, VR::SQ),
        ])
        .text(tags::COMPLETION_FLAG, VR::CS, "COMPLETE")
        .text(tags::VERIFICATION_FLAG, VR::CS, "UNVERIFIED")
        .text(tags::PRELIMINARY_FLAG, VR::CS, "PRELIMINARY")
        .items(
            tags::CODING_SCHEME_IDENTIFICATION_SEQUENCE,
            vec![coding_scheme()],
        )
        .items(
            tags::CURRENT_REQUESTED_PROCEDURE_EVIDENCE_SEQUENCE,
            self.evidence(),
        );
        let mut template = Data::new();
        template.text(tags::MAPPING_RESOURCE, VR::CS, "DCMR").text(
            tags::TEMPLATE_IDENTIFIER,
            VR::CS,
            "1500",
        );
        data.text(tags::VALUE_TYPE, VR::CS, "CONTAINER")
            .items(tags::CONCEPT_NAME_CODE_SEQUENCE, vec![code::REPORT.item()])
            .text(tags::CONTINUITY_OF_CONTENT, VR::CS, "SEPARATE")
            .items(tags::CONTENT_TEMPLATE_SEQUENCE, vec![template])
            .items(tags::CONTENT_SEQUENCE, self.content()?);
        file("report.dcm".to_owned(), uid, data)
    }

    /// The images that the report is about, by study and series.
    fn evidence(&self) -> Vec<Data> {
        let captures = self
            .uids
            .slices
            .iter()
            .take(self.results.slices.len())
            .map(|uids| self.capture_reference(&uids.capture));
        let mut series = vec![evidence_series(
            &self.uids.captures_series,
            captures.map(reference).collect(),
        )];
        if let Some(origin) = self.origin {
            // Each instance once, however many of its frames were looked at.
            let slices = self.results.slices.iter();
            let originals = slices.filter_map(|slice| origin.reference(slice.number));
            let originals = originals.map(|image| {
                (
                    image.sop_instance,
                    Reference {
                        frame: None,
                        ..image
                    },
                )
            });
            let originals: BTreeMap<_, _> = originals.collect();
            series.push(evidence_series(
                &origin.series,
                originals.into_values().map(reference).collect(),
            ));
        }
        let mut study = Data::new();
        study
            .text(tags::STUDY_INSTANCE_UID, VR::UI, &self.uids.study)
            .items(tags::REFERENCED_SERIES_SEQUENCE, series);
        vec![study]
    }

    fn content(&self) -> Result<Vec<Data>, OutError> {
        let results = self.results;
        let mut groups = vec![self.group(
            "Patient",
            &self.uids.patient_tracking,
            &results.patient,
            Vec::new(),
        )];
        for &number in &results.key_slices {
            let found = results.slices.iter().zip(&self.uids.slices);
            let mut found = found.filter(|(slice, _)| slice.number == number);
            let (slice, uids) = found.next().ok_or(OutError::KeySlice { number })?;
            let original = self.origin.and_then(|origin| origin.reference(number));
            let mut images: Vec<_> = original
                .map(|image| picture(code::SOURCE, image))
                .into_iter()
                .collect();
            images.push(picture(
                code::OVERLAY,
                self.capture_reference(&uids.capture),
            ));
            let name = format!("Slice {number}");
            groups.push(self.group(&name, &uids.tracking, &slice.outcome, images));
        }
        let mut says = vec![
            class(&results.patient),
            text(
                CONTAINS,
                code::COMMENT,
                &format!(
                    "{CAUTION}. Lungsight is a research tool, not a medical device. Classes and \
                probabilities are a model's, which errs, and no person has confirmed them."
                ),
            ),
        ];
        let notes = results.notes.iter();
        says.extend(notes.map(|note| text(CONTAINS, code::COMMENT, note)));
        let mut items = vec![concept(MODIFIER, code::LANGUAGE, code::ENGLISH)];
        items.extend(self.observer());
        items.push(concept(MODIFIER, code::PROCEDURE, code::CT));
        items.push(container(code::MEASUREMENTS, groups));
        items.push(container(code::EVALUATIONS, says));
        Ok(items)
    }

    /// Who says so (TID 1002 and 1004): a device.
    fn observer(&self) -> [Data; 5] {
        let maker = &self.results.maker;
        [
            concept(CONTEXT, code::OBSERVER_TYPE, code::DEVICE),
            value(
                CONTEXT,
                code::DEVICE_UID,
                "UIDREF",
                tags::UID,
                VR::UI,
                DEVICE_UID,
            ),
            text(
                CONTEXT,
                code::DEVICE_NAME,
                &format!("{MANUFACTURER} on {}", maker.device),
            ),
            text(CONTEXT, code::DEVICE_MAKER, MANUFACTURER),
            text(CONTEXT, code::DEVICE_MODEL, &maker.model),
        ]
    }

    /// What is said of one thing (TID 1501).
    fn group(&self, name: &str, tracking: &str, outcome: &Outcome, images: Vec<Data>) -> Data {
        let maker = &self.results.maker;
        let mut items = vec![
            text(CONTEXT, code::TRACKING_ID, name),
            value(
                CONTEXT,
                code::TRACKING_UID,
                "UIDREF",
                tags::UID,
                VR::UI,
                tracking,
            ),
            text(MODIFIER, code::ALGORITHM, &maker.model),
            text(MODIFIER, code::ALGORITHM_VERSION, &maker.software),
        ];
        items.extend(images);
        for class in Class::ALL {
            let mut item = item(CONTAINS, code::of_probability(class), "NUM");
            item.items(
                tags::MEASURED_VALUE_SEQUENCE,
                vec![code::percent(outcome.probabilities.of(class))],
            );
            items.push(item);
        }
        items.push(class(outcome));
        container(code::GROUP, items)
    }

    fn capture_reference<'a>(&self, uid: &'a str) -> Reference<'a> {
        Reference {
            sop_class: capture::SOP_CLASS,
            sop_instance: uid,
            frame: None,
        }
    }
}

fn evidence_series(uid: &str, images: Vec<Data>) -> Data {
    let mut series = Data::new();
    series
        .text(tags::SERIES_INSTANCE_UID, VR::UI, uid)
        .items(tags::REFERENCED_SOP_SEQUENCE, images);
    series
}

fn item(relationship: &str, name: Code, value_type: &str) -> Data {
    let mut item = Data::new();
    item.text(tags::RELATIONSHIP_TYPE, VR::CS, relationship)
        .text(tags::VALUE_TYPE, VR::CS, value_type)
        .items(tags::CONCEPT_NAME_CODE_SEQUENCE, vec![name.item()]);
    item
}

fn container(name: Code, items: Vec<Data>) -> Data {
    let mut container = item(CONTAINS, name, "CONTAINER");
    container
        .text(tags::CONTINUITY_OF_CONTENT, VR::CS, "SEPARATE")
        .items(tags::CONTENT_SEQUENCE, items);
    container
}

fn concept(relationship: &str, name: Code, value: Code) -> Data {
    let mut concept = item(relationship, name, "CODE");
    concept.items(tags::CONCEPT_CODE_SEQUENCE, vec![value.item()]);
    concept
}

fn class(outcome: &Outcome) -> Data {
    concept(
        CONTAINS,
        code::MODEL_CLASS,
        code::of_outcome(outcome.class, outcome.inconclusive),
    )
}

fn value(relationship: &str, name: Code, value_type: &str, tag: Tag, vr: VR, value: &str) -> Data {
    let mut item = item(relationship, name, value_type);
    item.text(tag, vr, value);
    item
}

fn text(relationship: &str, name: Code, text: &str) -> Data {
    value(relationship, name, "TEXT", tags::TEXT_VALUE, VR::UT, text)
}

fn picture(name: Code, image: Reference<'_>) -> Data {
    let mut item = item(CONTAINS, name, "IMAGE");
    item.items(tags::REFERENCED_SOP_SEQUENCE, vec![reference(image)]);
    item
}
