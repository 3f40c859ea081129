//! Training and evaluation of Lungsight's network: manifest → split by patient →
//! prepared inputs → train → export → count → evaluate → figures.

#![recursion_limit = "256"]

pub mod archive;
pub mod augment;
pub mod average;
pub mod batches;
mod best;
mod columns;
pub mod counts;
pub mod cues;
pub mod curves;
pub mod dataset;
pub mod dealt;
mod differing;
pub mod evaluate;
pub mod export;
pub mod faithfulness;
pub mod figures;
mod grain;
pub mod groups;
pub mod judged;
pub mod lesions;
pub mod limits;
pub mod loss;
pub mod manifest;
pub mod masks;
pub mod material;
pub mod metrics;
pub mod notes;
mod places;
pub mod prepare;
pub mod probe;
pub mod recipe;
pub mod run;
pub mod say;
pub mod schedule;
pub mod screen;
pub mod series;
pub mod settings;
pub mod sights;
pub mod split;
pub mod statistics;
mod step;
pub mod style;
pub mod table;
pub mod targets;
mod teachers;
pub mod train;
mod twins;
