//! A patient's slices one after the other with their heatmaps, and below them a strip with each slice's probabilities.

use leptos::prelude::*;
use lungsight_imaging::Class;
use web_sys::PointerEvent;

use super::gone::Gone;
use super::scroll::Scroll;
use super::slice_table::{Numbered, heat_of};
use crate::analysis::SliceAnalysis;
use crate::texts::{common, result, series as text};
use crate::words::{class_title, millimetres, percent, stem};

/// Slices before and after the shown one whose pictures are fetched too.
const AHEAD: usize = 4;

/// Height of the strip in its own units.
const HEIGHT: f32 = 24.0;

/// Shown once there is a script, for more than one slice.
#[component]
pub fn SeriesResult(
    /// All slices that were seen, in the order in which they were sent.
    slices: Vec<Numbered>,
    /// The class whose heatmaps are asked for; `None` for each slice's own.
    asked: RwSignal<Option<Class>>,
    /// Whether slices of a series were turned as their files say: the patient's front up, the right side to the left.
    is_oriented: bool,
    /// The slice, as `slices` number them, that is shown at first; without one, the one in the middle.
    first: Option<usize>,
    /// The slice that was asked for elsewhere on the page.
    looked_at: RwSignal<Option<usize>>,
    gone: Gone,
) -> impl IntoView {
    let count = slices.len();
    let slices = StoredValue::new(slices);
    let place_of = move |number| {
        slices.with_value(|slices| slices.iter().position(|(known, _)| *known == number))
    };
    let scroll = Scroll::at(first.and_then(place_of).unwrap_or(count / 2), count);
    Effect::new(move |_| {
        if let Some(place) = looked_at.get().and_then(place_of) {
            scroll.show(place);
        }
    });
    let name = move || slices.with_value(|slices| told(slices, scroll.slice.get()));
    // The name tells the place in the series, of which not all slices were sent.
    let corner = move || {
        let at = scroll.slice.get();
        let name = slices.with_value(|slices| {
            slices
                .get(at)
                .map(|(_, slice)| stem(&slice.name).to_owned())
        });
        format!("{} ({} / {count})", name.unwrap_or_default(), at + 1)
    };
    let position = Memo::new(move |_| {
        slices.with_value(|slices| slices.get(scroll.slice.get())?.1.position_mm)
    });
    let is_marked = move || is_oriented && position.get().is_some();
    let class = move || {
        let predicted =
            slices.with_value(|slices| Some(slices.get(scroll.slice.get())?.1.predicted));
        asked.get().or(predicted)
    };
    let near = move || {
        let shown = scroll.slice.get();
        let range = shown.saturating_sub(AHEAD)..(shown + AHEAD + 1).min(count);
        slices.with_value(|slices| {
            let near = range.filter_map(|at| Some((at, slices.get(at)?.1.clone())));
            near.collect::<Vec<_>>()
        })
    };
    view! {
        <div class="viewer" role="group" aria-label=text::patients_slices() on:keydown=move |event| scroll.key(&event)>
            <div
                class="viewer-frame viewer-stack"
                tabindex="0"
                role="img"
                aria-label=name
                on:wheel=move |event| scroll.turn(&event)
                on:pointerdown=move |event| scroll.begin(&event)
                on:pointermove=move |event: PointerEvent| {
                    if let Some(way) = scroll.way(&event) {
                        scroll.drag(&way);
                    }
                }
                on:pointerup=move |_| scroll.end()
                on:pointercancel=move |_| scroll.end()
                on:lostpointercapture=move |_| scroll.end()
            >
                <For each=near key=|(at, _)| *at let((at, slice))>
                    <Layer slice asked is_shown=Signal::derive(move || scroll.slice.get() == at) gone/>
                </For>
                <Show when=is_marked>
                    <p class="viewer-corner front" aria-hidden="true">{text::front()}</p>
                    <p class="viewer-corner side" aria-hidden="true">{text::right()}</p>
                </Show>
                <p class="viewer-corner start" aria-hidden="true">
                    {corner} <br/> {move || position.get().map(|mm| millimetres(mm.into()))}
                </p>
                <p class="viewer-corner end heat-class" aria-hidden="true">{move || class().map(|class| text::heat_of(class_title(class)))}</p>
            </div>
            <Strip slices scroll/>
            <p aria-live="polite" class="viewer-note">{name}</p>
            <p class="quiet">
                {move || class().map(|class| text::heat_shows(class_title(class)))}
                " "
                {move || (class() == Some(Class::Healthy)).then(result::healthy_heat)}
                " "
                {text::how()}
            </p>
        </div>
    }
}

