//! The network as the introduction shows it. The server fills it from the network's own description.

use serde::{Deserialize, Serialize};

/// One part of the network, in the order of computation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkPart {
    pub kind: NetworkPartKind,
    /// Feature maps that it gives.
    pub channels: usize,
    /// Rows and columns of each.
    pub side: usize,
    /// Convolutions in it.
    pub convolutions: usize,
    /// Learned numbers in it.
    pub parameters: usize,
}

/// Which part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NetworkPartKind {
    Input,
    Stem,
    /// Residual stage 1–4.
    Stage(u8),
    /// The pyramid's level over stage 2–4.
    Level(u8),
    Head,
}
