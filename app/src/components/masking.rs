//! The masking of one slice: its histogram with a threshold that can be moved, and the pictures of all six steps.

use std::sync::Arc;

use leptos::prelude::*;
use lungsight_imaging::{Segmentation, Slice, Step};

use super::histogram::Histogram;
use super::slice_canvas::SliceCanvas;
use crate::preview::Preview;
use crate::words::sentence;

/// The longer side of a step's picture in device pixels.
const PICTURE_SIDE: u32 = 512;

/// Shows how the lungs of a slice are found, and lets the user move the threshold.
#[component]
pub fn Masking(
    preview: Preview,
    /// Tells the time in milliseconds.
    clock_ms: fn() -> f64,
    /// Hears of every move of the threshold.
    #[prop(optional, into)]
    on_change: Option<Callback<Preview>>,
    #[prop(optional, into)] disabled: Signal<bool>,
) -> impl IntoView {
    let steps = RwSignal::new(Arc::new(preview.segmentation()));
    let slice = preview.slice.clone();
    let bins = *steps.read_untracked().histogram();
    let preview = RwSignal::new(preview);
    let move_to = move |threshold: u8| {
        let mut moved = preview.get_untracked();
        steps.set(Arc::new(moved.move_threshold(threshold, clock_ms)));
        preview.set(moved.clone());
        if let Some(on_change) = on_change {
            on_change.run(moved);
        }
    };
    let threshold = Memo::new(move |_| preview.with(|preview| preview.threshold));
    let found = preview.with_untracked(|preview| preview.found_threshold);
    let fingerprint = move || {
        preview.with(|preview| {
            preview
                .lungs
                .as_ref()
                .map_or_else(|_| String::new(), |lungs| lungs.fingerprint.clone())
        })
    };
    view! {
        <div class="masking" data-fingerprint=fingerprint>
            <div class="masking-side">
                <figure class="step">
                    <SliceCanvas slice=Arc::clone(&slice) max_side=PICTURE_SIDE label="The slice as it came"/>
                    <figcaption>"Slice"</figcaption>
                </figure>
                <div class="threshold">
                    <Histogram bins threshold/>
                    <ThresholdSlider threshold found move_to=Callback::new(move_to) disabled/>
                    {move || findings(&preview.read(), &steps.read())}
                </div>
            </div>
            <ol class="steps" aria-label="The six steps">
                {Step::ALL.map(|step| view! { <StepFigure step steps/> }).collect_view()}
            </ol>
        </div>
    }.into_any()
}

/// The slider under the histogram, as wide as it.
#[component]
fn ThresholdSlider(
    threshold: Memo<u8>,
    found: u8,
    move_to: Callback<u8>,
    disabled: Signal<bool>,
) -> impl IntoView {
    // Named by wrapping: several slices may be on one page, an id would have to be invented.
    view! {
        <label class="slider">
            <span>"Threshold " <span class="value">{move || threshold.get()}</span></span>
            <input
                type="range"
                min="0"
                max="255"
                disabled=disabled
                prop:value=move || threshold.get().to_string()
                on:input=move |event| {
                    if let Ok(threshold) = event_target_value(&event).parse() {
                        move_to.run(threshold);
                    }
                }
            />
        </label>
        <button
            type="button"
            class="button plain small"
            disabled=move || disabled.get() || threshold.get() == found
            on:click=move |_| move_to.run(found)
        >
            {format!("Back to {found}, found from the histogram")}
        </button>
    }
    .into_any()
}

#[component]
fn StepFigure(step: Step, steps: RwSignal<Arc<Segmentation>>) -> impl IntoView {
    let picture = Signal::derive(move || Arc::<Slice>::new(steps.read().picture(step)));
    view! {
        <li>
            <figure class="step">
                <SliceCanvas slice=picture max_side=PICTURE_SIDE label=format!("After the step {}", step.title())/>
                <figcaption>{step.title()}</figcaption>
            </figure>
        </li>
    }.into_any()
}

/// What there is to say about the masking, and its time in a quiet place.
fn findings(preview: &Preview, steps: &Segmentation) -> impl IntoView + use<> {
    let none = preview
        .lungs
        .as_ref()
        .err()
        .map(|none| sentence(&none.to_string()));
    let masked = steps
        .already_masked()
        .then_some("This slice came with its lungs already cut out.");
    let time = format!("Masked in {:.1} ms", preview.masking_ms);
    view! {
        {none.map(|none| view! { <p class="notice bad">{none} " Try another threshold."</p> })}
        {masked.map(|masked| view! { <p class="quiet">{masked}</p> })}
        <p class="quiet masking-time">{time}</p>
    }
}
