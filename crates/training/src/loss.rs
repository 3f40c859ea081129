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

    fn names_a_disease(self) -> bool {
        let [_, pneumonia, covid] = self.0;
        pneumonia != covid
    }
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
/// over the batch. Where a target names no disease, healthy or diseased of whichever kind, smoothing too gives what it gives the
/// two to their sum: how they share it is free.
///
/// # Shapes
/// `[batch, classes]` → `[1]`
pub fn cross_entropy(logits: Tensor<2>, targets: &[Target], smoothing: f32) -> Tensor<1> {
    let [batch, classes] = logits.dims();
    let device = logits.device();
    let number = |is: bool| f32::from(u8::from(is));
    let members = targets
        .iter()
        .flat_map(|Target(members)| members.map(number));
    let members = TensorData::new(members.collect::<Vec<f32>>(), [batch, classes]);
    let members = Tensor::<2>::from_data(members, &device);
    let names = targets
        .iter()
        .map(|target| number(target.names_a_disease()));
    let names = TensorData::new(names.collect::<Vec<f32>>(), [batch, 1]);
    let names = Tensor::<2>::from_data(names, &device);
    let logarithms = log_softmax(logits, 1);
    // Others than the members are pushed far below.
    let sum = logarithm_of_sum(logarithms.clone() - (members.neg() + 1.0) * 60.0);
    let healthy = logarithms.clone().slice([0..batch, 0..1]);
    let diseased = logarithm_of_sum(logarithms.clone().slice([0..batch, 1..classes]));
    let unnamed = (healthy + diseased * (classes - 1) as f32).div_scalar(classes as f32);
    let spread = logarithms.mean_dim(1) * names.clone() + unnamed * (names.neg() + 1.0);
    (sum * (1.0 - smoothing) + spread * smoothing).mean().neg()
}

/// What cross-entropy loses by the name of the disease alone, given that it is one, mean over the batch: nothing where a target
/// names none.
///
/// # Shapes
/// `[batch, classes]` → `[1]`
pub fn naming(logits: Tensor<2>, targets: &[Target]) -> Tensor<1> {
    let unnamed: Vec<Target> = targets
        .iter()
        .map(|target| {
            if target.names_a_disease() {
                Target::DISEASED
            } else {
                *target
            }
        })
        .collect();
    cross_entropy(logits.clone(), targets, 0.0) - cross_entropy(logits, &unnamed, 0.0)
}

/// Cross-entropy between what others make of every slice, as probabilities, and what the network does, mean over the batch:
/// least where both agree. Where the disease isn't `named`, on how healthy or diseased a slice is, and on nothing else.
///
/// # Shapes
/// `[batch, classes]` twice, `[batch]` → `[1]`
pub fn disagreement(logits: Tensor<2>, opinion: Tensor<2>, named: &[bool]) -> Tensor<1> {
    let [batch, classes] = logits.dims();
    let device = logits.device();
    // Of whom the logarithm of a sum stands for that of each: the diseases, where they have no names.
    let among = |class: usize, named: bool| !named && Target::DISEASED.0[class];
    let summed = named
        .iter()
        .flat_map(|&named| (0..classes).map(move |class| f32::from(u8::from(among(class, named)))));
    let summed = TensorData::new(summed.collect::<Vec<f32>>(), [batch, classes]);
    let summed = Tensor::<2>::from_data(summed, &device);
    let logarithms = log_softmax(logits, 1);
    let diseased = logarithm_of_sum(logarithms.clone().slice([0..batch, 1..classes]));
    let logarithms = logarithms * (summed.clone().neg() + 1.0) + diseased * summed;
    (logarithms * opinion).sum_dim(1).mean().neg()
}

