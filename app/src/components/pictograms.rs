//! The project's own drawings: the mark and a pictogram for each large button. All are decoration beside text.

use leptos::prelude::*;

/// The mark: a chest in section, its lungs open.
#[component]
pub fn Mark() -> impl IntoView {
    view! {
        <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
            <path class="mark-body" d="M16 5c8 0 14 5 14 11.5S24 27 16 27 2 23 2 16.5 8 5 16 5Z"></path>
            <path class="mark-lung" d="M13 9.5c1 3 .9 9-.6 12.6-.5 1.1-2 1.3-3.4.8C6 21.8 4.6 18.8 5 15.6 5.5 11.8 9 9 13 9.5Z"></path>
            <path class="mark-lung" d="M19 9.5c-1 3-.9 9 .6 12.6.5 1.1 2 1.3 3.4.8 3-1.1 4.4-4.1 4-7.3-.5-3.8-4-6.6-8-6.1Z"></path>
        </svg>
    }
}

/// Six steps in a row.
#[component]
pub fn StepsPictogram() -> impl IntoView {
    view! {
        <svg class="pictogram" viewBox="0 0 64 40" aria-hidden="true">
            <path d="M4 34h10v-6h10v-6h10v-6h10v-6h10V4h8"></path>
            <circle cx="9" cy="24" r="3"></circle>
        </svg>
    }
}

/// Pictures lying on each other.
#[component]
pub fn PicturesPictogram() -> impl IntoView {
    view! {
        <svg class="pictogram" viewBox="0 0 64 40" aria-hidden="true">
            <path d="M20 8V3h40v26h-5M12 14V8h43v27h-4"></path>
            <rect x="4" y="14" width="47" height="23" rx="1"></rect>
            <path d="m8 33 12-11 8 7 7-5 12 9"></path>
        </svg>
    }
}

/// Lungs under a scanning line.
#[component]
pub fn LungsPictogram() -> impl IntoView {
    view! {
        <svg class="pictogram" viewBox="0 0 64 40" aria-hidden="true">
            <path d="M28 5c2 6 2 20-1 29-2 3-7 4-11 2C10 33 8 26 10 18 12 10 20 3 28 5Z"></path>
            <path d="M36 5c-2 6-2 20 1 29 2 3 7 4 11 2 6-3 8-10 6-18C52 10 44 3 36 5Z"></path>
            <path d="M2 21h60"></path>
        </svg>
    }
}
