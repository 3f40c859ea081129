//! What pages are made of: each component draws what it is given.
//!
//! Large ones end in `into_any`: the type of a page would otherwise grow beyond what the compiler lays out.

pub mod caution;
pub mod class_bars;
pub mod frame;
pub mod heat_scale;
pub mod histogram;
pub mod layers;
pub mod masking;
pub mod network_diagram;
pub mod pictograms;
pub mod region;
pub mod result_view;
pub mod results;
pub mod slice_canvas;
pub mod slice_table;
