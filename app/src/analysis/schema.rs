//! Schemas of what `imaging` and `series` define, which know nothing of them.

use lungsight_imaging::Class;
use utoipa::openapi::schema::{Array, ArrayBuilder, Object, ObjectBuilder, OneOfBuilder, Type};

/// One of the three names.
pub fn class() -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(Class::ALL.map(Class::name)))
        .build()
}

/// A number for each class.
pub fn probabilities() -> Object {
    let probability = || {
        ObjectBuilder::new()
            .schema_type(Type::Number)
            .minimum(Some(0.0))
            .maximum(Some(1.0))
    };
    Class::ALL
        .into_iter()
        .fold(ObjectBuilder::new(), |object, class| {
            object
                .property(class.name(), probability())
                .required(class.name())
        })
        .schema_type(Type::Object)
        .build()
}

/// What is odd about a series: a word, or an object of one key whose value holds numbers.
pub fn notes() -> Array {
    let words = [
        "positions_missing",
        "orientation_assumed",
        "mixed_sizes",
        "mixed_orientations",
        "units_assumed",
        "lossy_compression",
        "pixels_not_square",
    ];
    let word = ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(words));
    let note = [
        ("gap", &["after", "missing"][..]),
        ("duplicate_position", &["kept", "dropped"]),
        ("gaps", &["places", "missing"]),
        ("duplicate_positions", &["places", "dropped"]),
        ("several_patients", &["patients"]),
        ("tilted", &["degrees"]),
    ]
    .into_iter()
    .fold(OneOfBuilder::new().item(word), |notes, (name, numbers)| {
        notes.item(of_numbers(name, numbers))
    });
    ArrayBuilder::new().items(note).build()
}

fn of_numbers(name: &str, numbers: &[&str]) -> ObjectBuilder {
    let number = || {
        ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(0))
    };
    let held = numbers
        .iter()
        .fold(ObjectBuilder::new(), |object, field| {
            object.property(*field, number()).required(*field)
        })
        .schema_type(Type::Object);
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .property(name, held)
        .required(name)
}

#[cfg(test)]
mod tests {
    use lungsight_series::Note;
    use serde_json::Value;

    use super::*;

    #[test]
    fn every_note_is_in_the_schema() {
        let schema = serde_json::to_value(notes()).expect("data");
        let kinds = schema["items"]["oneOf"].as_array().expect("kinds");
        let has_word = |word: &Value| {
            let words = kinds[0]["enum"].as_array().expect("words");
            words.contains(word)
        };
        let has_object = |name: &str, fields: Vec<&String>| {
            kinds.iter().any(|kind| {
                let required = kind["properties"][name]["required"].as_array();
                required.is_some_and(|required| {
                    required.len() == fields.len()
                        && fields
                            .iter()
                            .all(|field| required.iter().any(|known| known == field.as_str()))
                })
            })
        };
        for note in [
            Note::Gap {
                after: 1,
                missing: 2,
            },
            Note::DuplicatePosition {
                kept: 1,
                dropped: 2,
            },
            Note::Gaps {
                places: 5,
                missing: 9,
            },
            Note::DuplicatePositions {
                places: 5,
                dropped: 9,
            },
            Note::PositionsMissing,
            Note::OrientationAssumed,
            Note::MixedSizes,
            Note::MixedOrientations,
            Note::SeveralPatients { patients: 2 },
            Note::UnitsAssumed,
            Note::LossyCompression,
            Note::PixelsNotSquare,
            Note::Tilted { degrees: 3 },
        ] {
            let is_known = match serde_json::to_value(&note).expect("data") {
                Value::Object(object) => object.iter().all(|(name, held)| {
                    has_object(name, held.as_object().expect("fields").keys().collect())
                }),
                word => has_word(&word),
            };
            assert!(is_known, "{note:?}");
        }
    }
}
