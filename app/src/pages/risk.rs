//! What Lungsight must not be used for, and what happens to what is sent.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::texts::risk;

/// The page.
#[component]
pub fn Risk() -> impl IntoView {
    view! {
        <Title text=risk::title()/>
        <h1>{risk::title()}</h1>
        <h2>{risk::no_device()}</h2>
        <p>{risk::no_device_why()}</p>
        <h2>{risk::sent()}</h2>
        <p>{risk::sent_when()}</p>
        <p>{risk::names()}</p>
        <h2>{risk::kept()}</h2>
        <p>{risk::kept_by_the_server()}</p>
        <p>{risk::kept_by_the_browser()}</p>
    }
}
