//! Example images of the three classes.

use leptos::prelude::*;
use leptos_meta::Title;
use lungsight_imaging::Class;

use crate::backend::OwnExample;
use crate::components::enlargeable::Enlargeable;
use crate::locale::path;
use crate::request;
use crate::texts::images;
use crate::words::class_title;

/// How many examples the server draws per class.
const PER_CLASS: usize = 3;

/// The page.
#[component]
pub fn Images() -> impl IntoView {
    let own = request::backend().map(|backend| backend.examples());
    let content = match own {
        Some(own) if !own.is_empty() => own_first(&own),
        _ => synthetic_alone(),
    };
    view! {
        <Title text=images::title()/>
        <h1>{images::title()}</h1>
        {content}
    }
}

fn synthetic_alone() -> AnyView {
    let classes = Class::ALL.map(|class| view! { <Examples class examples=synthetic(class)/> });
    view! {
        {lead(images::lead(), images::lead_after())}
        <p class="quiet">{images::pair()}</p>
        <div class="classes">{classes.collect_view()}</div>
    }
    .into_any()
}

/// The slices of whoever runs the server, then the synthetic ones, less loudly.
fn own_first(own: &[OwnExample]) -> AnyView {
    let real =
        Class::ALL.map(|class| view! { <Examples class examples=real_of_class(class, own)/> });
    let drawn =
        Class::ALL.map(|class| view! { <Examples class examples=synthetic(class) below=true/> });
    view! {
        {lead(images::own_lead(), images::own_lead_after())}
        <p class="quiet">{images::pair()}</p>
        <div class="classes">{real.collect_view()}</div>
        <section class="drawn" aria-labelledby="synthetic">
            <h2 id="synthetic">{images::synthetic()}</h2>
            <p class="quiet">{images::synthetic_lead()}</p>
            <div class="classes">{drawn.collect_view()}</div>
        </section>
    }
    .into_any()
}

fn lead(before: &'static str, after: &'static str) -> impl IntoView {
    view! {
        <p class="lead">
            {before}
            <a href=path("/diagnosis")>{images::diagnosis()}</a>
            {after}
        </p>
    }
}

/// What is shown of an example.
struct Example {
    /// Below `/examples/`, without the extension.
    name: String,
    /// What its picture shows, in words.
    picture: String,
    /// What it is called where it can be tried.
    title: String,
    source: Option<String>,
    has_lungs: bool,
}

fn synthetic(class: Class) -> Vec<Example> {
    let example = |index: usize| Example {
        name: format!("{}-{index}", class.name()),
        picture: images::picture(class_title(class), index + 1),
        title: images::example(class_title(class), index + 1),
        source: None,
        has_lungs: true,
    };
    (0..PER_CLASS).map(example).collect()
}

fn real_of_class(class: Class, own: &[OwnExample]) -> Vec<Example> {
    let of_class = own.iter().filter(|example| example.class == class);
    let example = |(index, own): (usize, &OwnExample)| Example {
        name: own.name.clone(),
        picture: images::own_picture(class_title(class), index + 1),
        title: images::own_example(class_title(class), index + 1),
        source: own.source.clone(),
        has_lungs: own.has_lungs,
    };
    of_class.enumerate().map(example).collect()
}

#[component]
fn Examples(
    class: Class,
    examples: Vec<Example>,
    /// Whether they stand in a section of their own, below others: then what to look for has been said.
    #[prop(optional)]
    below: bool,
) -> impl IntoView {
    let title = class_title(class);
    let (id, heading) = if below {
        let id = format!("synthetic-{}", class.name());
        (id.clone(), view! { <h3 id=id>{title}</h3> }.into_any())
    } else {
        let id = format!("{}-heading", class.name());
        (id.clone(), view! { <h2 id=id>{title}</h2> }.into_any())
    };
    let look_for = (!below).then(|| look_for(class));
    let content = if examples.is_empty() {
        view! { <p class="quiet">{images::none_of_class()}</p> }.into_any()
    } else {
        let examples = examples.into_iter().map(shown).collect_view();
        view! { <ul class="examples">{examples}</ul> }.into_any()
    };
    view! {
        <section class=format!("class {}", class.name()) aria-labelledby=id>
            {heading}
            {look_for.map(|text| view! { <p>{text}</p> })}
            {content}
        </section>
    }
}

fn shown(example: Example) -> AnyView {
    let source = format!("/examples/{}.png", example.name);
    let masked_source = format!("{source}?masked");
    let masked = images::masked(&example.picture);
    let id = format!("large-{}", example.name.replace('/', "-"));
    let masked_id = format!("{id}-masked");
    let tried = path(&format!("/diagnosis?example={}", example.name));
    view! {
        <li>
            <div class="pair">
                <Enlargeable id source alt=example.picture/>
                {if example.has_lungs {
                    view! { <Enlargeable id=masked_id source=masked_source alt=masked/> }.into_any()
                } else {
                    view! { <p class="quiet">{images::no_lungs()}</p> }.into_any()
                }}
            </div>
            {example.source.map(|source| view! { <p class="quiet">{images::source(source)}</p> })}
            <a class="try" href=tried>
                {images::try_it()}
                <span class="unseen">{example.title}</span>
            </a>
        </li>
    }
    .into_any()
}

/// What a reader looks for.
fn look_for(class: Class) -> &'static str {
    match class {
        Class::Healthy => images::healthy(),
        Class::Pneumonia => images::pneumonia(),
        Class::Covid => images::covid(),
    }
}
