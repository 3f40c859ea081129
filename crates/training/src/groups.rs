//! Figures by source and note: of very many, the largest are shown.

use std::collections::BTreeMap;

use crate::metrics::Level;

/// Notes may be as many as there are slices; more groups than this are neither read nor drawn.
const SHOWN: usize = 30;

/// The groups that are shown, in the order of their names.
pub struct Largest<'a> {
    /// Name and figures.
    pub shown: Vec<(&'a str, &'a Level)>,
    /// How many smaller ones there are.
    pub left_out: usize,
}

impl<'a> Largest<'a> {
    /// Of all groups.
    pub fn of(groups: &'a BTreeMap<String, Level>) -> Self {
        let mut shown: Vec<(&str, &Level)> = groups
            .iter()
            .map(|(name, level)| (name.as_str(), level))
            .collect();
        // Stable: of equal ones those whose names come first.
        shown.sort_by_key(|(_, level)| std::cmp::Reverse(level.count));
        shown.truncate(SHOWN);
        shown.sort_by_key(|(name, _)| *name);
        Self {
            left_out: groups.len() - shown.len(),
            shown,
        }
    }
}

#[cfg(test)]
mod tests {
    use lungsight_imaging::{Class, Probabilities};

    use super::*;
    use crate::metrics::{Judged, level};

    #[test]
    fn the_largest_are_shown_by_name_and_the_others_are_counted() {
        let item = Judged {
            patient: "p".into(),
            label: Class::Covid,
            probabilities: Probabilities::new([0.0, 0.0, 1.0]).expect("probabilities"),
        };
        let few = level(std::slice::from_ref(&item));
        let many = level(&[item.clone(), item]);
        let mut groups: BTreeMap<String, Level> =
            (0..40).map(|i| (format!("g{i:02}"), few.clone())).collect();
        groups.insert("z".into(), many);
        let largest = Largest::of(&groups);
        assert_eq!((largest.shown.len(), largest.left_out), (30, 11));
        assert_eq!((largest.shown[0].0, largest.shown[29].0), ("g00", "z"));
        groups.retain(|name, _| name.as_str() < "g05");
        let all = Largest::of(&groups);
        assert_eq!((all.shown.len(), all.left_out), (5, 0));
    }
}
