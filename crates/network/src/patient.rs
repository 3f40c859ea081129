//! One result from a patient's slices.

use lungsight_imaging::{Class, Probabilities};

/// The mean of the slices' probabilities; `None` without slices.
pub fn combine_patient(slices: &[Probabilities]) -> Option<Probabilities> {
    if slices.is_empty() {
        return None;
    }
    let mean = Class::ALL
        .map(|class| slices.iter().map(|slice| slice.of(class)).sum::<f32>() / slices.len() as f32);
    Probabilities::new(mean)
}
