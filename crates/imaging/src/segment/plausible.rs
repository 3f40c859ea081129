//! Whether what looks like lungs in a body has the greys of a CT slice: two narrow humps, far apart.

/// The spread of the tissue around its mean, at most, in percent of the distance between lung and tissue. Muscle, fat
/// and organs lie within 10 to 25; photographs and pages of text above 24 in this or the other.
const TISSUE_SPREAD: u64 = 30;

/// The same for the lungs: vessels and disease make theirs wider, up to 32 in the slices that were measured.
const LUNG_SPREAD: u64 = 36;

/// `inside` is the histogram of the body with its lungs.
pub(crate) fn is_ct(inside: &[u32; 256], threshold: u8) -> bool {
    let (lung_mean, lung_variance) = spread(inside, 0..usize::from(threshold) + 1);
    let (tissue_mean, tissue_variance) = spread(inside, usize::from(threshold) + 1..256);
    let distance = tissue_mean.saturating_sub(lung_mean);
    let within = |variance: u64, percent: u64| variance * 10_000 <= (distance * percent).pow(2);
    distance > 0 && within(lung_variance, LUNG_SPREAD) && within(tissue_variance, TISSUE_SPREAD)
}

/// Mean (in 1/16) and variance (in 1/256) of the greys in `range`.
fn spread(counts: &[u32; 256], range: std::ops::Range<usize>) -> (u64, u64) {
    let greys = || {
        range
            .clone()
            .map(|grey| (grey as u64, u64::from(counts[grey])))
    };
    let count: u64 = greys().map(|(_, count)| count).sum();
    if count == 0 {
        return (0, 0);
    }
    let sum: u64 = greys().map(|(grey, count)| grey * count).sum();
    let squares: u64 = greys().map(|(grey, count)| grey * grey * count).sum();
    let variance = (256 * squares / count).saturating_sub((16 * sum / count).pow(2));
    (16 * sum / count, variance)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hump(counts: &mut [u32; 256], place: usize, reach: usize) {
        for count in &mut counts[place - reach..=place + reach] {
            *count += 100;
        }
    }

    #[test]
    fn narrow_humps_are_ct_and_wide_ones_are_not() {
        let mut narrow = [0; 256];
        hump(&mut narrow, 60, 20);
        hump(&mut narrow, 200, 20);
        assert!(is_ct(&narrow, 150));
        let mut wide = [0; 256];
        hump(&mut wide, 15, 10);
        hump(&mut wide, 120, 10);
        hump(&mut wide, 190, 10);
        assert!(!is_ct(&wide, 150));
        assert!(!is_ct(&[0; 256], 128));
    }
}
