//! Pictures of a result that do not come: the server keeps them for a while only.

use leptos::prelude::*;

use crate::texts::result;

/// Whether a picture of this result could not be loaded; shared by all that show one.
#[derive(Clone, Copy)]
pub struct Gone(RwSignal<bool>);

impl Gone {
    /// Nothing is known to be gone.
    pub fn new() -> Self {
        Self(RwSignal::new(false))
    }

    /// A picture has not come.
    pub fn tell(self) {
        self.0.set(true);
    }

    /// One has come: the server keeps them still.
    pub fn is_back(self) {
        if self.0.get_untracked() {
            self.0.set(false);
        }
    }
}

/// Says so, once, where a picture has not come: what is left of it is black.
#[component]
pub fn GoneNote(gone: Gone) -> impl IntoView {
    let is_gone = Memo::new(move |_| gone.0.get());
    view! {
        <Show when=move || is_gone.get()>
            <p role="alert" class="notice bad">{result::pictures_gone()}</p>
        </Show>
    }
}
