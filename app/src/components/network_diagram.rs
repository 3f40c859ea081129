//! The network, part by part, from its own description.

use leptos::prelude::*;

use crate::network::{NetworkPart, NetworkPartKind};
use crate::request;
use crate::texts::network;
use crate::words::thousands;

/// The synthetic slice on which the introduction shows everything: a consolidation at the pleura, which a plain threshold
/// would cut away.
pub const EXAMPLE: &str = "covid-1";

/// The drawing's height and width.
const BOX: f64 = 96.0;

/// Nothing where no network is loaded.
#[component]
pub fn NetworkDiagram() -> impl IntoView {
    let parts = request::backend()?.network()?.parts;
    let input = parts.first()?.side;
    let parameters: usize = parts.iter().map(|part| part.parameters).sum();
    Some(view! {
        <ol class="network">{parts.iter().map(|part| row(*part, input)).collect_view()}</ol>
        <p class="quiet">{network::in_all(thousands(parameters))}</p>
    })
}

fn row(part: NetworkPart, input: usize) -> impl IntoView {
    let maps = match part.kind {
        NetworkPartKind::Input => network::grey_values(part.side),
        NetworkPartKind::Head => network::classes(part.channels),
        _ => network::maps(part.channels, part.side),
    };
    let inside = match (part.convolutions, part.parameters) {
        (_, 0) => String::new(),
        (0, parameters) => network::parameters(thousands(parameters)),
        (1, parameters) => network::one_convolution(thousands(parameters)),
        (number, parameters) => network::convolutions(number, thousands(parameters)),
    };
    view! {
        <li class=format!("network-part {}", group(part.kind))>
            {drawing(part, input)}
            <div>
                <p><strong>{name(part.kind)}</strong> " " <span class="quiet">{maps}</span></p>
                <p>{says(part.kind)}</p>
                <p class="quiet">{inside}</p>
                {layer(part.kind).map(|layer| maps_of_example(part, &layer))}
            </div>
        </li>
    }
    .into_any()
}

/// The convolution whose maps stand for the part, by torchvision's name.
fn layer(kind: NetworkPartKind) -> Option<String> {
    match kind {
        NetworkPartKind::Stem => Some("conv1".to_owned()),
        NetworkPartKind::Stage(stage) => Some(format!("layer{stage}.1.conv2")),
        NetworkPartKind::Level(stage) => Some(format!("lateral{stage}")),
        NetworkPartKind::Input | NetworkPartKind::Head => None,
    }
}

/// What the part makes of the slice above. The server draws it when it is opened.
fn maps_of_example(part: NetworkPart, layer: &str) -> impl IntoView + use<> {
    let picture = format!("/examples/{EXAMPLE}/layers/{layer}.png");
    view! {
        <details class="network-maps">
            <summary>{network::maps_of_example()}</summary>
            <a href=picture.clone() rel="external">
                <img src=picture.clone() alt=network::maps_alt(name(part.kind)) loading="lazy" width="271" height="271"/>
            </a>
            <p class="quiet">{network::scaled()}</p>
        </details>
    }
}

/// A stack of squares: their area as the maps' side, so that small maps can be seen; as deep as the number's logarithm.
fn drawing(part: NetworkPart, input: usize) -> impl IntoView {
    /// How far the sheets of a stack are apart.
    const STEP: f64 = 3.0;
    let sheets = (part.channels.max(1) as f64).log2().round() as usize + 1;
    let room = BOX - 10.0 * STEP;
    let side = room * (part.side as f64 / input.max(1) as f64).sqrt();
    let depth = STEP * (sheets - 1) as f64;
    let (left, top) = ((BOX - side - depth) / 2.0, (BOX - side + depth) / 2.0);
    let sheet = move |index: usize| {
        let shift = STEP * (sheets - 1 - index) as f64;
        view! {
            <rect
                x=format!("{:.1}", left + shift)
                y=format!("{:.1}", top - shift)
                width=format!("{side:.1}")
                height=format!("{side:.1}")
                rx="1"
            ></rect>
        }
    };
    view! {
        <svg class="network-stack" viewBox=format!("0 0 {BOX} {BOX}") aria-hidden="true">
            {(0..sheets).map(sheet).collect_view()}
        </svg>
    }
    .into_any()
}

/// The class by which the style sheet colours it.
fn group(kind: NetworkPartKind) -> &'static str {
    match kind {
        NetworkPartKind::Input => "input",
        NetworkPartKind::Stem | NetworkPartKind::Stage(_) => "backbone",
        NetworkPartKind::Level(_) => "pyramid",
        NetworkPartKind::Head => "head",
    }
}

fn name(kind: NetworkPartKind) -> String {
    match kind {
        NetworkPartKind::Input => network::input().to_owned(),
        NetworkPartKind::Stem => network::stem().to_owned(),
        NetworkPartKind::Stage(stage) => network::stage(stage),
        NetworkPartKind::Level(stage) => network::level(stage),
        NetworkPartKind::Head => network::head().to_owned(),
    }
}

fn says(kind: NetworkPartKind) -> &'static str {
    match kind {
        NetworkPartKind::Input => network::input_is(),
        NetworkPartKind::Stem => network::stem_is(),
        NetworkPartKind::Stage(1) => network::first_stage_is(),
        NetworkPartKind::Stage(2) => network::second_stage_is(),
        NetworkPartKind::Stage(_) => network::later_stage_is(),
        NetworkPartKind::Level(4) => network::last_level_is(),
        NetworkPartKind::Level(_) => network::level_is(),
        NetworkPartKind::Head => network::head_is(),
    }
}
