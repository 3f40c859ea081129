//! The method, in the order of the data.

use leptos::prelude::*;
use leptos_meta::Title;
use lungsight_imaging::Step;

use crate::components::alive::Alive;
use crate::components::evaluation::EvaluationSections;
use crate::components::formula::GradCamFormula;
use crate::components::network_diagram::{EXAMPLE, NetworkDiagram};
use crate::components::results::Results;
use crate::evaluation::Evaluation;
use crate::islands::masking_trial::MaskingTrial;
use crate::locale::path;
use crate::request;
use crate::texts::{cues, evaluation as texts, figures, introduction};
use crate::words::step_title;

/// The page.
#[component]
pub fn Introduction() -> impl IntoView {
    let evaluation = request::backend().and_then(|backend| backend.evaluation());
    view! {
        <Title text=introduction::title()/>
        <h1>{introduction::title()}</h1>
        <p class="lead">{introduction::lead()}</p>
        <Contents parts=parts(evaluation.as_ref())/>
        <h2 id="finding">{introduction::finding()}</h2>
        <p>{introduction::finding_where()}</p>
        <ol class="explained">
            {Step::ALL
                .map(|step| view! { <li><strong>{step_title(step)}</strong> " " {explanation(step)}</li> })
                .collect_view()}
        </ol>
        <h3>{introduction::try_synthetic()}</h3>
        <MaskingTrial example=format!("/examples/{EXAMPLE}.png")/>
        <h2 id="reading">{introduction::reading()}</h2>
        <p>{introduction::reading_how()}</p>
        <NetworkDiagram/>
        <h2 id="why">{introduction::why()}</h2>
        <p>{introduction::why_how()}</p>
        <GradCamFormula/>
        {evaluation.map(|evaluation| view! { <EvaluationSections evaluation/> })}
        <Results/>
        <p><a class="button" href=path("/diagnosis")>{introduction::try_on_slices()}</a></p>
        <Alive/>
    }
}

/// The page's parts that are there: the heading's id and its text.
fn parts(evaluation: Option<&Evaluation>) -> Vec<(&'static str, &'static str)> {
    let is_drawn = request::backend().is_some_and(|backend| !backend.figures().is_empty());
    let has = |part: fn(&Evaluation) -> bool| evaluation.is_some_and(part);
    let all = [
        ("finding", introduction::finding(), true),
        ("reading", introduction::reading(), true),
        ("why", introduction::why(), true),
        (
            "learned-from",
            texts::learned_from(),
            has(|e| e.dataset.is_some()),
        ),
        ("learned", texts::learned(), has(|e| e.training.is_some())),
        ("reached", texts::reached(), has(|e| e.test.is_some())),
        (
            "elsewhere",
            texts::elsewhere(),
            has(|e| e.external.is_some()),
        ),
        ("sways", cues::heading(), has(|e| e.cues.is_some())),
        ("figures", figures::heading(), is_drawn),
    ];
    let present = all.into_iter().filter(|(_, _, is_there)| *is_there);
    present.map(|(id, text, _)| (id, text)).collect()
}

/// The way to each part of a long page.
#[component]
fn Contents(parts: Vec<(&'static str, &'static str)>) -> impl IntoView {
    let link = |(id, text): (&str, &'static str)| {
        view! { <li><a href=format!("#{id}") rel="external">{text}</a></li> }
    };
    view! {
        <nav class="contents" aria-label=introduction::on_this_page()>
            <ul>{parts.into_iter().map(link).collect_view()}</ul>
        </nav>
    }
}

/// What the step does, for a reader who is no engineer.
fn explanation(step: Step) -> &'static str {
    match step {
        Step::Polarise => introduction::polarise(),
        Step::LargestComponent => introduction::largest_component(),
        Step::Erosion => introduction::erosion(),
        Step::LargestComponentAgain => introduction::largest_component_again(),
        Step::Fill => introduction::fill(),
        Step::Superimpose => introduction::superimpose(),
    }
}
