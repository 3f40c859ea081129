//! What the weights in use learned from, how, and what they reach: each part with its heading, left out where its file is
//! missing.

use leptos::prelude::*;

use super::cues::{CuesTable, swayed};
use super::dataset_table::DatasetTable;
use super::external::{External, not_recognised};
use super::outcome::Outcome;
use super::training_flow::TrainingFlow;
use crate::evaluation::Evaluation;
use crate::texts::{cues, evaluation as text};
use crate::thesis;

/// In the order of the data.
#[component]
pub fn EvaluationSections(evaluation: Evaluation) -> impl IntoView {
    let Evaluation {
        dataset,
        training,
        test,
        external,
        cues,
    } = evaluation;
    let learned_from = dataset.clone().map(|dataset| {
        view! {
            <h2 id="learned-from">{text::learned_from()}</h2>
            <DatasetTable dataset thesis=thesis::DATASET/>
        }
    });
    let learned = training.map(|training| {
        view! {
            <h2 id="learned">{text::learned()}</h2>
            <TrainingFlow training dataset test=test.clone()/>
        }
    });
    let reached = test.map(|test| {
        view! {
            <h2 id="reached">{text::reached()}</h2>
            <Outcome test/>
        }
    });
    let elsewhere = external.map(|external| {
        view! {
            <h2 id="elsewhere">{text::elsewhere()}</h2>
            <External external/>
        }
    });
    let sways = cues.map(|cues| {
        view! {
            <h2 id="sways">{cues::heading()}</h2>
            <CuesTable cues/>
        }
    });
    view! { {learned_from} {learned} {reached} {elsewhere} {sways} }.into_any()
}

/// What the weights are known to do badly, a sentence each: said beside every result.
pub fn weaknesses(evaluation: &Evaluation) -> Vec<String> {
    let elsewhere = evaluation.external.iter().flat_map(not_recognised);
    elsewhere
        .chain(evaluation.cues.as_ref().and_then(swayed))
        .collect()
}
