//! Training and evaluation of Lungsight's network: manifest → split by patient → prepared inputs → train → evaluate → export.

#![recursion_limit = "256"]

pub mod augment;
pub mod batches;
pub mod evaluate;
pub mod export;
pub mod features;
pub mod manifest;
pub mod metrics;
pub mod prepare;
pub mod run;
pub mod split;
pub mod train;
