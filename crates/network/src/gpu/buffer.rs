//! Burn's tensors as what a kernel of ours reads and writes.

use burn::tensor::{DType, Shape, Tensor};
use burn_cubecl::CubeBackend;
use burn_cubecl::cubecl::prelude::CubeCount;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::ops::numeric::empty_device_contiguous_dtype;
use burn_cubecl::tensor::CubeTensor;

use crate::error::NetworkError;

/// The tensor's numbers where the GPU has them, one after another.
pub(super) fn on_gpu<const D: usize>(tensor: Tensor<D>) -> Result<CubeTensor, NetworkError> {
    let tensor = tensor.try_into_primitive::<CubeBackend>();
    let tensor = tensor.map_err(|reason| NetworkError::Device(format!("{reason:?}")))?;
    Ok(into_contiguous(tensor))
}

/// Room for a result where `beside` lies.
pub(super) fn empty(beside: &CubeTensor, shape: Shape) -> CubeTensor {
    let (client, device) = (beside.client.clone(), beside.device.clone());
    empty_device_contiguous_dtype(client, device, shape, DType::F32)
}

/// So many workgroups along two axes.
///
/// # Errors
/// When the GPU cannot count so far.
pub(super) fn workgroups(gpu: &CubeTensor, count: [usize; 2]) -> Result<CubeCount, NetworkError> {
    let most = gpu.client.properties().hardware.max_cube_count;
    match count.map(u32::try_from) {
        [Ok(x), Ok(y)] if x <= most.0 && y <= most.1 => Ok(CubeCount::Static(x, y, 1)),
        _ => Err(NetworkError::Device(format!(
            "too much at once: {count:?} workgroups where {} by {} can be computed",
            most.0, most.1
        ))),
    }
}
