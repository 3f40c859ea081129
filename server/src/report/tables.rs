//! The report's tables.

use docx_rs::{
    AlignmentType, BorderType, Paragraph, Pic, Run, Shading, Table, TableBorder,
    TableBorderPosition, TableBorders, TableCell, TableCellMargins, TableLayoutType, TableRow,
    VAlignType, WidthType,
};
use lungsight_app::analysis::{SliceError, SliceResult};
use lungsight_app::texts::report as text;
use lungsight_app::texts::result;
use lungsight_app::words::{class_title, result_title, server_says};
use lungsight_imaging::Class;

use super::pictures::Picture;
use super::style::{TEXT_WIDTH, small};
use super::{paragraph, percent, run};

const LINE: &str = "C9CFDA";
const HEAD_FILL: &str = "E9EDF5";
const CAUTION_FILL: &str = "FFF4D6";

/// A paragraph in a coloured box.
pub(super) fn boxed(content: Paragraph) -> Table {
    let cell = cell(content, TEXT_WIDTH).shading(Shading::new().fill(CAUTION_FILL));
    table(vec![TableRow::new(vec![cell])], vec![TEXT_WIDTH])
}

/// Names on the left, values on the right.
pub(super) fn facts(facts: &[(&'static str, String)]) -> Table {
    let widths = [1_700, TEXT_WIDTH - 1_700];
    let rows = facts.iter().map(|(name, value)| {
        let name = cell(Paragraph::new().add_run(run(name).bold()), widths[0])
            .shading(Shading::new().fill(HEAD_FILL));
        TableRow::new(vec![name, cell(paragraph(value), widths[1])]).cant_split()
    });
    table(rows.collect(), widths.to_vec())
}

/// Number, name, class and probabilities of every file.
pub(super) fn slices(results: &[SliceResult]) -> Table {
    const NUMBER: usize = 600;
    const CLASS: usize = 1_950;
    const PERCENT: usize = 1_360;
    let name_width = TEXT_WIDTH - NUMBER - CLASS - 3 * PERCENT;
    let widths = vec![NUMBER, name_width, CLASS, PERCENT, PERCENT, PERCENT];
    let names = [text::number(), result::image(), result::predicted_type()].into_iter();
    let names: Vec<_> = names.chain(Class::ALL.map(class_title)).collect();
    let mut rows = vec![head(&names, &widths)];
    for (number, seen) in (1..).zip(results) {
        let mut texts = vec![number.to_string()];
        match seen {
            SliceResult::Read(slice) => {
                texts.extend([
                    slice.name.clone(),
                    result_title(slice.predicted, slice.inconclusive).to_owned(),
                ]);
                texts.extend(Class::ALL.map(|class| percent(slice.probabilities.of(class))));
            }
            SliceResult::Failed(failed) => {
                texts.extend([failed.name.clone(), text::not_analysed().to_owned()]);
                texts.extend(Class::ALL.map(|_| "–".to_owned()));
            }
            // A report is written of finished analyses.
            SliceResult::Pending(_) => continue,
        }
        let cells = texts
            .iter()
            .zip(&widths)
            .enumerate()
            .map(|(column, (words, width))| {
                let is_figure = column == 0 || column > 2;
                let line = if column == 2 {
                    Paragraph::new().add_run(run(words).bold())
                } else {
                    paragraph(words)
                };
                cell(
                    if is_figure {
                        line.align(AlignmentType::Right)
                    } else {
                        line
                    },
                    *width,
                )
            });
        rows.push(TableRow::new(cells.collect()).cant_split());
    }
    table(rows, widths)
}

/// Files that failed, with reasons.
pub(super) fn failed(failed: &[SliceError]) -> Table {
    let widths = vec![3_600, TEXT_WIDTH - 3_600];
    let mut rows = vec![head(&[text::file(), text::reason()], &widths)];
    rows.extend(failed.iter().map(|file| {
        let cells = vec![
            cell(paragraph(&file.name), widths[0]),
            cell(paragraph(&server_says(file.status, &file.error)), widths[1]),
        ];
        TableRow::new(cells).cant_split()
    }));
    table(rows, widths)
}

/// Two pictures side by side, each with a line below.
pub(super) fn pictures(pictures: [(&str, Picture); 2]) -> Table {
    let width = TEXT_WIDTH / 2;
    let cells = pictures.map(|(caption, picture)| {
        let pic = Pic::new_with_dimensions(picture.png, picture.width, picture.height)
            .size(picture.print_width_emu, picture.print_height_emu);
        let picture = Paragraph::new()
            .align(AlignmentType::Center)
            .add_run(Run::new().add_image(pic));
        cell(picture, width)
            .add_paragraph(small(caption).align(AlignmentType::Center))
            .clear_all_border()
    });
    table(
        vec![TableRow::new(cells.into()).cant_split()],
        vec![width, width],
    )
    .clear_all_border()
}

fn head(titles: &[&str], widths: &[usize]) -> TableRow {
    let cells = titles.iter().zip(widths).map(|(title, width)| {
        cell(Paragraph::new().add_run(run(title).bold()), *width)
            .shading(Shading::new().fill(HEAD_FILL))
    });
    TableRow::new(cells.collect()).cant_split()
}

fn cell(content: Paragraph, width: usize) -> TableCell {
    TableCell::new()
        .add_paragraph(content)
        .width(width, WidthType::Dxa)
        .vertical_align(VAlignType::Center)
}

fn table(rows: Vec<TableRow>, widths: Vec<usize>) -> Table {
    let positions = [
        TableBorderPosition::Top,
        TableBorderPosition::Bottom,
        TableBorderPosition::Left,
        TableBorderPosition::Right,
        TableBorderPosition::InsideH,
        TableBorderPosition::InsideV,
    ];
    let borders = positions
        .into_iter()
        .fold(TableBorders::with_empty(), |borders, position| {
            borders.set(
                TableBorder::new(position)
                    .border_type(BorderType::Single)
                    .size(4)
                    .color(LINE),
            )
        });
    Table::new(rows)
        .set_grid(widths)
        .width(TEXT_WIDTH, WidthType::Dxa)
        .layout(TableLayoutType::Fixed)
        .set_borders(borders)
        .margins(TableCellMargins::new().margin(50, 100, 50, 100))
}
