//! Whose images a series' are, in DICOM's numbers.

/// The identifiers of a DICOM series, for writing DICOM that refers to it and for nothing else. They identify a person's
/// study: they are printed nowhere (`Debug` shows nothing), and cannot be serialised.
#[derive(Clone, PartialEq, Eq)]
pub struct Identifiers {
    pub(crate) study: String,
    pub(crate) series: String,
    pub(crate) sop_class: String,
    /// For each slice: its instance, and its frame counted from 1.
    pub(crate) instances: Vec<(String, u32)>,
}

impl Identifiers {
    /// Study Instance UID (0020,000D); empty where the file has none.
    pub fn study_instance_uid(&self) -> &str {
        &self.study
    }

    /// Series Instance UID (0020,000E); empty where the file has none.
    pub fn series_instance_uid(&self) -> &str {
        &self.series
    }

    /// SOP Class UID (0008,0016) of the first slice.
    pub fn sop_class_uid(&self) -> &str {
        &self.sop_class
    }

    /// SOP Instance UID (0008,0018) of each slice, and the frame of it, counted from 1, in the series' order.
    pub fn sop_instance_uids(&self) -> impl ExactSizeIterator<Item = (&str, u32)> {
        let instances = self.instances.iter();
        instances.map(|(uid, frame)| (uid.as_str(), *frame))
    }
}

impl std::fmt::Debug for Identifiers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Identifiers(..)")
    }
}
