//! What pages are made of: each component draws what it is given.
//!
//! Large ones end in `into_any`: the type of a page would otherwise grow beyond what the compiler lays out.

pub mod calibration;
pub mod caution;
pub mod class_bars;
pub mod confusion;
pub mod dataset_table;
pub mod evaluation;
pub mod external;
pub mod formula;
pub mod frame;
pub mod heat_scale;
pub mod histogram;
pub mod layers;
pub mod masking;
pub mod network_diagram;
pub mod outcome;
pub mod pictograms;
pub mod result_view;
pub mod results;
pub mod shares;
pub mod slice_canvas;
pub mod slice_table;
pub mod training_flow;
