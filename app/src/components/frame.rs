//! The frame around every page: skip link, menu, main part, footer.

use leptos::prelude::*;
use leptos_router::components::Outlet;

use super::pictograms::Mark;
use crate::locale::{Locale, locale, path};
use crate::request;
use crate::texts::{Text, diagnosis, frame, images, introduction, reference, risk};

/// The pages in the menu's order, by their English address.
const PAGES: [(&str, Text); 6] = [
    ("/", frame::home),
    ("/introduction", introduction::title),
    ("/images", images::title),
    ("/diagnosis", diagnosis::title),
    ("/reference", reference::title),
    ("/risk", risk::title),
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
    let address = request::address();
    let here = address.split('?').next().unwrap_or_default();
    let entry = |(href, title): (&'static str, fn() -> &'static str)| {
        view! { <li><a href=path(href) aria-current=current(href, here)>{title()}</a></li> }
    };
    view! {
        <a class="skip" href="#main" rel="external">{frame::skip()}</a>
        <header class="top">
            <a class="brand" href=path("/")><Mark/> "Lungsight"</a>
            <button class="button plain menu-button" popovertarget="menu">{frame::menu()}</button>
        </header>
        <nav id="menu" class="menu" aria-label=frame::pages() popover="auto">
            <ul>
                {PAGES.map(entry).collect_view()}
                {other_languages(&address)}
            </ul>
        </nav>
        <main id="main" tabindex="-1">{children()}</main>
        <Footer/>
    }
}

/// What a link to `href` is for a reader of the page `here`: the page itself, or the one that it belongs to.
fn current(href: &str, here: &str) -> Option<&'static str> {
    match here.strip_prefix(href) {
        Some("") => Some("page"),
        Some(rest) if rest.starts_with('/') => Some("true"),
        _ => None,
    }
}

/// Links to the same page in the other languages, each written in its own.
fn other_languages(address: &str) -> impl IntoView + use<> {
    let shown = locale();
    let others = Locale::ALL.into_iter().filter(|other| *other != shown);
    let link = |other: Locale| {
        view! {
            <li class="language">
                <a href=other.path(address) lang=other.tag() hreflang=other.tag() rel="alternate">{other.name()}</a>
            </li>
        }
    };
    others.map(link).collect_view()
}

#[component]
fn Footer() -> impl IntoView {
    let network = request::backend().and_then(|backend| backend.network());
    let runs_on = network.map(|network| {
        view! { <p class="quiet">{frame::network(network.model, network.device)}</p> }
    });
    view! {
        <footer class="foot">
            <p>{frame::research_tool()}</p>
            {runs_on}
        </footer>
    }
}

#[cfg(test)]
mod tests {
    use super::current;

    #[test]
    fn a_page_below_another_belongs_to_it_but_none_to_home() {
        assert_eq!(current("/diagnosis", "/diagnosis"), Some("page"));
        assert_eq!(current("/diagnosis", "/diagnosis/01ab"), Some("true"));
        assert_eq!(current("/risk", "/risky"), None);
        assert_eq!(current("/", "/"), Some("page"));
        assert_eq!(current("/", "/risk"), None);
    }
}
