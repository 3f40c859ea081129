//! What pages are made of: each component draws what it is given.

pub mod frame;
