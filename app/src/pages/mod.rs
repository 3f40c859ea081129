//! One file per route.

pub mod diagnosis;
pub mod home;
pub mod images;
pub mod introduction;
pub mod not_found;
pub mod pacs;
pub mod reference;
pub mod result;
pub mod risk;
