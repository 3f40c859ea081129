//! 3×3 convolutions of stride one by Winograd's way: transform tiles of the input, one matrix product per place of the
//! transformed tile, transform back. Bias, shortcut and ReLU are applied on the way out.

use std::marker::PhantomData;

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;
use rten_gemm::{GemmExecutor, GemmInputA, GemmInputB, GemmOptions, PackedBMatrix};
use rten_tensor::NdTensorView;

use super::kernel::Kernel;
use super::picture::Pictures;
use super::tile::{Four, LANES, Tile, Two, lanes, plus, relu};

/// Transformed tiles of a layer stay below this, so that they come back from the cache and not from memory.
const CACHED_VALUES: usize = 3 << 18;

/// A 3×3 convolution of stride one with its ReLU.
pub(super) struct Winograd {
    into: usize,
    out: usize,
    bias: Vec<f32>,
    gemm: GemmExecutor,
    tiling: Tiling,
    /// One matrix `[into, out]` per place of the transformed tile, row-major.
    factors: Vec<PackedBMatrix<f32>>,
}

/// Results per tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tiling {
    /// 2×2: for small pictures, where 4×4's larger transformed weights would come from memory for too few tiles.
    Two,
    /// 4×4: fewer products.
    Four,
}

impl Winograd {
    pub fn new(kernel: Kernel, tiling: Tiling) -> Self {
        let gemm = GemmExecutor::new();
        let factors = match tiling {
            Tiling::Two => factors::<4, 2, Two>(&kernel, &gemm),
            Tiling::Four => factors::<6, 4, Four>(&kernel, &gemm),
        };
        Self {
            into: kernel.into,
            out: kernel.out,
            bias: kernel.bias,
            gemm,
            tiling,
            factors,
        }
    }

    /// ReLU of the convolution, plus the shortcut where there is one (as large as the result).
    pub fn forward(&self, x: &Pictures, shortcut: Option<&Pictures>) -> Pictures {
        match self.tiling {
            Tiling::Two => self.by::<4, 2, Two>(x, shortcut),
            Tiling::Four => self.by::<6, 4, Four>(x, shortcut),
        }
    }

    fn by<const IN: usize, const OUT: usize, T: Tile<IN, OUT>>(
        &self,
        x: &Pictures,
        shortcut: Option<&Pictures>,
    ) -> Pictures {
        let (into, out) = (self.into, self.out);
        let rows = x.height.div_ceil(OUT);
        let columns = x.width.div_ceil(OUT);
        let per_picture = IN * IN * rows * columns * into.max(out);
        let at_once = (CACHED_VALUES / per_picture).clamp(1, x.count.max(1));
        // Of equal size: four and four of eight, not five and three.
        let at_once = x.count.div_ceil(x.count.div_ceil(at_once).max(1)).max(1);
        let mut result = Pictures::zeros([x.count, x.height, x.width, out]);
        let size = x.height * x.width * out;
        let mut before = vec![0.0; at_once * IN * IN * rows * columns * into];
        let mut after = vec![0.0; at_once * IN * IN * rows * columns * out];
        for (chunk, result) in result.values.chunks_mut(at_once * size).enumerate() {
            let first = chunk * at_once;
            let tiles = result.len() / size * rows * columns;
            let before = &mut before[..IN * IN * tiles * into];
            let after = &mut after[..IN * IN * tiles * out];
            transform_in::<IN, OUT, T>(x, first, [rows, columns], before);
            self.multiply(before, after, tiles);
            let shape = [x.height, x.width, rows, columns];
            let shortcut = shortcut.map(|s| &s.values[first * size..first * size + result.len()]);
            self.transform_out::<IN, OUT, T>(after, shape, shortcut, result);
        }
        result
    }

