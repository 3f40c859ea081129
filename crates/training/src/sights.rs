//! What the network is shown: slices drawn evenly, changed, with what each teaches.

use std::borrow::Cow;
use std::path::Path;

use image::{GrayImage, imageops};
use lungsight_imaging::{Class, INPUT_SIDE};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use rayon::prelude::*;

use crate::augment::{Look, augment};
use crate::batches::Sampler;
use crate::dataset;
use crate::lesions::Lesions;
use crate::loss::Target;
use crate::manifest::Row;
use crate::material::material;
use crate::prepare::Prepared;
use crate::run::Settings;
use crate::targets::Teaching;

/// All that sights are drawn from.
#[derive(Debug)]
pub struct Sights {
    slices: Vec<Prepared>,
    sampler: Sampler,
    teaching: Teaching,
    lesions: Lesions,
    put_lesions: f64,
    look: Look,
}

impl Sights {
    /// Of the slices that are learned from.
    ///
    /// # Errors
    /// When lesions are to be put in and there are none.
    pub fn new(settings: &Settings, slices: Vec<Prepared>) -> Result<Self, String> {
        let rows: Vec<Row> = slices.iter().map(|slice| slice.row.clone()).collect();
        Ok(Self {
            sampler: Sampler::new(&rows),
            teaching: Teaching::of(&rows, settings.hide_tied),
            lesions: lesions(settings, &slices)?,
            put_lesions: settings.put_lesions,
            look: settings.look,
            slices,
        })
    }

    /// How many slices there are; an epoch has as many sights.
    pub fn slices(&self) -> usize {
        self.slices.len()
    }

    /// Which slices an epoch shows, in order.
    pub fn epoch(&self, rng: &mut StdRng) -> Vec<usize> {
        self.sampler.epoch(self.slices.len(), rng)
    }

    /// Changed inputs of these slices, `INPUT_SIDE²` each, and what they teach.
    pub fn draw(&self, picks: &[usize], rng: &mut StdRng) -> (Vec<Vec<u8>>, Vec<Target>) {
        let chosen: Vec<(Cow<Prepared>, Target)> = picks
            .iter()
            .map(|&pick| {
                let slice = &self.slices[pick];
                match self.with_lesions(slice, rng) {
                    Some(diseased) => (Cow::Owned(diseased), Target::DISEASED),
                    None => (Cow::Borrowed(slice), self.teaching.target(&slice.row, rng)),
                }
            })
            .collect();
        let targets = chosen.iter().map(|(_, target)| *target).collect();
        let seeded: Vec<(Cow<Prepared>, u64)> = chosen
            .into_iter()
            .map(|(slice, _)| (slice, rng.random()))
            .collect();
        let inputs = seeded
            .into_par_iter()
            .map(|(slice, seed)| augment(&slice, self.look, &mut StdRng::seed_from_u64(seed)))
            .collect();
        (inputs, targets)
    }

    /// A healthy slice with lesions put in, as often as is asked for.
    fn with_lesions(&self, slice: &Prepared, rng: &mut StdRng) -> Option<Prepared> {
        let healthy = slice.row.label == Class::Healthy && !self.lesions.is_empty();
        (healthy && rng.random_bool(self.put_lesions)).then(|| self.lesions.put_into(slice, rng))?
    }
}

/// What there is to put into healthy lungs, where that is asked for.
fn lesions(settings: &Settings, slices: &[Prepared]) -> Result<Lesions, String> {
    if settings.put_lesions == 0.0 {
        return Ok(Lesions::default());
    }
    let lesions = Lesions::of(slices, &dataset::lesions(&settings.dataset)?);
    if lesions.is_empty() {
        return Err("--put-lesions: no annotated slice to learn from has a lesion".into());
    }
    println!("lesions of {} slices to put in", lesions.len());
    Ok(lesions)
}

/// Sights in a row of the picture.
const ACROSS: usize = 8;

/// Draws the first `count` sights of a run with these settings into one picture, row after row, and lists what they teach.
///
/// # Errors
/// A faulty dataset or split; a picture that can't be written.
pub fn picture(settings: &Settings, count: usize, out: &Path) -> Result<Vec<String>, String> {
    let sights = Sights::new(settings, material(settings)?.training)?;
    let mut rng = StdRng::seed_from_u64(settings.seed);
    let mut picks = sights.epoch(&mut rng);
    picks.truncate(count);
    let (inputs, targets) = sights.draw(&picks, &mut rng);
    let side = INPUT_SIDE as u32;
    let rows = inputs.len().div_ceil(ACROSS) as u32;
    let mut picture = GrayImage::new(ACROSS as u32 * side, rows * side);
    for (place, input) in inputs.into_iter().enumerate() {
        let sight = GrayImage::from_raw(side, side, input).ok_or("a sight of another size")?;
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
    let of = |(&pick, target): (&usize, &Target)| {
        format!("{target} {}", sights.slices[pick].row.path.display())
    };
    Ok(picks.iter().zip(&targets).map(of).collect())
}
