//! One convolution on a GPU: weights laid out for [`super::kernel`], and its launch.

use std::fmt;

use burn::nn::conv::Conv2d;
use burn::tensor::Tensor;
use burn_cubecl::CubeBackend;
use burn_cubecl::cubecl::prelude::CubeDim;
use burn_cubecl::tensor::CubeTensor;

use super::buffer::{empty, on_gpu, workgroups};
use super::kernel::{self, Kind, OUTPUTS, STEP, SizesLaunch, UNITS};
use crate::error::NetworkError;

/// Tiles that keep a large GPU busy, about one for each of its multiprocessors (an H100 has 132, an RTX 3080 68): chosen by the
/// times of every layer on an H100, with each of [`UNIT_ROWS`], at 1, 8 and 32 slices.
const ENOUGH_TILES: usize = 128;

/// Pixels of a unit: the more there are, the less is fetched for each, and the fewer tiles there are.
const UNIT_ROWS: [usize; 3] = [8, 4, LEAST_ROWS];
const LEAST_ROWS: usize = 2;

/// What is added to a convolution's result.
pub(super) enum Added {
    /// As large as the result.
    Same(Tensor<4>),
    /// Of half as many rows and columns, each pixel for four.
    Doubled(Tensor<4>),
}

/// A convolution, padded by half its kernel, whose pixels' channels lie side by side.
pub(super) struct Convolution {
    /// `[side² · into, out]`
    weights: CubeTensor,
    bias: CubeTensor,
    into: usize,
    out: usize,
    side: usize,
    stride: usize,
    /// Of [`UNIT_ROWS`], for this GPU.
    most_rows: usize,
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
    /// [`crate::input::by_four`] makes of four pixels. The kernel's first row and column, which 7 has not, are zeros.
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
        let weights = on_gpu(weights)?;
        Ok(Self {
            most_rows: most_rows(&weights)?,
            weights,
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
        let pixels = batch * height.div_ceil(self.stride) * width.div_ceil(self.stride);
        let enough = |rows: &usize| {
            let [down, across] = self.tiles(pixels, *rows);
            down * across >= ENOUGH_TILES && *rows <= self.most_rows
        };
        let rows = UNIT_ROWS.into_iter().find(enough);
        self.forward_by(rows.unwrap_or(LEAST_ROWS), x, added, relu)
    }

    /// [`Convolution::forward`] with `unit_rows` pixels to a unit.
    fn forward_by(
        &self,
        unit_rows: usize,
        x: Tensor<4>,
        added: Option<Added>,
        relu: bool,
    ) -> Result<Tensor<4>, NetworkError> {
        let [batch, height, width, _] = x.dims();
        let [out_height, out_width] = [height, width].map(|size| size.div_ceil(self.stride));
        let pixels = batch * out_height * out_width;
        let kind = Kind {
            side: self.side,
            narrow: self.into == 4,
            relu,
            doubled: matches!(added, Some(Added::Doubled(_))),
            rows: unit_rows,
        };
        let added = match added {
            None => None,
            Some(Added::Same(tensor) | Added::Doubled(tensor)) => Some(on_gpu(tensor)?),
        };
        let x = on_gpu(x)?;
        let client = x.client.clone();
        let result = empty(&x, [batch, out_height, out_width, self.out].into());
        kernel::convolution::launch(
            &client,
            workgroups(&x, self.tiles(pixels, unit_rows))?,
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
                out_height,
                out_width,
                self.into / 4,
                self.out / 4,
                self.stride,
            ),
            kind,
        );
        Ok(Tensor::from_primitive::<CubeBackend>(result))
    }

    /// Tiles along the pixels, and along the outputs.
    fn tiles(&self, pixels: usize, unit_rows: usize) -> [usize; 2] {
        [
            pixels.div_ceil(kernel::tile(unit_rows)),
            self.out.div_ceil(OUTPUTS),
        ]
    }
}

impl fmt::Debug for Convolution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            into, out, side, ..
        } = self;
        write!(f, "{side}×{side} convolution from {into} to {out} channels")
    }
}

fn not_computed(layer: &Conv2d) -> NetworkError {
    let [out, into, side, _] = layer.weight.dims();
    NetworkError::Device(format!(
        "our GPU kernel has no {side}×{side} convolution from {into} to {out} channels"
    ))
}

/// The most pixels to a unit that the GPU has shared memory for.
///
/// # Errors
/// When it has too little for the fewest, or too few units in a workgroup.
fn most_rows(gpu: &CubeTensor) -> Result<usize, NetworkError> {
    let hardware = &gpu.client.properties().hardware;
    let fits = |rows: &usize| kernel::shared_bytes(*rows) <= hardware.max_shared_memory_size;
    let most = UNIT_ROWS.into_iter().find(fits);
    most.filter(|_| hardware.max_units_per_cube >= UNITS as u32)
        .ok_or_else(|| {
            NetworkError::Device(format!(
                "our GPU kernel wants {} bytes of shared memory and {UNITS} units in a workgroup",
                kernel::shared_bytes(LEAST_ROWS)
            ))
        })
}

