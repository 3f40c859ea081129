//! The method, in the order of the data.

use leptos::prelude::*;
use leptos_meta::Title;
use lungsight_imaging::Step;

use crate::components::alive::Alive;
use crate::components::evaluation::EvaluationSections;
use crate::components::formula::GradCamFormula;
use crate::components::network_diagram::NetworkDiagram;
use crate::components::results::Results;
use crate::islands::masking_trial::MaskingTrial;
use crate::locale::path;
use crate::request;
use crate::texts::introduction;
use crate::words::step_title;

/// The page.
#[component]
pub fn Introduction() -> impl IntoView {
    let evaluation = request::backend().and_then(|backend| backend.evaluation());
    view! {
        <Title text=introduction::title()/>
        <h1>{introduction::title()}</h1>
        <p class="lead">{introduction::lead()}</p>
        <h2>{introduction::finding()}</h2>
        <p>{introduction::finding_where()}</p>
        <ol class="explained">
            {Step::ALL
                .map(|step| view! { <li><strong>{step_title(step)}</strong> " " {explanation(step)}</li> })
                .collect_view()}
        </ol>
        <h3>{introduction::try_synthetic()}</h3>
        // A consolidation at the pleura, which a plain threshold would cut away.
        <MaskingTrial example="/examples/covid-1.png".to_owned()/>
        <h2>{introduction::reading()}</h2>
        <p>{introduction::reading_how()}</p>
        <NetworkDiagram/>
        <h2>{introduction::why()}</h2>
        <p>{introduction::why_how()}</p>
        <GradCamFormula/>
        {evaluation.map(|evaluation| view! { <EvaluationSections evaluation/> })}
        <Results/>
        <p><a class="button" href=path("/diagnosis")>{introduction::try_on_slices()}</a></p>
        <Alive/>
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
