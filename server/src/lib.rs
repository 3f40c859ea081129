//! Lungsight's server and command line: pages, API, inference, report.
//!
//! The way of a slice: [`form`] receives the files, [`prepare`] decodes them and finds the lungs, [`analyse`] queues them
//! for [`inference`], whose thread owns the [`engine`]; a [`record`] with classes and heatmaps goes into the [`store`], in
//! memory or in a database, through which several servers share the work; and
//! [`routes`] answer with JSON, pictures, feature maps ([`layers`]) and the Word [`report`]. [`config`] becomes a
//! [`state`], and the state a [`router`]: once, for the binary and for the tests. [`offers`] are the [`examples`] and
//! [`archives`] of whoever runs the server. A request has an id ([`request_id`]), passes [`access`] and, where it asks for
//! work, [`admission`]; [`metrics`] counts it, and [`work`] is what is waited for when the server stops.

// A page's view is one type of all its elements, nested deeper than the default of 128.
#![recursion_limit = "256"]

pub mod access;
pub mod admission;
pub mod analyse;
pub mod archives;
mod backend;
mod bounded_file;
mod cells;
pub mod cli;
pub mod client;
pub mod config;
pub mod connections;
pub mod dicom;
pub mod engine;
mod environment;
pub mod error;
pub mod evaluation;
pub mod examples;
mod extract;
mod failure;
pub mod figures;
pub mod form;
pub mod headers;
pub mod id;
pub mod inference;
mod language;
pub mod layers;
pub mod log;
pub mod memory;
pub mod metrics;
pub mod name;
pub mod offers;
pub mod openapi;
pub mod pacs;
pub mod patient;
pub mod pool;
pub mod prepare;
pub mod rate;
pub mod record;
pub mod region;
pub mod report;
pub mod request_id;
pub mod router;
pub mod routes;
pub mod series;
pub mod serve;
pub mod state;
pub mod store;
pub mod traces;
mod warm;
pub mod work;