/// Of the numbers whose logarithms are in a row, taken without leaving the logarithms.
///
/// # Shapes
/// `[batch, n]` → `[batch, 1]`
fn logarithm_of_sum(logarithms: Tensor<2>) -> Tensor<2> {
    let largest = logarithms.clone().detach().max_dim(1);
    (logarithms - largest.clone()).exp().sum_dim(1).log() + largest
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
        let (three, one) = (3f32.exp(), 1f32.exp());
        let healthy = 1.0 / (1.0 + three + one);
        for smoothing in [0.0, 0.3] {
            let expected =
                -(1.0 - smoothing / 3.0) * (1.0 - healthy).ln() - smoothing / 3.0 * healthy.ln();
            for logits in [
                [0.0, 3.0, 1.0],
                [0.0, 1.0, 3.0],
                [0.0, (three + one).ln(), -50.0],
            ] {
                let found = loss(logits, Target::DISEASED, smoothing);
                assert!((found - expected).abs() < 1e-5, "{logits:?}: {found}");
            }
        }
    }

    #[test]
    fn healthy_does_not_say_what_it_would_be() {
        let of = |pneumonia: f32, covid: f32| {
            loss(
                [0.0, pneumonia.ln(), covid.ln()],
                Class::Healthy.into(),
                0.3,
            )
        };
        assert!((of(0.9, 0.1) - of(0.4, 0.6)).abs() < 1e-5);
        assert!(of(0.9, 0.1) < of(1.8, 0.2));
    }

    #[test]
    fn a_name_is_lost_beside_how_diseased() {
        let device = lungsight_network::device::cpu().device;
        let logits = Tensor::<2>::from_data(
            [[0.0f32, 3.0, 1.0], [0.0, 3.0, 1.0], [0.0, 3.0, 1.0]],
            &device,
        );
        let targets = [
            Class::Pneumonia.into(),
            Target::DISEASED,
            Class::Healthy.into(),
        ];
        let found = naming(logits, &targets).into_scalar::<f32>();
        let of_diseased = 3f32.exp() / (3f32.exp() + 1f32.exp());
        assert!((found + of_diseased.ln() / 3.0).abs() < 1e-5, "{found}");
    }

    #[test]
    fn whoever_thinks_as_the_others_disagrees_least() {
        let device = lungsight_network::device::cpu().device;
        let opinion = [[0.2f32, 0.5, 0.3], [0.9, 0.05, 0.05]];
        let disagreement = |logits: [[f32; 3]; 2]| {
            let logits = Tensor::<2>::from_data(logits, &device);
            let opinion = Tensor::<2>::from_data(opinion, &device);
            disagreement(logits, opinion, &[true; 2]).into_scalar::<f32>()
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

    #[test]
    fn without_names_only_how_diseased_a_slice_is_is_disagreed_on() {
        let device = lungsight_network::device::cpu().device;
        let disagreement = |probabilities: [f32; 3]| {
            let logits = Tensor::<2>::from_data([probabilities.map(f32::ln)], &device);
            let opinion = Tensor::<2>::from_data([[0.2f32, 0.7, 0.1]], &device);
            disagreement(logits, opinion, &[false]).into_scalar::<f32>()
        };
        let same = disagreement([0.2, 0.7, 0.1]);
        let expected = -(0.2 * 0.2f32.ln() + 0.8 * 0.8f32.ln());
        assert!((same - expected).abs() < 1e-5, "{same}");
        assert!((disagreement([0.2, 0.1, 0.7]) - same).abs() < 1e-5);
        assert!(disagreement([0.4, 0.5, 0.1]) > same + 1e-2);
    }

    #[test]
    fn each_row_of_a_batch_is_named_or_not_on_its_own() {
        let device = lungsight_network::device::cpu().device;
        let rows = [[0.3f32, 0.6, 0.1], [0.5, 0.2, 0.3]];
        let opinion = [[0.2f32, 0.7, 0.1], [0.1, 0.1, 0.8]];
        let of = |rows: &[[f32; 3]], opinion: &[[f32; 3]], named: &[bool]| {
            let tensor = |rows: &[[f32; 3]]| {
                let values = TensorData::new(rows.concat(), [rows.len(), 3]);
                Tensor::<2>::from_data(values, &device)
            };
            disagreement(tensor(rows).log(), tensor(opinion), named).into_scalar::<f32>()
        };
        let together = of(&rows, &opinion, &[true, false]);
        let apart =
            of(&rows[..1], &opinion[..1], &[true]) + of(&rows[1..], &opinion[1..], &[false]);
        assert!((together - apart / 2.0).abs() < 1e-5, "{together} {apart}");
        let other = of(&rows, &opinion, &[false, true]);
        assert!((together - other).abs() > 1e-2, "{together} {other}");
    }
}
