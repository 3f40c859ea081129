//! What the network sees: one look for every source.

use crate::resample::Resampling;
use crate::segment::bits::Bits;
use crate::{Mask, NoLungs, Rect, Slice};

/// Side of the network's input in pixels.
pub const INPUT_SIDE: usize = 256;

/// The lungs of one slice, ready for the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkInput {
    /// `INPUT_SIDE * INPUT_SIDE` grey values, row-major; 0 outside the lungs and nowhere else.
    pub pixels: Vec<u8>,
    /// The square of the slice that `pixels` covers.
    pub crop: Rect,
}

/// [`NetworkInput`] with what the mask hides, for training that varies the mask or does without it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnmaskedInput {
    /// The network's input.
    pub input: NetworkInput,
    /// The same square with the same grey levels, without the mask; 0 where the slice ends.
    pub around: Vec<u8>,
}

/// Share of the slice below which a mask is taken for no lungs: 1 in 500.
const LEAST_SHARE: usize = 500;

/// The margin around the lungs' bounding box: its longer side over this, on each side.
const MARGIN: u32 = 32;

/// The rim that the network does not see: the longer side of the lungs' bounding box over this, at least a pixel. A mask
/// drawn on the whole slice takes in some of the bright chest wall, one that the slice came with does not: the rim would
/// tell where a slice is from, and its brightness would set the grey levels of all the rest.
const RIM: u32 = 100;

/// Makes the network's input, in this order: the lungs without their rim; grey levels stretched between the 2nd and 98th
/// percentile inside them, everything else 0; cropped to the square around the lungs with a small margin (the aspect is
/// kept); resampled to 256×256 with a triangle filter.
///
/// Refuses a mask that is empty, absurdly small or not of the slice's size.
pub fn network_input(slice: &Slice, lungs: &Mask) -> Result<NetworkInput, NoLungs> {
    let (inner, crop, levels) = inner_crop_and_levels(slice, lungs)?;
    Ok(masked(slice, &inner, crop, &levels))
}

/// [`network_input`], and the same square without the mask.
///
/// # Errors
/// As [`network_input`].
pub fn unmasked_input(slice: &Slice, lungs: &Mask) -> Result<UnmaskedInput, NoLungs> {
    let (inner, crop, levels) = inner_crop_and_levels(slice, lungs)?;
    let width = slice.width() as usize;
    let around = Resampling::new(slice, crop).resample(|y, line| {
        let greys = &slice.pixels()[y * width..][..width];
        for (value, &grey) in line.iter_mut().zip(greys) {
            *value = levels[usize::from(grey)];
        }
    });
    Ok(UnmaskedInput {
        input: masked(slice, &inner, crop, &levels),
        around,
    })
}

/// The lungs without their rim, the square around them and the new grey level of each old one; refuses unusable masks.
fn inner_crop_and_levels(slice: &Slice, lungs: &Mask) -> Result<(Mask, Rect, [u8; 256]), NoLungs> {
    if (slice.width(), slice.height()) != (lungs.width(), lungs.height()) {
        return Err(NoLungs::OtherSize);
    }
    let area = lungs.area();
    let Some(bounds) = lungs.bounding_box() else {
        return Err(NoLungs::EmptyMask);
    };
    if area * LEAST_SHARE < lungs.values().len() || bounds.width.min(bounds.height) < 8 {
        return Err(NoLungs::TooSmall);
    }
    let inner = without_rim(lungs, area, bounds);
    let levels = stretch(slice, &inner, bounds);
    Ok((inner, square(bounds), levels))
}

/// Eroded, unless less than half would be left.
fn without_rim(lungs: &Mask, area: usize, bounds: Rect) -> Mask {
    let width = lungs.width() as usize;
    let rim = (bounds.width.max(bounds.height) / RIM).max(1) as usize;
    let inner = Bits::from_pixels(lungs.values(), width, |value| value > 0).erode(rim);
    if inner.count() * 2 < area {
        return lungs.clone();
    }
    Mask::new(lungs.width(), lungs.height(), inner.to_bytes(1)).unwrap_or_else(|| lungs.clone())
}

