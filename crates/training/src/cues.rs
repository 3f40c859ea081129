//! What sways the name of a disease though it is none: the grain of a picture, and the chest wall that a mask has left along
//! the edge. Each is changed on slices of sources with both diseases, and nothing else is.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use lungsight_imaging::{Class, INPUT_SIDE, NetworkInput};
use lungsight_network::Classifier;
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde::{Deserialize, Serialize};

use crate::augment::{noised, rimmed, softened};
use crate::dataset;
use crate::evaluate::input;
use crate::grain::Grains;
use crate::manifest::Row;
use crate::notes::Notes;
use crate::prepare::{Prepared, progress};
use crate::split::{Part, Split};
use crate::targets::Teaching;

/// The file's name in a weights folder.
pub const CUES: &str = "cues.json";

/// What `cues` writes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cues {
    /// Name and checksum of the weights.
    pub model: String,
    /// Patients asked about, one slice of each: of sources with both diseases and of the parts train and validation.
    pub patients: usize,
    /// Those of the part train.
    pub learned_from: usize,
    /// How often, of two of them at one source, one with each disease, the one with pneumonia is the sharper: the area under the
    /// curve of grain alone, 0.5 where it tells nothing.
    pub grain_area: f64,
    /// As the slices are, with every change, and as those are whose grain is as the other disease's mostly is.
    pub called: Vec<Called>,
}

/// What is made of slices after one change.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Called {
    /// What was done to every slice.
    pub change: Change,
    /// Slices of pneumonia to which COVID-19 is likelier than pneumonia.
    pub pneumonia_as_covid: Share,
    /// Slices of COVID-19 to which pneumonia is at least as likely.
    pub covid_as_pneumonia: Share,
}

/// Some of all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// How many are.
    pub count: usize,
    /// Of how many.
    pub of: usize,
}

/// A change of the network's input; pixels are its, of a square of [`INPUT_SIDE`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// None.
    None,
    /// None, and only of patients who are smooth where most with their disease are sharp, or the other way round.
    Against,
    /// Blurred, by this standard deviation in pixels.
    Blur(f32),
    /// Noise added, of this standard deviation in grey levels of 255.
    Noise(f32),
    /// So many pixels of chest wall beyond the lungs' edge, all around.
    Rim(usize),
}

const CHANGES: [Change; 10] = [
    Change::None,
    Change::Against,
    Change::Blur(1.0),
    Change::Blur(2.0),
    Change::Blur(3.0),
    Change::Noise(10.0),
    Change::Noise(20.0),
    Change::Noise(35.0),
    Change::Rim(3),
    Change::Rim(5),
];

/// Measures it.
///
/// # Errors
/// When a file is faulty, the device fails, or no source has slices of both diseases outside the test part.
pub fn measure(
    classifier: &Classifier,
    dataset: &Path,
    split: &Split,
    notes: &Notes,
) -> Result<Cues, String> {
    let (index, slices) = dataset::read(dataset)?;
    split.check(&index.rows)?;
    notes.check(index.all_rows())?;
    let is_asked = |row: &Row| {
        let parts = split.patients.get(&row.patient);
        row.label != Class::Healthy && !notes.has(&row.note) && parts != Some(&Part::Test)
    };
    let rows = index.rows.iter().filter(|row| is_asked(row));
    let teaching = Teaching::of(&rows.cloned().collect::<Vec<_>>(), 0.0);
    let mut patients = BTreeMap::<(usize, &str), Vec<&Prepared>>::new();
    for slice in &slices {
        let row = &slice.row;
        if is_asked(row) && teaching.has_both(&row.source) {
            let of_patient = patients
                .entry((row.label.index(), &row.patient))
                .or_default();
            of_patient.push(slice);
        }
    }
    let chosen: Vec<&Prepared> = patients.values().map(|of| of[of.len() / 2]).collect();
    if Class::ALL[1..]
        .iter()
        .any(|class| chosen.iter().all(|slice| slice.row.label != *class))
    {
        return Err(
            "no source has slices of both diseases in the parts train and validation".into(),
        );
    }
    let (against, grain_area) =
        told_by_grain(&patients.into_values().flatten().collect::<Vec<_>>());
    let bar = progress(CHANGES.len() as u64, "changing what is no disease");
    let called = CHANGES
        .into_iter()
        .map(|change| {
            let is_asked = |slice: &&Prepared| {
                change != Change::Against || against.contains(slice.row.patient.as_str())
            };
            let asked: Vec<&Prepared> = chosen.iter().copied().filter(is_asked).collect();
            let called = called(classifier, &asked, change);
            bar.inc(1);
            called
        })
        .collect::<Result<_, _>>()?;
    bar.finish_and_clear();
    let learned = |slice: &&&Prepared| split.patients.get(&slice.row.patient) == Some(&Part::Train);
    Ok(Cues {
        model: classifier.model(),
        patients: chosen.len(),
        learned_from: chosen.iter().filter(learned).count(),
        grain_area,
        called,
    })
}

