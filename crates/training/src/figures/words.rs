//! What the figures say, in the two languages of the site. Names of sources are names in both, unless they are words.

use lungsight_imaging::Class;

/// A language that figures are drawn in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    English,
    Chinese,
}

use Language::{Chinese, English};

impl Language {
    pub(super) const ALL: [Self; 2] = [English, Chinese];

    /// What a figure's file name ends with, before its extension: the site asks for it by this.
    pub(super) fn ending(self) -> &'static str {
        self.either("", ".zh")
    }

    /// One of two wordings.
    pub(super) fn either<T>(self, english: T, chinese: T) -> T {
        match self {
            English => english,
            Chinese => chinese,
        }
    }

    /// As the site calls it.
    pub(super) fn class(self, class: Class) -> &'static str {
        match (self, class) {
            (English, class) => class.title(),
            (Chinese, Class::Healthy) => "健康",
            (Chinese, Class::Pneumonia) => "普通肺炎",
            (Chinese, Class::Covid) => "新冠肺炎",
        }
    }

    /// What the slices are to the weights, as the evaluation tells which they are.
    pub(super) fn judged(self, slices_of: &str) -> &'static str {
        let part_of = |part: &str| slices_of.starts_with(&format!("{part} part of "));
        if part_of("Test") {
            self.either("Held-out ", "留出的")
        } else if part_of("Validation") {
            self.either("Validation ", "验证集的")
        } else if part_of("Train") {
            self.either("Training ", "训练集的")
        } else {
            // A whole list: whether they were held out is not known.
            self.either("Judged ", "所评估的")
        }
    }

    pub(super) fn slices(self) -> &'static str {
        self.either("slices", "切片")
    }

    pub(super) fn patients(self) -> &'static str {
        self.either("patients", "患者")
    }

    /// `Held-out slices: 308 of 343 right`
    pub(super) fn right_of(self, what: &str, right: usize, count: usize) -> String {
        match self {
            English => format!("{what}: {right} of {count} right"),
            Chinese => format!("{what}：共 {count}，判断正确 {right}"),
        }
    }

    /// What is drawn, after what it is drawn of.
    pub(super) fn heading(self, what: &str, english: &str, chinese: &str) -> String {
        match self {
            English => format!("{what}: {english}"),
            Chinese => format!("{what}：{chinese}"),
        }
    }

    /// A line's name with its figure.
    pub(super) fn figure(self, name: &str, english: &str, chinese: &str, value: f64) -> String {
        match self {
            English => format!("{name}, {english} {value:.3}"),
            Chinese => format!("{name}，{chinese} {value:.3}"),
        }
    }

    pub(super) fn by_source(self, judged: &str, left_out: usize) -> String {
        match (self, left_out) {
            (English, 0) => format!("{judged}slices by source"),
            (English, _) => {
                format!("{judged}slices by source: the largest, {left_out} are left out")
            }
            (Chinese, 0) => format!("{judged}切片，按来源"),
            (Chinese, _) => format!("{judged}切片，按来源：仅列最大的来源，略去 {left_out} 个"),
        }
    }

    /// A source, and the note on some of its slices; the notes and the name that these data have in common words.
    pub(super) fn group(self, group: &str) -> String {
        match self {
            English => group.to_owned(),
            Chinese => group
                .replace("annotated series", "带标注的序列")
                .replace("hardly a lesion", "几乎没有病灶")
                .replace("no lesion", "没有病灶")
                .replace("severity", "严重程度"),
        }
    }

    /// Of the maps that faithfulness is measured for; levels are named by their sides in both.
    pub(super) fn map(self, kind: &str) -> &str {
        match (self, kind) {
            (Chinese, "fused") => "融合",
            (Chinese, "random") => "随机",
            (Chinese, "shown") => "本站所示",
            _ => kind,
        }
    }
}
