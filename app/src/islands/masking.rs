//! The masking of one slice: its histogram with a threshold that can be moved, and the pictures of all six steps.

use std::sync::Arc;

use leptos::html::Input;
use leptos::prelude::*;
use leptos::task::spawn_local;
use lungsight_imaging::Step;
use lungsight_masking::{Masked, Picture, Request, Steps};
use send_wrapper::SendWrapper;
use web_sys::File;

use crate::browser::masker::{Unreadable, mask};
use crate::components::histogram::Histogram;
use crate::components::slice_canvas::SliceCanvas;
use crate::texts::masking as texts;
use crate::words::{no_lungs, step_title, unreadable};

/// The longer side of a step's picture in pixels.
const PICTURE_SIDE: u32 = 512;

/// What hears of a change. No [`Callback`]: that one ends with the steps.
pub type OnChange = dyn Fn(Masked) + Send + Sync;

/// Shows how the lungs of a slice are found, and lets the user move the threshold. Needs a browser.
#[component]
pub fn Masking(
    file: SendWrapper<File>,
    /// The threshold that the user wants, kept by whoever has the file: the steps may be closed before its mask is found.
    #[prop(optional_no_strip)]
    wanted: Option<ArcRwSignal<Option<u8>>>,
    /// Hears of every change by the user, of the last one also where the steps have been closed meanwhile.
    #[prop(optional_no_strip)]
    on_change: Option<Arc<OnChange>>,
    #[prop(optional, into)] disabled: Signal<bool>,
) -> impl IntoView {
    let masked = RwSignal::new(None::<Arc<Masked>>);
    let failed = RwSignal::new(None::<Unreadable>);
    // Where the user has moved it to; the picture follows as fast as the worker can, and to its end.
    let last_wanted = wanted.unwrap_or_else(|| ArcRwSignal::new(None));
    let wanted = RwSignal::from(last_wanted.clone());
    let busy = StoredValue::new(false);
    let follow = move || {
        // Already following: the newest threshold comes next, those passed by in the meantime never.
        if busy.get_value() {
            return;
        }
        busy.set_value(true);
        let moved = masked.with_untracked(Option::is_some);
        let on_change = on_change.clone().filter(|_| moved);
        let (file, wanted) = (file.clone(), last_wanted.clone());
        spawn_local(async move {
            // Until the user keeps still.
            loop {
                let threshold = wanted.get_untracked();
                let request = Request {
                    threshold,
                    picture_side: Some(PICTURE_SIDE),
                };
                match mask(&file, request).await {
                    Ok(found) => {
                        if let Some(on_change) = &on_change {
                            on_change(Masked {
                                steps: None,
                                ..found.clone()
                            });
                        }
                        masked.try_set(Some(Arc::new(found)));
                        failed.try_set(None);
                    }
                    Err(reason) => {
                        failed.try_set(Some(reason));
                    }
                }
                if wanted.get_untracked() == threshold {
                    break;
                }
            }
            busy.try_set_value(false);
        });
    };
    follow();
    let move_to = Callback::new(move |threshold: u8| {
        let found =
            masked.with_untracked(|masked| masked.as_ref().map(|masked| masked.found_threshold));
        wanted.set(Some(threshold).filter(|_| found != Some(threshold)));
        follow();
    });
    view! {
        {move || failed.get().map(|reason| view! { <p class="notice bad">{unreadable(&reason)}</p> })}
        <Show when=move || masked.with(Option::is_some)>
            <Shown masked wanted move_to disabled/>
        </Show>
    }
}

/// What the worker has answered last.
#[component]
fn Shown(
    masked: RwSignal<Option<Arc<Masked>>>,
    wanted: RwSignal<Option<u8>>,
    move_to: Callback<u8>,
    disabled: Signal<bool>,
) -> impl IntoView {
    let first = masked.get_untracked()?;
    let found = first.found_threshold;
    let threshold = Memo::new(move |_| wanted.get().unwrap_or(found));
    let fingerprint = move || {
        let masked = masked.get();
        let lungs = masked
            .as_ref()
            .and_then(|masked| masked.lungs.as_ref().ok());
        lungs.map_or_else(String::new, |lungs| lungs.fingerprint.clone())
    };
    let slice = Arc::new(
        first
            .steps
            .as_ref()
            .map(|steps| steps.slice.clone())
            .unwrap_or_default(),
    );
    Some(view! {
        <div class="masking" data-fingerprint=fingerprint>
            <div class="masking-side">
                <figure class="step">
                    <SliceCanvas picture=slice label=texts::slice_as_it_came()/>
                    <figcaption>{texts::slice()}</figcaption>
                </figure>
                <div class="threshold">
                    <Histogram bins=first.histogram.clone() threshold/>
                    <ThresholdSlider threshold found move_to disabled/>
                    {move || masked.get().map(|masked| findings(&masked))}
                </div>
            </div>
            <ol class="steps" aria-label=texts::six_steps()>
                {Step::ALL.map(|step| view! { <StepFigure step masked/> }).collect_view()}
            </ol>
        </div>
    })
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
    let slider = NodeRef::<Input>::new();
    view! {
        <label class="slider">
            <span>{texts::threshold()} " " <span class="value">{move || threshold.get()}</span></span>
            <input
                node_ref=slider
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
            on:click=move |_| {
                move_to.run(found);
                // The button can't be used any more.
                if let Some(slider) = slider.get_untracked() {
                    let _ = slider.focus();
                }
            }
        >
            {texts::back_to(found)}
        </button>
    }
}

#[component]
fn StepFigure(step: Step, masked: RwSignal<Option<Arc<Masked>>>) -> impl IntoView {
    let picture = Signal::derive(move || {
        let masked = masked.get();
        let steps: Option<&Steps> = masked.as_ref().and_then(|masked| masked.steps.as_ref());
        let picture = steps.map(|steps| steps.pictures[step as usize].clone());
        Arc::<Picture>::new(picture.unwrap_or_default())
    });
    view! {
        <li>
            <figure class="step">
                <SliceCanvas picture label=texts::after_step(step_title(step))/>
                <figcaption>{step_title(step)}</figcaption>
            </figure>
        </li>
    }
}

/// What there is to say about the masking, and its time in a quiet place.
fn findings(masked: &Masked) -> impl IntoView + use<> {
    let none = masked.lungs.as_ref().err().map(|none| no_lungs(*none));
    let cut = masked.already_masked.then(texts::already_masked);
    let time = texts::masked_in(format!("{:.1}", masked.masking_ms));
    view! {
        {none.map(|none| view! { <p class="notice bad">{none} {texts::try_another()}</p> })}
        {cut.map(|cut| view! { <p class="quiet">{cut}</p> })}
        <p class="quiet masking-time">{time}</p>
    }
}
