//! How the report looks: paper, letters, kinds of paragraph.

use docx_rs::{
    AlignmentType, Docx, Footer, LineSpacing, NumPages, PageMargin, PageNum, Paragraph, Run,
    RunFonts, Style, StyleType,
};
use lungsight_app::analysis::Inconclusive;
use lungsight_app::texts::report as texts;
use lungsight_app::words::{inconclusive_reason, result_title};
use lungsight_imaging::{Class, Probabilities};

use super::{all_percent, paragraph, run};

/// A4 in twentieths of a point.
const PAGE: (u32, u32) = (11_906, 16_838);

/// 2 cm in twentieths of a point.
const MARGIN: i32 = 1_134;

/// Width between the margins in twentieths of a point.
pub(super) const TEXT_WIDTH: usize = 9_638;

/// Named styles, so that Word's navigation and a screen reader find the headings.
const TITLE: &str = "Title";
const HEADING: &str = "Heading1";
const SLICE_HEADING: &str = "Heading2";
/// The page number's fields take their size from here: they cannot be formatted alone.
const FOOTER: &str = "Footer";

const DARK: &str = "1F2A44";
const FAINT: &str = "5B6475";

/// An empty document with paper, fonts and footer.
pub(super) fn document() -> Docx {
    let margin = PageMargin {
        top: MARGIN,
        left: MARGIN,
        bottom: MARGIN,
        right: MARGIN,
        header: 567,
        footer: 567,
        gutter: 0,
    };
    let fonts = RunFonts::new()
        .ascii("Arial")
        .hi_ansi("Arial")
        .cs("Arial")
        .east_asia("Microsoft YaHei");
    // Sizes are in half points.
    Docx::new()
        .page_size(PAGE.0, PAGE.1)
        .page_margin(margin)
        .default_fonts(fonts)
        .default_size(20)
        .add_style(named(TITLE, "Title", 40))
        .add_style(named(HEADING, "heading 1", 28))
        .add_style(named(SLICE_HEADING, "heading 2", 22))
        .add_style(
            Style::new(FOOTER, StyleType::Paragraph)
                .name("footer")
                .based_on("Normal")
                .size(16)
                .color(FAINT),
        )
        .footer(footer())
}

fn named(id: &str, name: &str, half_points: usize) -> Style {
    Style::new(id, StyleType::Paragraph)
        .name(name)
        .based_on("Normal")
        .next("Normal")
        .size(half_points)
        .bold()
        .color(DARK)
}

fn footer() -> Footer {
    let line = Paragraph::new()
        .style(FOOTER)
        .align(AlignmentType::Center)
        .add_run(run(texts::page_before()))
        .add_page_num(PageNum::new())
        .add_run(run(texts::page_of()))
        .add_num_pages(NumPages::new())
        .add_run(run(texts::page_after()));
    Footer::new().add_paragraph(line)
}

pub(super) fn title(text: &str) -> Paragraph {
    paragraph(text)
        .style(TITLE)
        .line_spacing(LineSpacing::new().after(160))
}

pub(super) fn heading(text: &str) -> Paragraph {
    paragraph(text)
        .style(HEADING)
        .outline_lvl(0)
        .keep_next(true)
        .line_spacing(LineSpacing::new().before(320).after(120))
}

pub(super) fn slice_heading(text: &str) -> Paragraph {
    let spacing = LineSpacing::new().before(120).after(40);
    paragraph(text)
        .style(SLICE_HEADING)
        .outline_lvl(1)
        .keep_next(true)
        .line_spacing(spacing)
}

pub(super) fn text(text: &str) -> Paragraph {
    paragraph(text)
}

pub(super) fn small(text: &str) -> Paragraph {
    Paragraph::new().add_run(run(text).size(16).color(FAINT))
}

pub(super) fn gap() -> Paragraph {
    Paragraph::new().add_run(Run::new().size(12))
}

/// The class in bold, or that there is none and why, then all probabilities.
pub(super) fn result(
    predicted: Class,
    inconclusive: Option<Inconclusive>,
    probabilities: &Probabilities,
) -> Paragraph {
    let mut result = Paragraph::new().add_run(run(result_title(predicted, inconclusive)).bold());
    if let Some(reason) = inconclusive {
        result = result.add_run(run(&format!("   {}", inconclusive_reason(reason))));
    }
    result
        .add_run(run(&format!("   {}", all_percent(probabilities))).color(FAINT))
        .line_spacing(LineSpacing::new().after(80))
}
