//! The pages of Lungsight, rendered on the server (`ssr`), with islands that the browser takes over (`hydrate`).
//!
//! [`shell`] is the document, `pages` holds one file per route and asks the [`Backend`](backend::Backend); pages are
//! compiled for the server alone. `islands` are the parts that live on in the browser: they get all they need as
//! properties. `components` are the pieces of both; the larger ones of pages ask the server themselves (`request`). `browser` is what only a browser can do (files, canvas,
//! upload, the masking worker).

#![recursion_limit = "512"]

pub mod analysis;
#[cfg(feature = "ssr")]
mod app;
mod arrange;
#[cfg(feature = "ssr")]
pub mod backend;
mod browser;
mod components;
#[cfg(feature = "ssr")]
mod datasets;
#[cfg(feature = "ssr")]
pub mod evaluation;
pub mod islands;
pub mod locale;
pub mod network;
#[cfg(feature = "ssr")]
pub mod pacs;
#[cfg(feature = "ssr")]
mod pages;
mod region;
#[cfg(feature = "ssr")]
mod request;
pub mod series_words;
pub mod texts;
#[cfg(feature = "ssr")]
mod thesis;
pub mod words;

#[cfg(feature = "ssr")]
pub use app::shell;
