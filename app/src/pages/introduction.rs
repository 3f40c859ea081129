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
use crate::request;

/// The page.
#[component]
pub fn Introduction() -> impl IntoView {
    let evaluation = request::backend().and_then(|backend| backend.evaluation());
    view! {
        <Title text="Introduction"/>
        <h1>"Introduction"</h1>
        <p class="lead">
            "A slice goes through two stages: six steps of plain image processing find the lungs, then a network looks \
             at the lungs alone."
        </p>
        <h2>"Finding the lungs"</h2>
        <p>
            "The steps run in your browser when you choose a file, and on the server when a file comes without a mask: \
             the same code, and the same mask to the last pixel."
        </p>
        <ol class="explained">
            {Step::ALL
                .map(|step| view! { <li><strong>{step.title()}</strong> " " {explanation(step)}</li> })
                .collect_view()}
        </ol>
        <h3>"Try it on a synthetic slice"</h3>
        // A consolidation at the pleura, which a plain threshold would cut away.
        <MaskingTrial example="/examples/covid-1.png".to_owned()/>
        <h2>"Reading them"</h2>
        <p>
            "The lungs are cut out with a small margin, their grey values stretched, and the result brought to one size, \
             so that slices from different scanners look alike. A residual network (ResNet-18) turns it into features, \
             coarser and coarser in four stages; a feature pyramid brings the last three stages together, and one linear \
             layer weighs them into three classes: healthy, common pneumonia, COVID-19."
        </p>
        <NetworkDiagram/>
        <h2>"Showing why"</h2>
        <p>
            "The heatmap is a Grad-CAM: each feature map is weighted by how much it raises a class, the sum is cut off \
             below zero and laid over the slice. Bright regions spoke for that class: the predicted one, or another that \
             you choose. It shows where the network looked, not that it was right."
        </p>
        <GradCamFormula/>
        {evaluation.map(|evaluation| view! { <EvaluationSections evaluation/> })}
        <Results/>
        <p><a class="button" href="/diagnosis">"Try it on slices"</a></p>
        <Alive/>
    }
}

/// What the step does, for a reader who is no engineer.
fn explanation(step: Step) -> &'static str {
    match step {
        Step::Polarise => {
            "Every pixel becomes black or white, at a threshold found between the two humps of the histogram: air on \
             one side, tissue on the other."
        }
        Step::LargestComponent => "Of the dark regions only the large ones inside the body stay.",
        Step::Erosion => "A thin rim is taken off, which cuts bridges to the airways.",
        Step::LargestComponentAgain => "What has come loose, the windpipe above all, is dropped.",
        Step::Fill => {
            "The rim is given back and what is enclosed is filled, vessels and consolidations at the pleura included: \
             disease must not be cut away."
        }
        Step::Superimpose => "The mask is laid over the slice; what is outside becomes black.",
    }
}
