//! `--device`: what computes, or that nothing does.

use std::fmt;
use std::str::FromStr;

use lungsight_network::DeviceChoice;

/// A device of this machine, or none: a server without one hands its slices to others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChosenDevice {
    Of(DeviceChoice),
    None,
}

impl From<DeviceChoice> for ChosenDevice {
    fn from(choice: DeviceChoice) -> Self {
        Self::Of(choice)
    }
}

impl FromStr for ChosenDevice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "none" => Ok(Self::None),
            other => match other.parse() {
                Ok(choice) => Ok(Self::Of(choice)),
                Err(_) => Err(format!("{other:?} is none of auto, gpu, cpu, none")),
            },
        }
    }
}

impl fmt::Display for ChosenDevice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Of(choice) => choice.fmt(f),
            Self::None => f.write_str("none"),
        }
    }
}
