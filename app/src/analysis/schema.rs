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
    ];
    let word = ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(words));
    let note = [
        ("gap", &["after", "missing"][..]),
        ("duplicate_position", &["kept", "dropped"]),
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
