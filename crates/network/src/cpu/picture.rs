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

    /// Pictures of one size, one after another.
    pub fn of_all(pictures: Vec<Self>) -> Self {
        let Some(first) = pictures.first() else {
            return Self::zeros([0; 4]);
        };
        let (height, width, channels) = (first.height, first.width, first.channels);
        Self {
            count: pictures.iter().map(|pictures| pictures.count).sum(),
            height,
            width,
            channels,
            values: pictures
                .into_iter()
                .map(|pictures| pictures.values)
                .collect::<Vec<_>>()
                .concat(),
        }
    }

    /// Where the channels of a pixel begin; `None` outside the picture.
    #[inline(always)]
    pub fn place(&self, picture: usize, y: isize, x: isize) -> Option<usize> {
        // Negative ones are large.
        let (y, x) = (y as usize, x as usize);
        if y >= self.height || x >= self.width {
            return None;
        }
        Some(((picture * self.height + y) * self.width + x) * self.channels)
    }

    /// The channels of one pixel; `None` outside the picture.
    #[inline(always)]
    pub fn pixel(&self, picture: usize, y: isize, x: isize) -> Option<&[f32]> {
        let start = self.place(picture, y, x)?;
        Some(&self.values[start..start + self.channels])
    }

    /// One picture's values.
    pub fn picture(&self, index: usize) -> &[f32] {
        let size = self.height * self.width * self.channels;
        &self.values[index * size..(index + 1) * size]
    }
}