fn masked(slice: &Slice, lungs: &Mask, crop: Rect, levels: &[u8; 256]) -> NetworkInput {
    let resampling = Resampling::new(slice, crop);
    let width = slice.width() as usize;
    let mut pixels = resampling.resample(|y, line| {
        let greys = &slice.pixels()[y * width..][..width];
        let inside = &lungs.values()[y * width..][..width];
        for ((value, &grey), &inside) in line.iter_mut().zip(greys).zip(inside) {
            *value = levels[usize::from(grey)] * inside;
        }
    });
    let cover = resampling.resample(|y, line| {
        let inside = &lungs.values()[y * width..][..width];
        for (value, &inside) in line.iter_mut().zip(inside) {
            *value = inside * 255;
        }
    });
    for (pixel, cover) in pixels.iter_mut().zip(cover) {
        // 0 is outside, and nothing else.
        *pixel = if cover < 128 { 0 } else { (*pixel).max(1) };
    }
    NetworkInput { pixels, crop }
}

/// The square around `bounds`, with the margin.
fn square(bounds: Rect) -> Rect {
    let longer = bounds.width.max(bounds.height);
    let side = longer + 2 * (longer / MARGIN).max(1);
    Rect {
        x: bounds.x - ((side - bounds.width) / 2) as i32,
        y: bounds.y - ((side - bounds.height) / 2) as i32,
        width: side,
        height: side,
    }
}

