//! The server's own page for a form of which nothing could be read. There the language is no context of a page.

use crate::locale::Locale;

/// Its texts.
pub struct Failure {
    pub title: &'static str,
    pub no_file: &'static str,
    pub back: &'static str,
}

/// In the language of the form.
pub const fn failure(locale: Locale) -> Failure {
    match locale {
        Locale::English => Failure {
            title: "No result",
            no_file: "No file could be read.",
            back: "Back to the diagnosis",
        },
        Locale::Chinese => Failure {
            title: "没有结果",
            no_file: "没有一个文件可以读取。",
            back: "返回在线诊断",
        },
    }
}
