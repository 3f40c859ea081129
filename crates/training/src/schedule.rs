//! Resolution and learning rate over the epochs: small pictures first, the served size last (Touvron et al. 2019, arXiv
//! 1906.06423, show that a network trained on smaller pictures needs only a few epochs at the size it is used at).

use std::fmt;
use std::str::FromStr;

use lungsight_imaging::INPUT_SIDE;
use serde::{Deserialize, Serialize};

/// Epochs over which the learning rate rises.
pub const WARM_UP_EPOCHS: f64 = 0.5;

/// More than this at one side is a slip of the hand.
const MOST_EPOCHS: usize = 10_000;

/// Epochs at one resolution after another, such as `128x8,192x4,256x4`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Schedule(Vec<(usize, usize)>);

impl Schedule {
    /// Number of epochs.
    pub fn epochs(&self) -> usize {
        self.0.iter().map(|(_, epochs)| epochs).sum()
    }

    /// The side in pixels that the network learns at in this epoch, counted from 0.
    pub fn side(&self, epoch: usize) -> usize {
        let mut before = 0;
        for &(side, epochs) in &self.0 {
            before += epochs;
            if epoch < before {
                return side;
            }
        }
        INPUT_SIDE
    }

    /// The side that the run ends with: the one it is judged and served at.
    pub fn last_side(&self) -> usize {
        self.0.last().map_or(INPUT_SIDE, |&(side, _)| side)
    }

    /// Share of the highest learning rate, `at` epochs into the run (fractional): linear over [`WARM_UP_EPOCHS`],
    /// then a cosine to 0 (Loshchilov and Hutter 2017, arXiv 1608.03983).
    pub fn rate(&self, at: f64) -> f64 {
        let (warm, all) = (WARM_UP_EPOCHS, self.epochs() as f64);
        if at < warm {
            return (at / warm + 0.02).min(1.0);
        }
        let share = ((at - warm) / (all - warm).max(1e-9)).min(1.0);
        0.5 * (1.0 + (std::f64::consts::PI * share).cos())
    }
}

impl FromStr for Schedule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split(',').map(|part| {
            let numbers = part.split_once('x').and_then(|(side, epochs)| {
                Some((side.trim().parse().ok()?, epochs.trim().parse().ok()?))
            });
            match numbers {
                Some((side, _)) if side % 32 != 0 || !(32..=INPUT_SIDE).contains(&side) => Err(
                    format!("side {side}: must be a multiple of 32 from 32 to {INPUT_SIDE}"),
                ),
                Some((_, 0)) => Err(format!("{part:?} has no epoch")),
                Some((_, epochs)) if epochs > MOST_EPOCHS => {
                    Err(format!("{part:?} has more than {MOST_EPOCHS} epochs"))
                }
                Some((side, epochs)) => Ok((side, epochs)),
                None => Err(format!("{part:?} is not SIDExEPOCHS, such as 128x8")),
            }
        });
        Ok(Self(parts.collect::<Result<_, String>>()?))
    }
}

impl TryFrom<String> for Schedule {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Schedule> for String {
    fn from(schedule: Schedule) -> Self {
        schedule.to_string()
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = self
            .0
            .iter()
            .map(|(side, epochs)| format!("{side}x{epochs}"))
            .collect();
        f.write_str(&parts.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sides_follow_one_another() {
        let schedule: Schedule = "128x2, 256x1".parse().expect("a schedule");
        assert_eq!(schedule.epochs(), 3);
        assert_eq!(
            [0, 1, 2, 3].map(|epoch| schedule.side(epoch)),
            [128, 128, 256, 256]
        );
        assert_eq!(schedule.to_string(), "128x2,256x1");
        assert!("100x2".parse::<Schedule>().is_err());
        assert!("128".parse::<Schedule>().is_err());
    }

    #[test]
    fn the_rate_rises_and_falls_to_nothing() {
        let schedule: Schedule = "128x4".parse().expect("a schedule");
        assert!(schedule.rate(0.0) < 0.1);
        assert!((schedule.rate(0.5) - 1.0).abs() < 1e-9);
        assert!(schedule.rate(2.0) < schedule.rate(1.0));
        assert!(schedule.rate(4.0).abs() < 1e-9);
    }
}
