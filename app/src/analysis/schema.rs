//! Schemas of what `imaging` defines, which knows nothing of them.

use lungsight_imaging::Class;
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};

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
