//! Which slices of a series are sent: all of them, until the user leaves some out.

use lungsight_series::thinning;

use super::shelf::Fate;

/// Of every slice, from the head to the feet, whether it may be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept(Vec<bool>);

impl Kept {
    /// All of so many.
    pub fn all(slices: usize) -> Self {
        Self(vec![true; slices])
    }

    /// Whether a slice, from 0, may be sent.
    pub fn has(&self, slice: usize) -> bool {
        self.0.get(slice).copied().unwrap_or(false)
    }

    /// Keeps a slice or leaves it out.
    pub fn set(&mut self, slice: usize, kept: bool) {
        if let Some(slice) = self.0.get_mut(slice) {
            *slice = kept;
        }
    }

    /// Leaves out what lies nearer the head than a slice.
    pub fn from(&mut self, slice: usize) {
        let before = slice.min(self.0.len());
        self.0[..before].fill(false);
    }

    /// Leaves out what lies nearer the feet than a slice.
    pub fn up_to(&mut self, slice: usize) {
        let after = (slice + 1).min(self.0.len());
        self.0[after..].fill(false);
    }

    /// How many the series has.
    pub fn slices(&self) -> usize {
        self.0.len()
    }

    /// How many are left out.
    pub fn left_out(&self) -> usize {
        self.0.iter().filter(|kept| !**kept).count()
    }

    /// What becomes of each where a request may have `most` and all of those show lungs.
    pub fn wanted(&self, most: usize) -> Vec<Fate> {
        let fate = |kept: &bool| match kept {
            true => Fate::Skipped,
            false => Fate::ByHand,
        };
        let mut fates: Vec<Fate> = self.0.iter().map(fate).collect();
        for slice in self.sent(most) {
            fates[slice] = Fate::Sent;
        }
        fates
    }

    /// Those that are sent where a request may have `most`: all, or so many, evenly spaced among them.
    pub fn sent(&self, most: usize) -> impl Iterator<Item = usize> + use<> {
        let kept: Vec<usize> = (0..self.0.len()).filter(|&slice| self.has(slice)).collect();
        let step = thinning(kept.len(), most);
        kept.into_iter().step_by(step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(kept: &Kept, most: usize) -> Vec<usize> {
        kept.sent(most).collect()
    }

    #[test]
    fn what_is_left_out_is_not_sent() {
        let mut kept = Kept::all(8);
        assert_eq!(sent(&kept, 8), (0..8).collect::<Vec<_>>());
        kept.from(2);
        kept.up_to(6);
        kept.set(4, false);
        assert_eq!(sent(&kept, 8), [2, 3, 5, 6]);
        assert_eq!(kept.left_out(), 4);
        use Fate::{ByHand, Sent, Skipped};
        let fates = [ByHand, ByHand, Sent, Skipped, ByHand, Sent, Skipped, ByHand];
        assert_eq!(kept.wanted(2), fates);
        kept.set(0, true);
        assert!(kept.has(0) && !kept.has(1) && !kept.has(8));
        kept.set(8, true);
        kept.from(99);
        assert_eq!((kept.left_out(), sent(&kept, 8)), (8, vec![]));
    }

    #[test]
    fn what_is_left_of_a_long_series_is_spaced_evenly() {
        let mut kept = Kept::all(100);
        kept.from(40);
        assert_eq!(sent(&kept, 30), (40..100).step_by(2).collect::<Vec<_>>());
        kept.from(80);
        assert_eq!(sent(&kept, 30), (80..100).collect::<Vec<_>>());
    }
}
