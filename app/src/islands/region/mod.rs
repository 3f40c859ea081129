//! A region of a slice, drawn by the user and explained by the server.
//!
//! Mouse, pen and finger draw on an SVG over the picture whose view box is the slice, so that the rectangle's numbers are
//! the slice's pixels and nothing needs a style attribute. Who does not draw sets the same four numbers in fields.

mod board;
mod fields;
mod told;

use leptos::html::Img;
use leptos::prelude::*;
use leptos::task::spawn_local;
use lungsight_imaging::Class;

use board::Board;
use fields::Fields;
use told::told;

use crate::analysis::RegionEvidence;
use crate::browser::fetch;
use crate::browser::problem::Problem;
use crate::islands::gone::Gone;
use crate::region::{Region, Size};
use crate::texts::{region as texts, result};
use crate::words::{class_title, server_says};

/// What the server says of a region.
#[derive(Clone, Debug, PartialEq)]
enum Answer {
    Waiting,
    Known(RegionEvidence),
    Failed(String),
}

/// What the parts of this component share.
#[derive(Clone, Copy)]
struct Drawing {
    /// Of the slice; `None` until its picture is there.
    size: RwSignal<Option<Size>>,
    /// Whether regions are drawn at all. A finger scrolls the page where they are not.
    is_on: RwSignal<bool>,
    /// The region that is explained.
    region: RwSignal<Option<Region>>,
    /// The region while it is being drawn.
    draft: RwSignal<Option<Region>>,
}

impl Drawing {
    fn new() -> Self {
        Self {
            size: RwSignal::new(None),
            is_on: RwSignal::new(false),
            region: RwSignal::new(None),
            draft: RwSignal::new(None),
        }
    }

    /// The region to show.
    fn shown(self) -> Option<Region> {
        self.is_on
            .get()
            .then(|| self.draft.get().or_else(|| self.region.get()))?
    }

    /// Switches drawing on, with a region to begin with, or off.
    fn toggle(self) {
        if self.region.get_untracked().is_none() {
            let size = self.size.get_untracked();
            self.region.set(size.map(Region::middle));
        }
        self.draft.set(None);
        self.is_on.update(|is_on| *is_on = !*is_on);
    }
}

/// A slice on which a region can be drawn, and what the network found in the region. Without a script, and until drawing
/// is switched on, it is the picture with its layers.
#[component]
pub fn RegionOnSlice(
    /// The link to the slice's picture, of the slice's own size.
    #[prop(into)]
    slice: String,
    /// What the picture shows, for those who do not see it.
    #[prop(into)]
    alt: String,
    /// The link to what regions of this slice say: `SliceAnalysis::region`.
    #[prop(into)]
    link: String,
    /// The class that is explained.
    #[prop(into)]
    explained: Signal<Class>,
    gone: Gone,
    /// Layers over the slice, such as the heatmap; they are hidden while a region is explained.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let drawing = Drawing::new();
    let picture = NodeRef::<Img>::new();
    let measure = move || {
        let picture = picture.get_untracked();
        let size = picture.and_then(|p| Size::new(p.natural_width(), p.natural_height()));
        if size.is_some() {
            drawing.size.set(size);
        }
    };
    // The picture may be there before the script is: its `load` has passed unheard then.
    Effect::new(move |_| {
        picture.track();
        measure();
    });
    let answer = explain(drawing, link, explained);
    let heat = move || match answer.get() {
        Some(Answer::Known(evidence)) if drawing.draft.with(Option::is_none) => {
            let alt = texts::heat_inside(class_title(evidence.class));
            Some(
                view! { <img class="overlay-heat region-heat" src=evidence.picture alt=alt on:error=move |_| gone.tell()/> },
            )
        }
        _ => None,
    };
    view! {
        <div class="overlay" class:regional=move || drawing.is_on.get()>
            <img
                class="overlay-slice"
                node_ref=picture
                src=slice
                alt=alt
                loading="lazy"
                decoding="async"
                on:load=move |_| {
                    gone.is_back();
                    measure();
                }
                on:error=move |_| gone.tell()
            />
            {children.map(|children| children())}
            {heat}
            <Board drawing/>
        </div>
        <Show when=move || drawing.size.with(Option::is_some)>
            <div class="region">
                <button
                    type="button"
                    class="button plain small"
                    aria-pressed=move || drawing.is_on.get().to_string()
                    on:click=move |_| drawing.toggle()
                >
                    {texts::explain_a_region()}
                </button>
                <Show when=move || drawing.is_on.get()>
                    <Fields drawing/>
                    <div class="region-answer" role="status">{move || answer.get().map(told)}</div>
                </Show>
            </div>
        </Show>
    }
}

/// Asks the server about the region and the class, whenever one of them changes; `None` while drawing is off.
fn explain(drawing: Drawing, link: String, explained: Signal<Class>) -> RwSignal<Option<Answer>> {
    let answer = RwSignal::new(None);
    let asked = Memo::new(move |_| {
        let region = drawing.is_on.get().then(|| drawing.region.get())??;
        let class = explained.get();
        Some(format!("{link}?{}&class={}", region.query(), class.name()))
    });
    Effect::new(move |_| {
        let Some(path) = asked.get() else {
            answer.set(None);
            return;
        };
        answer.set(Some(Answer::Waiting));
        spawn_local(async move {
            let said = match fetch::json(&path).await {
                Ok(Some(evidence)) => Answer::Known(evidence),
                Ok(None) => Answer::Failed(result::no_longer_kept().to_owned()),
                Err(problem) => Answer::Failed(refused(&problem)),
            };
            // The user may have drawn another one meanwhile, or left the page.
            if asked.try_get_untracked().flatten() == Some(path) {
                answer.set(Some(said));
            }
        });
    });
    answer
}

/// Why the server does not explain a region. All that can be wrong with one that was drawn here is where it lies.
fn refused(problem: &Problem) -> String {
    match problem.status {
        422 => texts::beside_the_lungs().to_owned(),
        status => server_says(status, &problem.message),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_beside_the_lungs_is_not_called_a_slice_without_lungs() {
        let problem = |status| Problem {
            message: "the server is busy".into(),
            status,
            ..Problem::default()
        };
        assert!(refused(&problem(422)).contains("lies beside them"));
        assert_eq!(refused(&problem(429)), "The server is busy.");
    }
}
