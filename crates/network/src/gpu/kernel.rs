//! The convolution as a product of matrices that is never laid out (implicit GEMM: Chetlur et al. 2014, arXiv 1410.0759):
//! pixels × (taps · channels) by (taps · channels) × outputs, tile by tile in the memory that a workgroup shares.
//!
//! Everything comes in fours: four channels of a pixel, four outputs of a weight. A workgroup of 256 makes a tile of
//! 16 · `rows` pixels by 64 outputs, each unit `rows` pixels by four outputs, and goes through what is summed over in steps
//! of 32 channels: all fetch their share of the next step from the GPU's memory while they multiply the step before.

use burn_cubecl::cubecl;
use cubecl::prelude::*;

/// Four numbers that lie side by side.
pub(super) type Four = Vector<f32, Const<4>>;

/// Units of a workgroup.
pub(super) const UNITS: usize = 256;
/// Units across (along the outputs), and down (along the pixels).
const ACROSS: usize = 16;
const DOWN: usize = UNITS / ACROSS;
/// Outputs of a tile.
pub(super) const OUTPUTS: usize = 4 * ACROSS;
/// What a step sums over: channels of one tap, or, where a pixel has four in all, those of eight taps; and this in fours. With 16 the
/// convolutions of the stages and the pyramid, timed one by one, took an H100 8 % longer at one slice, 3 % at eight, and 2 % less at 32.
pub(super) const STEP: usize = 32;
const STEP_FOURS: usize = STEP / 4;
/// Fours of weights that a unit fetches a step.
const WEIGHT_FETCHES: usize = STEP * ACROSS / UNITS;
/// Fours from one pixel of a tile to the next: one more than it has, so that units reading two pixels at once use different
/// banks of the shared memory.
const PITCH: usize = STEP_FOURS + 1;

/// What is compiled into a kernel; all else it is told at each launch, so that few are compiled.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq)]
pub(super) struct Kind {
    /// Rows and columns of the kernel; it is padded by half of it.
    pub side: usize,
    /// A pixel has four channels, and a step goes over taps.
    pub narrow: bool,
    /// What is below 0 becomes 0 in the end.
    pub relu: bool,
    /// What is added has half as many rows and columns: each of its pixels is added to four.
    pub doubled: bool,
    /// Pixels of a unit.
    pub rows: usize,
}

/// What a launch is told.
#[derive(CubeLaunch, CubeType)]
pub(super) struct Sizes {
    /// Of the result, of all slices together.
    pixels: usize,
    /// Of what comes in, in pixels.
    height: usize,
    width: usize,
    /// Of the result, in pixels.
    out_height: usize,
    out_width: usize,
    /// Channels that come in, in fours: a multiple of a step's, or one.
    into: usize,
    /// Outputs, in fours.
    out: usize,
    stride: usize,
}

/// The pixels that a tile has, with `rows` to a unit.
pub(super) const fn tile(rows: usize) -> usize {
    DOWN * rows
}

/// What a workgroup shares, in bytes.
pub(super) const fn shared_bytes(rows: usize) -> usize {
    (tile(rows) * PITCH + STEP * ACROSS) * size_of::<[f32; 4]>()
}

