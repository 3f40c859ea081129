//! Home: what this is, and three ways on.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::components::pictograms::{LungsPictogram, PicturesPictogram, StepsPictogram};
use crate::locale::path;
use crate::texts::{diagnosis, home, images, introduction};

/// The page.
#[component]
pub fn Home() -> impl IntoView {
    view! {
        <Title text=""/>
        <h1>{home::heading()}</h1>
        <p class="lead">{home::lead()}</p>
        <ul class="doors">
            <li>
                <a class="door orange" href=path("/introduction")>
                    <StepsPictogram/>
                    <strong>{introduction::title()}</strong>
                    <span>{home::to_introduction()}</span>
                </a>
            </li>
            <li>
                <a class="door purple" href=path("/images")>
                    <PicturesPictogram/>
                    <strong>{images::title()}</strong>
                    <span>{home::to_images()}</span>
                </a>
            </li>
            <li>
                <a class="door green" href=path("/diagnosis")>
                    <LungsPictogram/>
                    <strong>{diagnosis::title()}</strong>
                    <span>{home::to_diagnosis()}</span>
                </a>
            </li>
        </ul>
    }
}
