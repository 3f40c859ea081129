//! Drawing a region by mouse, pen or finger.

use leptos::prelude::*;
use leptos::svg::Svg;
use web_sys::PointerEvent;

use super::Drawing;
use crate::region::{Frame, Region};

/// The rectangle over the slice, and the drawing of it.
#[component]
pub(super) fn Board(drawing: Drawing) -> impl IntoView {
    let node = NodeRef::<Svg>::new();
    // Where the pointer went down, in pixels of the slice.
    let corner = StoredValue::new(None::<(f64, f64)>);
    let place = move |event: &PointerEvent| {
        let (node, size) = (node.get_untracked()?, drawing.size.get_untracked()?);
        let bounds = node.get_bounding_client_rect();
        let frame = Frame {
            left: bounds.left(),
            top: bounds.top(),
            width: bounds.width(),
            height: bounds.height(),
        };
        let client = (f64::from(event.client_x()), f64::from(event.client_y()));
        Some((size.place(frame, client), size))
    };
    let draw_to = move |event: &PointerEvent| {
        if let (Some(corner), Some((at, size))) = (corner.get_value(), place(event)) {
            drawing.draft.set(Some(Region::spanned(corner, at, size)));
        }
    };
    let begin = move |event: PointerEvent| {
        // The main button, the pen's tip or the first finger; a second finger does not draw a second rectangle.
        if !drawing.is_on.get_untracked() || !event.is_primary() || event.button() != 0 {
            return;
        }
        // Else the browser would select the page's text on the way.
        event.prevent_default();
        if let Some(node) = node.get_untracked() {
            // Without capture, drawing ends at the picture's edge: no more is lost.
            let _ = node.set_pointer_capture(event.pointer_id());
        }
        corner.set_value(place(&event).map(|(at, _)| at));
        draw_to(&event);
    };
    let end = move |event: PointerEvent| {
        if !event.is_primary() || corner.get_value().is_none() {
            return;
        }
        draw_to(&event);
        corner.set_value(None);
        if let Some(drawn) = drawing.draft.get_untracked() {
            drawing.region.set(Some(drawn));
        }
        drawing.draft.set(None);
    };
    // The browser took the pointer away (a gesture of the system, say): the region stays what it was. It is told after
    // each `pointerup` as well, when there is nothing left to give up.
    let give_up = move |event: PointerEvent| {
        if event.is_primary() && corner.get_value().is_some() {
            corner.set_value(None);
            drawing.draft.set(None);
        }
    };
    let view_box = move || {
        let (width, height) = drawing.size.get().map_or((1, 1), |s| (s.width, s.height));
        format!("0 0 {width} {height}")
    };
    view! {
        <svg
            class="region-board"
            node_ref=node
            viewBox=view_box
            aria-hidden="true"
            on:pointerdown=begin
            on:pointermove=move |event: PointerEvent| {
                if event.is_primary() {
                    draw_to(&event);
                }
            }
            on:pointerup=end
            on:pointercancel=give_up
            on:lostpointercapture=give_up
        >
            {move || drawing.shown().map(rectangle)}
        </svg>
    }
}

/// Dark beneath light, to be seen on bone and on air.
fn rectangle(region: Region) -> impl IntoView {
    let edge = |class: &'static str| {
        view! {
            <rect
                class=class
                x=region.x.to_string()
                y=region.y.to_string()
                width=region.width.to_string()
                height=region.height.to_string()
            ></rect>
        }
    };
    [edge("region-under"), edge("region-edge")]
}
