//! Which slices an epoch shows, and in what order.

use std::collections::BTreeMap;

use rand::Rng;

use crate::manifest::Row;

/// Draws slices so that no class, source or patient drowns the others: a class evenly, a source within it by the square
/// root of its number of slices, a patient evenly, a slice evenly.
#[derive(Debug)]
pub struct Sampler {
    /// class → source → (weight, patient → slices)
    classes: Vec<Vec<(f64, Vec<Vec<usize>>)>>,
}

impl Sampler {
    /// Groups the rows; the sampler gives their indices.
    pub fn new(rows: &[Row]) -> Self {
        let mut groups: BTreeMap<usize, BTreeMap<&str, BTreeMap<&str, Vec<usize>>>> =
            BTreeMap::new();
        for (index, row) in rows.iter().enumerate() {
            groups
                .entry(row.label.index())
                .or_default()
                .entry(&row.source)
                .or_default()
                .entry(&row.patient)
                .or_default()
                .push(index);
        }
        let classes = groups
            .into_values()
            .map(|sources| {
                sources
                    .into_values()
                    .map(|patients| {
                        let slices: usize = patients.values().map(Vec::len).sum();
                        ((slices as f64).sqrt(), patients.into_values().collect())
                    })
                    .collect()
            })
            .collect();
        Self { classes }
    }

    /// `count` indices, drawn with replacement. Empty without rows.
    pub fn epoch(&self, count: usize, rng: &mut impl Rng) -> Vec<usize> {
        if self.classes.is_empty() {
            return Vec::new();
        }
        (0..count)
            .map(|_| {
                let sources = &self.classes[rng.random_range(0..self.classes.len())];
                let patients = by_weight(sources, rng);
                let slices = &patients[rng.random_range(0..patients.len())];
                slices[rng.random_range(0..slices.len())]
            })
            .collect()
    }
}

fn by_weight<'a, T>(items: &'a [(f64, T)], rng: &mut impl Rng) -> &'a T {
    let mut at = rng.random::<f64>() * items.iter().map(|(weight, _)| weight).sum::<f64>();
    for (weight, item) in items {
        at -= weight;
        if at < 0.0 {
            return item;
        }
    }
    &items[items.len() - 1].1
}

#[cfg(test)]
mod tests {
    use super::*;
    use lungsight_imaging::Class;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    #[test]
    fn classes_come_evenly_however_uneven_the_rows() {
        let rows: Vec<Row> = (0..100)
            .map(|i| Row {
                path: format!("{i}").into(),
                label: if i < 90 {
                    Class::Covid
                } else {
                    Class::ALL[i % 2]
                },
                patient: format!("p{i}"),
                source: "s".into(),
                note: String::new(),
                line: 0,
            })
            .collect();
        let drawn = Sampler::new(&rows).epoch(6000, &mut StdRng::seed_from_u64(1));
        for class in Class::ALL {
            let count = drawn.iter().filter(|&&i| rows[i].label == class).count();
            assert!((1850..2150).contains(&count), "{class}: {count}");
        }
    }
}
