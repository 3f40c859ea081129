//! What Lungsight must not be used for, and what happens to what is sent.

use leptos::prelude::*;
use leptos_meta::Title;

/// The page.
#[component]
pub fn Risk() -> impl IntoView {
    view! {
        <Title text="About the risk"/>
        <h1>"About the risk"</h1>
        <h2>"Not a medical device"</h2>
        <p>
            "Lungsight is a research tool. It has not been examined or approved as a medical device. Its answers are no \
             diagnosis, must not guide treatment, and do not replace a radiologist. It was trained on a small number of \
             public slices from a few hospitals; on slices from other scanners, other patients or other diseases it can \
             be wrong. It knows three classes and nothing else: a tumour or an embolism gets one of them too. Where no \
             class is likely enough, or a slice is unlike those it has seen, it says \u{201c}inconclusive\u{201d}; it can be \
             wrong without saying so."
        </p>
        <h2>"What leaves your browser"</h2>
        <p>
            "With JavaScript, choosing files sends nothing: decoding and masking happen on your device. Upload sends \
             the files as they are, their names and the masks. Without JavaScript the files and their names are sent \
             when you press Analyse."
        </p>
        <p>
            "File names and burned-in text can name a person: rename and crop such files first. No other origin is \
             contacted, no cookie is set, nothing is counted."
        </p>
        <h2>"What is kept"</h2>
        <p>
            "Uploads and results are kept in the server's memory for a while, so that the result page and the report \
             can be opened, and are then deleted; when the server stops they are gone. Whoever has the address of a \
             result can open it during that time. The addresses are random and cannot be guessed."
        </p>
        <p>
            "Your browser keeps the site's own pages, so that they and the masking work without a connection. It keeps no \
             slice and no result."
        </p>
    }
}
