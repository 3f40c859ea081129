//! The stem's max pooling on a GPU, for pixels whose channels lie side by side.

use burn::tensor::Tensor;
use burn_cubecl::CubeBackend;
use burn_cubecl::cubecl;
use cubecl::prelude::*;

use super::buffer::{empty, on_gpu, workgroups};
use super::kernel::Four;
use crate::error::NetworkError;

/// Units of a workgroup.
const UNITS: usize = 128;

/// What a launch is told.
#[derive(CubeLaunch, CubeType)]
struct Sizes {
    /// Of what comes in, in pixels.
    height: usize,
    width: usize,
    /// Of the result, in pixels.
    out_height: usize,
    out_width: usize,
    /// In fours.
    channels: usize,
    /// Fours of the result, of all slices together.
    results: usize,
}

/// The largest of 3×3 pixels at every second one, padded by one pixel. A channel that is nowhere a number stays none.
///
/// # Shapes
/// `[batch, height, width, channels]` → `[batch, ⌈height / 2⌉, ⌈width / 2⌉, channels]`; channels come in fours.
pub(super) fn max_pool(x: Tensor<4>) -> Result<Tensor<4>, NetworkError> {
    let [batch, height, width, channels] = x.dims();
    let [out_height, out_width] = [height, width].map(|size| size.div_ceil(2));
    let results = batch * out_height * out_width * (channels / 4);
    let x = on_gpu(x)?;
    let client = x.client.clone();
    let result = empty(&x, [batch, out_height, out_width, channels].into());
    pool::launch(
        &client,
        workgroups(&x, [results.div_ceil(UNITS), 1])?,
        CubeDim::new_1d(UNITS as u32),
        x.into_buffer_arg(),
        result.clone().into_buffer_arg(),
        SizesLaunch::new(height, width, out_height, out_width, channels / 4, results),
    );
    Ok(Tensor::from_primitive::<CubeBackend>(result))
}

/// One unit for each four of the result.
#[cube(launch)]
fn pool(x: &[Four], result: &mut [Four], sizes: Sizes) {
    let place = CUBE_POS_X as usize * UNITS + UNIT_POS as usize;
    if place < sizes.results {
        let four = place % sizes.channels;
        let pixel = place / sizes.channels;
        let left = pixel % sizes.out_width * 2;
        let line = pixel / sizes.out_width;
        let top = line % sizes.out_height * 2;
        let start = line / sizes.out_height * sizes.height;
        // The pixel in the middle, which is never padding.
        let mut largest = x[((start + top) * sizes.width + left) * sizes.channels + four];
        // Rows and columns are counted from within the padding.
        #[unroll]
        for down in 0..3 {
            #[unroll]
            for across in 0..3 {
                let row = top + down;
                let column = left + across;
                if row >= 1 && row <= sizes.height && column >= 1 && column <= sizes.width {
                    let pixel = (start + row - 1) * sizes.width + column - 1;
                    let value = x[pixel * sizes.channels + four];
                    largest = select_many(value.greater_than(&largest), value, largest);
                }
            }
        }
        result[place] = largest;
    }
}

#[cfg(test)]
mod tests {
    use burn::nn::PaddingConfig2d;
    use burn::nn::pool::MaxPool2dConfig;
    use burn::tensor::Device;

    use super::*;
    use crate::gpu::testing::{adapter, assert_near, last, noise};

    #[test]
    fn pooling_is_burns_whole_or_broken_off() {
        let Some(gpu) = adapter() else { return };
        let pool = MaxPool2dConfig::new([3, 3])
            .with_strides([2, 2])
            .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
            .init();
        for [height, width] in [[12, 10], [11, 13], [1, 2]] {
            let x = noise([2, 36, height, width]);
            let expected = last(pool.forward(x.clone()));
            let found = max_pool(last(x).to_device(&gpu)).expect("pooled");
            let what = format!("{height}×{width}");
            assert_near(found.to_device(&Device::flex()), expected, &what);
        }
    }

    #[test]
    fn what_is_no_number_stays_none() {
        let Some(gpu) = adapter() else { return };
        let x = last(noise([1, 4, 8, 8]) * f32::NAN).to_device(&gpu);
        let found = max_pool(x).expect("pooled");
        let values = found.try_into_vec_as::<f32>().expect("read");
        assert!(values.iter().all(|value| value.is_nan()), "{values:?}");
    }
}
