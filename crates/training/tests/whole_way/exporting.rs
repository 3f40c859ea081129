//! Export, and the server's own loading.

use std::path::Path;

use lungsight_network::{Classifier, DeviceChoice};
use lungsight_training::recipe::{Leg, Recipe};
use lungsight_training::run::read_json;

use crate::common::{refused, succeed};

/// With their limits, and the recipe that they were learned by.
pub fn the_server_loads_the_weights(folder: &Path) {
    succeed(folder, "export --run run --name synthetic --out weights");
    let other = refused(folder, "export --run run --name other --out weights");
    assert!(other.contains("--replace"), "{other}");
    let classifier = Classifier::load(&folder.join("weights"), DeviceChoice::Cpu).expect("loads");
    assert!(classifier.model().starts_with("synthetic "));
    let limits = classifier.manifest().limits.clone().expect("limits");
    assert!(limits.farthest.is_finite() && limits.least_probability >= 0.45);
    let recipe: Recipe = read_json(&folder.join("weights/training.json")).expect("the recipe");
    assert_eq!(recipe.model, classifier.model());
    let legs = [32, 64].map(|side| Leg { side, epochs: 1 });
    assert_eq!((recipe.schedule, recipe.best_epoch), (legs.into(), Some(2)));
    assert_eq!((recipe.slices_learned, recipe.slices_chosen_by), (3, 3));
    assert!(recipe.balance_names && recipe.even_grain == 0.5);
}
