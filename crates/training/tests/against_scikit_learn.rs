//! Our figures against scikit-learn's for the same judgements (`tests/scikit-learn/expected.py` wrote them).

use lungsight_imaging::{Class, Probabilities};
use lungsight_training::curves::roc;
use lungsight_training::metrics::{Judged, balanced_log_loss, level};
use serde::Deserialize;

#[derive(Deserialize)]
struct Expected {
    labels: Vec<usize>,
    probabilities: Vec<[f32; 3]>,
    confusion: [[usize; 3]; 3],
    accuracy: f64,
    balanced_accuracy: f64,
    recall: [f64; 3],
    precision: [f64; 3],
    area: [f64; 3],
    balanced_log_loss: f64,
}

#[test]
fn figures_are_those_of_scikit_learn() {
    let expected: Expected =
        serde_json::from_str(include_str!("scikit-learn/expected.json")).expect("JSON");
    let items: Vec<Judged> = expected
        .labels
        .iter()
        .zip(&expected.probabilities)
        .map(|(&label, &p)| Judged {
            patient: String::new(),
            label: Class::ALL[label],
            probabilities: Probabilities::new(p).expect("probabilities"),
        })
        .collect();
    let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-6, "{a} is not {b}");
    let level = level(&items);
    assert_eq!(level.confusion, expected.confusion);
    close(level.accuracy.value, expected.accuracy);
    close(level.balanced_accuracy, expected.balanced_accuracy);
    close(balanced_log_loss(&items), expected.balanced_log_loss);
    for class in Class::ALL {
        let c = class.index();
        close(
            level.recall[c].expect("items of the class"),
            expected.recall[c],
        );
        close(
            level.precision[c].expect("predictions of the class"),
            expected.precision[c],
        );
        close(
            roc(&items, class).expect("items of all classes").area,
            expected.area[c],
        );
    }
}
