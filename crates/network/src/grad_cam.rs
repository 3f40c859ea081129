//! Grad-CAM (Selvaraju et al. 2017, arXiv 1610.02391; equations 6 and 7 of the thesis' paper) in closed form.
//!
//! Equation 6: the weight of a channel is the mean gradient of the class's logit over the channel's pixels.
//! Equation 7: the heatmap is the ReLU of the weighted sum of the channels.
//! A level's channels are pooled by their mean and enter the logit through the linear head alone, so that the gradient at
//! every pixel of channel k of level l is w(l,k) / (h·w) (equation 8): no backward pass is needed. The fused map adds the
//! levels' weighted sums at the finest size; its mean over the pixels, plus the bias, is the logit.

use burn::tensor::Tensor;

use crate::model::pyramid::LEVELS;

/// A heatmap over the network's input.
#[derive(Debug, Clone, PartialEq)]
pub struct Heat {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Row-major, 0..=1; all zero where nothing speaks for the class.
    pub values: Vec<f32>,
}

/// Weighted channel sums of one level for every class, before ReLU and scaling.
///
/// # Shapes
/// Level `[batch, width, h, w]`, head weights `[LEVELS · width, classes]` → `[batch, classes, h, w]`
pub fn class_maps(level: &Tensor<4>, index: usize, head_weights: &Tensor<2>) -> Tensor<4> {
    let [batch, width, height, columns] = level.dims();
    let [_, classes] = head_weights.dims();
    let weights = head_weights
        .clone()
        .narrow(0, index * width, width)
        .transpose()
        .unsqueeze::<3>()
        .repeat_dim(0, batch);
    weights
        .matmul(level.clone().reshape([batch, width, height * columns]))
        .reshape([batch, classes, height, columns])
}

/// [`class_maps`] of all levels.
pub fn all_class_maps(levels: &[Tensor<4>; LEVELS], head_weights: &Tensor<2>) -> Vec<Tensor<4>> {
    levels
        .iter()
        .enumerate()
        .map(|(index, level)| class_maps(level, index, head_weights))
        .collect()
}

/// One level's map on the CPU: row-major values and their size.
#[derive(Debug, Clone, PartialEq)]
pub struct LevelMap {
    /// Columns and rows (levels are square).
    pub side: usize,
    /// Row-major, any sign.
    pub values: Vec<f32>,
}

/// One class's maps of all levels, finest first. A map's mean over its pixels is what its level adds to the logit.
pub type LevelMaps = [LevelMap; LEVELS];

/// The heatmap that is shown: the finest level's, smoothed. By deletion, insertion and the share of heat in lesions it is more
/// faithful than the fused one and each level as it is (`weights/README.md`, Heatmaps).
pub fn shown(levels: &LevelMaps) -> Heat {
    let [finest, ..] = levels;
    fuse(&[smoothed(finest)])
}

/// Every cell's mean with its neighbours, weighed 1 2 1 both ways, twice: the coarser levels, doubled on their way down, leave
/// edges in the finest one that nothing in the slice answers to.
pub fn smoothed(map: &LevelMap) -> LevelMap {
    let side = map.side;
    let last = side.saturating_sub(1);
    let along = |values: Vec<f32>, step: usize| -> Vec<f32> {
        let near = |index: usize, by: isize| {
            let place = index / step % side;
            let to = place.saturating_add_signed(by).min(last);
            values[index - place * step + to * step]
        };
        (0..values.len())
            .map(|index| (near(index, -1) + 2.0 * near(index, 0) + near(index, 1)) / 4.0)
            .collect()
    };
    let values = [1, side, 1, side]
        .into_iter()
        .fold(map.values.clone(), along);
    LevelMap { side, values }
}

/// The fused heatmap: all levels at the finest one's size, summed, ReLU, scaled so that its largest value is one.
pub fn fuse(levels: &[LevelMap]) -> Heat {
    let side = levels.iter().map(|level| level.side).max().unwrap_or(0);
    let mut sum = vec![0.0; side * side];
    for level in levels {
        for (index, value) in sum.iter_mut().enumerate() {
            *value += bilinear(level, index % side, index / side, side);
        }
    }
    let largest = sum.iter().copied().fold(0.0f32, f32::max);
    let scale = if largest > 0.0 { 1.0 / largest } else { 0.0 };
    Heat {
        width: side,
        height: side,
        values: sum
            .into_iter()
            .map(|v| (v * scale).clamp(0.0, 1.0))
            .collect(),
    }
}

/// The map's value under pixel (x, y) of a grid of `side`², pixel centres aligned, edges repeated.
fn bilinear(map: &LevelMap, x: usize, y: usize, side: usize) -> f32 {
    let place = |i: usize| {
        let at = ((i as f32 + 0.5) * map.side as f32 / side as f32 - 0.5)
            .clamp(0.0, (map.side - 1) as f32);
        let low = at as usize;
        (low, (low + 1).min(map.side - 1), at - low as f32)
    };
    let ((x0, x1, fx), (y0, y1, fy)) = (place(x), place(y));
    let at = |x: usize, y: usize| map.values[y * map.side + x];
    let mix = |a: f32, b: f32, t: f32| a + (b - a) * t;
    mix(
        mix(at(x0, y0), at(x1, y0), fx),
        mix(at(x0, y1), at(x1, y1), fx),
        fy,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fusing_one_level_scales_it_and_drops_what_speaks_against() {
        let heat = fuse(&[LevelMap {
            side: 2,
            values: vec![-1.0, 2.0, 4.0, 0.0],
        }]);
        assert_eq!(heat.values, [0.0, 0.5, 1.0, 0.0]);
    }

    #[test]
    fn the_finest_level_alone_is_shown_and_smoothed() {
        let constant = |side, value| LevelMap {
            side,
            values: vec![value; side * side],
        };
        let mut finest = constant(8, 0.0);
        finest.values[8 * 3 + 4] = 2.0;
        let heat = shown(&[finest, constant(4, 9.0), constant(2, 9.0)]);
        let row: Vec<f32> = heat.values[8 * 3..][..8].to_vec();
        // 1 2 1 twice is 1 4 6 4 1.
        let expected = [0.0, 0.0, 1.0, 4.0, 6.0, 4.0, 1.0, 0.0].map(|v| v / 6.0);
        for (value, expected) in row.iter().zip(expected) {
            assert!((value - expected).abs() < 1e-6, "{row:?}");
        }
    }

    #[test]
    fn smoothing_keeps_the_mean_of_what_lies_inside_and_a_constant_as_it_is() {
        let constant = LevelMap {
            side: 3,
            values: vec![-2.0; 9],
        };
        assert_eq!(smoothed(&constant), constant);
        let mut one = LevelMap {
            side: 8,
            values: vec![0.0; 64],
        };
        one.values[8 * 3 + 4] = 1.0;
        let sum: f32 = smoothed(&one).values.iter().sum();
        assert!((sum - 1.0).abs() < 1e-6, "{sum}");
    }

    #[test]
    fn nothing_for_the_class_gives_an_empty_heatmap() {
        let heat = fuse(&[LevelMap {
            side: 2,
            values: vec![-1.0; 4],
        }]);
        assert_eq!(heat.values, [0.0; 4]);
    }

    #[test]
    fn a_coarse_constant_stays_constant() {
        let levels = [8, 4].map(|side| LevelMap {
            side,
            values: vec![1.0; side * side],
        });
        assert!(fuse(&levels).values.iter().all(|v| (v - 1.0).abs() < 1e-6));
    }
}
