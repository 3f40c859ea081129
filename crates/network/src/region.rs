//! What a region of a slice says for or against a class, at the pyramid level that belongs to its size.
//!
//! Equation 5 of the thesis' paper (equation 1 of Lin et al. 2017, arXiv 1612.03144) gives the level of a region of w×h
//! pixels: k = ⌊k0 + log2(√(w·h) / 256)⌋. Its 256 is the side of the network's input, so that the equation asks which share
//! of what the network sees a region spans. What it sees here is the square around the lungs (`NetworkInput::crop`), made
//! 256×256: w and h are measured in pixels of that, not of the slice. The same piece of lung then gets the same level
//! however finely the slice was scanned and however much of the table lies around the chest.
//!
//! Weights may be served at a smaller side (192). That leaves w and h alone: all levels shrink by the same factor, to 24,
//! 12 and 6 cells a side instead of 32, 16 and 8, and a region spans the same share of them. Counted in pixels of a 192²
//! input, not even the whole input (log2(192 / 256) < 0) would reach the coarsest level.

use std::ops::Range;

use lungsight_imaging::{INPUT_SIDE, Mask, Rect};

use crate::grad_cam::{Heat, LevelMaps, fuse};
use crate::model::pyramid::LEVELS;

/// Of equation 5: a region as large as the input is explained over the last stage, number 4.
const K0: f64 = 4.0;

/// The level with the smallest cells, over stage 2.
pub const FINEST_LEVEL: u8 = 2;

/// The level with the largest cells, over stage 4.
pub const COARSEST_LEVEL: u8 = FINEST_LEVEL + LEVELS as u8 - 1;

/// Equation 5: the pyramid level of a region, named after the stage that it lies over and clamped to the levels that
/// there are, [`FINEST_LEVEL`]`..=`[`COARSEST_LEVEL`].
///
/// `width` and `height` are in pixels of the prepared input, `INPUT_SIDE` along each of its sides, whatever side the
/// weights are served at.
pub fn pyramid_level(width: f64, height: f64) -> u8 {
    let level = (K0 + ((width * height).sqrt() / INPUT_SIDE as f64).log2()).floor();
    // The cast saturates: what is below every level, minus infinity for an empty region included, becomes 0.
    (level as u8).clamp(FINEST_LEVEL, COARSEST_LEVEL)
}

/// What a region says of one class.
#[derive(Debug, Clone, PartialEq)]
pub struct RegionEvidence {
    /// The pyramid level that explains it; see [`pyramid_level`].
    pub level: u8,
    /// The level's heat over the whole crop, 1 where the level is hottest. It is cut to the region when it is drawn: cells
    /// reach over the region's edges, and heat between cells is interpolated.
    pub heat: Heat,
    /// Which share (0..=1) of all that speaks for the class on this level lies in the region; `None` where nothing does.
    pub evidence_share: Option<f32>,
    /// Which share (0..=1) of the lungs' area lies in the region: evidence beyond it is heat, not size.
    pub lung_share: f32,
    /// What the region adds to the class's logit (before the temperature) on this level; negative where it speaks against.
    /// Regions side by side on the same level add up to `level_contribution`.
    pub contribution: f32,
    /// What the whole level adds. All levels' together are the logit without the head's bias.
    pub level_contribution: f32,
}

