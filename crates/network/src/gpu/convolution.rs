//! One convolution on a GPU: weights laid out for [`super::kernel`], and its launch.

use burn::nn::conv::Conv2d;
use burn::tensor::{DType, Tensor};
use burn_cubecl::CubeBackend;
use burn_cubecl::cubecl::prelude::{CubeCount, CubeDim};
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::ops::numeric::empty_device_contiguous_dtype;
use burn_cubecl::tensor::CubeTensor;

use super::kernel::{self, Kind, OUTPUTS, STEP, SizesLaunch, UNITS};
use crate::error::NetworkError;

/// Tiles that keep a large GPU busy, one for each of its multiprocessors (an H100 has 132, an RTX 3080 68): as measured on an
/// H100, for every layer at 1, 8 and 32 slices.
const ENOUGH_TILES: usize = 128;

/// What is added to a convolution's result.
pub(super) enum Added {
    /// As large as the result.
    Same(Tensor<4>),
    /// Of half as many rows and columns, each pixel for four.
    Doubled(Tensor<4>),
}

/// A convolution, padded by half its kernel, whose pixels' channels lie side by side.
#[derive(Debug)]
pub(super) struct Convolution {
    /// `[side² · into, out]`
    weights: CubeTensor,
    bias: CubeTensor,
    into: usize,
    out: usize,
    side: usize,
    stride: usize,
}

impl Convolution {
    /// Of a layer without batch norm, on the device that its weights are on.
    pub fn new(layer: &Conv2d) -> Result<Self, NetworkError> {
        let [_, into, side, _] = layer.weight.dims();
        if into % STEP != 0 {
            return Err(not_computed(layer));
        }
        let weights = layer.weight.val().permute([2, 3, 1, 0]);
        Self::of(layer, weights.flatten(0, 2), [into, side, layer.stride[0]])
    }

    /// Of the stem, 7×7 at every second pixel of one channel: 4×4 at every pixel of four channels, which are what
    /// [`by_four`] makes of four pixels. The kernel's first row and column, which 7 has not, are zeros.
    pub fn stem(layer: &Conv2d) -> Result<Self, NetworkError> {
        let weight = layer.weight.val();
        let [out, into, side, _] = weight.dims();
        if [into, side, layer.stride[0]] != [1, 7, 2] {
            return Err(not_computed(layer));
        }
        let even = Tensor::zeros([out, into, 8, 8], &weight.device());
        let even = even.slice_assign([0..out, 0..1, 1..8, 1..8], weight);
        let weights = even.reshape([out, 4, 2, 4, 2]).permute([1, 3, 2, 4, 0]);
        Self::of(layer, weights.reshape([64, out]), [4, 4, 1])
    }

    fn of(layer: &Conv2d, weights: Tensor<2>, sizes: [usize; 3]) -> Result<Self, NetworkError> {
        let [_, out] = weights.dims();
        if out % 4 != 0 {
            return Err(not_computed(layer));
        }
        let bias = match &layer.bias {
            Some(bias) => bias.val(),
            None => Tensor::zeros([out], &weights.device()),
        };
        let [into, side, stride] = sizes;
        Ok(Self {
            weights: on_gpu(weights)?,
            bias: on_gpu(bias)?,
            into,
            out,
            side,
            stride,
        })
    }

    /// # Shapes
    /// `[batch, height, width, into]` → `[batch, ⌈height / stride⌉, ⌈width / stride⌉, out]`
    pub fn forward(
        &self,
        x: Tensor<4>,
        added: Option<Added>,
        relu: bool,
    ) -> Result<Tensor<4>, NetworkError> {
        let [batch, height, width, _] = x.dims();
        let [rows, columns] = [height, width].map(|size| size.div_ceil(self.stride));
        let pixels = batch * rows * columns;
        let kind = Kind {
            side: self.side,
            narrow: self.into == 4,
            relu,
            doubled: matches!(added, Some(Added::Doubled(_))),
            rows: unit_rows(pixels, self.out),
        };
        let added = match added {
            None => None,
            Some(Added::Same(tensor) | Added::Doubled(tensor)) => Some(on_gpu(tensor)?),
        };
        let x = on_gpu(x)?;
        let result = empty_device_contiguous_dtype(
            x.client.clone(),
            x.device.clone(),
            [batch, rows, columns, self.out].into(),
            DType::F32,
        );
        let tiles = [
            pixels.div_ceil(kernel::tile(kind.rows)),
            self.out.div_ceil(OUTPUTS),
        ];
        kernel::convolution::launch(
            &x.client.clone(),
            CubeCount::Static(tiles[0] as u32, tiles[1] as u32, 1),
            CubeDim::new_1d(UNITS as u32),
            x.into_buffer_arg(),
            self.weights.clone().into_buffer_arg(),
            self.bias.clone().into_buffer_arg(),
            added.map(CubeTensor::into_buffer_arg).into(),
            result.clone().into_buffer_arg(),
            SizesLaunch::new(
                pixels,
                height,
                width,
                rows,
                columns,
                self.into / 4,
                self.out / 4,
                self.stride,
            ),
            kind,
        );
        Ok(Tensor::from_primitive::<CubeBackend>(result))
    }
}

/// Four pixels, two by two, as the channels of one.
///
/// # Shapes
/// `[batch, 1, height, width]` → `[batch, height / 2, width / 2, 4]`
pub(super) fn by_four(x: Tensor<4>) -> Tensor<4> {
    let [batch, _, height, width] = x.dims();
    let pairs = x.reshape([batch, height / 2, 2, width / 2, 2]);
    pairs
        .permute([0, 1, 3, 2, 4])
        .reshape([batch, height / 2, width / 2, 4])
}

fn not_computed(layer: &Conv2d) -> NetworkError {
    let [out, into, side, _] = layer.weight.dims();
    NetworkError::Device(format!(
        "our GPU kernel has no {side}×{side} convolution from {into} to {out} channels"
    ))
}

/// The pixels that one unit computes: as many as leave tiles for the whole GPU.
fn unit_rows(pixels: usize, out: usize) -> usize {
    let tiles = |rows| pixels.div_ceil(kernel::tile(rows)) * out.div_ceil(OUTPUTS);
    let enough = [8, 4].into_iter().find(|&rows| tiles(rows) >= ENOUGH_TILES);
    enough.unwrap_or(2)
}

/// The tensor's numbers where the GPU has them, one after another.
fn on_gpu<const D: usize>(tensor: Tensor<D>) -> Result<CubeTensor, NetworkError> {
    let tensor = tensor.try_into_primitive::<CubeBackend>();
    let tensor = tensor.map_err(|reason| NetworkError::Device(format!("{reason:?}")))?;
    Ok(into_contiguous(tensor))
}