/// `result[p, n] = relu(bias[n] + added[p, n] + Σ over taps t and channels c of x[p + t, c] · weights[(t, c), n])`
///
/// # Shapes
/// In fours: `x` `[batch, height, width, into]`, `weights` `[side² · into, out]`, `bias` `[out]`, `added` and `result` `[pixels,
/// out]`
#[cube(launch)]
#[allow(
    clippy::redundant_closure,
    reason = "`cube` expands closures, not paths"
)]
pub(super) fn convolution(
    x: &[Four],
    weights: &[Four],
    bias: &[Four],
    added: ComptimeOption<&[Four]>,
    result: &mut [Four],
    sizes: Sizes,
    #[comptime] kind: Kind,
) {
    let rows = comptime!(kind.rows);
    let padding = comptime!(kind.side / 2);
    let fetches = comptime!((tile(kind.rows) * STEP_FOURS).div_ceil(UNITS));
    let steps = comptime!(kind.side * kind.side) * sizes.into / STEP_FOURS;

    let unit = UNIT_POS as usize;
    let across = unit % ACROSS;
    let down = unit / ACROSS;
    let first_pixel = CUBE_POS_X as usize * comptime!(tile(kind.rows));
    let output = CUBE_POS_Y as usize * ACROSS + across;

    let mut pictures = Shared::<[Four]>::new_slice(comptime!(tile(kind.rows) * PITCH));
    let mut kernels = Shared::<[Four]>::new_slice(comptime!(STEP * ACROSS));

    // Which pixels this unit fetches: where their slices begin, and their upper left taps, counted from within the padding.
    let fetched_four = unit % STEP_FOURS;
    let mut starts = Array::<usize>::new(fetches);
    let mut tops = Array::<usize>::new(fetches);
    let mut lefts = Array::<usize>::new(fetches);
    #[unroll]
    for fetch in 0..fetches {
        let pixel = first_pixel + (unit + fetch * UNITS) / STEP_FOURS;
        let line = pixel / sizes.out_width;
        starts[fetch] = line / sizes.out_height * sizes.height * sizes.width;
        // Beyond the last pixel nothing lies within the picture.
        let beyond = 2 * (sizes.height + padding);
        let top = line % sizes.out_height * sizes.stride;
        tops[fetch] = select(pixel < sizes.pixels, top, beyond);
        lefts[fetch] = pixel % sizes.out_width * sizes.stride;
    }

    let mut sums = Array::<Four>::new(rows);
    #[unroll]
    for row in 0..rows {
        sums[row] = Four::zeroed();
    }
    let mut next = Array::<Four>::new(fetches);
    let mut next_weights = Array::<Four>::new(WEIGHT_FETCHES);
    #[unroll]
    for fetch in 0..WEIGHT_FETCHES {
        next_weights[fetch] = Four::zeroed();
    }
    let mut seen = Array::<Four>::new(rows);
    // What is fetched next.
    let mut tap_row = 0usize.runtime();
    let mut tap_column = 0usize.runtime();
    let mut channels = 0usize.runtime();

    // One step more than there are: each but the last fetches the next, each but the first multiplies the one before.
    for step in 0..steps + 1 {
        if step < steps {
            #[unroll]
            for fetch in 0..fetches {
                let (row, column, four) = if comptime!(kind.narrow) {
                    let tap = step * STEP_FOURS + fetched_four;
                    (
                        tops[fetch] + tap / kind.side,
                        lefts[fetch] + tap % kind.side,
                        0usize.runtime(),
                    )
                } else {
                    (
                        tops[fetch] + tap_row,
                        lefts[fetch] + tap_column,
                        channels + fetched_four,
                    )
                };
                let mut fours = Four::zeroed();
                if row >= padding
                    && row < sizes.height + padding
                    && column >= padding
                    && column < sizes.width + padding
                {
                    let pixel = starts[fetch] + (row - padding) * sizes.width + column - padding;
                    fours = x[pixel * sizes.into + four];
                }
                next[fetch] = fours;
            }
            if output < sizes.out {
                #[unroll]
                for fetch in 0..WEIGHT_FETCHES {
                    let summand = step * STEP + down + fetch * DOWN;
                    next_weights[fetch] = weights[summand * sizes.out + output];
                }
            }
            channels += STEP_FOURS;
            if channels == sizes.into {
                channels = 0usize.runtime();
                tap_column += 1;
                if tap_column == kind.side {
                    tap_column = 0usize.runtime();
                    tap_row += 1;
                }
            }
        }
        if step > 0 {
            #[unroll]
            for four in 0..STEP_FOURS {
                #[unroll]
                for row in 0..rows {
                    seen[row] = pictures[(row * DOWN + down) * PITCH + four];
                }
                #[unroll]
                for channel in 0..4 {
                    let weight = kernels[(four * 4 + channel) * ACROSS + across];
                    #[unroll]
                    for row in 0..rows {
                        let value = Four::new(seen[row].extract(channel));
                        sums[row] = fma(value, weight, sums[row]);
                    }
                }
            }
        }
        sync_cube();
        #[unroll]
        for fetch in 0..fetches {
            let place = unit + fetch * UNITS;
            if place < comptime!(tile(kind.rows) * STEP_FOURS) {
                pictures[place / STEP_FOURS * PITCH + fetched_four] = next[fetch];
            }
        }
        #[unroll]
        for fetch in 0..WEIGHT_FETCHES {
            kernels[(down + fetch * DOWN) * ACROSS + across] = next_weights[fetch];
        }
        sync_cube();
    }

    if output < sizes.out {
        let bias = bias[output];
        #[unroll]
        for row in 0..rows {
            let pixel = first_pixel + row * DOWN + down;
            if pixel < sizes.pixels {
                let from = if comptime!(kind.doubled) {
                    let line = pixel / sizes.out_width;
                    let slice = line / sizes.out_height;
                    let y = slice * (sizes.out_height / 2) + line % sizes.out_height / 2;
                    y * (sizes.out_width / 2) + pixel % sizes.out_width / 2
                } else {
                    pixel
                };
                let more: ComptimeOption<Four> =
                    added.map(|added| added[from * sizes.out + output]);
                let mut value = sums[row] + bias + more.unwrap_or_else(|| Four::zeroed());
                if comptime!(kind.relu) {
                    value = relu(value);
                }
                result[pixel * sizes.out + output] = value;
            }
        }
    }
}

/// What is below 0 becomes 0; not `max`, as what is no number must stay none.
#[cube]
pub(super) fn relu(value: Four) -> Four {
    let zero = Four::zeroed();
    select_many(value.less_than(&zero), zero, value)
}