/// Explains a region, in pixels of the slice, by one class's maps; cells that it covers in part count in part.
///
/// `crop` is the square of the slice that the maps lie over. What of the region lies outside it was never shown to the
/// network and does not count, for the level neither. `None` when nothing is left.
pub fn explain_region(
    maps: &LevelMaps,
    crop: Rect,
    lungs: &Mask,
    region: Rect,
) -> Option<RegionEvidence> {
    let columns = span((region.x, region.width), (crop.x, crop.width))?;
    let rows = span((region.y, region.height), (crop.y, crop.height))?;
    let pixels = |span: &Range<f64>| (span.end - span.start) * INPUT_SIDE as f64;
    let level = pyramid_level(pixels(&columns), pixels(&rows));
    let map = &maps[usize::from(level - FINEST_LEVEL)];

    let columns = covered(&columns, map.side);
    let cover = covered(&rows, map.side)
        .into_iter()
        .flat_map(|row| columns.iter().map(move |column| row * column));
    let (mut all, mut inside) = (Sums::default(), Sums::default());
    for (&value, cover) in map.values.iter().zip(cover) {
        all.add(f64::from(value), 1.0);
        inside.add(f64::from(value), cover);
    }
    let cells = map.values.len().max(1) as f64;
    Some(RegionEvidence {
        level,
        heat: fuse(std::slice::from_ref(map)),
        evidence_share: (all.positive > 0.0)
            .then(|| (inside.positive / all.positive).min(1.0) as f32),
        lung_share: lungs.area_in(region) as f32 / lungs.area().max(1) as f32,
        contribution: (inside.signed / cells) as f32,
        level_contribution: (all.signed / cells) as f32,
    })
}

/// Sums over a map's cells.
#[derive(Default)]
struct Sums {
    signed: f64,
    positive: f64,
}

impl Sums {
    fn add(&mut self, value: f64, cover: f64) {
        self.signed += value * cover;
        self.positive += value.max(0.0) * cover;
    }
}

/// The part of a region (start and length along one axis) that lies in the crop, as shares of the crop's side.
fn span((start, length): (i32, u32), (origin, side): (i32, u32)) -> Option<Range<f64>> {
    let (side, from) = (i64::from(side), i64::from(start) - i64::from(origin));
    let to = (from + i64::from(length)).min(side);
    let from = from.max(0);
    (from < to).then(|| from as f64 / side as f64..to as f64 / side as f64)
}

