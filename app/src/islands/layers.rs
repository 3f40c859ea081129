//! The pictures after every convolution, on demand.

use leptos::either::EitherOf4;
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::{Event, HtmlDetailsElement};

use crate::analysis::Layers as LayerList;
use crate::browser::fetch;
use crate::texts::result;
use crate::words::{sentence, server_says};

/// What is known of the layers.
#[derive(Clone, PartialEq)]
enum State {
    Closed,
    Loading,
    Loaded(LayerList),
    Failed(String),
}

/// Opens to the layers of one slice. Loaded at the first opening: they are many, and costly to make.
#[component]
pub fn Layers(
    /// The link to their list.
    link: String,
) -> impl IntoView {
    let state = RwSignal::new(State::Closed);
    let load = {
        let link = link.clone();
        move |event: Event| {
            // Closing tells of itself, too.
            if !event_target::<HtmlDetailsElement>(&event).open() {
                return;
            }
            if !state.with_untracked(|state| matches!(state, State::Closed | State::Failed(_))) {
                return;
            }
            state.set(State::Loading);
            let link = link.clone();
            spawn_local(async move {
                state.set(match fetch::json(&link).await {
                    Ok(Some(list)) => State::Loaded(list),
                    Ok(None) => State::Failed(result::no_longer_kept().to_owned()),
                    Err(problem) => State::Failed(server_says(problem.status, &problem.message)),
                });
            });
        }
    };
    view! {
        <details class="layers" on:toggle=load>
            <summary>{result::after_every_convolution()}</summary>
            {move || match state.get() {
                State::Closed => EitherOf4::A(()),
                State::Loading => EitherOf4::B(view! { <p role="status">{result::loading()}</p> }),
                State::Failed(reason) => EitherOf4::C(view! { <p role="alert">{sentence(&reason)}</p> }),
                State::Loaded(list) => EitherOf4::D(view! { <LayerPictures list/> }),
            }}
            <p class="quiet"><a href=link rel="external">{result::layers_as_json()}</a></p>
        </details>
    }
}

#[component]
fn LayerPictures(list: LayerList) -> impl IntoView {
    let picture = |layer: crate::analysis::LayerLink| {
        let channels = if layer.shown < layer.channels {
            result::channels_of(layer.shown, layer.channels)
        } else {
            result::channels(layer.channels)
        };
        let shape = result::each(channels, layer.height, layer.width);
        let alt = result::channels_alt(&layer.name);
        view! {
            <li>
                <figure>
                    <a href=layer.picture.clone() rel="external"><img src=layer.picture.clone() alt=alt loading="lazy"/></a>
                    <figcaption><strong>{layer.name}</strong> " " <span class="quiet">{shape}</span></figcaption>
                </figure>
            </li>
        }
    };
    view! { <ol class="layer-list">{list.layers.into_iter().map(picture).collect_view()}</ol> }
}
