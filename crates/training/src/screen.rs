//! Which slices of studies labelled as a whole show anything: a mild study's middle slice often shows no lesion, and
//! would teach the network that healthy lungs are diseased.

use std::path::{Path, PathBuf};

use lungsight_imaging::Class;
use lungsight_network::Classifier;
use serde::{Deserialize, Serialize};

use crate::evaluate::examine;
use crate::prepare::Prepared;
use crate::run::checksum;
use crate::split::{Part, Split};
use crate::{dataset, notes};

/// What `screen` writes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Screened {
    /// The weights that judged.
    pub model: String,
    /// Slices with this note were looked at.
    pub note: String,
    /// Probability of being diseased above which a slice shows something.
    pub threshold: f32,
    /// Share of healthy slices of the same sources in the validation part that lie above it.
    pub healthy_above: f32,
    /// Slices looked at, those of the training part alone.
    pub looked_at: usize,
    /// Those that show something.
    pub shown: Vec<PathBuf>,
    /// SHA-256 of the split whose training part was looked through; lists from before it was kept have none.
    #[serde(default)]
    pub split_sha256: Option<String>,
}

/// Share of healthy slices that may lie above the threshold.
const HEALTHY_ABOVE: f32 = 0.05;

/// Looks through the training part's slices with this note, from which the weights must not have learned. The threshold
/// is the one that 5 % of the healthy validation slices of the same sources exceed.
///
/// # Errors
/// When a file is faulty, the split is not that of the weights, the device fails, no slice has the note, or there is no
/// healthy slice to compare with.
pub fn screen(
    classifier: &Classifier,
    dataset: &Path,
    split: &Path,
    note: &str,
) -> Result<Screened, String> {
    let split_sha256 = checksum(split)?;
    let split = Split::of_weights(split, classifier.manifest())?;
    let (index, slices) = dataset::read(dataset)?;
    split.check(&index.rows)?;
    notes::check(index.all_rows(), &[("--note", &vec![note.to_owned()])])?;
    let of = |part: Part, wanted: &dyn Fn(&Prepared) -> bool| -> Vec<Prepared> {
        slices
            .iter()
            .filter(|slice| split.patients[&slice.row.patient] == part && wanted(slice))
            .cloned()
            .collect()
    };
    let looked_at = of(Part::Train, &|slice| slice.row.note == note);
    if looked_at.is_empty() {
        return Err(format!("no slice with the note {note:?} in the part train"));
    }
    let same_source = |slice: &Prepared| {
        looked_at
            .iter()
            .any(|other| other.row.source == slice.row.source)
    };
    let healthy = of(Part::Validation, &|slice| {
        slice.row.label == Class::Healthy && same_source(slice)
    });
    let diseased = |slices: &[Prepared]| -> Result<Vec<f32>, String> {
        let judged = examine(classifier, slices)?
            .into_iter()
            .map(|slice| slice.judged);
        Ok(judged
            .map(|item| 1.0 - item.probabilities.of(Class::Healthy))
            .collect())
    };
    let mut compared = diseased(&healthy)?;
    if compared.is_empty() {
        return Err(format!(
            "no healthy validation slice of the sources of {note:?}"
        ));
    }
    compared.sort_by(f32::total_cmp);
    let at = ((compared.len() as f32 * (1.0 - HEALTHY_ABOVE)) as usize).min(compared.len() - 1);
    let threshold = compared[at];
    let above = compared.iter().filter(|&&p| p > threshold).count();
    let shown = looked_at
        .iter()
        .zip(diseased(&looked_at)?)
        .filter(|(_, share)| *share > threshold)
        .map(|(slice, _)| slice.row.path.clone())
        .collect();
    Ok(Screened {
        model: classifier.model(),
        note: note.to_owned(),
        threshold,
        healthy_above: above as f32 / compared.len() as f32,
        looked_at: looked_at.len(),
        shown,
        split_sha256: Some(split_sha256),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_from_before_they_named_their_split_are_read() {
        let before = r#"{"model":"m","note":"n","threshold":0.5,"healthy_above":0.05,"looked_at":2,"shown":["a.png"]}"#;
        let list: Screened = serde_json::from_str(before).expect("a list");
        assert_eq!((list.shown.len(), list.split_sha256), (1, None));
    }
}
