//! A series as on a reading station: one slice at a time, by wheel, keys, touch or slider, in any window.

use std::sync::Arc;

use leptos::html::Canvas;
use leptos::prelude::*;
use leptos::task::spawn_local;
use lungsight_imaging::NoLungs;
use lungsight_reading::Look;
use lungsight_series::{Note, SliceError, Window};
use web_sys::PointerEvent;

use super::shelf::{ReadSeries, Shelf};
use super::windowing::{WindowControls, dragged};
use crate::browser::{canvas, reader};
use crate::islands::scroll::Scroll;
use crate::series_words::slice_error;
use crate::texts::series as text;
use crate::words::{millimetres, no_lungs, space};

/// What the user looks at.
#[derive(Clone, Copy)]
struct Looking {
    scroll: Scroll,
    window: RwSignal<Window>,
    with_lungs: RwSignal<bool>,
    /// Whether dragging moves the window, not the slices.
    drags_window: RwSignal<bool>,
    /// The newest answer of the reader.
    look: RwSignal<Option<Result<Arc<Look>, SliceError>>>,
}

/// The viewer of one series.
#[component]
pub fn Viewer(
    series: ReadSeries,
    shelf: Shelf,
    /// The slice that is shown, from 0; the middle of a chest, to begin with, shows lungs.
    looked_at: RwSignal<usize>,
) -> impl IntoView {
    let view = Arc::clone(&series.view);
    let slices = view.slices();
    let is_oriented = !view.notes.contains(&Note::OrientationAssumed);
    let looking = Looking {
        scroll: Scroll::over(looked_at, slices),
        window: RwSignal::new(Window::LUNG),
        with_lungs: RwSignal::new(false),
        drags_window: RwSignal::new(false),
        look: RwSignal::new(None),
    };
    let scroll = looking.scroll;
    follow(view.index, looking, shelf);
    let where_mm = move || {
        let position = view.positions_mm.get(scroll.slice.get()).copied().flatten();
        position.map(millimetres)
    };
    let kept = series.kept.clone();
    let is_left_out = Memo::new(move |_| !kept.read().has(scroll.slice.get()));
    let problem = move || {
        let by_hand = is_left_out.get().then(text::left_out_by_hand);
        match (looking.look.get(), by_hand) {
            (Some(Err(error)), None) => Some(damaged(&error)),
            (Some(Err(error)), Some(by_hand)) => {
                Some(format!("{by_hand}{}{}", space(), damaged(&error)))
            }
            (_, Some(by_hand)) => Some(by_hand.to_owned()),
            (Some(Ok(look)), None) => match look.lungs {
                Some(Err(none)) => Some(left_out(none)),
                _ => None,
            },
            (None, None) => None,
        }
    };
    let shown = move || {
        let Window {
            centre_hu,
            width_hu,
        } = looking.window.get();
        text::centre_width(centre_hu, width_hu)
    };
    view! {
        <div class="viewer" role="group" aria-label=text::viewer(series.number) on:keydown=move |event| scroll.key(&event)>
            <div class="viewer-frame" class:left-out=move || is_left_out.get() tabindex="0" role="img" aria-label=move || text::slice_of(scroll.slice.get() + 1, slices)>
                <Board looking/>
                <Show when=move || looking.look.with(Option::is_none)>
                    <p class="viewer-loading">{text::loading()}</p>
                </Show>
                {is_oriented.then(|| view! {
                    <p class="viewer-corner front" aria-hidden="true">{text::front()}</p>
                    <p class="viewer-corner side" aria-hidden="true">{text::right()}</p>
                })}
                <p class="viewer-corner start" aria-hidden="true">
                    {move || format!("{} / {slices}", scroll.slice.get() + 1)} <br/> {where_mm}
                </p>
                <p class="viewer-corner end" aria-hidden="true">{shown}</p>
            </div>
            <label class="slider">
                <span class="unseen">{text::slice()}</span>
                <input
                    type="range"
                    min="1"
                    max=slices.to_string()
                    aria-valuetext=move || text::slice_of(scroll.slice.get() + 1, slices)
                    prop:value=move || (scroll.slice.get() + 1).to_string()
                    on:input=move |event| {
                        if let Ok(number) = event_target_value(&event).parse::<usize>() {
                            scroll.show(number.saturating_sub(1));
                        }
                    }
                />
            </label>
            <p aria-live="polite" class="viewer-note">{problem}</p>
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

fn damaged(error: &SliceError) -> String {
    format!("{}{}", text::damaged(), slice_error(error))
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
    let scroll = looking.scroll;
    let is_asking = StoredValue::new(false);
    Effect::new(move |_| {
        let wanted = move || {
            Some((
                scroll.slice.try_get_untracked()?,
                looking.window.try_get_untracked()?,
                looking.with_lungs.try_get_untracked()?,
            ))
        };
        scroll.slice.track();
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
        let Some(node) = node.get() else {
            return;
        };
        match looking.look.get() {
            Some(Ok(look)) => canvas::draw_look(&node, &look),
            // Else the slice before it would be taken for this one.
            Some(Err(_)) => canvas::clear(&node),
            None => {}
        }
    });
    let scroll = looking.scroll;
    let drag = move |event: PointerEvent| {
        let Some(way) = scroll.way(&event) else {
            return;
        };
        // The right button moves the window, whatever is chosen: readers are used to it.
        if looking.drags_window.get_untracked() || event.buttons() & 2 != 0 {
            let (right, down) = (way.right as f32, way.down as f32);
            looking
                .window
                .update(|window| *window = dragged(*window, right, down));
        } else {
            scroll.drag(&way);
        }
    };
    view! {
        <canvas
            node_ref=node
            class="viewer-board"
            class:dragged-both-ways=move || looking.drags_window.get()
            aria-hidden="true"
            on:wheel=move |event| scroll.turn(&event)
            on:pointerdown=move |event| scroll.begin(&event)
            on:pointermove=drag
            on:pointerup=move |_| scroll.end()
            on:pointercancel=move |_| scroll.end()
            on:lostpointercapture=move |_| scroll.end()
            on:contextmenu=|event| event.prevent_default()
        ></canvas>
    }
}
