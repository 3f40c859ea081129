//! What Lungsight stands on.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::datasets::{Dataset, datasets};
use crate::texts::reference;

/// A source: authors and year, title, where it appeared. The latter two are English in every language.
type Source = (&'static str, &'static str, &'static str);

fn methods() -> [Source; 9] {
    [
        (
            "He, Zhang, Ren, Sun 2016",
            "Deep Residual Learning for Image Recognition",
            "CVPR, doi:10.1109/CVPR.2016.90",
        ),
        (
            "Lin, Dollár, Girshick, He, Hariharan, Belongie 2017",
            "Feature Pyramid Networks for Object Detection",
            "CVPR, doi:10.1109/CVPR.2017.106",
        ),
        (
            "Selvaraju, Cogswell, Das, Vedantam, Parikh, Batra 2017",
            "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization",
            "ICCV, doi:10.1109/ICCV.2017.74",
        ),
        (
            "Zhou, Yang, Qiao, Xiang 2021",
            "Domain Generalization with MixStyle",
            "ICLR, arXiv:2104.02008",
        ),
        (
            "Hinton, Vinyals, Dean 2015",
            "Distilling the Knowledge in a Neural Network",
            "arXiv:1503.02531",
        ),
        (
            "Guo, Pleiss, Sun, Weinberger 2017",
            "On Calibration of Modern Neural Networks",
            "ICML, arXiv:1706.04599",
        ),
        (
            "Lee, Lee, Lee, Shin 2018",
            "A Simple Unified Framework for Detecting Out-of-Distribution Samples and Adversarial Attacks",
            "NeurIPS, arXiv:1807.03888",
        ),
        (
            "Petsiuk, Das, Saenko 2018",
            "RISE: Randomized Input Sampling for Explanation of Black-box Models",
            "BMVC, arXiv:1806.07421",
        ),
        (
            reference::song(),
            "Deep Learning Enables Accurate Diagnosis of Novel Coronavirus (COVID-19) with CT Images",
            "IEEE/ACM Transactions on Computational Biology and Bioinformatics, doi:10.1109/TCBB.2021.3065361",
        ),
    ]
}

/// What was learned from beside them, and can be found nowhere.
fn annotated() -> Dataset {
    Dataset {
        name: reference::annotated(),
        origin: reference::annotated_origin(),
        licence: reference::no_licence(),
        address: None,
    }
}

/// The page.
#[component]
pub fn Reference() -> impl IntoView {
    let method = |(authors, title, place): Source| {
        view! {
            <li>{authors} ": " <cite lang="en">{title}</cite> ". " <span lang="en">{place}</span> "."</li>
        }
    };
    let row = |of: Dataset| {
        view! { <tr><th scope="row">{of.name}</th><td>{of.origin}</td><td>{of.licence}</td></tr> }
    };
    view! {
        <Title text=reference::title()/>
        <h1>{reference::title()}</h1>
        <h2>{reference::methods()}</h2>
        <ul>{methods().map(method).collect_view()}</ul>
        <h2>{reference::training_data()}</h2>
        <p>{reference::none_of_it()}</p>
        <table class="plain-table">
            <thead>
                <tr>
                    <th scope="col">{reference::source()}</th>
                    <th scope="col">{reference::origin()}</th>
                    <th scope="col">{reference::licence()}</th>
                </tr>
            </thead>
            <tbody>{datasets().into_iter().chain([annotated()]).map(row).collect_view()}</tbody>
        </table>
        <p>{reference::photographs()}</p>
        <h2>{reference::software()}</h2>
        <p>{reference::written_in()}</p>
    }
}
