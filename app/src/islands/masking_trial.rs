//! The masking of an example, to be played with.

use leptos::either::EitherOf3;
use leptos::prelude::*;
use leptos::task::spawn_local;
use send_wrapper::SendWrapper;
use web_sys::File;

use super::masking::Masking;
use crate::browser::files;
use crate::texts::masking;
use crate::words::sentence;

/// Fetches an example of this site and masks it. Without a script it says that there is something to see.
#[island]
pub fn MaskingTrial(
    /// The example's address on this server.
    example: String,
) -> impl IntoView {
    let file = RwSignal::new(None::<Result<SendWrapper<File>, String>>);
    Effect::new(move |_| {
        let example = example.clone();
        spawn_local(async move {
            let fetched = files::of_this_site(&example, "example.png").await;
            file.set(Some(fetched.map(SendWrapper::new)));
        });
    });
    move || match file.get() {
        None => EitherOf3::A(view! { <p class="quiet">{masking::trial_needs_script()}</p> }),
        Some(Err(reason)) => EitherOf3::B(view! { <p class="notice bad">{sentence(&reason)}</p> }),
        Some(Ok(file)) => EitherOf3::C(view! {
            <p>{masking::move_the_threshold()}</p>
            <Masking file/>
        }),
    }
}
