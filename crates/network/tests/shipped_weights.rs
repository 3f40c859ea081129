//! The weights in the repository load, and give the logits they are shipped with.

use std::path::PathBuf;

use lungsight_imaging::{Class, PhantomOptions, SegmentOptions, network_input, phantom, segment};
use lungsight_network::{Classifier, DeviceChoice, LoadError};

fn weights() -> PathBuf {
    // Tests run in their package's folder.
    PathBuf::from("../../weights")
}

/// `load` runs the self-test: every reference slice, alone and in a batch of eight, |Δ logit| < 1e-3.
#[test]
fn the_shipped_weights_reproduce_their_reference_logits() {
    let classifier = Classifier::load(&weights(), DeviceChoice::Cpu).expect("shipped weights");
    assert!(classifier.device().starts_with("cpu: "));
    assert!(classifier.manifest().reference.len() >= 3);
    let file = weights().join(&classifier.manifest().weights);
    let size = std::fs::metadata(file).expect("weights").len();
    assert!(size <= 30_000_000, "{size} bytes");
}

#[test]
fn a_phantom_is_classified_and_explained() {
    let classifier = Classifier::load(&weights(), DeviceChoice::Cpu).expect("shipped weights");
    let drawn = phantom(&PhantomOptions::default());
    let segmentation = segment(&drawn.slice, &SegmentOptions::default());
    let input = network_input(&drawn.slice, segmentation.lungs().expect("lungs")).expect("input");
    let results = classifier
        .classify(&[input.clone(), input])
        .expect("results");
    assert_eq!(results.len(), 2);
    let result = &results[0];
    let sum: f32 = Class::ALL
        .map(|class| result.probabilities.of(class))
        .iter()
        .sum();
    assert!((sum - 1.0).abs() < 1e-5);
    // The finest level lies over stage 2.
    let side = classifier.manifest().input_side / 8;
    for heat in &result.heats {
        assert_eq!(heat.values.len(), side * side);
        assert!(heat.values.iter().all(|v| (0.0..=1.0).contains(v)));
    }
    assert_ne!(result.heats[0], result.heats[2], "each class has its own");
}

#[test]
fn altered_weights_are_refused() {
    let folder = std::env::temp_dir().join(format!("lungsight-altered-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("reference")).expect("folder");
    let text = std::fs::read_to_string(weights().join("manifest.json")).expect("manifest");
    std::fs::write(folder.join("manifest.json"), text).expect("manifest");
    std::fs::write(folder.join("network.safetensors"), b"something else").expect("weights");
    let error = Classifier::load(&folder, DeviceChoice::Cpu).expect_err("other weights");
    assert!(matches!(error, LoadError::Sha256 { .. }), "{error}");
    std::fs::remove_dir_all(folder).expect("clean up");
}
