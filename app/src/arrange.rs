//! The order of slices in a result, and which of them are shown.

use lungsight_imaging::Class;

use crate::analysis::SliceAnalysis;
use crate::texts::{common, result};
use crate::words::class_title;

/// What stands first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// In the order in which the files were sent.
    AsSent,
    /// The likeliest of a class first.
    Likeliest(Class),
    /// The slice whose most likely class is least likely first.
    LeastCertain,
}

impl Order {
    /// All, in the order of the menu.
    pub const ALL: [Self; 5] = [
        Self::AsSent,
        Self::Likeliest(Class::Covid),
        Self::Likeliest(Class::Pneumonia),
        Self::Likeliest(Class::Healthy),
        Self::LeastCertain,
    ];

    /// As the menu names it.
    pub fn title(self) -> String {
        match self {
            Self::AsSent => result::as_sent().to_owned(),
            Self::Likeliest(class) => result::first(class_title(class)),
            Self::LeastCertain => result::least_certain_first().to_owned(),
        }
    }
}

/// Which slices are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// All.
    All,
    /// Those of one class.
    Class(Class),
    /// Those without a class.
    Inconclusive,
}

impl Shown {
    /// All, in the order of the menu.
    pub const ALL: [Self; 5] = [
        Self::All,
        Self::Class(Class::Healthy),
        Self::Class(Class::Pneumonia),
        Self::Class(Class::Covid),
        Self::Inconclusive,
    ];

    /// As the menu names it.
    pub fn title(self) -> &'static str {
        match self {
            Self::All => result::all_slices(),
            Self::Class(class) => class_title(class),
            Self::Inconclusive => common::inconclusive(),
        }
    }

    fn holds(self, slice: &SliceAnalysis) -> bool {
        match self {
            Self::All => true,
            Self::Class(class) => slice.inconclusive.is_none() && slice.predicted == class,
            Self::Inconclusive => slice.inconclusive.is_some(),
        }
    }
}

/// Places of the slices that are shown, in their order; slices that are equal in it stay as they were sent.
pub fn arrange(slices: &[(usize, SliceAnalysis)], order: Order, shown: Shown) -> Vec<usize> {
    let slice = |place: usize| &slices[place].1;
    let mut places: Vec<usize> = (0..slices.len())
        .filter(|&place| shown.holds(slice(place)))
        .collect();
    match order {
        Order::AsSent => {}
        Order::Likeliest(class) => places.sort_by(|&one, &other| {
            let likely = |place: usize| slice(place).probabilities.of(class);
            likely(other).total_cmp(&likely(one))
        }),
        Order::LeastCertain => places.sort_by(|&one, &other| {
            let certain = |place: usize| slice(place).probabilities.of(slice(place).predicted);
            certain(one).total_cmp(&certain(other))
        }),
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Inconclusive;
    use lungsight_imaging::Probabilities;

    fn slice(
        number: usize,
        logits: [f32; 3],
        inconclusive: Option<Inconclusive>,
    ) -> (usize, SliceAnalysis) {
        let probabilities = Probabilities::from_logits(logits);
        let slice = SliceAnalysis {
            name: format!("{number}.png"),
            predicted: probabilities.most_likely(),
            probabilities,
            threshold: None,
            position_mm: None,
            inconclusive,
            slice: String::new(),
            mask: String::new(),
            heatmap: String::new(),
            region: String::new(),
            layers: String::new(),
        };
        (number, slice)
    }

    #[test]
    fn slices_are_ordered_and_filtered_and_ties_stay_as_sent() {
        let slices = [
            slice(1, [3.0, 0.0, 0.0], None),
            slice(2, [0.0, 0.0, 2.0], None),
            slice(3, [0.0, 0.0, 4.0], None),
            slice(4, [0.1, 0.0, 0.0], Some(Inconclusive::TooClose)),
            slice(5, [3.0, 0.0, 0.0], None),
        ];
        let places = |order, shown| arrange(&slices, order, shown);
        assert_eq!(places(Order::AsSent, Shown::All), [0, 1, 2, 3, 4]);
        assert_eq!(
            places(Order::Likeliest(Class::Covid), Shown::All),
            [2, 1, 3, 0, 4]
        );
        assert_eq!(places(Order::LeastCertain, Shown::All)[0], 3);
        assert_eq!(
            places(
                Order::Likeliest(Class::Healthy),
                Shown::Class(Class::Healthy)
            ),
            [0, 4]
        );
        assert_eq!(places(Order::AsSent, Shown::Inconclusive), [3]);
        assert!(places(Order::AsSent, Shown::Class(Class::Pneumonia)).is_empty());
    }
}
