//! What the server tells of a running analysis, as server-sent events.

use std::rc::Rc;

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{EventSource, MessageEvent};

use crate::analysis::{Analysis, ErrorBody, SliceSeen};

/// One thing the server tells.
pub enum Event {
    Slice(SliceSeen),
    /// The last one: the whole.
    End(Analysis),
    /// The connection is there, for the first time or again.
    Open,
    /// Why the server tells no more for now; the browser asks again by itself.
    Refused(String),
    /// Nothing is heard; the browser asks again by itself.
    Lost,
    /// The server has answered with no events, and the browser asks no more.
    Closed,
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
                hear(match serde_json::from_str(text) {
                    Ok(analysis) => Event::End(analysis),
                    // Of a server that has been updated meanwhile.
                    Err(_) => Event::Closed,
                });
            }
        });
        let on_open = Closure::<dyn Fn()>::new({
            let hear = Rc::clone(&hear);
            move || hear(Event::Open)
        });
        // The server's own event `error` comes here, too: it alone has data.
        let on_error = Closure::<dyn Fn(web_sys::Event)>::new({
            let source = source.clone();
            move |event: web_sys::Event| {
                let told = event.dyn_ref::<MessageEvent>();
                let told = told.and_then(|event| event.data().as_string());
                hear(match told.map(|body| serde_json::from_str(&body)) {
                    Some(Ok(ErrorBody { error, .. })) => Event::Refused(error),
                    _ if source.ready_state() == EventSource::CLOSED => Event::Closed,
                    _ => Event::Lost,
                });
            }
        });
        let add = |name: &str, listener: &Closure<dyn Fn(MessageEvent)>| {
            source.add_event_listener_with_callback(name, listener.as_ref().unchecked_ref())
        };
        add("slice", &on_slice).ok()?;
        add("end", &on_end).ok()?;
        source.set_onopen(Some(on_open.as_ref().unchecked_ref()));
        source.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        // One analysis per page: they are needed for as long as it is open. A connection that was closed leaves them behind; another
        // is made only where the server has answered meanwhile.
        on_slice.forget();
        on_end.forget();
        on_open.forget();
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
