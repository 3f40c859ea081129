//! What only a browser can do. It compiles natively as well, and is called there by nobody: event handlers and
//! effects run after hydration.

pub mod build;
pub mod canvas;
pub mod events;
pub mod fetch;
pub mod files;
pub mod folders;
pub mod masker;
pub mod offline;
pub mod page;
pub mod problem;
pub mod reader;
pub mod time;
pub mod upload;
mod worker;
