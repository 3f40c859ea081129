//! What routes answer: analyses and their pictures, what is downloaded of them, layers, uploads.

#[path = "../common/mod.rs"]
mod common;

mod analyses;
mod downloads;
mod layers;
mod uploads;
