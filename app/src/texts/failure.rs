//! The server's own page for what a browser asked for and did not get. There the language is no context of a page.

use crate::locale::Locale;

/// Its texts.
pub struct Failure {
    /// The title where slices were sent and none has a result.
    pub no_result: &'static str,
    /// The title otherwise.
    pub failed: &'static str,
    pub no_file: &'static str,
    /// Links to the pages that somebody may have come from.
    pub diagnosis: &'static str,
    pub result: &'static str,
    pub archive: &'static str,
    pub home: &'static str,
}

/// In the language that was asked in.
pub const fn failure(locale: Locale) -> Failure {
    match locale {
        Locale::English => Failure {
            no_result: "No result",
            failed: "That did not work",
            no_file: "No file could be read.",
            diagnosis: "Back to the diagnosis",
            result: "Back to the result",
            archive: "Back to the PACS",
            home: "To the home page",
        },
        Locale::Chinese => Failure {
            no_result: "没有结果",
            failed: "操作未完成",
            no_file: "没有一个文件可以读取。",
            diagnosis: "返回在线诊断",
            result: "返回结果",
            archive: "返回 PACS 序列",
            home: "返回首页",
        },
    }
}
