//! The frame around every page: skip link, menu, main part, footer.

use leptos::prelude::*;
use leptos_router::components::{A, Outlet};

use super::pictograms::Mark;
use crate::request;

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
    view! {
        <a class="skip" href="#main" rel="external">"Skip to the content"</a>
        <header class="top">
            <a class="brand" href="/"><Mark/> "Lungsight"</a>
            <button class="button plain menu-button" popovertarget="menu">"Menu"</button>
        </header>
        <nav id="menu" class="menu" aria-label="Pages" popover="auto">
            <ul>
                {PAGES
                    .map(|(href, title)| view! { <li><A href=href exact=href == "/">{title}</A></li> })
                    .collect_view()}
            </ul>
        </nav>
        <main id="main" tabindex="-1">{children()}</main>
        <Footer/>
    }
}

#[component]
fn Footer() -> impl IntoView {
    let runs_on = request::backend().map(|backend| {
        view! { <p class="quiet">{format!("Network: {} on {}", backend.model(), backend.device())}</p> }
    });
    view! {
        <footer class="foot">
            <p>"Lungsight is a research tool, not a medical device."</p>
            {runs_on}
        </footer>
    }
}
