//! Pieces of pages and islands. They draw what they are given, and some, for pages, ask the server for it. Those for pages alone are compiled for the server alone.

pub mod caution;
pub mod class_bars;
pub mod heat_scale;
pub mod histogram;
pub mod patient;
pub mod series_notes;
pub mod slice_canvas;

#[cfg(feature = "ssr")]
pub mod alive;
#[cfg(feature = "ssr")]
mod calibration;
#[cfg(feature = "ssr")]
mod confusion;
#[cfg(feature = "ssr")]
mod cues;
#[cfg(feature = "ssr")]
mod dataset_table;
#[cfg(feature = "ssr")]
pub mod downloads;
#[cfg(feature = "ssr")]
pub mod enlargeable;
#[cfg(feature = "ssr")]
pub mod evaluation;
#[cfg(feature = "ssr")]
pub mod external;
#[cfg(feature = "ssr")]
pub mod formula;
#[cfg(feature = "ssr")]
pub mod frame;
#[cfg(feature = "ssr")]
pub mod network_diagram;
#[cfg(feature = "ssr")]
mod outcome;
#[cfg(feature = "ssr")]
pub mod pictograms;
#[cfg(feature = "ssr")]
pub mod results;
#[cfg(feature = "ssr")]
mod shares;
#[cfg(feature = "ssr")]
mod training_flow;
