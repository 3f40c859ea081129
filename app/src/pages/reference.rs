//! What Lungsight stands on.

use leptos::prelude::*;
use leptos_meta::Title;

/// A source: authors and year, title, where it appeared.
type Source = (&'static str, &'static str, &'static str);

const METHODS: [Source; 4] = [
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
        "Song and others 2021",
        "Deep Learning Enables Accurate Diagnosis of Novel Coronavirus (COVID-19) with CT Images",
        "IEEE/ACM Transactions on Computational Biology and Bioinformatics, doi:10.1109/TCBB.2021.3065361",
    ),
];

/// Name, where it comes from, licence.
const DATA: [Source; 5] = [
    (
        "DRE-Net",
        "Song and others 2021, doi:10.1109/TCBB.2021.3065361",
        "licence not stated",
    ),
    (
        "MosMedData",
        "Research and Practical Clinical Center for Diagnostics, Moscow",
        "CC BY-NC-ND 3.0",
    ),
    (
        "LUNA16 / LIDC-IDRI",
        "The Cancer Imaging Archive",
        "CC BY 3.0",
    ),
    ("CVT normal", "origin not stated", "licence not stated"),
    (
        "UCSD COVID-CT",
        "Zhao and others 2020, arXiv:2003.13865",
        "licence not stated",
    ),
];

/// The page.
#[component]
pub fn Reference() -> impl IntoView {
    let method = |(authors, title, place): Source| view! { <li>{authors} ": " <cite>{title}</cite> ". " {place} "."</li> };
    let data = |(name, origin, licence): Source| {
        view! { <tr><th scope="row">{name}</th><td>{origin}</td><td>{licence}</td></tr> }
    };
    view! {
        <Title text="Reference"/>
        <h1>"Reference"</h1>
        <h2>"Methods"</h2>
        <ul>{METHODS.map(method).collect_view()}</ul>
        <h2>"Training data"</h2>
        <p>
            "Public research data, de-identified. None of it is part of Lungsight; the example images are synthetic."
        </p>
        <table class="plain-table">
                <thead><tr><th scope="col">"Source"</th><th scope="col">"Origin"</th><th scope="col">"Licence"</th></tr></thead>
                <tbody>{DATA.map(data).collect_view()}</tbody>
            </table>
        <h2>"Software"</h2>
        <p>
            "Lungsight is written in Rust, under MIT or Apache-2.0. The network is trained with Burn and runs on \
             it on a GPU, on a CPU by code of its own on rten-gemm; the server runs on axum, the pages on Leptos; pictures are decoded by the image crate."
        </p>
    }
}
