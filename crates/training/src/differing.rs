//! What differs between the settings that a run began with and those it is to go on with.

use std::path::Path;

use serde_json::{Map, Value};

use crate::settings::Settings;

/// Settings that are paths: they may be spelt otherwise and lead to the same place.
const PATHS: [&str; 6] = [
    "dataset", "split", "imagenet", "start", "screened", "teachers",
];

/// Every setting that differs, as an option, with both values.
///
/// # Errors
/// Never, as long as settings are JSON.
pub(crate) fn differing(before: &Settings, now: &Settings) -> Result<Vec<String>, String> {
    let (before, now) = (fields(before)?, fields(now)?);
    let differ = |name: &String, now: &Value| {
        let is_path = PATHS.contains(&name.as_str());
        let before = before.get(name).unwrap_or(&Value::Null);
        let equal = before == now || (is_path && same_place(before, now));
        (!equal).then(|| format!("--{} was {before}, now {now}", name.replace('_', "-")))
    };
    let mut differing: Vec<String> = now
        .iter()
        .filter_map(|(name, now)| differ(name, now))
        .collect();
    differing.sort();
    Ok(differing)
}

fn fields(settings: &Settings) -> Result<Map<String, Value>, String> {
    match serde_json::to_value(settings).map_err(|e| e.to_string())? {
        Value::Object(fields) => Ok(fields),
        _ => Err("settings are no JSON object".into()),
    }
}

fn same_place(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::String(one), Value::String(other)) => {
            let place = |path: &str| std::fs::canonicalize(Path::new(path)).ok();
            place(one).is_some_and(|one| Some(one) == place(other))
        }
        (Value::Array(one), Value::Array(other)) => {
            let mut pairs = one.iter().zip(other);
            one.len() == other.len() && pairs.all(|(one, other)| same_place(one, other))
        }
        _ => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::tests::settings;

    #[test]
    fn what_differs_is_named_and_a_path_may_be_spelt_otherwise() {
        let folder = tempfile::tempdir().expect("temporary folder");
        std::fs::create_dir(folder.path().join("x")).expect("folder");
        let before = Settings {
            dataset: folder.path().to_owned(),
            teachers: vec![folder.path().join("x")],
            ..settings()
        };
        let mut now = Settings {
            dataset: folder.path().join("x/.."),
            teachers: vec![folder.path().join("x/../x")],
            ..before.clone()
        };
        assert!(differing(&before, &now).expect("settings").is_empty());
        now.learning_rate = 0.5;
        now.split = "other.json".into();
        assert_eq!(
            differing(&before, &now).expect("settings"),
            [
                "--learning-rate was 0.001, now 0.5",
                "--split was \"split.json\", now \"other.json\""
            ]
        );
    }
}