    /// One product `[tiles, into] · [into, out]` per place of the transformed tile.
    fn multiply(&self, before: &[f32], after: &mut [f32], tiles: usize) {
        let (into, out) = (self.into, self.out);
        after
            .par_chunks_mut(tiles * out)
            .zip(before.par_chunks(tiles * into))
            .zip(&self.factors)
            .for_each(|((after, before), factors)| {
                let tiles = NdTensorView::from_data([tiles, into], before);
                let product = self.gemm.gemm(
                    after,
                    GemmInputA::Unpacked(tiles),
                    GemmInputB::Packed(factors),
                    GemmOptions::default(),
                );
                product.expect("matrices of matching sizes");
            });
    }

    /// From `[IN · IN][tiles][out]` to the pixels of `result`.
    fn transform_out<const IN: usize, const OUT: usize, T: Tile<IN, OUT>>(
        &self,
        after: &[f32],
        [height, width, rows, columns]: [usize; 4],
        shortcut: Option<&[f32]>,
        result: &mut [f32],
    ) {
        let out = self.out;
        let arch = Arch::new();
        result
            .par_chunks_mut(height * width * out)
            .enumerate()
            .for_each(|(picture, result)| {
                result
                    .par_chunks_mut(OUT * width * out)
                    .enumerate()
                    .for_each(|(row, band)| {
                        let first_pixel = (picture * height + row * OUT) * width * out;
                        arch.dispatch(RowOut::<IN, OUT, T> {
                            after,
                            first_tile: (picture * rows + row) * columns,
                            columns,
                            width,
                            bias: &self.bias,
                            shortcut: shortcut.map(|s| &s[first_pixel..first_pixel + band.len()]),
                            band,
                            tile: PhantomData,
                        });
                    });
            });
    }
}

/// The transformed kernels: per place of the tile one matrix `[into, out]`.
fn factors<const IN: usize, const OUT: usize, T: Tile<IN, OUT>>(
    kernel: &Kernel,
    gemm: &GemmExecutor,
) -> Vec<PackedBMatrix<f32>> {
    let place = |i: usize, j: usize| {
        let mut matrix = vec![0.0; kernel.into * kernel.out];
        for out in 0..kernel.out {
            for into in 0..kernel.into {
                let mut sum = 0.0;
                for (y, a) in T::KERNEL[i].into_iter().enumerate() {
                    for (x, b) in T::KERNEL[j].into_iter().enumerate() {
                        sum +=
                            f64::from(a) * f64::from(b) * f64::from(kernel.weight(out, into, y, x));
                    }
                }
                matrix[into * kernel.out + out] = sum as f32;
            }
        }
        gemm.prepack_b(NdTensorView::from_data(
            [kernel.into, kernel.out],
            matrix.as_slice(),
        ))
    };
    (0..IN * IN)
        .into_par_iter()
        .map(|at| place(at / IN, at % IN))
        .collect()
}

/// Tiles of the pictures from `first` on, transformed, to `[IN · IN][tiles][channels]`.
fn transform_in<const IN: usize, const OUT: usize, T: Tile<IN, OUT>>(
    x: &Pictures,
    first: usize,
    [rows, columns]: [usize; 2],
    before: &mut [f32],
) {
    let channels = x.channels;
    // Every row of tiles writes to each of the matrices: give it its part of each.
    let place = before.len() / (IN * IN);
    let mut parts: Vec<Vec<&mut [f32]>> = (0..place / (columns * channels))
        .map(|_| Vec::with_capacity(IN * IN))
        .collect();
    for matrix in before.chunks_mut(place) {
        for (part, rows) in parts.iter_mut().zip(matrix.chunks_mut(columns * channels)) {
            part.push(rows);
        }
    }
    let arch = Arch::new();
    parts
        .into_par_iter()
        .enumerate()
        .for_each(|(index, mut part)| {
            arch.dispatch(RowIn::<IN, OUT, T> {
                x,
                picture: first + index / rows,
                row: index % rows,
                columns,
                part: &mut part,
                tile: PhantomData,
            });
        });
}

/// A row of tiles to be transformed. No closure: of those pulp compiles a call, without the processor's wide registers.
struct RowIn<'a, 'b, const IN: usize, const OUT: usize, T> {
    x: &'a Pictures,
    picture: usize,
    row: usize,
    columns: usize,
    /// `[columns][channels]` of each place of the transformed tile.
    part: &'a mut [&'b mut [f32]],
    tile: PhantomData<T>,
}

