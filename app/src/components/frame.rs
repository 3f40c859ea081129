//! The frame around every page: skip link, menu, main part, footer.

use leptos::html::{Main, Nav};
use leptos::prelude::*;
use leptos_router::components::{A, Outlet};
use leptos_router::hooks::use_location;

use super::pictograms::Mark;
use crate::load::System;

/// The pages in the menu's order.
const PAGES: [(&str, &str); 6] = [
    ("/", "Home"),
    ("/introduction", "Introduction"),
    ("/images", "Example images"),
    ("/diagnosis", "Online diagnosis"),
    ("/reference", "Reference"),
    ("/risk", "About the risk"),
];

/// The frame of the pages; the page itself is the router's outlet.
#[component]
pub fn Frame() -> impl IntoView {
    view! { <Framed><Outlet/></Framed> }
}

/// The frame around any content.
///
/// The menu is a column on wide screens and a drawer on narrow ones. It is a popover, which browsers open and close
/// without a script.
#[component]
pub fn Framed(children: Children) -> impl IntoView {
    let menu = NodeRef::<Nav>::new();
    let main = NodeRef::<Main>::new();
    let path = use_location().pathname;
    Effect::new(move |before: Option<String>| {
        let path = path.get();
        // A new page without a load: close the drawer, and bring focus and view to the new content.
        if before.is_some_and(|before| before != path) {
            if let Some(menu) = menu.get_untracked() {
                // Fails where there are no popovers; nothing is open there.
                let _ = menu.hide_popover();
            }
            if let Some(main) = main.get_untracked() {
                // An element that cannot be focused leaves focus where it was.
                let _ = main.focus();
            }
        }
        path
    });
    view! {
        <a class="skip" href="#main" rel="external">"Skip to the content"</a>
        <header class="top">
            <a class="brand" href="/"><Mark/> "Lungsight"</a>
            <button class="button plain menu-button" popovertarget="menu">"Menu"</button>
        </header>
        <nav id="menu" class="menu" aria-label="Pages" popover="auto" node_ref=menu>
            <ul>
                {PAGES
                    .map(|(href, title)| view! { <li><A href=href exact=href == "/">{title}</A></li> })
                    .collect_view()}
            </ul>
        </nav>
        <main id="main" tabindex="-1" node_ref=main>{children()}</main>
        <Footer/>
    }
}

#[component]
fn Footer() -> impl IntoView {
    let system = use_context::<System>().unwrap_or_default();
    let runs_on = (!system.device.is_empty())
        .then(|| view! { <p class="quiet">{format!("Network: {} on {}", system.model, system.device)}</p> });
    view! {
        <footer class="foot">
            <p>"Lungsight is a research tool, not a medical device."</p>
            {runs_on}
        </footer>
    }
}
