//! What a slice teaches. Where a source shows one disease alone, its look would tell the network which: there, in a share
//! of sights, a diseased slice teaches no more than that it is diseased, and which disease it is is learned within sources that have both.

use std::collections::{BTreeMap, BTreeSet};

use lungsight_imaging::Class;
use rand::Rng;

use crate::loss::Target;
use crate::manifest::Row;

/// Chooses targets.
#[derive(Debug)]
pub struct Teaching {
    /// Sources with both diseases: none of the others can tell them apart but by their look.
    both: BTreeSet<String>,
    hidden: f64,
}

impl Teaching {
    /// `hidden`: the share of sights at which a slice of such a source does not tell its disease. Nothing is hidden where
    /// no source has both diseases: it could not be learned anywhere.
    pub fn of(rows: &[Row], hidden: f64) -> Self {
        let mut diseases: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
        for row in rows.iter().filter(|row| row.label != Class::Healthy) {
            let known = diseases.entry(&row.source).or_default();
            known.insert(row.label.index());
        }
        let both = diseases
            .into_iter()
            .filter(|(_, known)| known.len() == 2)
            .map(|(source, _)| source.to_owned())
            .collect();
        Self { both, hidden }
    }

    /// Whether a disease of this source is ever named.
    pub fn ever_names(&self, source: &str) -> bool {
        self.named_share(source) > 0.0
    }

    /// The share of a source's diseased sights whose disease is named.
    pub fn named_share(&self, source: &str) -> f64 {
        if self.is_tied(source) {
            1.0 - self.hidden
        } else {
            1.0
        }
    }

    /// Whether a source has both diseases.
    pub fn has_both(&self, source: &str) -> bool {
        self.both.contains(source)
    }

    /// Whether any name is hidden: not where no source has both diseases.
    pub fn hides(&self) -> bool {
        self.hidden > 0.0 && !self.both.is_empty()
    }

    fn is_tied(&self, source: &str) -> bool {
        !self.both.is_empty() && !self.both.contains(source)
    }

    /// What one sight of a slice teaches.
    pub fn target(&self, row: &Row, rng: &mut impl Rng) -> Target {
        if row.label == Class::Healthy || rng.random_bool(self.named_share(&row.source)) {
            row.label.into()
        } else {
            Target::DISEASED
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    fn row(label: Class, source: &str) -> Row {
        Row {
            path: "a.png".into(),
            label,
            patient: format!("{label} {source}"),
            source: source.into(),
            note: String::new(),
            line: 0,
        }
    }

    #[test]
    fn only_the_disease_of_a_source_that_has_one_is_hidden() {
        let rows = [
            row(Class::Covid, "both"),
            row(Class::Pneumonia, "both"),
            row(Class::Covid, "one"),
            row(Class::Healthy, "one"),
        ];
        let ever = |hidden, source| Teaching::of(&rows, hidden).ever_names(source);
        assert!(ever(1.0, "both") && ever(0.9, "one") && !ever(1.0, "one"));
        let teaching = Teaching::of(&rows, 1.0);
        let targets = rows.map(|row| teaching.target(&row, &mut StdRng::seed_from_u64(1)));
        let expected = [
            Class::Covid.into(),
            Class::Pneumonia.into(),
            Target::DISEASED,
            Class::Healthy.into(),
        ];
        assert_eq!(targets, expected);
    }

    #[test]
    fn nothing_is_hidden_where_no_source_has_both() {
        let rows = [row(Class::Covid, "a"), row(Class::Pneumonia, "b")];
        let teaching = Teaching::of(&rows, 1.0);
        let target = teaching.target(&rows[0], &mut StdRng::seed_from_u64(1));
        assert_eq!(target, Class::Covid.into());
    }
}
