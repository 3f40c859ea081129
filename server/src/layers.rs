//! Feature maps as pictures: one grid of channels per convolution.

mod cache;

use axum::body::Bytes;
use lungsight_imaging::{Slice, encode_png_grey};
use lungsight_network::Layer;

pub use cache::{LayerCache, LayerSet};

/// Channels drawn of one layer: those with the largest mean.
pub const SHOWN_CHANNELS: usize = 64;

/// Maps smaller than this, in pixels, are enlarged by a whole factor, so that they can be seen.
const TILE_SIDE: usize = 32;

/// One convolution's output, drawn.
pub struct DrawnLayer {
    /// Letters, digits, `.`, `-` and `_`, so that it can be part of a link.
    pub name: String,
    pub channels: usize,
    /// How many of the channels are in the picture.
    pub shown: usize,
    pub height: usize,
    pub width: usize,
    pub png: Bytes,
}

/// Draws a layer: channels in rows, largest mean first, each scaled to its own range.
pub fn draw(layer: &Layer) -> DrawnLayer {
    let map = (layer.width * layer.height).max(1);
    let mut maps: Vec<(f32, &[f32])> = layer
        .values
        .chunks_exact(map)
        .map(|values| (values.iter().sum::<f32>() / map as f32, values))
        .collect();
    maps.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    maps.truncate(SHOWN_CHANNELS);
    let png = encode_png_grey(&grid(&maps, layer.width.max(1), layer.height.max(1)));
    let name = layer.name.chars().map(|c| {
        if c.is_ascii_alphanumeric() || "._-".contains(c) {
            c
        } else {
            '-'
        }
    });
    DrawnLayer {
        name: name.collect(),
        channels: layer.channels,
        shown: maps.len(),
        height: layer.height,
        width: layer.width,
        png: png.into(),
    }
}

/// Maps side by side with a line of one pixel between them.
fn grid(maps: &[(f32, &[f32])], width: usize, height: usize) -> Slice {
    let scale = TILE_SIDE.div_ceil(width.max(height));
    let columns = (1..)
        .find(|columns| columns * columns >= maps.len())
        .unwrap_or(1)
        .max(1);
    let rows = maps.len().div_ceil(columns).max(1);
    let (step_x, step_y) = (width * scale + 1, height * scale + 1);
    let (grid_width, grid_height) = (columns * step_x - 1, rows * step_y - 1);
    let mut pixels = vec![0; grid_width * grid_height];
    for (number, (_, values)) in maps.iter().enumerate() {
        let corner = (number / columns) * step_y * grid_width + (number % columns) * step_x;
        let grey = to_grey(values);
        for y in 0..height * scale {
            let start = corner + y * grid_width;
            let row = &grey[(y / scale) * width..][..width];
            for (x, pixel) in pixels[start..start + width * scale].iter_mut().enumerate() {
                *pixel = row[x / scale];
            }
        }
    }
    Slice::new(grid_width as u32, grid_height as u32, pixels)
        .expect("the grid has a pixel for each place")
}

/// Scales the smallest value to 0 and the largest to 255; a map of one value becomes black.
fn to_grey(values: &[f32]) -> Vec<u8> {
    let (low, high) = values.iter().fold((f32::MAX, f32::MIN), |(low, high), &v| {
        (low.min(v), high.max(v))
    });
    let range = if high > low {
        high - low
    } else {
        f32::INFINITY
    };
    values
        .iter()
        .map(|&value| ((value - low) / range * 255.0).round() as u8)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use lungsight_imaging::{Limits, decode};

    fn layer(channels: usize, side: usize, values: Vec<f32>) -> Layer {
        Layer {
            name: "stage 1/conv1".to_owned(),
            channels,
            height: side,
            width: side,
            values,
        }
    }

    fn pixels(drawn: &DrawnLayer) -> Slice {
        decode(
            &drawn.png,
            &Limits {
                min_side: 1,
                ..Limits::default()
            },
        )
        .expect("a PNG")
    }

    #[test]
    fn the_channel_with_the_largest_mean_comes_first_and_each_has_its_own_range() {
        let values = vec![0.0, 0.0, 0.0, 1.0, 10.0, 20.0, 30.0, 40.0];
        let drawn = draw(&layer(2, 2, values));
        assert_eq!(
            (drawn.channels, drawn.shown, drawn.name.as_str()),
            (2, 2, "stage-1-conv1")
        );
        let picture = pixels(&drawn);
        // Two maps of 2x2, enlarged 16 times, with a line between them.
        assert_eq!((picture.width(), picture.height()), (65, 32));
        let at = |x: usize, y: usize| picture.pixels()[y * 65 + x];
        assert_eq!(
            [at(0, 0), at(31, 0), at(0, 31), at(31, 31)],
            [0, 85, 170, 255]
        );
        assert_eq!(
            [at(33, 0), at(64, 0), at(33, 31), at(64, 31)],
            [0, 0, 0, 255]
        );
    }

    #[test]
    fn many_channels_are_cut_and_flat_or_broken_maps_are_black() {
        let drawn = draw(&layer(100, 32, vec![7.0; 100 * 32 * 32]));
        assert_eq!((drawn.channels, drawn.shown), (100, SHOWN_CHANNELS));
        let picture = pixels(&drawn);
        assert_eq!(
            (picture.width(), picture.height()),
            (8 * 33 - 1, 8 * 33 - 1)
        );
        assert!(picture.pixels().iter().all(|&grey| grey == 0));
        let broken = draw(&layer(1, 1, vec![f32::NAN]));
        assert!(pixels(&broken).pixels().iter().all(|&grey| grey == 0));
    }
}
