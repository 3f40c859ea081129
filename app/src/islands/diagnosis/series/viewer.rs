//! A series as on a reading station: one slice at a time, by wheel, keys, touch or slider, in any window.

use std::sync::Arc;

use leptos::html::Canvas;
use leptos::prelude::*;
use leptos::task::spawn_local;
use lungsight_imaging::NoLungs;
use lungsight_reading::Look;
use lungsight_series::{SliceError, Window};
use web_sys::{KeyboardEvent, PointerEvent, WheelEvent};

use super::shelf::{ReadSeries, Shelf};
use super::windowing::{WindowControls, dragged};
use crate::browser::{canvas, reader};
use crate::series_words::slice_error;
use crate::texts::series as text;
use crate::words::no_lungs;

/// Of a wheel's turn or a finger's way, in pixels, for each slice.
const WHEEL_PIXELS: f64 = 40.0;
const DRAG_PIXELS: f64 = 6.0;

/// What the user looks at.
#[derive(Clone, Copy)]
struct Looking {
    /// From 0.
    slice: RwSignal<usize>,
    slices: usize,
    window: RwSignal<Window>,
    with_lungs: RwSignal<bool>,
    /// Whether dragging moves the window, not the slices.
    drags_window: RwSignal<bool>,
    /// The newest answer of the reader.
    look: RwSignal<Option<Result<Arc<Look>, SliceError>>>,
}

impl Looking {
    /// Moves by so many slices, towards the feet if positive.
    fn step(self, by: isize) {
        let last = self.slices.saturating_sub(1);
        let next = self
            .slice
            .get_untracked()
            .saturating_add_signed(by)
            .min(last);
        if next != self.slice.get_untracked() {
            self.slice.set(next);
        }
    }
}

/// The viewer of one series.
#[component]
pub fn Viewer(series: ReadSeries, shelf: Shelf) -> impl IntoView {
    let view = Arc::clone(&series.view);
    let slices = view.slices();
    let looking = Looking {
        // The middle of a chest shows lungs.
        slice: RwSignal::new(slices / 2),
        slices,
        window: RwSignal::new(Window::LUNG),
        with_lungs: RwSignal::new(false),
        drags_window: RwSignal::new(false),
        look: RwSignal::new(None),
    };
    follow(view.index, looking, shelf);
    let where_mm = move || {
        let position = view
            .positions_mm
            .get(looking.slice.get())
            .copied()
            .flatten();
        position.map(|mm| text::position(format!("{mm:.1}")))
    };
    let problem = move || match looking.look.get() {
        Some(Err(error)) => Some(format!("{}{}", text::damaged(), slice_error(&error))),
        Some(Ok(look)) => match look.lungs {
            Some(Err(none)) => Some(left_out(none)),
            _ => None,
        },
        None => None,
    };
    let shown = move || {
        let Window {
            centre_hu,
            width_hu,
        } = looking.window.get();
        text::centre_width(centre_hu, width_hu)
    };
    view! {
        <div class="viewer" role="group" aria-label=text::viewer(series.number) on:keydown=move |event| on_key(&event, looking)>
            <div class="viewer-frame" tabindex="0" role="img" aria-label=move || text::slice_of(looking.slice.get() + 1, slices)>
                <Board looking/>
                <p class="viewer-corner top" aria-hidden="true">{text::front()}</p>
                <p class="viewer-corner side" aria-hidden="true">{text::right()}</p>
                <p class="viewer-corner start" aria-hidden="true">
                    {move || format!("{} / {slices}", looking.slice.get() + 1)} <br/> {where_mm}
                </p>
                <p class="viewer-corner end" aria-hidden="true">{shown}</p>
            </div>
            <label class="slider">
                <span class="unseen">{text::slice()}</span>
                <input
                    type="range"
                    min="1"
                    max=slices.to_string()
                    aria-valuetext=move || text::slice_of(looking.slice.get() + 1, slices)
                    prop:value=move || (looking.slice.get() + 1).to_string()
                    on:input=move |event| {
                        if let Ok(number) = event_target_value(&event).parse::<usize>() {
                            looking.slice.set(number.saturating_sub(1).min(slices - 1));
                        }
                    }
                />
            </label>
            <p role="status" class="viewer-note">{problem}</p>
            <div class="viewer-controls">
                <WindowControls window=looking.window/>
                <p class="choice">
                    <input
                        type="checkbox"
                        id=format!("lungs-{}", series.number)
                        prop:checked=move || looking.with_lungs.get()
                        on:change=move |event| looking.with_lungs.set(event_target_checked(&event))
                    />
                    <label for=format!("lungs-{}", series.number)>{text::show_lungs()}</label>
                </p>
                <div class="segments" role="group" aria-label=text::dragging()>
                    <DragChoice looking moves_window=false title=text::drag_slices()/>
                    <DragChoice looking moves_window=true title=text::drag_window()/>
                </div>
            </div>
            <p class="quiet">{text::how()}</p>
        </div>
    }
}

