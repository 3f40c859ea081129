//! What the pyramid says of each class, by one launch over all its levels: class maps, and sums of channels, whose means are
//! what the head sees. Head and means themselves are so few numbers that the CPU makes them of what is read back.

use std::fmt;

use burn::tensor::Tensor;
use burn_cubecl::CubeBackend;
use burn_cubecl::cubecl;
use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::*;
use lungsight_imaging::Class;

use super::buffer::{empty, on_gpu, workgroups};
use super::kernel::{Four, relu};
use crate::classifier::Evidence;
use crate::error::NetworkError;
use crate::feature_maps::read;
use crate::grad_cam::LevelMap;
use crate::model::head::{CLASSES, Head, HeadRows};
use crate::model::pyramid::LEVELS;

/// Cells that a workgroup sums over, one of its units for each of them: the sums of a level's groups are added on the CPU.
const GROUP: usize = 64;

/// The head, and its weights where the GPU has them.
pub(super) struct ClassMaps {
    /// `[CLASSES, LEVELS · width]`
    weights: CubeTensor,
    rows: HeadRows,
    width: usize,
}

/// What a launch is told, in fours and cells.
#[derive(CubeLaunch, CubeType)]
struct Sizes {
    /// Fours of a cell.
    width: usize,
    /// Cells of a level, and so on.
    finest: usize,
    middle: usize,
    coarsest: usize,
    /// Numbers of a slice's result.
    length: usize,
}

impl ClassMaps {
    /// # Errors
    /// When the head does not see all levels, or when its features do not come in fours.
    pub fn new(head: &Head, width: usize) -> Result<Self, NetworkError> {
        let [seen, classes] = head.weights().dims();
        if seen != LEVELS * width || !width.is_multiple_of(4) || classes != CLASSES {
            return Err(NetworkError::Device(format!(
                "a head of {classes} classes over {seen} features, where all {LEVELS} levels have {}",
                LEVELS * width
            )));
        }
        Ok(Self {
            weights: on_gpu(head.weights().transpose())?,
            rows: head.rows()?,
            width,
        })
    }

    /// What every slice's logits come from.
    ///
    /// # Shapes
    /// Levels before ReLU, finest first: `[batch, h_l, h_l, width]`
    pub fn evidence(&self, levels: [Tensor<4>; LEVELS]) -> Result<Vec<Evidence>, NetworkError> {
        let [batch, ..] = levels[0].dims();
        let sides = levels.each_ref().map(|level| level.dims()[1]);
        let cells = sides.map(|side| side * side);
        let groups: usize = cells.iter().map(|cells| cells.div_ceil(GROUP)).sum();
        let length = groups * self.width + CLASSES * cells.iter().sum::<usize>();
        let [finest, middle, coarsest] = levels;
        let finest = on_gpu(finest)?;
        let client = finest.client.clone();
        let result = empty(&finest, [batch, length].into());
        all_levels::launch(
            &client,
            workgroups(&finest, [groups, batch])?,
            CubeDim::new_1d(GROUP as u32),
            finest.into_buffer_arg(),
            on_gpu(middle)?.into_buffer_arg(),
            on_gpu(coarsest)?.into_buffer_arg(),
            self.weights.clone().into_buffer_arg(),
            result.clone().into_buffer_arg(),
            SizesLaunch::new(self.width / 4, cells[0], cells[1], cells[2], length),
        );
        let found = read(Tensor::<2>::from_primitive::<CubeBackend>(result))?;
        let slices = found.chunks_exact(length);
        Ok(slices.map(|found| self.of_slice(found, sides)).collect())
    }

    /// Puts together what the launch found for one slice: sums of every group of cells, then every level's maps.
    fn of_slice(&self, found: &[f32], sides: [usize; LEVELS]) -> Evidence {
        let mut rest = found;
        let mut take = |count: usize| {
            let (taken, others) = rest.split_at(count);
            rest = others;
            taken
        };
        let pooled: Vec<f32> = sides
            .iter()
            .flat_map(|side| {
                let cells = side * side;
                let groups = take(cells.div_ceil(GROUP) * self.width);
                let sum = |channel: usize| -> f32 {
                    groups.iter().skip(channel).step_by(self.width).sum()
                };
                (0..self.width)
                    .map(move |channel| sum(channel) / cells as f32)
                    .collect::<Vec<_>>()
            })
            .collect();
        let levels = sides.map(|side| {
            Class::ALL.map(|_| LevelMap {
                side,
                values: take(side * side).to_vec(),
            })
        });
        Evidence {
            logits: self.rows.logits(&pooled),
            pooled,
            maps: Class::ALL.map(|class| levels.each_ref().map(|maps| maps[class.index()].clone())),
        }
    }
}

