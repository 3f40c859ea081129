//! What both kinds of files have: patient, study, series, equipment, and the file around it.

use dicom_core::VR;
use dicom_dictionary_std::{tags, uids};
use dicom_object::FileMetaTableBuilder;

use super::code::OWN_SCHEME;
use super::data::Data;
use super::origin::Reference;
use super::{CAUTION, File, Files, OutError, Results};

/// Of this software, the same in all files.
pub(super) const DEVICE_UID: &str = "2.25.190826480931764225364117246061735108417";

pub(super) const MANUFACTURER: &str = "Lungsight";

/// Date (DA) and time (TM) in UTC.
struct Moment {
    date: String,
    time: String,
}

impl<P> Files<'_, P> {
    /// Patient, General Study, General Series, General Equipment and SOP Common modules.
    pub(super) fn common(&self, kind: &Kind<'_>) -> Data {
        let mut data = Data::new();
        let moment = Moment::of(self.results);
        data.text(tags::SPECIFIC_CHARACTER_SET, VR::CS, "ISO_IR 192")
            .text(tags::SOP_CLASS_UID, VR::UI, kind.sop_class)
            .text(tags::SOP_INSTANCE_UID, VR::UI, kind.sop_instance)
            .text(tags::INSTANCE_CREATION_DATE, VR::DA, &moment.date)
            .text(tags::INSTANCE_CREATION_TIME, VR::TM, &moment.time)
            .text(tags::TIMEZONE_OFFSET_FROM_UTC, VR::SH, "+0000")
            .text(tags::CONTENT_DATE, VR::DA, &moment.date)
            .text(tags::CONTENT_TIME, VR::TM, &moment.time)
            .text(tags::INSTANCE_NUMBER, VR::IS, &kind.number.to_string());
        self.patient(&mut data);
        self.study(&mut data, &moment);
        data.text(tags::MODALITY, VR::CS, kind.modality)
            .text(tags::SERIES_INSTANCE_UID, VR::UI, kind.series)
            .text(tags::SERIES_NUMBER, VR::IS, &kind.series_number.to_string())
            .text(tags::SERIES_DATE, VR::DA, &moment.date)
            .text(tags::SERIES_TIME, VR::TM, &moment.time)
            .text(
                tags::SERIES_DESCRIPTION,
                VR::LO,
                &format!("{CAUTION}: {}", kind.description),
            );
        let maker = &self.results.maker;
        data.text(tags::MANUFACTURER, VR::LO, MANUFACTURER)
            .text(tags::MANUFACTURER_MODEL_NAME, VR::LO, &maker.model)
            .text(tags::SOFTWARE_VERSIONS, VR::LO, &maker.software)
            .text(tags::DEVICE_UID, VR::UI, DEVICE_UID);
        data
    }

    fn patient(&self, data: &mut Data) {
        match self.origin.and_then(|origin| origin.patient.as_ref()) {
            Some(patient) => data.text(tags::PATIENT_NAME, VR::PN, &patient.name).text(
                tags::PATIENT_ID,
                VR::LO,
                &patient.id,
            ),
            None => data
                .text(tags::PATIENT_NAME, VR::PN, "Anonymous")
                .empty(&[(tags::PATIENT_ID, VR::LO)])
                .text(tags::PATIENT_IDENTITY_REMOVED, VR::CS, "YES")
                .text(
                    tags::DEIDENTIFICATION_METHOD,
                    VR::LO,
                    "Written without patient data",
                ),
        };
        data.empty(&[
            (tags::PATIENT_BIRTH_DATE, VR::DA),
            (tags::PATIENT_SEX, VR::CS),
        ]);
    }

    fn study(&self, data: &mut Data, moment: &Moment) {
        data.text(tags::STUDY_INSTANCE_UID, VR::UI, &self.uids.study)
            .empty(&[
                (tags::STUDY_ID, VR::SH),
                (tags::ACCESSION_NUMBER, VR::SH),
                (tags::REFERRING_PHYSICIAN_NAME, VR::PN),
            ]);
        match self.origin {
            // The original's own, which are not known here.
            Some(_) => data.empty(&[(tags::STUDY_DATE, VR::DA), (tags::STUDY_TIME, VR::TM)]),
            None => data.text(tags::STUDY_DATE, VR::DA, &moment.date).text(
                tags::STUDY_TIME,
                VR::TM,
                &moment.time,
            ),
        };
    }
}

/// What differs between captures and the report.
pub(super) struct Kind<'a> {
    pub sop_class: &'a str,
    pub sop_instance: &'a str,
    pub series: &'a str,
    pub modality: &'a str,
    pub series_number: u32,
    pub number: u32,
    /// Of the series, beside the caution.
    pub description: &'a str,
}

impl Moment {
    fn of(results: &Results) -> Self {
        let text = humantime::format_rfc3339_seconds(results.created).to_string();
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let (date, time) = digits.split_at(digits.len().saturating_sub(6));
        Self {
            date: date.to_owned(),
            time: time.to_owned(),
        }
    }
}

/// Says who defines our codes.
pub(super) fn coding_scheme() -> Data {
    let mut item = Data::new();
    item.text(tags::CODING_SCHEME_DESIGNATOR, VR::SH, OWN_SCHEME)
        .text(
            tags::CODING_SCHEME_NAME,
            VR::ST,
            "Lungsight: what its model says",
        )
        .text(
            tags::CODING_SCHEME_RESPONSIBLE_ORGANIZATION,
            VR::ST,
            MANUFACTURER,
        );
    item
}

/// An image as an item of a sequence that refers to it.
pub(super) fn reference(image: Reference<'_>) -> Data {
    let mut item = Data::new();
    item.text(tags::REFERENCED_SOP_CLASS_UID, VR::UI, image.sop_class)
        .text(
            tags::REFERENCED_SOP_INSTANCE_UID,
            VR::UI,
            image.sop_instance,
        );
    if let Some(frame) = image.frame {
        item.text(tags::REFERENCED_FRAME_NUMBER, VR::IS, &frame.to_string());
    }
    item
}

/// The whole file.
pub(super) fn file(name: String, sop_instance_uid: &str, data: Data) -> Result<File, OutError> {
    let meta = FileMetaTableBuilder::new().transfer_syntax(uids::EXPLICIT_VR_LITTLE_ENDIAN);
    let object = data
        .into_object()
        .with_meta(meta)
        .map_err(|_| OutError::Write)?;
    let mut bytes = Vec::new();
    object.write_all(&mut bytes).map_err(|_| OutError::Write)?;
    Ok(File {
        name,
        sop_instance_uid: sop_instance_uid.to_owned(),
        bytes,
    })
}
