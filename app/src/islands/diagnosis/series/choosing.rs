//! Leaving slices of a series out: what lies above or below the lungs, or is spoilt.

use leptos::prelude::*;

use super::kept::Kept;
use super::shelf::{Chosen, ReadSeries};
use crate::browser::page;
use crate::islands::diagnosis::session::Session;
use crate::texts::series as text;

/// Whether the slice that is looked at is sent, and those before and after it.
#[component]
pub fn Choosing(
    series: ReadSeries,
    session: Session,
    /// The slice that is shown, from 0.
    looked_at: RwSignal<usize>,
) -> impl IntoView {
    let ReadSeries {
        kept,
        fates,
        number,
        view,
        ..
    } = series;
    let slices = view.slices();
    let change = {
        let kept = kept.clone();
        move |change: &dyn Fn(&mut Kept)| {
            // What is sent of another series stays as it was uploaded.
            if session.shelf.chosen.get_untracked() == Chosen::Series(view.index) {
                session.changed();
                // What is worked on stays chosen, also where a longer one comes.
                session.shelf.choose(Chosen::Series(view.index));
            }
            fates.set(Vec::new());
            kept.update(change);
        }
    };
    let change = StoredValue::new(change);
    let change = move |with: &dyn Fn(&mut Kept)| change.with_value(|change| change(with));
    let is_kept = {
        let kept = kept.clone();
        move || kept.read().has(looked_at.get())
    };
    let has_left_out = move || kept.read().left_out() > 0;
    let here = move || looked_at.get_untracked();
    let id = format!("kept-{}", number);
    view! {
        <div class="viewer-controls choosing" role="group" aria-label=text::choosing(number)>
            <p class="choice">
                <input
                    type="checkbox"
                    id=id.clone()
                    disabled=move || session.is_busy()
                    prop:checked=is_kept
                    on:change=move |event| {
                        let checked = event_target_checked(&event);
                        change(&|kept| kept.set(here(), checked));
                    }
                />
                <label for=id>{text::send_this()}</label>
            </p>
            <button
                type="button"
                class="button plain small"
                disabled=move || session.is_busy() || looked_at.get() == 0
                on:click=move |_| change(&|kept| kept.from(here()))
            >
                {text::leave_out_above()}
            </button>
            <button
                type="button"
                class="button plain small"
                disabled=move || session.is_busy() || looked_at.get() + 1 == slices
                on:click=move |_| change(&|kept| kept.up_to(here()))
            >
                {text::leave_out_below()}
            </button>
            <button
                type="button"
                class="button plain small"
                disabled=move || session.is_busy() || !has_left_out()
                on:click=move |_| {
                    change(&|kept| *kept = Kept::all(slices));
                    page::keep_focus(format!("kept-{number}"));
                }
            >
                {text::send_all()}
            </button>
        </div>
    }
}
