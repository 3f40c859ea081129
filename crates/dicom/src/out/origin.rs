//! The images that a result is about.

use lungsight_series::Identifiers;

use super::OutError;
use crate::uid::is_uid;

/// CT Image Storage: one frame an instance.
const CT_IMAGE: &str = "1.2.840.10008.5.1.4.1.1.2";

/// Identifiers of the original, for results that refer to it: only where the user asks for that. They identify a person's
/// study, so `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Origin {
    pub(super) study: String,
    pub(super) series: String,
    pub(super) sop_class: String,
    /// For each slice: its instance, and its frame counted from 1.
    pub(super) instances: Vec<(String, u32)>,
    pub(super) patient: Option<Patient>,
}

/// Whose images they are, where the results are to say so. Archives file by patient and study: without the patient's id,
/// results lie beside the original's study and not in it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Patient {
    /// As DICOM writes names: components parted by `^`, groups by `=`.
    pub name: String,
    /// Patient ID (0010,0020).
    pub id: String,
}

/// An image, and a frame of it where it has several.
#[derive(Clone, Copy)]
pub(super) struct Reference<'a> {
    pub sop_class: &'a str,
    pub sop_instance: &'a str,
    pub frame: Option<u32>,
}

impl Origin {
    /// Without the patient.
    ///
    /// # Errors
    /// [`OutError::Identifiers`]: the original has no identifiers, or what stands in their places are none.
    pub fn new(identifiers: &Identifiers) -> Result<Self, OutError> {
        let instances = identifiers.sop_instance_uids();
        let origin = Self {
            study: identifiers.study_instance_uid().to_owned(),
            series: identifiers.series_instance_uid().to_owned(),
            sop_class: match identifiers.sop_class_uid() {
                // The reader takes files without a class whose modality is CT.
                "" => CT_IMAGE.to_owned(),
                class => class.to_owned(),
            },
            instances: instances
                .map(|(uid, frame)| (uid.to_owned(), frame))
                .collect(),
            patient: None,
        };
        let mut uids = origin.instances.iter().map(|(uid, _)| uid);
        let fixed = [&origin.study, &origin.series, &origin.sop_class];
        let all_are = uids.all(|uid| is_uid(uid)) && fixed.into_iter().all(|uid| is_uid(uid));
        all_are.then_some(origin).ok_or(OutError::Identifiers)
    }

    /// The same, with results that name the patient.
    pub fn with_patient(mut self, patient: Patient) -> Self {
        self.patient = Some(patient);
        self
    }

    /// The original of a slice, counted from 1.
    pub(super) fn reference(&self, slice: u32) -> Option<Reference<'_>> {
        let at = usize::try_from(slice).ok()?.checked_sub(1)?;
        let (instance, frame) = self.instances.get(at)?;
        Some(Reference {
            sop_class: &self.sop_class,
            sop_instance: instance,
            frame: (self.sop_class != CT_IMAGE).then_some(*frame),
        })
    }
}

impl std::fmt::Debug for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Origin(..)")
    }
}

impl std::fmt::Debug for Patient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Patient(..)")
    }
}
