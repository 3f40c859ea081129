//! Example images of the three classes.

use leptos::prelude::*;
use leptos_meta::Title;
use lungsight_imaging::Class;

use crate::words::class_title;

/// How many examples the server draws per class.
const PER_CLASS: usize = 3;

/// The page.
#[component]
pub fn Images() -> impl IntoView {
    view! {
        <Title text="Example images"/>
        <h1>"Example images"</h1>
        <p class="lead">
            "These slices are synthetic: drawn by Lungsight's own generator, of no person. They show what to look for, \
             and are good for trying the "
            <a href="/diagnosis">"online diagnosis"</a>
            ". The network has learned from real slices only: what it says of a drawing means nothing."
        </p>
        <div class="classes">{Class::ALL.map(|class| view! { <Examples class/> }).collect_view()}</div>
    }
}

#[component]
fn Examples(class: Class) -> impl IntoView {
    let heading = format!("{}-heading", class.name());
    let picture = move |index: usize| {
        let source = format!("/examples/{}-{index}.png", class.name());
        let alt = format!(
            "Synthetic slice, {}, example {}",
            class_title(class),
            index + 1
        );
        view! {
            <li>
                <a href=source.clone() rel="external">
                    <img src=source.clone() alt=alt width="512" height="512" loading="lazy"/>
                </a>
                <a class="try" href=format!("/diagnosis?example={}-{index}", class.name())>
                    "Try it"
                    <span class="unseen">{format!("{}, example {}", class_title(class), index + 1)}</span>
                </a>
            </li>
        }
    };
    view! {
        <section class=format!("class {}", class.name()) aria-labelledby=heading.clone()>
            <h2 id=heading.clone()>{class_title(class)}</h2>
            <p>{look_for(class)}</p>
            <ul class="examples">{(0..PER_CLASS).map(picture).collect_view()}</ul>
        </section>
    }
}

/// What a reader looks for.
fn look_for(class: Class) -> &'static str {
    match class {
        Class::Healthy => {
            "Dark, even lungs; only the vessels are bright, and they thin out towards the rim."
        }
        Class::Pneumonia => {
            "A dense region that fills part of one lung and hides the vessels in it: a lobar consolidation."
        }
        Class::Covid => {
            "Hazy patches through which the vessels can still be seen (ground glass), often in both lungs and near the \
             pleura."
        }
    }
}