impl<const IN: usize, const OUT: usize, T: Tile<IN, OUT>> WithSimd for RowIn<'_, '_, IN, OUT, T> {
    type Output = ();

    #[inline(always)]
    #[expect(
        clippy::needless_range_loop,
        reason = "iterators over arrays are not inlined here"
    )]
    fn with_simd<S: Simd>(self, _simd: S) {
        let Self {
            x,
            picture,
            row,
            columns,
            part,
            tile: _,
        } = self;
        let channels = x.channels;
        for column in 0..columns {
            // Where the tile's pixels lie; `None` outside the picture.
            let mut pixels = [[None; IN]; IN];
            for i in 0..IN {
                for j in 0..IN {
                    let (y, x_at) = (row * OUT + i, column * OUT + j);
                    pixels[i][j] = x.place(picture, y as isize - 1, x_at as isize - 1);
                }
            }
            for channel in (0..channels).step_by(LANES) {
                let mut half = [[[0.0; LANES]; IN]; IN];
                for j in 0..IN {
                    let mut whole = [[0.0; LANES]; IN];
                    for i in 0..IN {
                        if let Some(pixel) = pixels[i][j] {
                            whole[i] = lanes(&x.values, pixel + channel);
                        }
                    }
                    let turned = T::input(whole);
                    for i in 0..IN {
                        half[i][j] = turned[i];
                    }
                }
                let at = column * channels + channel;
                for i in 0..IN {
                    let turned = T::input(half[i]);
                    for j in 0..IN {
                        part[i * IN + j][at..at + LANES].copy_from_slice(&turned[j]);
                    }
                }
            }
        }
    }
}

/// A row of tiles to be transformed back; no closure, as [`RowIn`] is none.
struct RowOut<'a, const IN: usize, const OUT: usize, T> {
    /// `[IN · IN][tiles][out]`
    after: &'a [f32],
    first_tile: usize,
    columns: usize,
    /// Of the picture.
    width: usize,
    bias: &'a [f32],
    /// As long as the band.
    shortcut: Option<&'a [f32]>,
    /// `OUT` lines of the picture, fewer at its lower edge.
    band: &'a mut [f32],
    tile: PhantomData<T>,
}

impl<const IN: usize, const OUT: usize, T: Tile<IN, OUT>> WithSimd for RowOut<'_, IN, OUT, T> {
    type Output = ();

    #[inline(always)]
    #[expect(
        clippy::needless_range_loop,
        reason = "iterators over arrays are not inlined here"
    )]
    fn with_simd<S: Simd>(self, _simd: S) {
        let Self {
            after,
            first_tile,
            columns,
            width,
            bias,
            shortcut,
            band,
            tile: _,
        } = self;
        let out = bias.len();
        let place = after.len() / (IN * IN);
        for column in 0..columns {
            for channel in (0..out).step_by(LANES) {
                let start = (first_tile + column) * out + channel;
                let mut half = [[[0.0; LANES]; IN]; OUT];
                for j in 0..IN {
                    let mut whole = [[0.0; LANES]; IN];
                    for i in 0..IN {
                        whole[i] = lanes(after, (i * IN + j) * place + start);
                    }
                    let turned = T::output(whole);
                    for i in 0..OUT {
                        half[i][j] = turned[i];
                    }
                }
                let bias = lanes(bias, channel);
                for i in 0..OUT {
                    let turned = T::output(half[i]);
                    for j in 0..OUT {
                        let at = (i * width + column * OUT + j) * out + channel;
                        if column * OUT + j >= width || at >= band.len() {
                            continue;
                        }
                        let mut value = plus(turned[j], bias);
                        if let Some(shortcut) = shortcut {
                            value = plus(value, lanes(shortcut, at));
                        }
                        band[at..at + LANES].copy_from_slice(&relu(value));
                    }
                }
            }
        }
    }
}
