//! Deletion and insertion: what the network still says of a slice while lung pixels go, and while they come, the hottest
//! first.

use std::collections::BTreeMap;

use lungsight_imaging::{Class, NetworkInput};
use lungsight_network::Classifier;
use rand::SeedableRng;
use rand::rngs::StdRng;

use super::MapFigures;
use super::order::orders;
use crate::evaluate::input;
use crate::prepare::{Prepared, progress};

/// Shares of the lung's pixels that are changed.
const STEPS: [f64; 5] = [0.05, 0.15, 0.3, 0.5, 0.75];

/// Of one slice by one map: probabilities of the class predicted for the whole slice, from no pixel changed by [`STEPS`]
/// to all.
struct Curves {
    deletion: Vec<f64>,
    insertion: Vec<f64>,
}

/// Deletes and inserts by every kind of map on the slices given.
///
/// # Errors
/// When the device fails.
pub(super) fn deletion_and_insertion(
    classifier: &Classifier,
    slices: &[&Prepared],
) -> Result<BTreeMap<String, MapFigures>, String> {
    let bar = progress(slices.len() as u64, "deleting and inserting");
    let mut found: BTreeMap<String, Vec<Curves>> = BTreeMap::new();
    let mut rng = StdRng::seed_from_u64(1);
    for slice in slices {
        for (kind, curves) in by_every_map(classifier, &slice.pixels, &mut rng)? {
            found.entry(kind).or_default().push(curves);
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(found
        .into_iter()
        .map(|(kind, curves)| (kind, figures(&curves)))
        .collect())
}

/// One slice's curves by every kind of map.
fn by_every_map(
    classifier: &Classifier,
    pixels: &[u8],
    rng: &mut StdRng,
) -> Result<Vec<(String, Curves)>, String> {
    let evidence = classifier
        .evidence(&[input(pixels)])
        .map_err(|e| e.to_string())?;
    let first = classifier
        .conclude(&evidence[0])
        .map_err(|e| e.to_string())?;
    let slice = Changing {
        pixels,
        blank: blank(pixels),
        predicted: first.predicted,
        whole: f64::from(first.probabilities.of(first.predicted)),
    };
    orders(pixels, &evidence[0].maps[first.predicted.index()], rng)
        .into_iter()
        .map(|(kind, order)| Ok((kind, slice.curves(classifier, &order)?)))
        .collect()
}

/// A slice whose pixels go and come.
struct Changing<'a> {
    pixels: &'a [u8],
    /// What is left when all are gone.
    blank: Vec<u8>,
    predicted: Class,
    /// Probability of that class while all are there.
    whole: f64,
}

impl Changing<'_> {
    /// By pixels in the order given.
    fn curves(&self, classifier: &Classifier, order: &[usize]) -> Result<Curves, String> {
        let inputs: Vec<NetworkInput> = changed(self.pixels, &self.blank, order)
            .chain(changed(&self.blank, self.pixels, order))
            .chain([input(&self.blank)])
            .collect();
        let results = classifier.classify(&inputs).map_err(|e| e.to_string())?;
        let p: Vec<f64> = results
            .iter()
            .map(|r| f64::from(r.probabilities.of(self.predicted)))
            .collect();
        let (deleted, rest) = p.split_at(STEPS.len());
        let (inserted, empty) = rest.split_at(STEPS.len());
        let whole: &[f64] = &[self.whole];
        Ok(Curves {
            deletion: [whole, deleted, empty].concat(),
            insertion: [empty, inserted, whole].concat(),
        })
    }
}

/// `from` with the first pixels of `order` as in `to`, by each of [`STEPS`].
fn changed(from: &[u8], to: &[u8], order: &[usize]) -> impl Iterator<Item = NetworkInput> {
    STEPS.into_iter().map(move |share| {
        let mut pixels = from.to_vec();
        for &at in &order[..(order.len() as f64 * share) as usize] {
            pixels[at] = to[at];
        }
        input(&pixels)
    })
}

/// The same lungs, all of their median grey: nothing to see.
fn blank(pixels: &[u8]) -> Vec<u8> {
    let mut greys: Vec<u8> = pixels.iter().copied().filter(|&p| p > 0).collect();
    greys.sort_unstable();
    let median = greys.get(greys.len() / 2).copied().unwrap_or(0);
    pixels
        .iter()
        .map(|&p| if p > 0 { median } else { 0 })
        .collect()
}

/// The slices' mean curves, and the areas under them.
fn figures(curves: &[Curves]) -> MapFigures {
    let deletion = mean(curves, |of| of.deletion.as_slice());
    let insertion = mean(curves, |of| of.insertion.as_slice());
    MapFigures {
        deletion: area(&deletion),
        insertion: area(&insertion),
        deletion_curve: deletion,
        insertion_curve: insertion,
        ..MapFigures::default()
    }
}

/// (share of lung pixels changed, mean probability).
fn mean(curves: &[Curves], which: impl Fn(&Curves) -> &[f64]) -> Vec<(f64, f64)> {
    let shares: Vec<f64> = [&[0.0], &STEPS[..], &[1.0]].concat();
    shares
        .into_iter()
        .enumerate()
        .map(|(at, share)| {
            let sum: f64 = curves.iter().map(|of| which(of)[at]).sum();
            (share, sum / curves.len() as f64)
        })
        .collect()
}

/// Trapezoids.
fn area(curve: &[(f64, f64)]) -> f64 {
    curve
        .windows(2)
        .map(|w| (w[1].0 - w[0].0) * f64::midpoint(w[0].1, w[1].1))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_area_of_a_constant_is_the_constant() {
        assert!((area(&[(0.0, 0.5), (0.2, 0.5), (1.0, 0.5)]) - 0.5).abs() < 1e-12);
    }
}
