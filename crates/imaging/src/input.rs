//! What the network sees: one look for every source.

use crate::segment::bits::Bits;
use crate::{Mask, NoLungs, Rect, Slice};

/// Side of the network's input in pixels.
pub const INPUT_SIDE: usize = 256;

/// The lungs of one slice, ready for the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkInput {
    /// `INPUT_SIDE * INPUT_SIDE` grey values, row-major; 0 outside the lungs.
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
    let grey: Vec<u8> = slice
        .pixels()
        .iter()
        .map(|&grey| levels[usize::from(grey)])
        .collect();
    Ok(UnmaskedInput {
        input: masked(slice, &inner, crop, &levels),
        around: resample(&grey, size(slice), crop),
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
    let levels = stretch(slice, &inner);
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

fn size(slice: &Slice) -> (usize, usize) {
    (slice.width() as usize, slice.height() as usize)
}

fn masked(slice: &Slice, lungs: &Mask, crop: Rect, levels: &[u8; 256]) -> NetworkInput {
    let grey: Vec<u8> = slice
        .pixels()
        .iter()
        .zip(lungs.values())
        .map(|(&grey, &inside)| levels[usize::from(grey)] * inside)
        .collect();
    let size = size(slice);
    let mut pixels = resample(&grey, size, crop);
    let cover: Vec<u8> = lungs.values().iter().map(|&value| value * 255).collect();
    for (pixel, cover) in pixels.iter_mut().zip(resample(&cover, size, crop)) {
        if cover < 128 {
            *pixel = 0;
        }
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
fn stretch(slice: &Slice, lungs: &Mask) -> [u8; 256] {
    let area = lungs.area();
    let mut histogram = [0usize; 256];
    for (&grey, &inside) in slice.pixels().iter().zip(lungs.values()) {
        histogram[usize::from(grey)] += usize::from(inside);
    }
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

/// One output pixel along one axis: the first source pixel and the weights from there, which sum to 1 << 14.
struct Tap {
    first: usize,
    weights: Vec<i32>,
}

/// Resamples `crop` of `grey` to the input's size; what lies outside `grey` is 0.
fn resample(grey: &[u8], (width, height): (usize, usize), crop: Rect) -> Vec<u8> {
    let columns = taps(crop.x, crop.width, width);
    let rows = taps(crop.y, crop.height, height);
    let narrow: Vec<u8> = grey
        .chunks_exact(width)
        .flat_map(|row| {
            columns
                .iter()
                .map(|tap| weighted(row[tap.first..].iter().copied(), &tap.weights))
        })
        .collect();
    let mut pixels = Vec::with_capacity(INPUT_SIDE * INPUT_SIDE);
    for tap in &rows {
        let mut sums = [0i32; INPUT_SIDE];
        let lines = narrow.chunks_exact(INPUT_SIDE).skip(tap.first);
        for (line, &weight) in lines.zip(&tap.weights) {
            for (sum, &value) in sums.iter_mut().zip(line) {
                *sum += i32::from(value) * weight;
            }
        }
        pixels.extend(sums.map(rounded));
    }
    pixels
}

fn weighted(values: impl Iterator<Item = u8>, weights: &[i32]) -> u8 {
    let sum: i32 = values
        .zip(weights)
        .map(|(value, &weight)| i32::from(value) * weight)
        .sum();
    rounded(sum)
}

fn rounded(sum: i32) -> u8 {
    ((sum + (1 << 13)) >> 14).clamp(0, 255) as u8
}

/// Triangle filter as wide as one output pixel when shrinking, as one source pixel when enlarging. Weights that fall
/// outside the source are dropped, which is as good as zeros there. All in integers: positions are in 1/512 of an
/// output pixel's step.
fn taps(start: i32, length: u32, pixels: usize) -> Vec<Tap> {
    let length = i64::from(length);
    let side = INPUT_SIDE as i64;
    // In units of 1 / (2 * side) source pixel: the centre of output i is (2i + 1) * length, of source j (2j + 1) * side.
    let support = 2 * length.max(side);
    (0..side)
        .map(|i| {
            let centre = (2 * i + 1) * length;
            let first = (centre - support) / (2 * side) - 1;
            let last = (centre + support) / (2 * side) + 1;
            let raw: Vec<(i64, i64)> = (first..=last)
                .map(|j| (j, (support - (centre - (2 * j + 1) * side).abs()).max(0)))
                .collect();
            let sum: i64 = raw.iter().map(|&(_, weight)| weight).sum();
            let mut tap = Tap {
                first: 0,
                weights: Vec::new(),
            };
            for (j, weight) in raw {
                let pixel = j + i64::from(start);
                if weight > 0 && (0..pixels as i64).contains(&pixel) {
                    if tap.weights.is_empty() {
                        tap.first = pixel as usize;
                    }
                    tap.weights
                        .push(((weight * (1 << 14) + sum / 2) / sum) as i32);
                }
            }
            tap
        })
        .collect()
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
