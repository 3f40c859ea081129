//! Training and evaluation of Lungsight's network: manifest → split by patient →
//! prepared inputs → train → export → count → evaluate → figures.

#![recursion_limit = "256"]

pub mod archive;
pub mod augment;
pub mod average;
pub mod batches;
mod columns;
pub mod counts;
pub mod curves;
pub mod dataset;
pub mod evaluate;
pub mod export;
pub mod faithfulness;
pub mod figures;
pub mod lesions;
pub mod limits;
pub mod loss;
pub mod manifest;
pub mod masks;
pub mod material;
pub mod metrics;
mod places;
pub mod prepare;
pub mod probe;
pub mod recipe;
pub mod run;
pub mod schedule;
pub mod screen;
pub mod series;
pub mod sights;
pub mod split;
mod step;
pub mod style;
pub mod table;
pub mod targets;
mod teachers;
pub mod train;
