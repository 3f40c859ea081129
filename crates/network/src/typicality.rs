//! When to give no class: an input far from everything the network was trained on, or no class that is likely enough.

use std::path::Path;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};

use crate::error::LoadError;

/// Limits within which a slice gets a class; part of the manifest. Chosen on validation patients.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    /// Safetensors file beside the manifest, see [`Typical`].
    pub typical: String,
    /// Its SHA-256, hexadecimal.
    pub sha256: String,
    /// The largest [`Typical::distance`] of a slice that gets a class.
    pub farthest: f32,
    /// The least probability of the most likely class of a slice that gets one.
    pub least_probability: f32,
}

/// Why there is no class.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Inconclusive {
    /// Farther from the training slices of every class than the limit.
    Unlike,
    /// No class is likely enough.
    TooClose,
}

impl std::fmt::Display for Inconclusive {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Unlike => "this slice is unlike those the network was trained on",
            Self::TooClose => "no class is likely enough",
        })
    }
}

/// Where the training slices lie among the pooled features (the head's input): each class's mean, and the variance
/// within classes, feature by feature. A Mahalanobis distance with a diagonal covariance (after Lee et al. 2018, arXiv
/// 1807.03888).
#[derive(Debug, Clone, PartialEq)]
pub struct Typical {
    /// One row per class.
    centres: Vec<Vec<f32>>,
    variance: Vec<f32>,
}

impl Typical {
    /// From features with the index of their class. `None` unless every class up to `classes` occurs.
    pub fn of(features: &[(Vec<f32>, usize)], classes: usize) -> Option<Self> {
        let length = features.first()?.0.len();
        let mut centres = vec![vec![0.0f64; length]; classes];
        let mut counts = vec![0usize; classes];
        for (feature, class) in features {
            counts[*class] += 1;
            for (sum, &value) in centres[*class].iter_mut().zip(feature) {
                *sum += f64::from(value);
            }
        }
        for (centre, &count) in centres.iter_mut().zip(&counts) {
            if count == 0 {
                return None;
            }
            centre.iter_mut().for_each(|sum| *sum /= count as f64);
        }
        // Each class counts the same, however many slices it has.
        let mut variance = vec![0.0f64; length];
        for (feature, class) in features {
            let weight = 1.0 / (counts[*class] * classes) as f64;
            for ((sum, &value), centre) in variance.iter_mut().zip(feature).zip(&centres[*class]) {
                *sum += weight * (f64::from(value) - centre).powi(2);
            }
        }
        // A feature that hardly ever varies must not decide alone.
        let floor = variance.iter().sum::<f64>() / length as f64 * 1e-2 + 1e-12;
        Some(Self {
            centres: centres
                .into_iter()
                .map(|centre| centre.into_iter().map(|v| v as f32).collect())
                .collect(),
            variance: variance.into_iter().map(|v| v.max(floor) as f32).collect(),
        })
    }

    /// Root mean square, over the features, of the distance to the nearest class's mean in standard deviations: about 1
    /// for a slice like those in training.
    pub fn distance(&self, feature: &[f32]) -> f32 {
        let to = |centre: &Vec<f32>| {
            let squares = feature
                .iter()
                .zip(centre)
                .zip(&self.variance)
                .map(|((value, centre), variance)| (value - centre).powi(2) / variance);
            (squares.sum::<f32>() / feature.len().max(1) as f32).sqrt()
        };
        self.centres.iter().map(to).fold(f32::INFINITY, f32::min)
    }

    /// Number of features and of classes.
    pub fn size(&self) -> (usize, usize) {
        (self.variance.len(), self.centres.len())
    }

    /// As a safetensors file: `centres [classes, features]`, `variance [features]`, both F32.
    pub fn to_bytes(&self) -> Vec<u8> {
        let raw = |values: &mut dyn Iterator<Item = f32>| -> Vec<u8> {
            values.flat_map(f32::to_le_bytes).collect()
        };
        let (features, classes) = self.size();
        let centres = raw(&mut self.centres.iter().flatten().copied());
        let variance = raw(&mut self.variance.iter().copied());
        let view = |shape, bytes| {
            TensorView::new(Dtype::F32, shape, bytes).expect("as many values as the shape says")
        };
        let tensors = [
            ("centres", view(vec![classes, features], &centres)),
            ("variance", view(vec![features], &variance)),
        ];
        safetensors::serialize(tensors, None).expect("two valid tensors")
    }

    /// From [`Typical::to_bytes`].
    ///
    /// # Errors
    /// When the file is truncated or has other tensors.
    pub fn from_bytes(bytes: &[u8], path: &Path) -> Result<Self, LoadError> {
        let wrong = |reason: String| LoadError::Weights {
            path: path.to_owned(),
            reason,
        };
        let tensors = SafeTensors::deserialize(bytes).map_err(|e| wrong(e.to_string()))?;
        let read = |name: &str| {
            let tensor = tensors.tensor(name).map_err(|e| wrong(e.to_string()))?;
            if tensor.dtype() != Dtype::F32 {
                return Err(wrong(format!(
                    "{name} is {:?}, expected F32",
                    tensor.dtype()
                )));
            }
            let values: Vec<f32> = tensor
                .data()
                .chunks_exact(4)
                .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
                .collect();
            Ok((values, tensor.shape().to_vec()))
        };
        let (variance, _) = read("variance")?;
        let (centres, shape) = read("centres")?;
        if variance.is_empty() || shape.len() != 2 || shape[1] != variance.len() {
            return Err(wrong(format!(
                "centres are {shape:?}, variance {}",
                variance.len()
            )));
        }
        if variance.iter().any(|v| !(v.is_finite() && *v > 0.0)) {
            return Err(wrong("a variance is not positive".into()));
        }
        Ok(Self {
            centres: centres
                .chunks_exact(variance.len())
                .map(<[f32]>::to_vec)
                .collect(),
            variance,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typical() -> Typical {
        let features: Vec<(Vec<f32>, usize)> = (0..100)
            .map(|i| {
                let (class, side) = (i % 2, if i % 4 < 2 { -1.0 } else { 1.0 });
                (vec![10.0 * class as f32 + side, side], class)
            })
            .collect();
        Typical::of(&features, 2).expect("both classes")
    }

    #[test]
    fn one_standard_deviation_away_is_one() {
        let typical = typical();
        assert!((typical.distance(&[1.0, 1.0]) - 1.0).abs() < 1e-5);
        assert!(
            typical.distance(&[10.0, 0.0]) < 1e-5,
            "the nearest class counts"
        );
        assert!(typical.distance(&[5.0, 9.0]) > 5.0);
    }

    #[test]
    fn a_class_without_slices_is_refused() {
        assert_eq!(Typical::of(&[(vec![1.0], 0)], 2), None);
    }

    #[test]
    fn what_is_written_is_read_and_a_truncated_file_is_refused() {
        let (typical, path) = (typical(), Path::new("typical.safetensors"));
        let bytes = typical.to_bytes();
        assert_eq!(Typical::from_bytes(&bytes, path).expect("reads"), typical);
        assert!(Typical::from_bytes(&bytes[..bytes.len() - 3], path).is_err());
    }
}
