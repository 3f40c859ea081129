//! Home: what this is, and three ways on.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::components::pictograms::{LungsPictogram, PicturesPictogram, StepsPictogram};

/// The page.
#[component]
pub fn Home() -> impl IntoView {
    view! {
        <Title text=""/>
        <h1>"Chest CT, read in the open"</h1>
        <p class="lead">
            "Lungsight tells COVID-19 from common pneumonia and healthy lungs on chest CT slices and shows how it came \
             to its answer; it is a research tool, not a medical device, and gives no diagnosis."
        </p>
        <ul class="doors">
            <li>
                <a class="door orange" href="/introduction">
                    <StepsPictogram/>
                    <strong>"Introduction"</strong>
                    <span>"How the lungs are found and a slice is read"</span>
                </a>
            </li>
            <li>
                <a class="door purple" href="/images">
                    <PicturesPictogram/>
                    <strong>"Example images"</strong>
                    <span>"The three classes side by side"</span>
                </a>
            </li>
            <li>
                <a class="door green" href="/diagnosis">
                    <LungsPictogram/>
                    <strong>"Online diagnosis"</strong>
                    <span>"Your own slices, from file to report"</span>
                </a>
            </li>
        </ul>
    }
}