/// Which share of each of `cells` a span (of 0..1) covers, along one axis.
fn covered(span: &Range<f64>, cells: usize) -> Vec<f64> {
    let (start, end) = (span.start * cells as f64, span.end * cells as f64);
    (0..cells)
        .map(|cell| {
            let cell = cell as f64;
            (end.min(cell + 1.0) - start.max(cell)).max(0.0)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grad_cam::LevelMap;

    /// A slice of 512² pixels whose left half of the crop is lung.
    const CROP: Rect = rect(60, 80, 384, 384);

    const fn rect(x: i32, y: i32, width: u32, height: u32) -> Rect {
        Rect {
            x,
            y,
            width,
            height,
        }
    }

    fn lungs() -> Mask {
        let left = |at: usize| at % 512 >= 60 && at % 512 < 252 && (80..464).contains(&(at / 512));
        let values = (0..512 * 512).map(|at| u8::from(left(at)));
        Mask::new(512, 512, values.collect()).expect("fits")
    }

    /// Maps of the sides of a network served at `input` pixels, with `value(level, column, row)`.
    fn maps(input: usize, value: impl Fn(u8, usize, usize) -> f32) -> LevelMaps {
        std::array::from_fn(|index| {
            let side = input / (8 << index);
            let level = FINEST_LEVEL + index as u8;
            let values = (0..side * side).map(|at| value(level, at % side, at / side));
            LevelMap {
                side,
                values: values.collect(),
            }
        })
    }

    fn explain(maps: &LevelMaps, region: Rect) -> RegionEvidence {
        explain_region(maps, CROP, &lungs(), region).expect("inside the crop")
    }

    #[test]
    fn equation_5_steps_at_halves_of_the_input() {
        for (width, height, level) in [
            (256.0, 256.0, 4),
            (256.0, 255.0, 3),
            (128.0, 128.0, 3),
            (64.0, 256.0, 3), // √(w·h) counts, not the longer side
            (128.0, 127.0, 2),
            (64.0, 64.0, 2),
        ] {
            assert_eq!(pyramid_level(width, height), level, "{width} × {height}");
        }
    }

    #[test]
    fn equation_5_is_clamped_to_the_levels_that_there_are() {
        for (side, level) in [(63.0, 2), (1.0, 2), (0.0, 2), (512.0, 4), (1e9, 4)] {
            assert_eq!(pyramid_level(side, side), level, "{side}");
        }
        assert_eq!(pyramid_level(f64::INFINITY, 1.0), COARSEST_LEVEL);
        assert_eq!(pyramid_level(f64::NAN, 1.0), FINEST_LEVEL);
    }

    #[test]
    fn the_level_follows_the_share_of_the_crop_at_every_served_side() {
        for input in [192, 256] {
            let maps = maps(input, |_, _, _| 1.0);
            for (side, level) in [(384, 4), (383, 3), (192, 3), (191, 2), (1, 2)] {
                let evidence = explain(&maps, rect(60, 80, side, side));
                assert_eq!(evidence.level, level, "{side} of 384 at {input}²");
                assert_eq!(evidence.heat.width, input / (8 << (level - FINEST_LEVEL)));
            }
        }
    }

    #[test]
    fn what_lies_outside_the_crop_does_not_count() {
        let maps = maps(192, |_, column, row| (column * row) as f32 - 3.0);
        let whole = explain(&maps, rect(0, 0, 512, 512));
        assert_eq!(whole, explain(&maps, CROP));
        assert_eq!((whole.level, whole.evidence_share), (4, Some(1.0)));
        // A strip through the whole slice: 384 of its 512 columns, 24 rows.
        assert_eq!(explain(&maps, rect(0, 200, 512, 24)).level, 2);
        for beside in [
            rect(0, 0, 60, 512),
            rect(444, 0, 68, 512),
            rect(100, 100, 0, 9),
        ] {
            assert_eq!(explain_region(&maps, CROP, &lungs(), beside), None);
        }
    }

    #[test]
    fn cells_count_by_the_part_that_is_covered() {
        // One cell of 16² pixels (24 in a side of 384) speaks for the class, another against it.
        let maps = maps(192, |_, column, row| match (column, row) {
            (2, 3) => 5.0,
            (4, 3) => -2.0,
            _ => 0.0,
        });
        let cell = |column: i32, row: i32| (60 + 16 * column, 80 + 16 * row);
        let (x, y) = cell(2, 3);
        let evidence = explain(&maps, rect(x, y, 16, 16));
        assert_eq!((evidence.level, evidence.evidence_share), (2, Some(1.0)));
        assert!((evidence.contribution - 5.0 / 576.0).abs() < 1e-7);
        assert!((evidence.level_contribution - 3.0 / 576.0).abs() < 1e-7);
        // A quarter of the cell for it, half of the cell against.
        let evidence = explain(&maps, rect(x + 8, y + 8, 40, 8));
        assert_eq!(evidence.evidence_share, Some(0.25));
        assert!((evidence.contribution - (5.0 / 4.0 - 2.0 / 2.0) / 576.0).abs() < 1e-7);
        assert_eq!(explain(&maps, rect(200, 300, 20, 20)).contribution, 0.0);
    }

    #[test]
    fn where_all_speaks_against_there_is_no_share() {
        let evidence = explain(&maps(192, |_, _, _| -1.0), rect(100, 100, 50, 50));
        assert_eq!(evidence.evidence_share, None);
        assert!(evidence.contribution < 0.0 && evidence.heat.values.iter().all(|v| *v == 0.0));
    }

    #[test]
    fn evidence_spread_evenly_is_as_large_as_the_region() {
        let maps = maps(192, |_, _, _| 1.0);
        // A quarter of the crop's area, over half of the lungs.
        let evidence = explain(&maps, rect(60, 80, 192, 192));
        assert_eq!(evidence.evidence_share, Some(0.25));
        assert_eq!(evidence.lung_share, 0.5);
        assert_eq!(explain(&maps, rect(252, 80, 192, 192)).lung_share, 0.0);
    }
}
