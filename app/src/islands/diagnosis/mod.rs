//! Choose slices, watch the lungs being found, upload, start.
//!
//! Without JavaScript the form posts the files to the server, which answers with the result page. Alive, the same form
//! masks in the browser and sends slices and masks in two steps.

mod adding;
mod entry;
mod entry_row;
mod example;
mod form;
mod phase;
mod ready;
mod run;
mod send;
mod series;
mod session;

pub use form::DiagnosisForm;
