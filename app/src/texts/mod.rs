//! Every text of the site, in English and in Chinese side by side: `texts::home::lead()` is the text in the language of the
//! page. A text that lacks a language or a value does not compile.
//!
//! A macro of our own: the crates for this (leptos_i18n, fluent) bring an ICU with its data, cookies and contexts, or a
//! parser into the browser, for what is a `match` here.

/// A text that takes no values.
pub type Text = fn() -> &'static str;

/// Texts by name: `name = "English", "Chinese";` or, with values to put in,
/// `name(value) = "English {value}", "Chinese {value}";`.
macro_rules! texts {
    ($( $name:ident $( ( $($value:ident),+ ) )? = $english:literal, $chinese:literal; )*) => {
        $( texts!(@one $name $( ( $($value),+ ) )? = $english, $chinese); )*
    };
    (@one $name:ident = $english:literal, $chinese:literal) => {
        pub fn $name() -> &'static str {
            match $crate::locale::locale() {
                $crate::locale::Locale::English => $english,
                $crate::locale::Locale::Chinese => $chinese,
            }
        }
    };
    (@one $name:ident ($($value:ident),+) = $english:literal, $chinese:literal) => {
        pub fn $name($($value: impl std::fmt::Display),+) -> String {
            match $crate::locale::locale() {
                $crate::locale::Locale::English => format!($english),
                $crate::locale::Locale::Chinese => format!($chinese),
            }
        }
    };
}

pub mod common;
pub mod cues;
pub mod dataset;
pub mod diagnosis;
pub mod downloads;
pub mod evaluation;
pub mod external;
pub mod failure;
pub mod figures;
pub mod formula;
pub mod frame;
pub mod home;
pub mod images;
pub mod introduction;
pub mod masking;
pub mod network;
pub mod not_found;
pub mod pacs;
pub mod reference;
pub mod region;
pub mod report;
pub mod result;
pub mod risk;
pub mod series;
pub mod training;
