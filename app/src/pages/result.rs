//! The result of one analysis.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use crate::components::result_view::ResultView;
use crate::load;
use crate::words::sentence;

/// The page `/diagnosis/{id}`: on the server from memory, in the browser from the API.
#[component]
pub fn ResultPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.read().get("id").unwrap_or_default());
    let analysis = Resource::new(move || id.get(), load::analysis);
    view! {
        <Suspense fallback=|| view! { <p role="status">"Loading the result…"</p> }>
            {move || Suspend::new(async move {
                match analysis.await {
                    Ok(Some(analysis)) => view! { <ResultView analysis/> }.into_any(),
                    Ok(None) => view! { <Unknown/> }.into_any(),
                    Err(reason) => view! { <Unreachable reason/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

/// There is no such analysis, or no longer.
#[component]
fn Unknown() -> impl IntoView {
    load::not_found();
    view! {
        <Title text="No such result"/>
        <h1>"No such result"</h1>
        <p class="lead">
            "There is no analysis with this address. Results are kept for a while only; after that, or when the server \
             was started again, the slices have to be analysed once more."
        </p>
        <p><a class="button" href="/diagnosis">"Analyse slices"</a></p>
    }
}

#[component]
fn Unreachable(reason: String) -> impl IntoView {
    view! {
        <Title text="Result not loaded"/>
        <h1>"The result could not be loaded"</h1>
        <p role="alert">{sentence(&reason)}</p>
        <p><a class="button" href="" rel="external">"Try again"</a></p>
    }
}
