//! A patient's analysis as DICOM files.

use std::collections::BTreeMap;
use std::time::SystemTime;

use lungsight_dicom::{File, Maker, Origin, OutError, Outcome, Picture, Results, Uids};

use lungsight_app::words::sentence;

use crate::record::{ExplainedSlice, Record};

/// Which slices of a record are written, and as which numbers.
pub struct Written<'a> {
    record: &'a Record,
    /// Numbers, from 1, to places in the record, from 0.
    places: BTreeMap<u32, usize>,
    results: Results,
}

impl<'a> Written<'a> {
    /// The slices at `places` that were read, numbered by `number`; `None` unless the analysis is a patient's.
    ///
    /// `burned_in_annotation`: whether the pictures may hold writing, where that is known.
    pub fn new(
        record: &'a Record,
        places: impl IntoIterator<Item = usize>,
        number: impl Fn(usize) -> u32,
        burned_in_annotation: Option<bool>,
    ) -> Option<Self> {
        let analysis = &record.analysis;
        let patient = analysis.patient.as_ref()?;
        let mut places: Vec<usize> = places.into_iter().collect();
        places.sort_unstable();
        let slices: Vec<_> = places
            .iter()
            .filter_map(|place| {
                let slice = analysis.slices.get(*place)?.as_read()?;
                Some(lungsight_dicom::SliceResult {
                    number: number(*place),
                    outcome: Outcome {
                        class: slice.predicted,
                        probabilities: slice.probabilities,
                        inconclusive: slice.inconclusive.is_some(),
                    },
                })
            })
            .collect();
        let written = |place: &usize| slices.iter().any(|slice| slice.number == number(*place));
        let key = patient.key_slices.iter().filter(|place| written(place));
        let results = Results {
            patient: Outcome {
                class: patient.predicted,
                probabilities: patient.probabilities,
                inconclusive: patient.inconclusive.is_some(),
            },
            key_slices: key.map(|place| number(*place)).collect(),
            notes: analysis
                .notes
                .iter()
                .map(|note| sentence(&note.to_string()))
                .collect(),
            maker: Maker {
                model: analysis.model.clone(),
                device: analysis.device.clone(),
                software: env!("CARGO_PKG_VERSION").to_owned(),
            },
            created: humantime::parse_rfc3339(&analysis.created)
                .unwrap_or_else(|_| SystemTime::now()),
            burned_in_annotation,
            slices,
        };
        let places = places.into_iter().map(|place| (number(place), place));
        Some(Self {
            record,
            places: places.collect(),
            results,
        })
    }

    /// The files one after the other: one picture at a time is in memory.
    ///
    /// # Errors
    /// When the original's identifiers do not belong to these slices; with a file where it cannot be made.
    pub fn files<'b>(
        &'b self,
        origin: Option<&'b Origin>,
    ) -> Result<impl Iterator<Item = Result<File, OutError>> + 'b, OutError> {
        self.results.files(origin, |slice| self.overlay(slice))
    }

    /// The same with UIDs that they have had before. Those that are skipped are not made.
    ///
    /// # Errors
    /// As above.
    pub fn files_with<'b>(
        &'b self,
        uids: Uids,
        origin: &'b Origin,
    ) -> Result<impl Iterator<Item = Result<File, OutError>> + 'b, OutError> {
        let overlay = |slice: &lungsight_dicom::SliceResult| self.overlay(slice);
        self.results.files_with(uids, Some(origin), overlay)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        // Each slice's, and the report.
        self.results.slices.len() + 1
    }

    fn overlay(&self, slice: &lungsight_dicom::SliceResult) -> Option<Picture> {
        let place = self.places.get(&slice.number)?;
        picture(self.record.slices.get(*place)?.as_ref()?)
    }
}

fn picture(slice: &ExplainedSlice) -> Option<Picture> {
    let grey = &slice.prepared.slice;
    Some(Picture {
        width: u16::try_from(grey.width()).ok()?,
        height: u16::try_from(grey.height()).ok()?,
        rgb: slice.overlay(),
    })
}