/// Patients of a source whose grain is not that of most with their disease, where most with the other disease have it, and
/// [`Cues::grain_area`].
fn told_by_grain<'a>(slices: &[&'a Prepared]) -> (BTreeSet<&'a str>, f64) {
    let sources: BTreeSet<&str> = slices
        .iter()
        .map(|slice| slice.row.source.as_str())
        .collect();
    let mut against = BTreeSet::new();
    let (mut pairs, mut told) = (0.0, 0.0);
    for source in sources {
        let of_source = slices
            .iter()
            .copied()
            .filter(|slice| slice.row.source == source);
        let grains = Grains::of(of_source.clone());
        let patients: BTreeMap<&str, Class> = of_source
            .clone()
            .map(|slice| (slice.row.patient.as_str(), slice.row.label))
            .collect();
        let of = |class| {
            let of_class = patients.iter().filter(move |(_, label)| **label == class);
            of_class.filter_map(|(&patient, _)| Some((patient, grains.sharpness(patient)?)))
        };
        for (_, pneumonia) in of(Class::Pneumonia) {
            for (_, covid) in of(Class::Covid) {
                pairs += 1.0;
                told += if pneumonia > covid {
                    1.0
                } else if pneumonia < covid {
                    0.0
                } else {
                    0.5
                };
            }
        }
        let sides = grains.sides(of_source);
        let count = |class, is_sharp| sides.get(&(class, is_sharp)).map_or(0, BTreeSet::len);
        let mostly_sharp = |class| count(class, true) > count(class, false);
        let [pneumonia, covid] = [Class::Pneumonia, Class::Covid].map(mostly_sharp);
        if pneumonia != covid {
            for side in [(Class::Pneumonia, covid), (Class::Covid, pneumonia)] {
                against.extend(sides.get(&side).into_iter().flatten());
            }
        }
    }
    (against, if pairs > 0.0 { told / pairs } else { 0.5 })
}

fn called(classifier: &Classifier, slices: &[&Prepared], change: Change) -> Result<Called, String> {
    let mut called = Called {
        change,
        pneumonia_as_covid: Share::default(),
        covid_as_pneumonia: Share::default(),
    };
    // Every slice has a noise of its own, the same for all weights.
    let mut seeds = 0..;
    for batch in slices.chunks(classifier.usual_batch()) {
        let changed = batch.iter().zip(seeds.by_ref());
        let inputs: Vec<NetworkInput> = changed
            .map(|(slice, seed)| input(&change.of(&slice.pixels, seed)))
            .collect();
        let results = classifier.classify(&inputs).map_err(|e| e.to_string())?;
        for (slice, result) in batch.iter().zip(results) {
            let p = |class| result.probabilities.of(class);
            let is_covid = p(Class::Covid) > p(Class::Pneumonia);
            let (share, is_swayed) = match slice.row.label {
                Class::Pneumonia => (&mut called.pneumonia_as_covid, is_covid),
                _ => (&mut called.covid_as_pneumonia, !is_covid),
            };
            share.of += 1;
            share.count += usize::from(is_swayed);
        }
    }
    Ok(called)
}

impl Change {
    fn of(self, pixels: &[u8], seed: u64) -> Vec<u8> {
        match self {
            Self::None | Self::Against => pixels.to_vec(),
            Self::Blur(deviation) => softened(pixels, deviation),
            Self::Noise(deviation) => noised(pixels, deviation, &mut StdRng::seed_from_u64(seed)),
            Self::Rim(width) => rimmed(pixels, width),
        }
    }
}