/// `slice-042.png: COVID-19, 91.2 %`
fn told(slices: &[Numbered], at: usize) -> String {
    slices.get(at).map_or_else(String::new, |(_, slice)| {
        let (name, class) = (&slice.name, class_title(slice.predicted));
        let probability = percent(slice.probabilities.of(slice.predicted));
        match slice.inconclusive {
            None => text::slice_is(name, class, probability),
            Some(_) => text::slice_is_unsure(name, common::inconclusive(), class, probability),
        }
    })
}

/// One slice with its heatmap, in the place of all of them.
#[component]
fn Layer(
    slice: SliceAnalysis,
    asked: RwSignal<Option<Class>>,
    is_shown: Signal<bool>,
    gone: Gone,
) -> impl IntoView {
    let SliceAnalysis {
        slice,
        heatmap,
        predicted,
        ..
    } = slice;
    let heat = move || {
        let class = asked.get().unwrap_or(predicted);
        Some(heat_of(&heatmap, predicted, class))
    };
    view! {
        <div class="viewer-layer" class:shown=is_shown>
            <img src=slice alt="" draggable="false" decoding="async" on:error=move |_| gone.tell()/>
            // An element for each address: one alone would show the map of another class until the new one has come.
            <For each=heat key=String::clone let:address>
                <img class="overlay-heat" src=address alt="" draggable="false" decoding="async" on:error=move |_| gone.tell()/>
            </For>
        </div>
    }
}

/// Each slice's probabilities as a column, and a slider over them.
#[component]
fn Strip(slices: StoredValue<Vec<Numbered>>, scroll: Scroll) -> impl IntoView {
    let count = scroll.slices;
    let columns = slices.with_value(|slices| {
        let column = |(at, (_, slice)): (usize, &Numbered)| column(at, slice);
        slices.iter().enumerate().map(column).collect::<Vec<_>>()
    });
    let key = Class::ALL.map(|class| {
        view! { <li class=class.name()>{class_title(class)}</li> }
    });
    view! {
        <div class="strip">
            <svg viewBox=format!("0 0 {count} {HEIGHT}") preserveAspectRatio="none" role="img" aria-label=text::strip(common::slices(count))>
                {columns}
                <rect class="strip-here" x=move || scroll.slice.get().to_string() y="0" width="1" height=HEIGHT.to_string()></rect>
            </svg>
            <input
                type="range"
                min="1"
                max=count.to_string()
                aria-label=text::slice()
                // What is found in it is read aloud anyhow, by the line below.
                aria-valuetext=move || text::slice_of(scroll.slice.get() + 1, count)
                prop:value=move || (scroll.slice.get() + 1).to_string()
                on:input=move |event| {
                    if let Ok(number) = event_target_value(&event).parse::<usize>() {
                        scroll.show(number.saturating_sub(1));
                    }
                }
            />
            <p class="strip-order quiet">{text::strip_order()}</p>
            <ul class="strip-key" aria-label=result::predicted_type()>{key}</ul>
        </div>
    }
}

/// The three probabilities on top of one another.
fn column(at: usize, slice: &SliceAnalysis) -> impl IntoView + use<> {
    let mut below = 0.0;
    let parts = Class::ALL.map(|class| {
        let height = slice.probabilities.of(class) * HEIGHT;
        below += height;
        let top = HEIGHT - below;
        view! {
            <rect class=class.name() x=at.to_string() y=format!("{top:.2}") width="1" height=format!("{height:.2}")></rect>
        }
    });
    let class = if slice.inconclusive.is_some() {
        "unsure"
    } else {
        ""
    };
    view! { <g class=class>{parts}</g> }
}