/// Stretches the grey levels between the 2nd and 98th percentile inside the lungs to 0..=255.
/// `bounds` hold all of them.
fn stretch(slice: &Slice, lungs: &Mask, bounds: Rect) -> [u8; 256] {
    let width = slice.width() as usize;
    let (columns, rows) = bounds.within(slice.width(), slice.height());
    let mut histogram = [0usize; 256];
    for y in rows {
        let greys = &slice.pixels()[y * width..][columns.clone()];
        let inside = &lungs.values()[y * width..][columns.clone()];
        for (&grey, &inside) in greys.iter().zip(inside) {
            histogram[usize::from(grey)] += usize::from(inside);
        }
    }
    let area: usize = histogram.iter().sum();
    let percentile = |percent: usize| {
        let mut seen = 0;
        histogram
            .iter()
            .position(|&count| {
                seen += count;
                seen * 100 > area * percent
            })
            .unwrap_or(255)
    };
    let (low, high) = (percentile(2), percentile(98));
    let range = (high - low).max(1);
    std::array::from_fn(|grey| {
        let above = grey.saturating_sub(low).min(range);
        ((above * 255 + range / 2) / range) as u8
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disc(width: u32, height: u32, cx: i32, cy: i32, radius: i32) -> Mask {
        let values = (0..height as i32)
            .flat_map(|y| (0..width as i32).map(move |x| (x, y)))
            .map(|(x, y)| u8::from((x - cx).pow(2) + (y - cy).pow(2) <= radius * radius))
            .collect();
        Mask::new(width, height, values).expect("fits")
    }

    #[test]
    fn crop_is_square_and_may_reach_over_the_edge() {
        let lungs = disc(100, 80, 0, 40, 30);
        let slice = Slice::new(100, 80, vec![90; 8000]).expect("fits");
        let input = network_input(&slice, &lungs).expect("lungs");
        assert_eq!(input.crop.width, input.crop.height);
        assert!(input.crop.x < 0);
        assert_eq!(input.pixels.len(), INPUT_SIDE * INPUT_SIDE);
    }

    #[test]
    fn greys_are_stretched_inside_and_zero_outside() {
        let lungs = disc(200, 200, 100, 100, 60);
        let pixels = (0..40_000).map(|i| (40 + (i % 200) / 4) as u8).collect();
        let slice = Slice::new(200, 200, pixels).expect("fits");
        let input = network_input(&slice, &lungs).expect("lungs");
        assert_eq!(input.pixels[0], 0);
        let middle = &input.pixels[128 * 256..129 * 256];
        assert!(middle[20] < 20 && middle[235] > 200, "{middle:?}");
    }

    #[test]
    fn nothing_but_outside_is_zero() {
        let lungs = disc(200, 200, 100, 100, 60);
        let pixels = (0..40_000).map(|i| (i % 3 * 50) as u8).collect();
        let slice = Slice::new(200, 200, pixels).expect("fits");
        let input = network_input(&slice, &lungs).expect("lungs");
        let line = &input.pixels[128 * INPUT_SIDE..][..INPUT_SIDE];
        let inside: Vec<usize> = (0..INPUT_SIDE).filter(|&x| line[x] > 0).collect();
        let (first, last) = (inside[0], inside[inside.len() - 1]);
        assert_eq!(inside.len(), last - first + 1, "{line:?}");
        assert!((200..256).contains(&inside.len()) && first > 0);
    }

    #[test]
    fn brightness_and_contrast_of_the_source_do_not_matter() {
        let lungs = disc(150, 150, 70, 80, 50);
        let grey = |scale: u32, offset: u32| {
            let pixels = (0..150u32 * 150)
                .map(|i| (((i * 7919) % 64) * scale + offset) as u8)
                .collect();
            Slice::new(150, 150, pixels).expect("fits")
        };
        let one = network_input(&grey(1, 20), &lungs).expect("lungs");
        let other = network_input(&grey(3, 5), &lungs).expect("lungs");
        assert_eq!(one, other);
    }

    #[test]
    fn a_bright_rim_neither_shows_nor_sets_the_greys() {
        let lungs = disc(512, 512, 256, 256, 120);
        let plain: Vec<u8> = (0..512 * 512).map(|i| (60 + i % 40) as u8).collect();
        let mut rimmed = plain.clone();
        let inner = disc(512, 512, 256, 256, 119);
        for (pixel, (lung, inner)) in rimmed
            .iter_mut()
            .zip(lungs.values().iter().zip(inner.values()))
        {
            if lung > inner {
                *pixel = 250;
            }
        }
        let input = |pixels| {
            network_input(&Slice::new(512, 512, pixels).expect("fits"), &lungs).expect("lungs")
        };
        assert_eq!(input(plain), input(rimmed));
    }

    #[test]
    fn without_the_mask_the_lungs_are_the_same_and_the_rest_is_there() {
        let lungs = disc(256, 256, 128, 128, 60);
        let pixels = (0..256 * 256).map(|i| (60 + i % 90) as u8).collect();
        let slice = Slice::new(256, 256, pixels).expect("fits");
        let both = unmasked_input(&slice, &lungs).expect("lungs");
        assert_eq!(Ok(&both.input), network_input(&slice, &lungs).as_ref());
        let middle = 128 * INPUT_SIDE + 128;
        assert_eq!(both.around[middle], both.input.pixels[middle]);
        assert!(both.input.pixels[0] == 0 && both.around[0] > 0);
    }

    #[test]
    fn empty_and_tiny_masks_are_refused() {
        let slice = Slice::new(100, 100, vec![9; 10_000]).expect("fits");
        let empty = Mask::new(100, 100, vec![0; 10_000]).expect("fits");
        assert_eq!(network_input(&slice, &empty), Err(NoLungs::EmptyMask));
        let dot = disc(100, 100, 50, 50, 2);
        assert_eq!(network_input(&slice, &dot), Err(NoLungs::TooSmall));
        let other = disc(90, 100, 50, 50, 20);
        assert_eq!(network_input(&slice, &other), Err(NoLungs::OtherSize));
    }
}
