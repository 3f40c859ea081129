//! QIDO-RS: which series there are.

use dicom_core::Tag;
use dicom_dictionary_std::tags;

use super::json::DataSet;
use super::{Client, DICOM_JSON, WebError, succeeded};
use crate::uid::is_uid;

/// Which series are asked for; what is empty is not asked about. Values may hold the standard's wildcards, `*` and `?`.
#[derive(Clone, PartialEq, Eq)]
pub struct Query {
    /// `CT` by default.
    pub modality: String,
    pub patient_name: String,
    pub patient_id: String,
    /// A day, `20261126`, or days from and to, `20261101-20261130`.
    pub study_date: String,
    /// A study, by its Study Instance UID.
    pub study: String,
    /// How many are passed over.
    pub offset: u32,
}

impl Default for Query {
    fn default() -> Self {
        Self {
            modality: "CT".to_owned(),
            patient_name: String::new(),
            patient_id: String::new(),
            study_date: String::new(),
            study: String::new(),
            offset: 0,
        }
    }
}

/// A series that the server has, in its own words: empty where it doesn't say. Identifies a person: for the user's eyes
/// alone, so `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct FoundSeries {
    pub study_instance_uid: String,
    pub series_instance_uid: String,
    pub modality: String,
    /// Components parted by `^`, groups by `=`.
    pub patient_name: String,
    pub patient_id: String,
    /// As DICOM writes days: `20261126`.
    pub study_date: String,
    pub study_description: String,
    pub series_description: String,
    pub series_number: Option<i32>,
    pub instances: Option<u32>,
}

/// What is asked for beyond what servers give by themselves.
const FIELDS: [Tag; 8] = [
    tags::PATIENT_NAME,
    tags::PATIENT_ID,
    tags::STUDY_DATE,
    tags::STUDY_DESCRIPTION,
    tags::MODALITY,
    tags::SERIES_DESCRIPTION,
    tags::SERIES_NUMBER,
    tags::NUMBER_OF_SERIES_RELATED_INSTANCES,
];

impl Client {
    /// The series that a query fits, at most [`super::WebLimits::max_series`] of them.
    ///
    /// # Errors
    /// [`WebError`].
    pub async fn series(&self, query: &Query) -> Result<Vec<FoundSeries>, WebError> {
        let path = match query.study.as_str() {
            "" => "series".to_owned(),
            study if is_uid(study) => format!("studies/{study}/series"),
            _ => return Err(WebError::Uid),
        };
        let mut url = self.url(&path)?;
        let max = self.limits.max_series;
        {
            let mut pairs = url.query_pairs_mut();
            let asked = [
                ("Modality", &query.modality),
                ("PatientName", &query.patient_name),
                ("PatientID", &query.patient_id),
                ("StudyDate", &query.study_date),
            ];
            pairs.extend_pairs(asked.into_iter().filter(|(_, value)| !value.is_empty()));
            for tag in FIELDS {
                pairs.append_pair(
                    "includefield",
                    &format!("{:04X}{:04X}", tag.group(), tag.element()),
                );
            }
            pairs.append_pair("limit", &max.to_string());
            if query.offset > 0 {
                pairs.append_pair("offset", &query.offset.to_string());
            }
        }
        let request = self.http.get(url).timeout(self.limits.answer_deadline);
        let answer = self.send(request, DICOM_JSON).await?;
        // No content: nothing fits.
        if answer.status() == reqwest::StatusCode::NO_CONTENT {
            return Ok(Vec::new());
        }
        let body = self.json(succeeded(answer)?).await?;
        let found: Vec<DataSet> =
            serde_json::from_slice(&body).map_err(|_| WebError::NotDicomJson)?;
        let found = found.iter().map(FoundSeries::read);
        // What cannot be asked for by its UIDs is of no use.
        let can_be_fetched = |series: &FoundSeries| {
            is_uid(&series.study_instance_uid) && is_uid(&series.series_instance_uid)
        };
        Ok(found.filter(can_be_fetched).take(max as usize).collect())
    }
}

impl FoundSeries {
    fn read(data: &DataSet) -> Self {
        Self {
            study_instance_uid: data.text(tags::STUDY_INSTANCE_UID),
            series_instance_uid: data.text(tags::SERIES_INSTANCE_UID),
            modality: data.text(tags::MODALITY),
            patient_name: data.text(tags::PATIENT_NAME),
            patient_id: data.text(tags::PATIENT_ID),
            study_date: data.text(tags::STUDY_DATE),
            study_description: data.text(tags::STUDY_DESCRIPTION),
            series_description: data.text(tags::SERIES_DESCRIPTION),
            series_number: data.number(tags::SERIES_NUMBER),
            instances: data.number(tags::NUMBER_OF_SERIES_RELATED_INSTANCES),
        }
    }
}

impl std::fmt::Debug for Query {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Query(..)")
    }
}

impl std::fmt::Debug for FoundSeries {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FoundSeries(..)")
    }
}
