//! What training makes small.

use std::fmt;

use burn::tensor::activation::log_softmax;
use burn::tensor::{Tensor, TensorData};
use lungsight_imaging::Class;

/// What is known of a slice: the classes that it may be of, in the order of `Class::ALL`.
///
/// One class is an ordinary label. Several are a partial one (Cour et al. 2011, Learning from Partial Labels): the network
/// is held to the sum of their probabilities, and free in how it shares that out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target([bool; 3]);

impl Target {
    /// Diseased, of whichever kind.
    pub const DISEASED: Self = Self([false, true, true]);
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let members = Class::ALL.iter().zip(self.0).filter(|(_, member)| *member);
        let names: Vec<String> = members.map(|(class, _)| class.to_string()).collect();
        f.write_str(&names.join(" or "))
    }
}

impl From<Class> for Target {
    fn from(class: Class) -> Self {
        Self(Class::ALL.map(|other| other == class))
    }
}

/// Cross-entropy for labels of one or more classes, with label smoothing (Szegedy et al. 2016, arXiv 1512.00567), mean
/// over the batch.
///
/// # Shapes
/// `[batch, classes]` → `[1]`
pub fn cross_entropy(logits: Tensor<2>, targets: &[Target], smoothing: f32) -> Tensor<1> {
    let [batch, classes] = logits.dims();
    let members: Vec<f32> = targets
        .iter()
        .flat_map(|Target(members)| members.map(|member| f32::from(u8::from(member))))
        .collect();
    let members =
        Tensor::<2>::from_data(TensorData::new(members, [batch, classes]), &logits.device());
    let logarithms = log_softmax(logits, 1);
    // The logarithm of the members' sum, taken without leaving the logarithms: others are pushed far below.
    let among = logarithms.clone() - (members.neg() + 1.0) * 60.0;
    let largest = among.clone().detach().max_dim(1);
    let sum = (among - largest.clone()).exp().sum_dim(1).log() + largest;
    let spread = logarithms.mean_dim(1);
    (sum * (1.0 - smoothing) + spread * smoothing).mean().neg()
}

/// Cross-entropy between what others make of every slice, as probabilities, and what the network does, mean over the batch:
/// least where both agree.
///
/// # Shapes
/// `[batch, classes]` twice → `[1]`
pub fn disagreement(logits: Tensor<2>, opinion: Tensor<2>) -> Tensor<1> {
    (log_softmax(logits, 1) * opinion).sum_dim(1).mean().neg()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loss(logits: [f32; 3], target: Target, smoothing: f32) -> f32 {
        let device = lungsight_network::device::cpu().device;
        let logits = Tensor::<2>::from_data([logits], &device);
        cross_entropy(logits, &[target], smoothing).into_scalar::<f32>()
    }

    #[test]
    fn one_class_is_the_usual_cross_entropy() {
        let logits: [f32; 3] = [2.0, -1.0, 0.5];
        let sum: f32 = logits.iter().map(|l| l.exp()).sum();
        let minus_log = logits.map(|l| sum.ln() - l);
        let plain = loss(logits, Class::Pneumonia.into(), 0.0);
        assert!((plain - minus_log[1]).abs() < 1e-5, "{plain}");
        let smooth = loss(logits, Class::Pneumonia.into(), 0.1);
        let expected = 0.9 * minus_log[1] + 0.1 * minus_log.iter().sum::<f32>() / 3.0;
        assert!((smooth - expected).abs() < 1e-5, "{smooth}");
    }

    #[test]
    fn diseased_does_not_ask_for_a_kind() {
        let one = loss([0.0, 3.0, 1.0], Target::DISEASED, 0.0);
        let other = loss([0.0, 1.0, 3.0], Target::DISEASED, 0.0);
        assert!((one - other).abs() < 1e-6);
        let expected = -((3f32.exp() + 1f32.exp()) / (1.0 + 3f32.exp() + 1f32.exp())).ln();
        assert!((one - expected).abs() < 1e-5, "{one}");
    }

    #[test]
    fn whoever_thinks_as_the_others_disagrees_least() {
        let device = lungsight_network::device::cpu().device;
        let opinion = [[0.2f32, 0.5, 0.3], [0.9, 0.05, 0.05]];
        let disagreement = |logits: [[f32; 3]; 2]| {
            let logits = Tensor::<2>::from_data(logits, &device);
            let opinion = Tensor::<2>::from_data(opinion, &device);
            disagreement(logits, opinion).into_scalar::<f32>()
        };
        let same = disagreement(opinion.map(|row| row.map(|p| p.ln() + 1.5)));
        let entropy: f32 = opinion.iter().flatten().map(|p| -p * p.ln()).sum();
        assert!((same - entropy / 2.0).abs() < 1e-5, "{same}");
        let undecided = disagreement([[0.0; 3]; 2]);
        assert!((undecided - 3f32.ln()).abs() < 1e-5, "{undecided}");
        assert!(undecided > same);
        for (row, class) in (0..2).flat_map(|row| (0..3).map(move |class| (row, class))) {
            let mut off = opinion.map(|row| row.map(f32::ln));
            off[row][class] += 0.5;
            assert!(disagreement(off) > same + 1e-3, "{off:?}");
        }
    }
}
