//! The pages of Lungsight: rendered on the server (`ssr`), taken over by the browser (`hydrate`).
//!
//! [`shell`] is the document, [`App`] the routes. `pages` holds one file per route and gets data; `components` draws
//! what it is given; `browser` is what only a browser can do (files, canvas, upload); `load` is the one place where
//! server and browser differ.

pub mod analysis;
mod app;
mod arrange;
pub mod backend;
mod browser;
mod components;
mod load;
pub mod network;
mod pages;
mod preview;
mod region;
pub mod words;

pub use app::{App, shell};
