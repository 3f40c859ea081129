//! The parts of the pages that live on in the browser. The server renders each with its properties; the browser's WASM
//! finds it by name and takes it over. Everything else on a page is the server's HTML.

pub mod diagnosis;
mod gone;
mod layers;
mod masking;
pub mod masking_trial;
mod region;
pub mod result_view;
mod scroll;
mod series_result;
mod slice_table;
