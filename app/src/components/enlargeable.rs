//! A picture that opens large at a click.

use leptos::prelude::*;

use crate::texts::images;

/// The picture, small and large. The large one is a popover, which browsers open and close without a script; it is fetched
/// when it is seen.
#[component]
pub fn Enlargeable(
    /// Of the large picture: unique on the page.
    id: String,
    /// The picture's address.
    source: String,
    /// What it shows, in words.
    alt: String,
) -> impl IntoView {
    let (label, hidden_by) = (alt.clone(), id.clone());
    view! {
        <button class="enlarge" type="button" popovertarget=id.clone()>
            <img src=source.clone() alt=images::enlarge(&alt) width="512" height="512" loading="lazy"/>
        </button>
        <div class="enlarged" id=id popover="auto" role="dialog" aria-label=label>
            <img src=source alt=alt width="512" height="512" loading="lazy"/>
            // The keyboard goes to where the picture can be closed, and back again.
            <button class="button plain" type="button" popovertarget=hidden_by popovertargetaction="hide" autofocus=true>
                {images::close()}
            </button>
        </div>
    }
}
