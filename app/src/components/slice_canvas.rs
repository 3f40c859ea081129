//! A slice on a canvas.

use std::sync::Arc;

use leptos::html::Canvas;
use leptos::prelude::*;
use lungsight_imaging::Slice;

use crate::browser::canvas;

/// Draws a slice in the browser; on the server the canvas is empty.
#[component]
pub fn SliceCanvas(
    #[prop(into)] slice: Signal<Arc<Slice>>,
    /// The longer side of what is drawn, in pixels; larger slices are thinned.
    max_side: u32,
    /// What it shows, for those who don't see it; empty when the text beside it says so already.
    #[prop(into)]
    label: String,
) -> impl IntoView {
    let node = NodeRef::<Canvas>::new();
    Effect::new(move |_| {
        if let Some(node) = node.get() {
            slice.with(|slice| canvas::draw(&node, slice, max_side));
        }
    });
    let hidden = label.is_empty().then_some("true");
    let role = (!label.is_empty()).then_some("img");
    view! { <canvas node_ref=node class="slice" role=role aria-label=(!label.is_empty()).then_some(label) aria-hidden=hidden></canvas> }
}
