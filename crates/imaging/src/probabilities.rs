//! Probabilities by class: what the network says, as the API and the pages show it.

use serde::{Deserialize, Serialize};

use crate::Class;

/// One probability per class. Serialises as `{"healthy": .., "pneumonia": .., "covid": ..}`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "ByName", into = "ByName")]
pub struct Probabilities([f32; 3]);

impl Probabilities {
    /// Takes probabilities in the order of [`Class::ALL`]; `None` unless each is in 0..=1 and they sum to 1 (±1e-3).
    pub fn new(by_class: [f32; 3]) -> Option<Self> {
        let sum: f32 = by_class.iter().sum();
        let in_range = by_class.iter().all(|p| (0.0..=1.0).contains(p));
        (in_range && (sum - 1.0).abs() <= 1e-3).then_some(Self(by_class))
    }

    /// The softmax of logits in the order of [`Class::ALL`]; logits that are not finite count as the lowest one.
    pub fn from_logits(logits: [f32; 3]) -> Self {
        let logits = logits.map(|logit| if logit.is_finite() { logit } else { f32::MIN });
        let highest = logits.into_iter().fold(f32::MIN, f32::max);
        let powers = logits.map(|logit| (logit - highest).exp());
        let sum: f32 = powers.iter().sum();
        Self(powers.map(|power| power / sum))
    }

    /// The probability of `class`, 0..=1.
    pub fn of(&self, class: Class) -> f32 {
        self.0[class.index()]
    }

    /// The class with the highest probability; the first in [`Class::ALL`] among equals.
    pub fn most_likely(&self) -> Class {
        let mut best = Class::Healthy;
        for class in Class::ALL {
            if self.of(class) > self.of(best) {
                best = class;
            }
        }
        best
    }

    /// All three, in the order of [`Class::ALL`].
    pub fn by_class(&self) -> [f32; 3] {
        self.0
    }
}

/// A probability or share (0..=1) in per cent, which no line break parts: `97.3 %`; never rounded to a certainty that it isn't.
pub fn percent(share: f32) -> String {
    let percent = share * 100.0;
    match percent {
        p if p > 99.9 && p < 100.0 => ">\u{a0}99.9\u{a0}%".to_owned(),
        p if p < 0.1 && p > 0.0 => "<\u{a0}0.1\u{a0}%".to_owned(),
        p => format!("{p:.1}\u{a0}%"),
    }
}

/// The JSON form.
#[derive(Serialize, Deserialize)]
struct ByName {
    healthy: f32,
    pneumonia: f32,
    covid: f32,
}

impl From<ByName> for Probabilities {
    fn from(named: ByName) -> Self {
        Self([named.healthy, named.pneumonia, named.covid])
    }
}

impl From<Probabilities> for ByName {
    fn from(Probabilities([healthy, pneumonia, covid]): Probabilities) -> Self {
        Self {
            healthy,
            pneumonia,
            covid,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn softmax_sums_to_one_and_keeps_the_order() {
        let p = Probabilities::from_logits([1.0, 3.0, 2.0]);
        assert!((p.by_class().iter().sum::<f32>() - 1.0).abs() < 1e-6);
        assert_eq!(p.most_likely(), Class::Pneumonia);
        assert!((p.of(Class::Covid) - 0.244_728_47).abs() < 1e-6);
    }

    #[test]
    fn softmax_survives_infinite_and_missing_logits() {
        let p = Probabilities::from_logits([f32::NAN, 1e30, f32::NEG_INFINITY]);
        assert_eq!(p.by_class(), [0.0, 1.0, 0.0]);
    }

    #[test]
    fn probabilities_must_sum_to_one() {
        assert!(Probabilities::new([0.2, 0.3, 0.5]).is_some());
        assert!(Probabilities::new([0.2, 0.3, 0.6]).is_none());
        assert!(Probabilities::new([-0.1, 0.6, 0.5]).is_none());
    }

    #[test]
    fn probabilities_are_not_rounded_to_certainty() {
        assert_eq!(percent(0.99999), ">\u{a0}99.9\u{a0}%");
        assert_eq!(percent(1.0), "100.0\u{a0}%");
        assert_eq!(percent(0.0004), "<\u{a0}0.1\u{a0}%");
        assert_eq!(percent(0.0), "0.0\u{a0}%");
        assert_eq!(percent(0.4567), "45.7\u{a0}%");
    }
}
