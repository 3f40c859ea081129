//! Which slices an epoch shows, and in what order.

use std::collections::BTreeMap;

use rand::Rng;

use crate::manifest::Row;

/// Draws slices so that no class, source or patient drowns the others: a class by its weight, a source within it by the square
/// root of its number of slices, a group of patients within that by the square root of its number of patients, a patient evenly, a
/// slice evenly.
#[derive(Debug)]
pub struct Sampler {
    classes: Vec<(f64, Sources)>,
}

/// Each one's slices.
type Patients<'a> = BTreeMap<&'a str, Vec<usize>>;

/// (weight, groups)
type Sources = Vec<(f64, Groups)>;

/// (weight, patients → slices)
type Groups = Vec<(f64, Vec<Vec<usize>>)>;

impl Sampler {
    /// Groups the rows; the sampler gives their indices. `group`: of a row's patient, among those of its source and class.
    pub fn new(rows: &[Row], group: impl Fn(&Row) -> usize) -> Self {
        let mut tree: BTreeMap<usize, BTreeMap<&str, BTreeMap<usize, Patients>>> = BTreeMap::new();
        for (index, row) in rows.iter().enumerate() {
            tree.entry(row.label.index())
                .or_default()
                .entry(&row.source)
                .or_default()
                .entry(group(row))
                .or_default()
                .entry(&row.patient)
                .or_default()
                .push(index);
        }
        let of_source = |groups: BTreeMap<usize, Patients>| {
            let slices: usize = groups
                .values()
                .flat_map(BTreeMap::values)
                .map(Vec::len)
                .sum();
            let of_group = |patients: Patients| {
                (
                    (patients.len() as f64).sqrt(),
                    patients.into_values().collect(),
                )
            };
            let groups = groups.into_values().map(of_group);
            ((slices as f64).sqrt(), groups.collect())
        };
        let classes = tree
            .into_values()
            .map(|sources| (1.0, sources.into_values().map(of_source).collect()))
            .collect();
        Self { classes }
    }

    /// The same with diseases weighed so that each is named as often, both together as often as before. `named`: the share of a
    /// source's diseased sights that name it. A class that is named nowhere keeps its weight.
    pub fn naming_evenly(mut self, rows: &[Row], named: impl Fn(&str) -> f64) -> Self {
        let mut shares = Vec::new();
        for (_, sources) in &self.classes {
            let first = |groups: &Groups| &rows[groups[0].1[0][0]];
            let all: f64 = sources.iter().map(|(weight, _)| weight).sum();
            let told = |(weight, groups): &(f64, Groups)| weight * named(&first(groups).source);
            let share = sources.iter().map(told).sum::<f64>() / all;
            let is_disease = first(&sources[0].1).label != lungsight_imaging::Class::Healthy;
            shares.push((is_disease && share > 0.0).then_some(share));
        }
        let diseases = shares.iter().flatten().count() as f64;
        let parts: f64 = shares.iter().flatten().map(|share| 1.0 / share).sum();
        for ((weight, _), share) in self.classes.iter_mut().zip(shares) {
            if let Some(share) = share {
                *weight = diseases / share / parts;
            }
        }
        self
    }

    /// `count` indices, drawn with replacement. Empty without rows.
    pub fn epoch(&self, count: usize, rng: &mut impl Rng) -> Vec<usize> {
        if self.classes.is_empty() {
            return Vec::new();
        }
        (0..count)
            .map(|_| {
                let groups: &Groups = by_weight(by_weight::<Sources>(&self.classes, rng), rng);
                let patients: &Vec<Vec<usize>> = by_weight(groups, rng);
                *evenly::<usize>(evenly::<Vec<usize>>(patients, rng), rng)
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

fn evenly<'a, T>(items: &'a [T], rng: &mut impl Rng) -> &'a T {
    &items[rng.random_range(0..items.len())]
}

#[cfg(test)]
mod tests {
    use super::*;
    use lungsight_imaging::Class;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    fn row(number: usize, label: Class, source: &str) -> Row {
        Row {
            path: format!("{number}").into(),
            label,
            patient: format!("p{number}"),
            source: source.into(),
            note: String::new(),
            line: 0,
        }
    }

    /// The share of 6000 sights for which this holds.
    fn share(sampler: &Sampler, holds: impl Fn(usize) -> bool) -> f64 {
        let drawn = sampler.epoch(6000, &mut StdRng::seed_from_u64(1));
        drawn.iter().filter(|&&i| holds(i)).count() as f64 / 6000.0
    }

    #[test]
    fn classes_come_evenly_however_uneven_the_rows() {
        let label = |i: usize| {
            if i < 90 {
                Class::Covid
            } else {
                Class::ALL[i % 2]
            }
        };
        let rows: Vec<Row> = (0..100).map(|i| row(i, label(i), "s")).collect();
        let sampler = Sampler::new(&rows, |_| 0);
        for class in Class::ALL {
            let share = share(&sampler, |i| rows[i].label == class);
            assert!((share - 1.0 / 3.0).abs() < 0.025, "{class}: {share}");
        }
    }

    #[test]
    fn small_groups_come_more_often_and_diseases_are_named_as_often() {
        // COVID-19 at two hospitals, one of which names nothing; pneumonia at one.
        let mut rows: Vec<Row> = (0..60)
            .map(|i| match i {
                0..20 => row(i, Class::Healthy, "both"),
                20..30 => row(i, Class::Pneumonia, "both"),
                30..40 => row(i, Class::Covid, "both"),
                _ => row(i, Class::Covid, "one"),
            })
            .collect();
        // One patient in ten is sharp.
        let sharp = |i: usize| i.is_multiple_of(10);
        for at in (0..60).filter(|&i| sharp(i)) {
            rows[at].path.push("sharp");
        }
        let sampler = Sampler::new(&rows, |row| usize::from(row.path.ends_with("sharp")))
            .naming_evenly(&rows, |source| f64::from(u8::from(source == "both")));
        let named = |class: Class| {
            share(&sampler, |i| {
                rows[i].label == class && rows[i].source == "both"
            })
        };
        let [healthy, pneumonia, covid] = Class::ALL.map(named);
        assert!((pneumonia - covid).abs() < 0.025, "{pneumonia} {covid}");
        assert!((healthy - 1.0 / 3.0).abs() < 0.025, "{healthy}");
        let sharp_ones = share(&sampler, sharp);
        // One of ten in each group of three tens, two of twenty in the others: by the square roots a quarter, instead of a tenth.
        assert!((sharp_ones - 0.25).abs() < 0.025, "{sharp_ones}");
    }
}