impl fmt::Debug for ClassMaps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "class maps of {LEVELS} levels {} wide", self.width)
    }
}

/// A group of cells of one level of one slice, and where what is found goes.
#[derive(CubeType)]
struct Group {
    /// The level's first cell of this slice.
    start: usize,
    /// The group's first cell, and all that the level has.
    first: usize,
    cells: usize,
    /// Fours of a cell, and of a class's weights before this level's.
    width: usize,
    before: usize,
    /// Where in the result the group's sums and the level's maps begin.
    sums: usize,
    maps: usize,
}

/// `result`, row after row, is for each slice the sums of each group, `[groups, width]`, and for each level its maps,
/// `[CLASSES, cells]`.
#[cube(launch)]
fn all_levels(
    finest: &[Four],
    middle: &[Four],
    coarsest: &[Four],
    weights: &[Four],
    result: &mut [f32],
    sizes: Sizes,
) {
    let slice = CUBE_POS_Y as usize;
    let group = CUBE_POS_X as usize;
    let in_finest = sizes.finest.div_ceil(GROUP);
    let in_middle = sizes.middle.div_ceil(GROUP);
    let groups = in_finest + in_middle + sizes.coarsest.div_ceil(GROUP);
    let row = slice * sizes.length;
    let width = sizes.width;
    let sums = row + group * 4 * width;
    let maps = row + groups * 4 * width;
    if group < in_finest {
        let at = Group {
            start: slice * sizes.finest,
            first: group * GROUP,
            cells: sizes.finest,
            width,
            before: 0usize.runtime(),
            sums,
            maps,
        };
        one_group(finest, weights, result, at);
    } else if group < in_finest + in_middle {
        let at = Group {
            start: slice * sizes.middle,
            first: (group - in_finest) * GROUP,
            cells: sizes.middle,
            width,
            before: width,
            sums,
            maps: maps + CLASSES * sizes.finest,
        };
        one_group(middle, weights, result, at);
    } else {
        let at = Group {
            start: slice * sizes.coarsest,
            first: (group - in_finest - in_middle) * GROUP,
            cells: sizes.coarsest,
            width,
            before: 2 * width,
            sums,
            maps: maps + CLASSES * (sizes.finest + sizes.middle),
        };
        one_group(coarsest, weights, result, at);
    }
}

#[cube]
fn one_group(level: &[Four], weights: &[Four], result: &mut [f32], at: Group) {
    let unit = UNIT_POS as usize;
    // Each unit has a cell's maps to find,
    let cell = at.first + unit;
    if cell < at.cells {
        let mut found = Array::<Four>::new(CLASSES);
        #[unroll]
        for class in 0..CLASSES {
            found[class] = Four::zeroed();
        }
        for four in 0..at.width {
            let value = relu(level[(at.start + cell) * at.width + four]);
            #[unroll]
            for class in 0..CLASSES {
                let weight = weights[class * LEVELS * at.width + at.before + four];
                found[class] = fma(value, weight, found[class]);
            }
        }
        #[unroll]
        for class in 0..CLASSES {
            let of_class = found[class];
            let mut sum = of_class.extract(0usize);
            #[unroll]
            for channel in 1usize..4 {
                sum += of_class.extract(channel);
            }
            result[at.maps + class * at.cells + cell] = sum;
        }
    }
    // then four channels to sum over the group's cells.
    let end = min(at.first + GROUP, at.cells);
    for turn in 0..at.width.div_ceil(GROUP) {
        let four = turn * GROUP + unit;
        if four < at.width {
            let mut sum = Four::zeroed();
            for cell in at.first..end {
                sum += relu(level[(at.start + cell) * at.width + four]);
            }
            #[unroll]
            for channel in 0..4 {
                result[at.sums + 4 * four + channel] = sum.extract(channel);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::testing::adapter;
    use crate::model::NetworkConfig;

    #[test]
    fn what_is_no_number_stays_none() {
        let Some(gpu) = adapter() else { return };
        let network = NetworkConfig::new().with_pyramid_width(36).init(&gpu);
        let maps = ClassMaps::new(&network.head, 36).expect("computed");
        let level = |side| Tensor::full([1, side, side, 36], f32::NAN, &gpu);
        let found = maps.evidence([8, 4, 2].map(level)).expect("evidence");
        let [evidence] = &found[..] else {
            panic!("{} slices", found.len())
        };
        let levels = evidence.maps.iter().flatten();
        let values = levels.flat_map(|map| &map.values);
        let mut all = values.chain(&evidence.pooled).chain(&evidence.logits);
        assert!(all.all(|value| value.is_nan()), "{evidence:?}");
    }
}
