//! How fields are written: as they usually are, without those that a span has for its trace alone.

use std::error::Error;
use std::fmt;

use tracing::field::{Field, Visit};
use tracing_subscriber::field::{RecordFields, VisitOutput};
use tracing_subscriber::fmt::FormatFields;
use tracing_subscriber::fmt::format::{DefaultVisitor, Writer};

/// What their names begin with.
const OF_TRACES: &str = "otel.";

pub(super) struct Told;

impl<'writer> FormatFields<'writer> for Told {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'writer>, fields: R) -> fmt::Result {
        let mut usual = DefaultVisitor::new(writer, true);
        fields.record(&mut ButThoseOfTraces(&mut usual));
        usual.finish()
    }
}

struct ButThoseOfTraces<'a, V>(&'a mut V);

impl<V: Visit> Visit for ButThoseOfTraces<'_, V> {
    fn record_str(&mut self, field: &Field, value: &str) {
        if !field.name().starts_with(OF_TRACES) {
            self.0.record_str(field, value);
        }
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        if !field.name().starts_with(OF_TRACES) {
            self.0.record_error(field, value);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if !field.name().starts_with(OF_TRACES) {
            self.0.record_debug(field, value);
        }
    }
}
