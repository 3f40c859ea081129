//! What sways the name of a disease, as the trainer writes it.

use serde::{Deserialize, Serialize};

/// Which disease slices with one or the other were taken for, one of a patient, after changes that change no disease.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cues {
    /// Name and checksum of the weights.
    pub model: String,
    /// Patients asked about.
    pub patients: usize,
    /// Those that the weights learned from.
    pub learned_from: usize,
    /// How far grain alone tells the two diseases: area under the curve.
    pub grain_area: f64,
    pub called: Vec<Called>,
}

impl Cues {
    /// Whether the counts can be.
    pub fn is_sound(&self) -> bool {
        let shares = self
            .called
            .iter()
            .flat_map(|called| [called.pneumonia_as_covid, called.covid_as_pneumonia]);
        self.learned_from <= self.patients && shares.into_iter().all(|part| part.count <= part.of)
    }
}

/// What was made of them after one change.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Called {
    pub change: Change,
    /// Slices of pneumonia to which COVID-19 was likelier.
    pub pneumonia_as_covid: Swayed,
    /// Slices of COVID-19 to which it was not.
    pub covid_as_pneumonia: Swayed,
}

/// Some of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Swayed {
    pub count: usize,
    pub of: usize,
}

/// A change of the network's input.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    None,
    /// None, of patients whose grain is as the other disease's mostly is.
    Against,
    /// Standard deviation, pixels of the input.
    Blur(f64),
    /// Standard deviation, grey levels of 255.
    Noise(f64),
    /// Pixels along the lungs' edge.
    Rim(usize),
}
