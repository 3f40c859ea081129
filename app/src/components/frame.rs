//! The frame around every page: menu, main part, footer.

use leptos::prelude::*;
use leptos_router::components::Outlet;

/// The frame of the pages; the page itself is the router's outlet.
#[component]
pub fn Frame() -> impl IntoView {
    view! { <main id="main"><Outlet/></main> }
}
