//! What the network is shown: slices drawn evenly, changed, with what each teaches.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread::Scope;

use image::{GrayImage, imageops};
use lungsight_imaging::{Class, INPUT_SIDE};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use rayon::prelude::*;

use crate::augment::{Look, augment};
use crate::batches::Sampler;
use crate::dataset;
use crate::grain::Grains;
use crate::lesions::Lesions;
use crate::loss::Target;
use crate::manifest::Row;
use crate::material::material;
use crate::prepare::Prepared;
use crate::run::make_room;
use crate::say::say;
use crate::settings::Settings;
use crate::targets::Teaching;

/// Batches that wait for the network.
const DRAWN_AHEAD: usize = 2;

/// How often lesions are drawn for a slice before it is shown without any: most lungs get some far sooner.
const PUT_TRIES: usize = 8;

/// An augmented view of a slice: what the network is shown of it, once, and what it teaches.
#[derive(Debug, Clone, PartialEq)]
pub struct Sight {
    /// `INPUT_SIDE²` grey levels, 0 outside the lungs.
    pub input: Vec<u8>,
    /// Of the whole slice.
    pub target: Target,
    /// Not 0 where a lesion lies; `None` where nobody has looked.
    pub lesion: Option<Vec<u8>>,
}

/// All that sights are drawn from.
#[derive(Debug)]
pub struct Sights {
    slices: Vec<Prepared>,
    sampler: Sampler,
    teaching: Teaching,
    lesions: Lesions,
    put_lesions: f64,
    even_grain: f64,
    /// Where lesions lie in slices that were looked through for them, by path; empty where it isn't to be learned.
    drawn: BTreeMap<PathBuf, Vec<u8>>,
    locate: bool,
    look: Look,
}

impl Sights {
    /// Of the slices that are learned from.
    ///
    /// # Errors
    /// When lesions are to be put in and there are none.
    pub fn new(settings: &Settings, slices: Vec<Prepared>) -> Result<Self, String> {
        let rows: Vec<Row> = slices.iter().map(|slice| slice.row.clone()).collect();
        let teaching = Teaching::of(&rows, settings.hide_tied);
        let (put_lesions, locate) = (settings.put_lesions, settings.locate > 0.0);
        let drawn = if put_lesions > 0.0 || locate {
            let option = if put_lesions > 0.0 {
                "--put-lesions"
            } else {
                "--locate"
            };
            dataset::lesions(&settings.dataset).map_err(|reason| format!("{option}: {reason}"))?
        } else {
            BTreeMap::new()
        };
        let lesions = Lesions::of(&slices, &drawn);
        if put_lesions > 0.0 {
            if lesions.is_empty() {
                return Err(
                    "--put-lesions: no annotated slice of the part train has a lesion that is large enough".into(),
                );
            }
            say(format_args!(
                "lesions of {} slices to put in",
                lesions.len()
            ));
        }
        Ok(Self {
            sampler: sampler(&slices, &rows, &teaching, settings.balance_names),
            teaching,
            lesions,
            put_lesions,
            even_grain: settings.even_grain,
            drawn,
            locate,
            look: settings.look,
            slices,
        })
    }

    /// How many slices there are; an epoch has as many sights.
    pub fn slices(&self) -> usize {
        self.slices.len()
    }

    /// Whether a disease of this source is ever named.
    pub fn ever_name(&self, source: &str) -> bool {
        self.teaching.ever_names(source)
    }

    /// Which slices an epoch shows, in order.
    pub fn epoch(&self, rng: &mut StdRng) -> Vec<usize> {
        self.sampler.epoch(self.slices.len(), rng)
    }

