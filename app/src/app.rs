//! The document and its routes.

use leptos::prelude::*;
use leptos_meta::{MetaTags, Title, provide_meta_context};
use leptos_router::components::{ParentRoute, Route, Router, Routes};
use leptos_router::{SsrMode, path};

use crate::browser::offline;
use crate::components::frame::Frame;
use crate::load;
use crate::pages;

/// The HTML document around [`App`]. Sets the headers that guard every page.
///
/// The type is erased, so that the pages are compiled here and not once more in the server.
pub fn shell(options: LeptosOptions) -> AnyView {
    load::guard_page();
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <meta name="description" content="Lungsight tells COVID-19 from common pneumonia and healthy lungs on \
                    chest CT slices, and shows why. A research tool, not a medical device."/>
                <link rel="icon" type="image/svg+xml" href="/favicon.svg"/>
                <link rel="apple-touch-icon" href="/apple-touch-icon.png"/>
                <link rel="manifest" href="/manifest.webmanifest"/>
                <link rel="stylesheet" href="/pkg/lungsight.css"/>
                <HydrationScripts options/>
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
pub fn App() -> impl IntoView {
    provide_meta_context();
    provide_context(SharedValue::new(load::system).into_inner());
    provide_context(pages::diagnosis::Session::new());
    Effect::new(|_| offline::keep_pages());
    view! {
        <Title formatter=|page: String| if page.is_empty() { "Lungsight".into() } else { format!("{page} · Lungsight") } text=""/>
        <Router>
            <Routes fallback=pages::not_found::NotFound>
                <ParentRoute path=path!("") view=Frame>
                    <Route path=path!("") view=pages::home::Home/>
                    <Route path=path!("introduction") view=pages::introduction::Introduction/>
                    <Route path=path!("images") view=pages::images::Images/>
                    <Route path=path!("diagnosis") view=pages::diagnosis::Diagnosis/>
                    // Async: the status (404 for an unknown id) is known only when the analysis has been looked up.
                    <Route path=path!("diagnosis/:id") view=pages::result::ResultPage ssr=SsrMode::Async/>
                    <Route path=path!("reference") view=pages::reference::Reference/>
                    <Route path=path!("risk") view=pages::risk::Risk/>
                </ParentRoute>
            </Routes>
        </Router>
    }
}
