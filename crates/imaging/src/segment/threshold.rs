//! The histogram, and the valley between its two humps: air and lung on one side, soft tissue on the other.

/// Greys up to this one are padding around a round field of view, or air that the window has cut to black (a little
/// above 0, as JPEG blurs).
pub(crate) const BLACK: u8 = 8;

/// How many pixels have each grey value.
pub(crate) fn histogram(pixels: &[u8]) -> [u32; 256] {
    // Four counters by turns: equal neighbours, the rule in a slice, would wait for one another in one.
    let mut parts = [[0u32; 256]; 4];
    let mut blocks = pixels.chunks_exact(4);
    for block in &mut blocks {
        for (part, &grey) in parts.iter_mut().zip(block) {
            part[usize::from(grey)] += 1;
        }
    }
    for &grey in blocks.remainder() {
        parts[0][usize::from(grey)] += 1;
    }
    std::array::from_fn(|grey| parts.iter().map(|part| part[grey]).sum())
}

/// What the histogram says about the grey levels of a slice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Levels {
    /// Mean grey of what is darker than the valley.
    pub dark: u8,
    /// Mean grey of what is brighter than the valley.
    pub tissue: u8,
    pub threshold: u8,
}

/// Where between the dark level and the tissue level the threshold lies, in percent. Half-way loses ground glass and the
/// edges of consolidations; from 72 on fat and the walls between lungs and airways are lost to the lungs.
const PLACE_PERCENT: u32 = 71;

/// Finds the levels; `None` when the picture has one grey only.
///
/// Black pixels count for at most a twentieth of the others: black corners would otherwise be one of the two humps,
/// and the grey air with the lungs would fall to the side of the tissue.
pub(crate) fn levels(histogram: &[u32; 256]) -> Option<Levels> {
    let mut counts = histogram.map(u64::from);
    let black: u64 = counts[..=usize::from(BLACK)].iter().sum();
    let others: u64 = counts[usize::from(BLACK) + 1..].iter().sum();
    if black * 20 > others {
        for count in &mut counts[..=usize::from(BLACK)] {
            *count = *count * others / (20 * black);
        }
    }
    let split = otsu(&counts)?;
    let dark = mean(&counts, 0..split + 1)?;
    let tissue = mean(&counts, split + 1..256)?;
    let threshold = dark + (tissue - dark) * PLACE_PERCENT / 100;
    Some(Levels {
        dark: dark as u8,
        tissue: tissue as u8,
        threshold: threshold as u8,
    })
}

/// Otsu's threshold: the last grey of the darker class where the variance between both classes is largest.
fn otsu(counts: &[u64; 256]) -> Option<usize> {
    let total: u64 = counts.iter().sum();
    let weighted: u64 = (0u64..).zip(counts).map(|(grey, count)| grey * count).sum();
    let (mut below, mut below_weighted) = (0u64, 0u64);
    let mut best: Option<(u128, usize)> = None;
    for (grey, &count) in counts[..255].iter().enumerate() {
        below += count;
        below_weighted += grey as u64 * count;
        let above = total - below;
        if below == 0 || above == 0 {
            continue;
        }
        // The variance times total^2: (total * below_weighted - below * weighted)^2 / (below * above).
        let difference = (u128::from(total) * u128::from(below_weighted))
            .abs_diff(u128::from(below) * u128::from(weighted));
        let variance = (difference / u128::from(total)).pow(2) * 1024
            / (u128::from(below) * u128::from(above));
        if best.is_none_or(|(most, _)| variance > most) {
            best = Some((variance, grey));
        }
    }
    best.map(|(_, grey)| grey)
}

fn mean(counts: &[u64; 256], range: std::ops::Range<usize>) -> Option<u32> {
    let count: u64 = counts[range.clone()].iter().sum();
    let weighted: u64 = range.map(|grey| grey as u64 * counts[grey]).sum();
    (count > 0).then(|| (weighted / count.max(1)) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Humps of 1000 pixels, evenly over 11 greys around each place.
    fn humps(places: &[u8]) -> Vec<u8> {
        places
            .iter()
            .flat_map(|&place| (0..1001).map(move |pixel| place - 5 + (pixel % 11) as u8))
            .collect()
    }

    #[test]
    fn histogram_counts_each_pixel() {
        let pixels = humps(&[60, 200]);
        let counts = histogram(&pixels);
        assert_eq!(counts.iter().sum::<u32>() as usize, pixels.len());
        assert_eq!(counts[60], 91);
        assert_eq!(counts[100], 0);
    }

    #[test]
    fn the_threshold_lies_between_the_humps() {
        let levels = levels(&histogram(&humps(&[60, 200]))).expect("two humps");
        assert_eq!((levels.dark, levels.tissue), (60, 200));
        assert!((100..190).contains(&levels.threshold));
    }

    #[test]
    fn black_corners_are_no_hump() {
        let mut pixels = humps(&[95, 95, 165]);
        pixels.resize(pixels.len() * 2, 0);
        let levels = levels(&histogram(&pixels)).expect("two humps beside black");
        assert_eq!(levels.tissue, 165);
        assert!((100..160).contains(&levels.threshold), "{levels:?}");
    }

    #[test]
    fn one_grey_has_no_levels() {
        assert_eq!(levels(&histogram(&[7; 100])), None);
        assert_eq!(levels(&histogram(&[200; 100])), None);
    }
}