/// As text, a change a line.
pub fn table(cues: &Cues) -> String {
    let line = |called: &Called| {
        let change = match called.change {
            Change::None => "as they are".to_owned(),
            Change::Against => "of them, with the other's grain".to_owned(),
            Change::Blur(deviation) => format!("blurred by {deviation} pixels of {INPUT_SIDE}"),
            Change::Noise(deviation) => format!("noise of {deviation} grey levels"),
            Change::Rim(width) => format!("a rim of {width} pixels"),
        };
        let share = |Share { count, of }: Share| format!("{count:3} of {of:3}");
        format!(
            "{change:32} COVID-19 likelier to {} of pneumonia, pneumonia to {} of COVID-19\n",
            share(called.pneumonia_as_covid),
            share(called.covid_as_pneumonia)
        )
    };
    let lines: String = cues.called.iter().map(line).collect();
    format!(
        "grain alone tells the two with an area under the curve of {:.3}\n{lines}",
        cues.grain_area
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stripes() -> Vec<u8> {
        let inside =
            |i: usize| (i % INPUT_SIDE).abs_diff(128) < 60 && (i / INPUT_SIDE).abs_diff(128) < 60;
        (0..INPUT_SIDE * INPUT_SIDE)
            .map(|i| match (inside(i), i % 2) {
                (false, _) => 0,
                (true, 0) => 60,
                (true, _) => 100,
            })
            .collect()
    }

    fn deviation(pixels: &[u8]) -> f64 {
        let inside: Vec<f64> = pixels
            .iter()
            .filter(|&&p| p > 0)
            .map(|&p| f64::from(p))
            .collect();
        let mean = inside.iter().sum::<f64>() / inside.len() as f64;
        (inside.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / inside.len() as f64).sqrt()
    }

    #[test]
    fn every_change_does_what_it_says() {
        let before = stripes();
        for change in CHANGES {
            let after = change.of(&before, 1);
            let added = before
                .iter()
                .zip(&after)
                .filter(|(b, a)| **b == 0 && **a > 0)
                .count();
            assert!(
                before.iter().zip(&after).all(|(b, a)| *b == 0 || *a > 0),
                "{change:?}"
            );
            let width = match change {
                Change::Rim(width) => width,
                _ => 0,
            };
            assert_eq!(added, (119 + 2 * width).pow(2) - 119 * 119, "{change:?}");
            let spread = deviation(&after);
            match change {
                Change::None | Change::Against => assert_eq!(after, before),
                Change::Blur(_) => assert!(spread < 2.0, "{change:?}: {spread}"),
                Change::Noise(noise) => {
                    let expected = f64::from(noise).hypot(20.0);
                    assert!(
                        (spread / expected - 1.0).abs() < 0.05,
                        "{change:?}: {spread}"
                    );
                }
                Change::Rim(_) => {
                    assert!(before.iter().zip(&after).all(|(b, a)| *b == 0 || b == a));
                }
            }
        }
    }

    #[test]
    fn a_blur_is_as_wide_as_it_says() {
        // A step from 50 to 250: it rises through its middle as a normal distribution does.
        let step: Vec<u8> = (0..INPUT_SIDE * INPUT_SIDE)
            .map(|i| if i % INPUT_SIDE < 128 { 50 } else { 250 })
            .collect();
        for deviation in [1.0f32, 2.0, 3.0] {
            let after = Change::Blur(deviation).of(&step, 1);
            let row: Vec<f64> = after[..INPUT_SIDE].iter().map(|&p| f64::from(p)).collect();
            // The rises from pixel to pixel are where the mass lies.
            let rises: Vec<f64> = row
                .windows(2)
                .map(|two| (two[1] - two[0]) / 200.0)
                .collect();
            let variance: f64 = rises
                .iter()
                .enumerate()
                .map(|(i, rise)| rise * (i as f64 - 127.0).powi(2))
                .sum();
            let expected = f64::from(deviation).powi(2);
            assert!(
                (variance / expected - 1.0).abs() < 0.15,
                "{deviation}: {variance}"
            );
        }
    }

    #[test]
    fn who_has_the_grain_of_the_other_disease_is_known() {
        let slice = |patient: usize| {
            let is_covid = patient < 6;
            // One of each is as the others are.
            let blurs = if is_covid != patient.is_multiple_of(6) {
                4
            } else {
                0
            };
            let mut slice = crate::grain::tests::slice(patient, blurs);
            slice.row.label = if is_covid {
                Class::Covid
            } else {
                Class::Pneumonia
            };
            slice
        };
        let slices: Vec<Prepared> = (0..12).map(slice).collect();
        let all: Vec<&Prepared> = slices.iter().collect();
        let (against, area) = told_by_grain(&all);
        assert_eq!(against, ["0", "6"].into());
        // Of 36 pairs five of six and one of six, or as sharp as each other, are told the right way round.
        assert!((0.65..0.9).contains(&area), "{area}");
        let some: Vec<&Prepared> = slices
            .iter()
            .filter(|slice| slice.row.label == Class::Covid)
            .collect();
        assert_eq!(
            told_by_grain(&some),
            (BTreeSet::new(), 0.5),
            "nobody has another disease"
        );
    }

    #[test]
    fn changes_are_written_as_the_site_reads_them() {
        let written = serde_json::to_string(&[Change::Against, Change::Blur(2.0), Change::Rim(3)]);
        assert_eq!(
            written.expect("JSON"),
            r#"["against",{"blur":2.0},{"rim":3}]"#
        );
    }
}
