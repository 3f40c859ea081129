//! Shares with their intervals, as text.

use crate::evaluation::Share;
use crate::texts::evaluation as text;
use crate::words;

/// A share (0..=1) in per cent.
pub fn percent(share: f64) -> String {
    words::percent(share as f32)
}

/// `86.7 % (79.4 to 91.6)`: the share and its 95 % interval, in per cent.
pub fn with_interval(share: Share) -> String {
    let [low, high] = [share.low, share.high].map(|end| end * 100.0);
    text::with_interval(percent(share.value), low, high)
}

/// `104 of 120: 86.7 % (79.4 to 91.6)`
pub fn counted(right: usize, count: usize, share: Share) -> String {
    text::counted(
        words::thousands(right),
        words::thousands(count),
        with_interval(share),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_told_with_its_ends() {
        let share = Share {
            value: 104.0 / 120.0,
            low: 0.794_35,
            high: 0.916_23,
        };
        assert_eq!(with_interval(share), "86.7\u{a0}% (79.4 to 91.6)");
        assert_eq!(
            counted(104, 120, share),
            "104 of 120: 86.7\u{a0}% (79.4 to 91.6)"
        );
    }
}
