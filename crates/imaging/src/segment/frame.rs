//! White frames around screenshots: they would enclose the air around the body.

/// A pixel of a frame is at least this bright.
const WHITE: u8 = 240;

/// Blackens white frames, side by side.
///
/// A frame is a band of white lines along a side that ends at a line that is mostly not white. The chest wall of a tight
/// crop may be white to the side as well, but the lung behind it appears little by little.
pub(crate) fn blacken(pixels: &mut [u8], width: usize) {
    let height = pixels.len() / width;
    let row = |pixels: &[u8], y: usize| share(pixels[y * width..][..width].iter());
    let column = |pixels: &[u8], x: usize| share(pixels[x..].iter().step_by(width));
    let top = band((0..height).map(|y| row(pixels, y)));
    let bottom = band((0..height).rev().map(|y| row(pixels, y)));
    for y in (0..top).chain(height - bottom..height) {
        pixels[y * width..][..width].fill(0);
    }
    // The rows that were frame are black by now, and must not count among the columns.
    let inner = top * width..(height - bottom) * width;
    if inner.is_empty() {
        return;
    }
    let inner = &mut pixels[inner];
    let left = band((0..width).map(|x| column(inner, x)));
    let right = band((0..width).rev().map(|x| column(inner, x)));
    for line in inner.chunks_exact_mut(width) {
        line[..left].fill(0);
        line[width - right..].fill(0);
    }
}

/// How many percent of a line are white.
fn share<'a>(line: impl ExactSizeIterator<Item = &'a u8>) -> usize {
    let length = line.len();
    line.filter(|&&pixel| pixel >= WHITE).count() * 100 / length
}

/// How many lines from the side are frame.
fn band(shares: impl ExactSizeIterator<Item = usize>) -> usize {
    let lines = shares.len();
    for (line, share) in shares.take(lines / 4).enumerate() {
        if share < 95 {
            return if share < 60 { line } else { 0 };
        }
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framed(inner: u8, band: usize) -> Vec<u8> {
        (0..1600)
            .map(|at| {
                let (x, y) = (at % 40, at / 40);
                let near = x.min(y).min(39 - x).min(39 - y);
                if near < band { 255 } else { inner }
            })
            .collect()
    }

    #[test]
    fn frames_turn_black() {
        let mut pixels = framed(90, 3);
        blacken(&mut pixels, 40);
        assert!(pixels.iter().all(|&pixel| pixel != 255));
        assert_eq!(pixels.iter().filter(|&&pixel| pixel == 90).count(), 34 * 34);
    }

    #[test]
    fn a_white_body_is_no_frame() {
        let mut pixels = vec![255; 1600];
        pixels[20 * 40 + 10..20 * 40 + 30].fill(60);
        let before = pixels.clone();
        blacken(&mut pixels, 40);
        assert_eq!(pixels, before);
    }
}