    /// These slices in batches of sights, which a thread of `scope` draws ahead: a GPU is not kept waiting.
    pub fn batches<'scope>(
        &'scope self,
        picks: &'scope [usize],
        size: usize,
        seed: u64,
        scope: &'scope Scope<'scope, '_>,
    ) -> mpsc::IntoIter<Vec<Sight>> {
        let (sender, drawn) = mpsc::sync_channel(DRAWN_AHEAD);
        scope.spawn(move || {
            let mut rng = StdRng::seed_from_u64(seed);
            let mut batches = picks.chunks(size).map(|picks| self.draw(picks, &mut rng));
            // Until nobody wants any more.
            while batches.next().is_some_and(|seen| sender.send(seen).is_ok()) {}
        });
        drawn.into_iter()
    }

    /// Sights of these slices, changed.
    pub fn draw(&self, picks: &[usize], rng: &mut StdRng) -> Vec<Sight> {
        let chosen: Vec<(Chosen, u64)> = picks
            .iter()
            .map(|&pick| (self.choose(&self.slices[pick], rng), rng.random()))
            .collect();
        chosen
            .into_par_iter()
            .map(|(chosen, seed)| {
                let rng = &mut StdRng::seed_from_u64(seed);
                let lesion = chosen.lesion.as_deref();
                let (input, lesion) =
                    augment(&chosen.slice, lesion, self.look, self.even_grain, rng);
                Sight {
                    input,
                    target: chosen.target,
                    lesion,
                }
            })
            .collect()
    }

    fn choose<'a>(&'a self, slice: &'a Prepared, rng: &mut StdRng) -> Chosen<'a> {
        if let Some((diseased, lesion)) = self.with_lesions(slice, rng) {
            return Chosen {
                slice: Cow::Owned(diseased),
                // Of a healthy slice's look, and of lesions of one source alone.
                target: Target::DISEASED,
                lesion: self.locate.then_some(Cow::Owned(lesion)),
            };
        }
        Chosen {
            slice: Cow::Borrowed(slice),
            target: self.teaching.target(&slice.row, rng),
            lesion: self.lesion(slice),
        }
    }

    /// Where lesions lie in a slice as it is, as far as that is known and to be learned: nowhere in a healthy one.
    fn lesion(&self, slice: &Prepared) -> Option<Cow<'_, [u8]>> {
        if !self.locate {
            None
        } else if slice.row.label == Class::Healthy {
            Some(Cow::Owned(vec![0; slice.pixels.len()]))
        } else {
            let drawn = self.drawn.get(&slice.row.path);
            drawn.map(|mask| Cow::Borrowed(mask.as_slice()))
        }
    }

    /// A healthy slice with lesions put in, as often as is asked for: others are tried where some can't be seen.
    fn with_lesions(&self, slice: &Prepared, rng: &mut StdRng) -> Option<(Prepared, Vec<u8>)> {
        let healthy = slice.row.label == Class::Healthy && !self.lesions.is_empty();
        if !healthy || !rng.random_bool(self.put_lesions) {
            return None;
        }
        (0..PUT_TRIES).find_map(|_| self.lesions.put_into(slice, rng))
    }
}

/// Patients of one disease on one side of the line, below which a side is none: they would be seen too often.
const LEAST_PATIENTS: usize = 5;

/// What draws the slices of a run; `rows`: theirs.
pub(crate) fn sampler(
    slices: &[Prepared],
    rows: &[Row],
    teaching: &Teaching,
    balance_names: bool,
) -> Sampler {
    if !balance_names {
        return Sampler::new(rows, |_| 0);
    }
    let sources: BTreeSet<&str> = rows.iter().map(|row| row.source.as_str()).collect();
    let with_both = sources
        .into_iter()
        .filter(|source| teaching.has_both(source));
    let sharp: BTreeSet<&str> = with_both
        .flat_map(|source| sharp_patients(slices, source))
        .collect();
    Sampler::new(rows, |row| {
        usize::from(sharp.contains(row.patient.as_str()))
    })
    .naming_evenly(rows, |source| teaching.named_share(source))
}

/// The sharp ones among a source's patients with either disease, told to the user; none where there are too few of a disease
/// on a side. Patients without a slice that tells count as smooth.
fn sharp_patients<'a>(slices: &'a [Prepared], source: &str) -> BTreeSet<&'a str> {
    let diseased =
        |slice: &&Prepared| slice.row.source == source && slice.row.label != Class::Healthy;
    let grains = Grains::of(slices.iter().filter(diseased));
    let patients = grains.sides(slices.iter().filter(diseased));
    let count = |class, is_sharp| patients.get(&(class, is_sharp)).map_or(0, BTreeSet::len);
    let [pneumonia, covid] =
        [Class::Pneumonia, Class::Covid].map(|class| [count(class, false), count(class, true)]);
    let is_enough = [pneumonia, covid]
        .as_flattened()
        .iter()
        .all(|&number| number >= LEAST_PATIENTS);
    say(format_args!(
        "{source}: smooth and sharp patients {} and {} with pneumonia, {} and {} with COVID-19{}",
        pneumonia[0],
        pneumonia[1],
        covid[0],
        covid[1],
        if is_enough {
            ", those of the rarer side drawn more often"
        } else {
            ": too few to draw them more often"
        }
    ));
    let sharp = patients
        .into_iter()
        .filter(|((_, is_sharp), _)| *is_sharp && is_enough);
    sharp.flat_map(|(_, patients)| patients).collect()
}

/// A slice that is shown next, before it is changed.
struct Chosen<'a> {
    slice: Cow<'a, Prepared>,
    target: Target,
    lesion: Option<Cow<'a, [u8]>>,
}

/// Sights in a row of the picture.
const ACROSS: usize = 8;

