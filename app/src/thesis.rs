//! What the thesis that Lungsight follows reports, on data of its own: the one place where its figures are typed in.
//!
//! Source of all: the thesis as summed up in the task that this program was written for, and in `weights/README.md`. What is not
//! stated there is not here.

use crate::evaluation::Count;

/// Share of slices told right.
pub const SLICES_RIGHT: f64 = 0.9125;

/// Share of patients told right. It is the mean of [`PATIENT_RECALL`], to the last digit given.
pub const PATIENTS_RIGHT: f64 = 0.9288;

/// Share of patients of each class told right, in the order of `Class::ALL`.
pub const PATIENT_RECALL: [f64; 3] = [0.9737, 0.8667, 0.9459];

/// Its patients and slices by class, in the order of `Class::ALL`; `None` while no source at hand states them.
pub const DATASET: Option<[Count; 3]> = None;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_share_of_patients_is_the_mean_of_its_classes() {
        let mean = PATIENT_RECALL.iter().sum::<f64>() / 3.0;
        assert!((mean - PATIENTS_RIGHT).abs() < 5e-5, "{mean}");
    }
}
