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

/// Tiles that keep a large GPU busy: two for each of its 132 (H100) or 68 (RTX 3080) multiprocessors.
const ENOUGH_TILES: usize = 264;

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
        let [out, into, side, _] = layer.weight.dims();
        if into % STEP != 0 || out % 4 != 0 {
            return Err(NetworkError::Device(format!(
                "a convolution from {into} to {out} channels: multiples of {STEP} and 4 are computed on a GPU"
            )));
        }
        let weights = layer.weight.val().permute([2, 3, 1, 0]);
        let weights = weights.reshape([side * side * into, out]);
        let bias = match &layer.bias {
            Some(bias) => bias.val(),
            None => Tensor::zeros([out], &weights.device()),
        };
        Ok(Self {
            weights: on_gpu(weights)?,
            bias: on_gpu(bias)?,
            into,
            out,
            side,
            stride: layer.stride[0],
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
