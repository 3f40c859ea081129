//! A picture on a canvas.

use std::sync::Arc;

use leptos::html::Canvas;
use leptos::prelude::*;
use lungsight_masking::Picture;

use crate::browser::canvas;

/// Draws a picture in the browser; on the server the canvas is empty.
#[component]
pub fn SliceCanvas(
    #[prop(into)] picture: Signal<Arc<Picture>>,
    /// What it shows, for those who don't see it; empty when the text beside it says so already.
    #[prop(into)]
    label: String,
) -> impl IntoView {
    let node = NodeRef::<Canvas>::new();
    Effect::new(move |_| {
        if let Some(node) = node.get() {
            picture.with(|picture| canvas::draw(&node, picture));
        }
    });
    let hidden = label.is_empty().then_some("true");
    let role = (!label.is_empty()).then_some("img");
    view! { <canvas node_ref=node class="slice" role=role aria-label=(!label.is_empty()).then_some(label) aria-hidden=hidden></canvas> }
}
