//! DICOM JSON (PS3.18 F) as servers write it: numbers as texts, values that are null, attributes left out. What is not as
//! it should be counts as not there; depth is bounded by serde_json.

use std::collections::BTreeMap;

use dicom_core::Tag;
use serde::Deserialize;
use serde_json::Value;

/// A data set: attributes by their tags, eight hexadecimal digits.
#[derive(Deserialize)]
#[serde(transparent)]
pub(super) struct DataSet(BTreeMap<String, Attribute>);

#[derive(Deserialize)]
struct Attribute {
    #[serde(rename = "Value", default)]
    values: Option<Vec<Value>>,
}

impl DataSet {
    fn values(&self, tag: Tag) -> &[Value] {
        let key = format!("{:04X}{:04X}", tag.group(), tag.element());
        let attribute = self.0.get(&key);
        attribute
            .and_then(|attribute| attribute.values.as_deref())
            .unwrap_or_default()
    }

    /// The first value as a text; empty where there is none. Of a name, its groups parted by `=`, as in files.
    pub fn text(&self, tag: Tag) -> String {
        match self.values(tag).first() {
            Some(Value::String(text)) => text.trim().to_owned(),
            Some(Value::Number(number)) => number.to_string(),
            Some(Value::Object(name)) => {
                let groups = ["Alphabetic", "Ideographic", "Phonetic"];
                let groups =
                    groups.map(|group| name.get(group).and_then(Value::as_str).unwrap_or_default());
                groups.join("=").trim_end_matches('=').to_owned()
            }
            _ => String::new(),
        }
    }

    /// The first value as a number.
    pub fn number<T: std::str::FromStr>(&self, tag: Tag) -> Option<T> {
        self.text(tag).parse().ok()
    }

    /// The items of a sequence.
    pub fn items(&self, tag: Tag) -> impl Iterator<Item = Self> + '_ {
        let items = self.values(tag).iter();
        items.filter_map(|item| Self::deserialize(item).ok())
    }
}

#[cfg(test)]
mod tests {
    use dicom_dictionary_std::tags;

    use super::*;

    fn read(json: &str) -> DataSet {
        serde_json::from_str(json).expect("it is DICOM JSON")
    }

    #[test]
    fn values_are_read_in_every_way_they_are_written() {
        let data = read(
            r#"{"00100010": {"vr": "PN", "Value": [{"Alphabetic": "A^B", "Phonetic": "c"}]},
                "00100020": {"vr": "LO", "Value": [" 12 "]},
                "00201209": {"vr": "IS", "Value": [150]}, "00200011": {"vr": "IS", "Value": ["7"]},
                "00080060": {"vr": "CS", "Value": [null]}, "00080020": {"vr": "DA"}, "00081030": {"vr": "LO", "Value": null}}"#,
        );
        assert_eq!(data.text(tags::PATIENT_NAME), "A^B==c");
        assert_eq!(data.text(tags::PATIENT_ID), "12");
        assert_eq!(
            data.number(tags::NUMBER_OF_SERIES_RELATED_INSTANCES),
            Some(150)
        );
        assert_eq!(data.number(tags::SERIES_NUMBER), Some(7));
        for tag in [
            tags::MODALITY,
            tags::STUDY_DATE,
            tags::STUDY_DESCRIPTION,
            tags::STUDY_ID,
        ] {
            assert_eq!(data.text(tag), "");
        }
        assert_eq!(data.number::<u32>(tags::PATIENT_NAME), None);
    }

    #[test]
    fn items_that_are_none_are_passed_over() {
        let data = read(
            r#"{"00081198": {"vr": "SQ", "Value": [{"00081197": {"vr": "US", "Value": [272]}}, 3, null]}}"#,
        );
        let reasons: Vec<Option<u16>> = data
            .items(tags::FAILED_SOP_SEQUENCE)
            .map(|item| item.number(tags::FAILURE_REASON))
            .collect();
        assert_eq!(reasons, [Some(272)]);
    }
}