/// Draws `count` sights, such as an epoch of a run with these settings shows, into one picture, row after row, and lists what
/// they teach. They are drawn by a generator of their own: the run itself draws others. An epoch has as many sights as there
/// are slices, and no more are drawn.
///
/// # Errors
/// A faulty dataset or split; a picture that can't be written.
pub fn picture(settings: &Settings, count: usize, out: &Path) -> Result<Vec<String>, String> {
    make_room(out)?;
    let sights = Sights::new(settings, material(settings)?.training)?;
    let mut rng = StdRng::seed_from_u64(settings.seed);
    let mut picks = sights.epoch(&mut rng);
    picks.truncate(count);
    let drawn = sights.draw(&picks, &mut rng);
    let side = INPUT_SIDE as u32;
    let rows = drawn.len().div_ceil(ACROSS) as u32;
    let mut picture = GrayImage::new(ACROSS as u32 * side, rows * side);
    for (place, sight) in drawn.iter().enumerate() {
        let sight = GrayImage::from_raw(side, side, sight.input.clone())
            .ok_or("a sight of another size")?;
        let (x, y) = ((place % ACROSS) as i64, (place / ACROSS) as i64);
        imageops::replace(
            &mut picture,
            &sight,
            x * i64::from(side),
            y * i64::from(side),
        );
    }
    picture
        .save(out)
        .map_err(|e| format!("{}: {e}", out.display()))?;
    let of = |(&pick, sight): (&usize, &Sight)| {
        format!(
            "{} {}",
            sight.target,
            sights.slices[pick].row.path.display()
        )
    };
    Ok(picks.iter().zip(&drawn).map(of).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grain::tests::slice;

    /// So many smooth and sharp patients of each disease.
    fn slices(smooth: usize, sharp: usize) -> Vec<Prepared> {
        let of = |(patient, blurs): (usize, usize)| {
            [Class::Pneumonia, Class::Covid].map(|label| {
                let mut slice = slice(2 * patient + label.index() % 2, blurs);
                slice.row.label = label;
                slice
            })
        };
        let blurs = (0..smooth + sharp).map(|patient| if patient < smooth { 4 } else { 0 });
        blurs.enumerate().flat_map(of).collect()
    }

    /// With the lesions of one slice, in one corner of its lungs, put into healthy ones whenever they can be.
    fn with_a_small_lesion() -> Sights {
        let ill = slice(0, 4);
        let mut mask = vec![0; ill.pixels.len()];
        let mut slices = vec![ill];
        for (index, pixel) in slices[0].pixels.iter_mut().enumerate() {
            let (x, y) = (index % INPUT_SIDE, index / INPUT_SIDE);
            if (120..136).contains(&x) && (50..66).contains(&y) {
                mask[index] = 1;
                *pixel = 220;
            }
        }
        let drawn = BTreeMap::from([(slices[0].row.path.clone(), mask)]);
        let rows: Vec<Row> = slices.iter().map(|slice| slice.row.clone()).collect();
        Sights {
            sampler: Sampler::new(&rows, |_| 0),
            teaching: Teaching::of(&rows, 0.0),
            lesions: Lesions::of(&slices, &drawn),
            put_lesions: 1.0,
            even_grain: 0.0,
            drawn,
            locate: false,
            look: Look::Masked,
            slices,
        }
    }

    #[test]
    fn lesions_are_put_in_nearly_as_often_as_is_asked_for() {
        let sights = with_a_small_lesion();
        assert_eq!(sights.lesions.len(), 1);
        let mut healthy = slice(1, 4);
        healthy.row.label = Class::Healthy;
        let mut rng = StdRng::seed_from_u64(1);
        let mut put =
            |tries: &dyn Fn(&mut StdRng) -> bool| (0..60).filter(|_| tries(&mut rng)).count();
        let once = put(&|rng| sights.lesions.put_into(&healthy, rng).is_some());
        let often = put(&|rng| sights.with_lesions(&healthy, rng).is_some());
        // Small lesions often lie beside the place that is drawn.
        assert!(once < 55, "{once}");
        assert!(often > 55, "{often}");
        healthy.row.label = Class::Covid;
        assert_eq!(
            put(&|rng| sights.with_lesions(&healthy, rng).is_some()),
            0,
            "diseased as it is"
        );
    }

    #[test]
    fn sides_with_few_patients_are_none() {
        let enough = slices(6, 5);
        let sharp = sharp_patients(&enough, "s");
        let expected: BTreeSet<String> = (12..22).map(|number| number.to_string()).collect();
        assert!(
            sharp
                .iter()
                .copied()
                .eq(expected.iter().map(String::as_str)),
            "{sharp:?}"
        );
        assert!(sharp_patients(&slices(6, 4), "s").is_empty());
        assert!(sharp_patients(&enough, "another").is_empty());
    }

    #[test]
    fn the_rarer_side_is_drawn_more_often_where_that_is_asked_for() {
        let slices = slices(20, 5);
        let rows: Vec<Row> = slices.iter().map(|slice| slice.row.clone()).collect();
        let teaching = Teaching::of(&rows, 1.0);
        let share = |balance_names: bool| {
            let sampler = sampler(&slices, &rows, &teaching, balance_names);
            let drawn = sampler.epoch(4000, &mut StdRng::seed_from_u64(1));
            let sharp = drawn.iter().filter(|&&index| index >= 40).count();
            sharp as f64 / 4000.0
        };
        // One in five patients; by the square roots one in three.
        assert!((share(false) - 0.2).abs() < 0.03, "{}", share(false));
        assert!((share(true) - 1.0 / 3.0).abs() < 0.03, "{}", share(true));
    }
}
