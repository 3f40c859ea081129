//! What the server tells of a running analysis, as server-sent events.

use std::rc::Rc;

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{EventSource, MessageEvent};

use crate::analysis::{Analysis, SliceSeen};

/// One thing the server tells.
pub enum Event {
    Slice(SliceSeen),
    /// The last one: the whole.
    End(Analysis),
    /// Nothing is heard. The browser tries again by itself unless the server has refused.
    Lost,
}

/// An open connection.
pub struct Events;

impl Events {
    /// Listens at the address until the last event; `None` where the browser can't.
    pub fn open(path: &str, hear: impl Fn(Event) + 'static) -> Option<Self> {
        let source = EventSource::new(path).ok()?;
        let hear = Rc::new(hear);
        let on_slice = listener({
            let hear = Rc::clone(&hear);
            move |text| {
                if let Ok(seen) = serde_json::from_str(text) {
                    hear(Event::Slice(seen));
                }
            }
        });
        let on_end = listener({
            let (hear, source) = (Rc::clone(&hear), source.clone());
            move |text| {
                // Closed first: a server that ends the stream would be asked again.
                source.close();
                if let Ok(analysis) = serde_json::from_str(text) {
                    hear(Event::End(analysis));
                }
            }
        });
        let on_error = Closure::<dyn Fn()>::new(move || hear(Event::Lost));
        let add = |name: &str, listener: &Closure<dyn Fn(MessageEvent)>| {
            source.add_event_listener_with_callback(name, listener.as_ref().unchecked_ref())
        };
        add("slice", &on_slice).ok()?;
        add("end", &on_end).ok()?;
        source.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        // One analysis per page: they are needed for as long as it is open.
        on_slice.forget();
        on_end.forget();
        on_error.forget();
        Some(Self)
    }
}

fn listener(hear: impl Fn(&str) + 'static) -> Closure<dyn Fn(MessageEvent)> {
    Closure::new(move |event: MessageEvent| {
        if let Some(text) = event.data().as_string() {
            hear(&text);
        }
    })
}