#[cfg(test)]
mod tests {
    use burn::module::Module;
    use burn::nn::PaddingConfig2d;
    use burn::nn::conv::Conv2dConfig;
    use burn::tensor::{Device, TensorData};

    use super::*;
    use crate::gpu::testing::{adapter, assert_near, last, noise};
    use crate::input::by_four;

    fn layer([into, out]: [usize; 2], side: usize, stride: usize) -> Conv2d {
        let padding = side / 2;
        Conv2dConfig::new([into, out], [side, side])
            .with_stride([stride, stride])
            .with_padding(PaddingConfig2d::Explicit(
                padding, padding, padding, padding,
            ))
            .init(&Device::flex())
    }

    /// Holds `ours` to what is expected, with every number of pixels to a unit.
    fn assert_every_tile(
        ours: &Convolution,
        x: &Tensor<4>,
        added: impl Fn() -> Option<Added>,
        relu: bool,
        expected: &Tensor<4>,
    ) {
        for rows in UNIT_ROWS {
            let found = ours.forward_by(rows, x.clone(), added(), relu);
            let found = found.expect("a result").to_device(&Device::flex());
            assert_near(
                found,
                expected.clone(),
                &format!("{ours:?} with {rows} rows"),
            );
        }
    }

    #[test]
    fn every_tile_gives_the_convolution_whole_or_broken() {
        let Some(gpu) = adapter() else { return };
        Device::flex().seed(1);
        for (channels, side, stride) in [
            ([32, 128], 3, 1),
            ([64, 36], 3, 2),
            ([32, 36], 1, 2),
            ([96, 128], 1, 1),
        ] {
            let layer = layer(channels, side, stride);
            let x = noise([2, channels[0], 11, 14]);
            let expected = layer.forward(x.clone());
            let more = noise(expected.dims());
            let ours = Convolution::new(&layer.clone().to_device(&gpu)).expect("computed");
            let x = last(x).to_device(&gpu);
            assert_every_tile(&ours, &x, || None, false, &last(expected.clone()));
            let added = last(more.clone()).to_device(&gpu);
            let closed = last((expected + more).clamp_min(0.0));
            let added = || Some(Added::Same(added.clone()));
            assert_every_tile(&ours, &x, added, true, &closed);
        }
    }

    #[test]
    fn the_stem_is_computed_four_pixels_at_a_time() {
        let Some(gpu) = adapter() else { return };
        let layer = layer([1, 64], 7, 2);
        let x = noise([2, 1, 22, 26]);
        let expected = last(layer.forward(x.clone()));
        let ours = Convolution::stem(&layer.to_device(&gpu)).expect("computed");
        let values = x.try_into_vec_as::<f32>().expect("numbers");
        let x = TensorData::new(by_four(&values, 26), [2, 11, 13, 4]);
        let x = Tensor::from_data(x, &gpu);
        assert_every_tile(&ours, &x, || None, false, &expected);
    }

    #[test]
    fn what_is_half_as_large_is_added_to_four_pixels() {
        let Some(gpu) = adapter() else { return };
        let layer = layer([32, 36], 1, 1);
        let (x, above) = (noise([2, 32, 10, 12]), noise([2, 36, 5, 6]));
        let wide = above
            .clone()
            .reshape([2, 36, 5, 1, 6, 1])
            .repeat(&[1, 1, 1, 2, 1, 2])
            .reshape([2, 36, 10, 12]);
        let expected = last(layer.forward(x.clone()) + wide);
        let ours = Convolution::new(&layer.to_device(&gpu)).expect("computed");
        let (x, above) = (last(x).to_device(&gpu), last(above).to_device(&gpu));
        let added = || Some(Added::Doubled(above.clone()));
        assert_every_tile(&ours, &x, added, false, &expected);
    }

    #[test]
    fn what_is_no_number_stays_none() {
        let Some(gpu) = adapter() else { return };
        let layer = layer([32, 36], 1, 1);
        let ours = Convolution::new(&layer.to_device(&gpu)).expect("computed");
        let x = last(noise([1, 32, 4, 4]) * f32::NAN).to_device(&gpu);
        let found = ours.forward(x, None, true).expect("a result");
        let values = found.try_into_vec_as::<f32>().expect("read");
        assert!(values.iter().all(|value| value.is_nan()), "{values:?}");
    }

    #[test]
    fn widths_that_are_no_multiples_are_refused() {
        let Some(gpu) = adapter() else { return };
        for channels in [[32, 30], [30, 32]] {
            let layer = layer(channels, 3, 1).to_device(&gpu);
            assert!(Convolution::new(&layer).is_err(), "{channels:?}");
        }
    }
}
