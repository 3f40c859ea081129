//! What flows between the layers: pictures with the channels of a pixel side by side.

/// Pictures of one size, row-major, the channels of a pixel side by side (`[pictures, height, width, channels]`).
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pictures {
    pub count: usize,
    pub height: usize,
    pub width: usize,
    pub channels: usize,
    pub values: Vec<f32>,
}

impl Pictures {
    /// All zero.
    pub fn zeros([count, height, width, channels]: [usize; 4]) -> Self {
        Self {
            count,
            height,
            width,
            channels,
            values: vec![0.0; count * height * width * channels],
        }
    }

    /// The channels of one pixel; `None` outside the picture.
    #[inline(always)]
    pub fn pixel(&self, picture: usize, y: isize, x: isize) -> Option<&[f32]> {
        let inside = |at: isize, side: usize| usize::try_from(at).ok().filter(|&at| at < side);
        let (y, x) = (inside(y, self.height)?, inside(x, self.width)?);
        let start = ((picture * self.height + y) * self.width + x) * self.channels;
        Some(&self.values[start..start + self.channels])
    }

    /// One picture's values.
    pub fn picture(&self, index: usize) -> &[f32] {
        let size = self.height * self.width * self.channels;
        &self.values[index * size..(index + 1) * size]
    }
}
