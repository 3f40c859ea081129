//! One file per kind of address; the table is in [`router`](crate::router).

pub mod analyses;
pub mod archives;
pub mod diagnosis;
pub mod dicom;
pub mod docs;
pub mod events;
pub mod examples;
pub mod figures;
pub mod health;
pub mod layers;
pub mod metrics;
pub mod pacs;
pub mod pages;
pub mod pictures;
pub mod region;
pub mod report;
pub mod sent;
pub mod series;
pub mod table;
pub mod uploads;
