//! The document and its routes.

use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_meta::{MetaTags, Title, provide_meta_context};
use leptos_router::components::{ParentRoute, Route, Router, Routes};
use leptos_router::{SsrMode, path};

use crate::components::frame::Frame;
use crate::locale::locale;
use crate::pages;
use crate::request;
use crate::texts::frame;

/// The HTML document around the pages. Sets the headers that guard every page.
///
/// The type is erased, so that the pages are compiled here and not once more in the server.
pub fn shell(options: LeptosOptions) -> AnyView {
    request::guard_page();
    let locale = locale();
    let build = options.site_pkg_dir.clone();
    provide_context(options);
    view! {
        <!DOCTYPE html>
        <html lang=locale.tag() data-build=build.clone()>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <meta name="description" content=frame::description()/>
                <link rel="icon" type="image/svg+xml" href="/favicon.svg"/>
                <link rel="apple-touch-icon" href="/apple-touch-icon.png"/>
                <link rel="manifest" href="/manifest.webmanifest"/>
                <link rel="stylesheet" href=format!("/{build}/lungsight.css")/>
                <script type="module" nonce=use_nonce() src=format!("/{build}/start.js")></script>
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
    .into_any()
}

/// All pages.
#[component]
fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Title formatter=|page: String| if page.is_empty() { "Lungsight".into() } else { format!("{page} · Lungsight") } text=""/>
        <Router>
            <Routes fallback=pages::not_found::NotFound>
                <ParentRoute path=path!("") view=Frame>
                    <Route path=path!("") view=pages::home::Home/>
                    <Route path=path!("introduction") view=pages::introduction::Introduction/>
                    <Route path=path!("images") view=pages::images::Images/>
                    <Route path=path!("diagnosis") view=pages::diagnosis::Diagnosis/>
                    // Async: the status (404 for an unknown id) is known only when the page has been rendered.
                    <Route path=path!("diagnosis/:id") view=pages::result::ResultPage ssr=SsrMode::Async/>
                    <Route path=path!("pacs") view=pages::pacs::PacsPage/>
                    <Route path=path!("reference") view=pages::reference::Reference/>
                    <Route path=path!("risk") view=pages::risk::Risk/>
                </ParentRoute>
            </Routes>
        </Router>
    }
}
