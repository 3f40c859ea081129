//! All other convolutions, as one matrix product of patches and weights (im2col).

use rayon::prelude::*;
use rten_gemm::{BiasVector, GemmExecutor, GemmInputA, GemmInputB, GemmOptions, PackedBMatrix};
use rten_tensor::NdTensorView;

use super::kernel::Kernel;
use super::picture::Pictures;
use super::tile::positive;

/// Patches that are laid out at once: few enough for the cache, enough for the product.
const PATCHES: usize = 256;

/// Values of a row of the stem's patches: so few are copied without a call where their number is known.
const STEM_ROW: usize = 7;

/// A convolution of any size and stride, padded by half its kernel.
pub(super) struct Patches {
    into: usize,
    out: usize,
    side: usize,
    stride: usize,
    bias: Vec<f32>,
    gemm: GemmExecutor,
    /// `[side · side · into, out]`
    weights: PackedBMatrix<f32>,
}

impl Patches {
    pub fn new(kernel: Kernel, stride: usize) -> Self {
        let gemm = GemmExecutor::new();
        let (side, into, out) = (kernel.side, kernel.into, kernel.out);
        let length = side * side * into;
        let mut matrix = vec![0.0; length * out];
        for (row, values) in matrix.chunks_exact_mut(out).enumerate() {
            let (place, from) = (row / into, row % into);
            for (to, value) in values.iter_mut().enumerate() {
                *value = kernel.weight(to, from, place / side, place % side);
            }
        }
        let weights = gemm.prepack_b(NdTensorView::from_data([length, out], matrix.as_slice()));
        Self {
            into,
            out,
            side,
            stride,
            bias: kernel.bias,
            gemm,
            weights,
        }
    }

    /// The convolution, with bias.
    pub fn forward(&self, x: &Pictures) -> Pictures {
        let (height, width) = (
            x.height.div_ceil(self.stride),
            x.width.div_ceil(self.stride),
        );
        let out = self.out;
        let mut result = Pictures::zeros([x.count, height, width, out]);
        if self.side == 1 && self.stride == 1 {
            self.multiply(&x.values, &mut result.values);
            return result;
        }
        let length = self.side * self.side * self.into;
        let rows = (PATCHES / width).clamp(1, height);
        let per_picture = height.div_ceil(rows);
        let bands: Vec<&mut [f32]> = result
            .values
            .chunks_mut(height * width * out)
            .flat_map(|picture| picture.chunks_mut(rows * width * out))
            .collect();
        bands.into_par_iter().enumerate().for_each_init(
            || vec![0.0; rows * width * length],
            |patches, (band, result)| {
                let (picture, first) = (band / per_picture, band % per_picture * rows);
                let patches = &mut patches[..result.len() / out * length];
                for (index, patch) in patches.chunks_exact_mut(length).enumerate() {
                    self.patch(x, picture, [first + index / width, index % width], patch);
                }
                self.multiply(patches, result);
            },
        );
        result
    }

    /// A 1×1 convolution of stride one of one picture alone: `[pixels, out]`.
    pub fn forward_one(&self, x: &Pictures, picture: usize) -> Vec<f32> {
        let mut result = vec![0.0; x.height * x.width * self.out];
        self.multiply(x.picture(picture), &mut result);
        result
    }

    /// ReLU of [`Patches::forward`].
    pub fn forward_relu(&self, x: &Pictures) -> Pictures {
        let mut result = self.forward(x);
        relu(&mut result.values);
        result
    }

    /// What the kernel covers at one place of the result, row by row, 0 outside the picture.
    fn patch(&self, x: &Pictures, picture: usize, [y, column]: [usize; 2], patch: &mut [f32]) {
        let (side, channels) = (self.side, x.channels);
        let start = |at: usize| at as isize * self.stride as isize - (side / 2) as isize;
        let left = start(column);
        let from = left.max(0);
        let to = (left + side as isize).min(x.width as isize);
        let before = (from - left) as usize * channels;
        let length = (to - from) as usize * channels;
        for (row, patch) in patch.chunks_exact_mut(side * channels).enumerate() {
            let Some(at) = x.place(picture, start(y) + row as isize, from) else {
                patch.fill(0.0);
                continue;
            };
            let seen = &x.values[at..at + length];
            if let (Ok(patch), Ok(seen)) = (
                <&mut [f32; STEM_ROW]>::try_from(&mut *patch),
                <&[f32; STEM_ROW]>::try_from(seen),
            ) {
                *patch = *seen;
                continue;
            }
            if length < patch.len() {
                patch.fill(0.0);
            }
            patch[before..before + length].copy_from_slice(seen);
        }
    }

    fn multiply(&self, patches: &[f32], result: &mut [f32]) {
        let length = self.side * self.side * self.into;
        let rows = patches.len() / length;
        let product = self.gemm.gemm(
            result,
            GemmInputA::Unpacked(NdTensorView::from_data([rows, length], patches)),
            GemmInputB::Packed(&self.weights),
            GemmOptions {
                bias: Some(BiasVector::Row(&self.bias)),
                ..GemmOptions::default()
            },
        );
        product.expect("matrices of matching sizes");
    }
}

/// Negative values to zero.
pub(super) fn relu(values: &mut [f32]) {
    values.par_chunks_mut(1 << 14).for_each(|chunk| {
        for value in chunk {
            *value = positive(*value);
        }
    });
}
