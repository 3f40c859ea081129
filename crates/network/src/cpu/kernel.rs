//! A convolution's weights with the batch norm behind it folded in.

/// `weight · x + bias`, as one convolution computes it.
#[derive(Debug, Clone)]
pub(super) struct Kernel {
    /// Channels of the result.
    pub out: usize,
    /// Channels of the input.
    pub into: usize,
    /// Columns and rows of the kernel.
    pub side: usize,
    /// `[out, into, side, side]`
    pub weights: Vec<f32>,
    /// `[out]`
    pub bias: Vec<f32>,
}

impl Kernel {
    /// The weight of one place of the kernel.
    pub fn weight(&self, out: usize, into: usize, y: usize, x: usize) -> f32 {
        self.weights[((out * self.into + into) * self.side + y) * self.side + x]
    }
}