fn left_out(none: NoLungs) -> String {
    format!("{}{}", text::left_out_here(), no_lungs(none))
}

#[component]
fn DragChoice(looking: Looking, moves_window: bool, title: &'static str) -> impl IntoView {
    let is_on = move || looking.drags_window.get() == moves_window;
    view! {
        <button
            type="button"
            class="button plain small"
            aria-pressed=move || is_on().to_string()
            on:click=move |_| looking.drags_window.set(moves_window)
        >
            {title}
        </button>
    }
}

/// Asks the reader for what is looked at now; what was passed by while it answered is never asked for.
fn follow(series: usize, looking: Looking, shelf: Shelf) {
    let is_asking = StoredValue::new(false);
    Effect::new(move |_| {
        let wanted = move || {
            Some((
                looking.slice.try_get_untracked()?,
                looking.window.try_get_untracked()?,
                looking.with_lungs.try_get_untracked()?,
            ))
        };
        looking.slice.track();
        looking.window.track();
        looking.with_lungs.track();
        if is_asking.get_value() {
            return;
        }
        is_asking.set_value(true);
        spawn_local(async move {
            while let Some(now) = wanted() {
                let (slice, window, with_lungs) = now;
                let Ok(answer) = reader::look(series, slice, window, with_lungs).await else {
                    shelf.lose();
                    return;
                };
                looking.look.try_set(Some(answer.map(Arc::new)));
                if wanted().is_none_or(|newest| newest == now) {
                    break;
                }
            }
            is_asking.try_set_value(false);
        });
    });
}

/// The picture, and what a pointer does on it.
#[component]
fn Board(looking: Looking) -> impl IntoView {
    let node = NodeRef::<Canvas>::new();
    Effect::new(move |_| {
        if let (Some(node), Some(Ok(look))) = (node.get(), looking.look.get()) {
            canvas::draw_look(&node, &look);
        }
    });
    // What is left of a turn or a drag that was not enough for a slice, in pixels.
    let rest = StoredValue::new(0.0_f64);
    let move_by = move |pixels: f64, for_each: f64| {
        let way = rest.get_value() + pixels;
        let slices = (way / for_each).trunc();
        rest.set_value(way - slices * for_each);
        looking.step(slices as isize);
    };
    let turn = move |event: WheelEvent| {
        // Else the page would scroll too.
        event.prevent_default();
        let lines = if event.delta_mode() == WheelEvent::DOM_DELTA_PIXEL {
            1.0
        } else {
            WHEEL_PIXELS
        };
        move_by(event.delta_y() * lines, WHEEL_PIXELS);
    };
    let last = StoredValue::new(None::<(f64, f64)>);
    let place = |event: &PointerEvent| (f64::from(event.client_x()), f64::from(event.client_y()));
    let begin = move |event: PointerEvent| {
        if !event.is_primary() {
            return;
        }
        if let Some(node) = node.get_untracked() {
            // Without capture, dragging ends at the picture's edge: no more is lost.
            let _ = node.set_pointer_capture(event.pointer_id());
        }
        rest.set_value(0.0);
        last.set_value(Some(place(&event)));
    };
    let drag = move |event: PointerEvent| {
        let Some((x, y)) = last.get_value().filter(|_| event.is_primary()) else {
            return;
        };
        let now = place(&event);
        last.set_value(Some(now));
        // The right button moves the window, whatever is chosen: readers are used to it.
        if looking.drags_window.get_untracked() || event.buttons() & 2 != 0 {
            let (right, down) = ((now.0 - x) as f32, (now.1 - y) as f32);
            looking
                .window
                .update(|window| *window = dragged(*window, right, down));
        } else {
            move_by(now.1 - y, DRAG_PIXELS);
        }
    };
    let end = move |_: PointerEvent| last.set_value(None);
    view! {
        <canvas
            node_ref=node
            class="viewer-board"
            aria-hidden="true"
            on:wheel=turn
            on:pointerdown=begin
            on:pointermove=drag
            on:pointerup=end
            on:pointercancel=end
            on:lostpointercapture=end
            on:contextmenu=|event| event.prevent_default()
        ></canvas>
    }
}

/// Arrow keys, page keys, first and last; the controls keep their own.
fn on_key(event: &KeyboardEvent, looking: Looking) {
    let on_control = event.target().is_some_and(|target| {
        use wasm_bindgen::JsCast;
        target.dyn_ref::<web_sys::HtmlInputElement>().is_some()
            || target.dyn_ref::<web_sys::HtmlSelectElement>().is_some()
    });
    let all = looking.slices as isize;
    let by = match event.key().as_str() {
        "ArrowUp" | "ArrowLeft" => -1,
        "ArrowDown" | "ArrowRight" => 1,
        "PageUp" => -10,
        "PageDown" => 10,
        "Home" => -all,
        "End" => all,
        _ => return,
    };
    if !on_control {
        event.prevent_default();
        looking.step(by);
    }
}
