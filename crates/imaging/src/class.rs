//! The three classes, in the order of the network's logits.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What a slice, or a patient, shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    Healthy,
    /// Common (bacterial) pneumonia.
    Pneumonia,
    /// COVID-19.
    Covid,
}

impl Class {
    /// Every class, in the order of the network's logits.
    pub const ALL: [Class; 3] = [Class::Healthy, Class::Pneumonia, Class::Covid];

    /// The name in manifests, JSON and on the command line: `healthy`, `pneumonia` or `covid`.
    pub const fn name(self) -> &'static str {
        match self {
            Class::Healthy => "healthy",
            Class::Pneumonia => "pneumonia",
            Class::Covid => "covid",
        }
    }

    /// The name for readers of English: `Healthy`, `Pneumonia` or `COVID-19`.
    pub const fn title(self) -> &'static str {
        match self {
            Class::Healthy => "Healthy",
            Class::Pneumonia => "Pneumonia",
            Class::Covid => "COVID-19",
        }
    }

    /// The position in [`Class::ALL`], and so among the logits.
    pub const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that is none of the three.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown class {0:?}: expected healthy, pneumonia or covid")]
pub struct UnknownClass(pub String);

impl FromStr for Class {
    type Err = UnknownClass;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Class::ALL
            .into_iter()
            .find(|class| class.name() == name)
            .ok_or_else(|| UnknownClass(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_positions_round_trip() {
        for (index, class) in Class::ALL.into_iter().enumerate() {
            assert_eq!(class.index(), index);
            assert_eq!(class.name().parse(), Ok(class));
        }
        assert_eq!(
            "Covid".parse::<Class>(),
            Err(UnknownClass("Covid".to_owned()))
        );
    }
}
