//! A region of a slice, drawn by the user and explained by the server.
//!
//! Mouse, pen and finger draw on an SVG over the picture whose view box is the slice, so that the rectangle's numbers are
//! the slice's pixels and nothing needs a style attribute. Who does not draw sets the same four numbers in fields.

use leptos::either::EitherOf3;
use leptos::html::Img;
use leptos::prelude::*;
use leptos::svg::Svg;
use leptos::task::spawn_local;
use lungsight_imaging::Class;
use web_sys::PointerEvent;

use crate::analysis::RegionEvidence;
use crate::browser::fetch;
use crate::region::{Frame, Region, Size};
use crate::texts::{region as texts, result};
use crate::words::{class_title, percent, sentence};

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
            Some(view! { <img class="overlay-heat region-heat" src=evidence.picture alt=alt/> })
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
                on:load=move |_| measure()
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
                Err(reason) => Answer::Failed(reason),
            };
            // The user may have drawn another one meanwhile, or left the page.
            if asked.try_get_untracked().flatten() == Some(path) {
                answer.set(Some(said));
            }
        });
    });
    answer
}

/// The rectangle over the slice, and the drawing of it.
#[component]
fn Board(drawing: Drawing) -> impl IntoView {
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
    let give_up = move |_: PointerEvent| {
        if corner.get_value().is_some() {
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
            on:pointermove=move |event| draw_to(&event)
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

/// One number of a region.
#[derive(Clone, Copy)]
enum Number {
    Left,
    Top,
    Width,
    Height,
}

impl Number {
    const ALL: [Self; 4] = [Self::Left, Self::Top, Self::Width, Self::Height];

    fn title(self) -> &'static str {
        match self {
            Self::Left => texts::left(),
            Self::Top => texts::top(),
            Self::Width => texts::width(),
            Self::Height => texts::height(),
        }
    }

    fn of(self, region: Region) -> u32 {
        match self {
            Self::Left => region.x,
            Self::Top => region.y,
            Self::Width => region.width,
            Self::Height => region.height,
        }
    }

    /// The smallest and the largest that it may be.
    fn limits(self, size: Size) -> (u32, u32) {
        let least = size.least_side();
        match self {
            Self::Left => (0, size.width - least),
            Self::Top => (0, size.height - least),
            Self::Width => (least, size.width),
            Self::Height => (least, size.height),
        }
    }

    /// The region with this number set to `value`, or as near to it as the slice allows.
    fn set(self, region: Region, value: u32, size: Size) -> Region {
        let Region {
            x,
            y,
            width,
            height,
        } = region;
        match self {
            Self::Left => Region::fitted(value, y, width, height, size),
            Self::Top => Region::fitted(x, value, width, height, size),
            Self::Width => Region::fitted(x, y, value, height, size),
            Self::Height => Region::fitted(x, y, width, value, size),
        }
    }
}

/// The region's numbers, to be read and to be set.
#[component]
fn Fields(drawing: Drawing) -> impl IntoView {
    let field = move |number: Number| {
        let value = move || drawing.shown().map(|region| number.of(region).to_string());
        let limits = move || drawing.size.get().map(|size| number.limits(size));
        let set = move |event: web_sys::Event| {
            let (Some(region), Some(size)) =
                (drawing.region.get_untracked(), drawing.size.get_untracked())
            else {
                return;
            };
            // What is no number leaves the region as it is; the cast saturates.
            let typed = event_target_value(&event).parse::<f64>();
            let fitted = typed.map_or(region, |typed| {
                number.set(region, typed.round() as u32, size)
            });
            drawing.region.set(Some(fitted));
            // Written here too: where the region stays as it was, no signal tells the field.
            event_target::<web_sys::HtmlInputElement>(&event)
                .set_value(&number.of(fitted).to_string());
        };
        view! {
            <label>
                <span>{number.title()}</span>
                <input
                    type="number"
                    inputmode="numeric"
                    step="1"
                    min=move || limits().map(|(least, _)| least.to_string())
                    max=move || limits().map(|(_, most)| most.to_string())
                    prop:value=move || value().unwrap_or_default()
                    on:change=set
                />
            </label>
        }
    };
    let legend = move || {
        let size = drawing.size.get()?;
        Some(texts::draw_or_set(size.width, size.height))
    };
    view! {
        <fieldset class="region-fields">
            <legend>{legend}</legend>
            {Number::ALL.map(field).collect_view()}
        </fieldset>
    }
}

/// The answer as a reader sees it.
fn told(answer: Answer) -> impl IntoView {
    match answer {
        Answer::Waiting => EitherOf3::A(view! { <p>{texts::explaining()}</p> }),
        Answer::Failed(reason) => EitherOf3::B(view! { <p>{sentence(&reason)}</p> }),
        Answer::Known(evidence) => EitherOf3::C(view! {
            <p>{share(&evidence)}</p>
            <p>{contribution(&evidence)}</p>
            <p class="quiet">{level(&evidence)}</p>
        }),
    }
}

/// Evidence beside area.
fn share(evidence: &RegionEvidence) -> String {
    let class = class_title(evidence.class);
    let lungs = percent(evidence.lung_share);
    match evidence.evidence_share {
        None => texts::nothing_speaks(class, lungs),
        Some(share) => {
            let density = density(share, evidence.lung_share);
            texts::share(percent(share), class, lungs, density)
        }
    }
}

/// How much of the evidence there is for the region's size.
fn density(evidence_share: f32, lung_share: f32) -> String {
    if lung_share <= 0.0 {
        return texts::no_lung().to_owned();
    }
    match evidence_share / lung_share {
        times if times >= 1.25 => texts::more(format!("{times:.1}")),
        times if times > 0.8 => texts::as_much().to_owned(),
        times => texts::less(format!("{times:.1}")),
    }
}

/// The region's part of the logit.
fn contribution(evidence: &RegionEvidence) -> String {
    let class = class_title(evidence.class);
    let (part, whole) = (
        signed(evidence.contribution),
        signed(evidence.level_contribution),
    );
    match part.chars().next() {
        Some('+') => texts::speaks_for(class, part, whole),
        Some(MINUS) => texts::speaks_against(class, part, whole),
        _ => texts::says_nothing(class, whole),
    }
}

const MINUS: char = '\u{2212}';

/// Three decimals with a sign, a true minus; what rounds to nothing has none.
fn signed(value: f32) -> String {
    let number = format!("{:.3}", value.abs());
    match value {
        _ if number == "0.000" => number,
        value if value < 0.0 => format!("{MINUS}{number}"),
        _ => format!("+{number}"),
    }
}

/// The level in plain words.
fn level(evidence: &RegionEvidence) -> String {
    let RegionEvidence {
        level,
        cells,
        cell_pixels,
        ..
    } = evidence;
    let kind = match level {
        2 => texts::finest(),
        3 => texts::middle(),
        _ => texts::coarsest(),
    };
    texts::level(kind, level, cells, format!("{cell_pixels:.0}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evidence(evidence_share: Option<f32>, lung_share: f32, contribution: f32) -> RegionEvidence {
        RegionEvidence {
            class: Class::Covid,
            level: 3,
            cells: 12,
            cell_pixels: 31.67,
            evidence_share,
            lung_share,
            contribution,
            level_contribution: 1.2,
            picture: String::new(),
        }
    }

    #[test]
    fn hot_and_large_are_told_apart() {
        let told = |part, lungs| share(&evidence(Some(part), lungs, 0.0));
        assert!(told(0.4, 0.1).ends_with(
            "10.0 % of the lungs' area: 4.0 times as much as its size alone would give."
        ));
        assert!(told(0.1, 0.1).contains("about as much as its size"));
        assert!(told(0.1, 0.4).contains("0.2 of what its size"));
        assert!(told(0.1, 0.0).contains("no lung is in it"));
        assert!(share(&evidence(None, 0.5, 0.0)).starts_with("Nothing speaks for COVID-19"));
    }

    #[test]
    fn contributions_carry_their_sign() {
        let told = |value| contribution(&evidence(None, 0.5, value));
        assert!(told(0.25).contains("speaks for COVID-19: +0.250 in"));
        assert!(told(-0.25).contains("speaks against COVID-19: \u{2212}0.250 in"));
        assert!(told(-0.0001).starts_with("It adds nothing"));
        assert_eq!(signed(-0.0001), "0.000");
    }

    #[test]
    fn the_level_is_told_with_its_cells() {
        let told = level(&evidence(None, 0.5, 0.0));
        assert!(
            told.contains("the middle one of the pyramid's three levels (level 3): 12 × 12 cells")
        );
        assert!(told.contains("each 32 × 32 pixels"));
    }

    #[test]
    fn every_number_is_kept_within_its_limits() {
        let size = Size::new(512, 256).expect("a size");
        let start = Region::middle(size);
        for number in Number::ALL {
            let (least, most) = number.limits(size);
            assert_eq!(number.of(number.set(start, 77, size)), 77);
            assert!(number.of(number.set(start, u32::MAX, size)) <= most);
            assert!(number.of(number.set(start, 0, size)) >= least);
        }
    }
}
