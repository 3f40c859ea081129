//! The figures of an evaluation, as SVG that the site and the model card show as they are, once in each language.

mod parts;
mod words;

use std::path::{Path, PathBuf};

use lungsight_imaging::Class;
use lungsight_network::checkpoint::write_atomically;
use plotters::prelude::*;

use crate::curves::{Covered, Reliability};
use crate::evaluate::Evaluation;
use crate::faithfulness::Faithfulness;
use crate::groups::Largest;
use crate::metrics::{Level, Share};
use parts::*;
use words::Language;

/// Draws all figures into `folder`; returns their paths.
///
/// # Errors
/// When a file can't be written, or the two are of different weights.
pub fn draw(
    evaluation: &Evaluation,
    faithfulness: Option<&Faithfulness>,
    folder: &Path,
) -> Result<Vec<PathBuf>, String> {
    if let Some(other) = faithfulness.filter(|other| other.model != evaluation.model) {
        return Err(format!(
            "the evaluation is of {}, the faithfulness of {}",
            evaluation.model, other.model
        ));
    }
    std::fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut drawn = Vec::new();
    for language in Language::ALL {
        drawn.extend(draw_in(language, evaluation, faithfulness, folder)?);
    }
    Ok(drawn)
}

fn draw_in(
    language: Language,
    evaluation: &Evaluation,
    faithfulness: Option<&Faithfulness>,
    folder: &Path,
) -> Result<Vec<PathBuf>, String> {
    let mut drawn = Vec::new();
    let mut add = |name: &str, draw: &dyn Fn(&Root) -> Drawn| -> Drawn {
        let path = folder.join(format!("{name}{}.svg", language.ending()));
        write_atomically(&path, svg(draw)?.as_bytes())
            .map_err(|e| format!("{}: {e}", path.display()))?;
        drawn.push(path);
        Ok(())
    };
    let judged = language.judged(&evaluation.slices_of);
    let slices = format!("{judged}{}", language.slices());
    let patients = format!("{judged}{}", language.patients());
    let levels = [
        ("slices", &slices, &evaluation.slices),
        ("patients", &patients, &evaluation.patients),
    ];
    for (name, what, level) in levels {
        add(&format!("confusion-{name}"), &|root| {
            confusion(root, language, what, level)
        })?;
        add(&format!("roc-{name}"), &|root| {
            roc(root, language, what, level)
        })?;
    }
    add("calibration", &|root| {
        calibration(
            root,
            language,
            &slices,
            &evaluation.calibration.before,
            &evaluation.calibration.after,
        )
    })?;
    add("coverage", &|root| {
        coverage(root, language, &slices, &evaluation.abstention.curve)
    })?;
    if !evaluation.by_group.is_empty() {
        add("sources", &|root| {
            sources(root, language, judged, evaluation)
        })?;
    }
    if let Some(faithfulness) = faithfulness {
        add("deletion", &|root| deletion(root, language, faithfulness))?;
    }
    Ok(drawn)
}

/// Rows: what it is. Columns: what the network says. Shaded by the share of the row.
fn confusion(root: &Root, language: Language, what: &str, level: &Level) -> Drawn {
    let heading = language.right_of(what, right(level), level.count);
    word(root, &heading, (SIZE.0 as i32 / 2, 22), 20, &INK, false)?;
    let (left, top, side) = (150, 60, 118);
    for (row, label) in (0..).zip(Class::ALL) {
        let of_class: usize = level.confusion[row].iter().sum();
        let middle = |at: i32| at * side + side / 2;
        let y = top + middle(row as i32);
        let title = language.class(label);
        word(root, title, (left - 50, y), 16, &INK, false)?;
        word(
            root,
            title,
            (left + middle(row as i32), top + 3 * side + 18),
            16,
            &INK,
            false,
        )?;
        for (column, &count) in (0..).zip(&level.confusion[row]) {
            let share = count as f64 / of_class.max(1) as f64;
            let x = left + column * side;
            let corner = (x, top + row as i32 * side);
            let opposite = (corner.0 + side - 3, corner.1 + side - 3);
            let mix = |ink: u8| (255.0 - share * (255.0 - f64::from(ink))) as u8;
            let fill = RGBColor(mix(ACCENT.0), mix(ACCENT.1), mix(ACCENT.2));
            root.draw(&Rectangle::new([corner, opposite], fill.filled()))
                .map_err(plain)?;
            root.draw(&Rectangle::new([corner, opposite], LINE))
                .map_err(plain)?;
            let ink = if share > 0.5 { WHITE } else { INK };
            let x = left + middle(column);
            word(root, &count.to_string(), (x, y - 9), 22, &ink, false)?;
            let percent = format!("{:.1} %", share * 100.0);
            word(root, &percent, (x, y + 14), 14, &ink, false)?;
        }
    }
    let (is, says) = language.either(
        ("what it is", "what the network says"),
        ("实际类别", "网络判定"),
    );
    word(root, is, (24, top + 3 * side / 2), 15, &INK, true)?;
    let below = (left + 3 * side / 2, top + 3 * side + 44);
    word(root, says, below, 15, &INK, false)
}

fn right(level: &Level) -> usize {
    (0..3).map(|class| level.confusion[class][class]).sum()
}

fn roc(root: &Root, language: Language, what: &str, level: &Level) -> Drawn {
    let heading = language.heading(what, "one class against the others", "单类对其余");
    let (x, y) = language.either(("false alarms", "found"), ("假阳性率", "敏感度"));
    let mut chart = plane(root, &heading, x, y, 0.0)?;
    chart
        .draw_series(LineSeries::new([(0.0, 0.0), (1.0, 1.0)], SOFT))
        .map_err(plain)?;
    for class in Class::ALL {
        if let Some(roc) = &level.roc[class.index()] {
            let label = language.figure(language.class(class), "area", "面积", roc.area);
            line(
                &mut chart,
                roc.points.iter().copied(),
                colour(class),
                &label,
            )?;
        }
    }
    legend(&mut chart, SeriesLabelPosition::LowerRight)
}

fn calibration(
    root: &Root,
    language: Language,
    what: &str,
    before: &Reliability,
    after: &Reliability,
) -> Drawn {
    let heading = language.heading(what, "confidence and the share right", "置信度与正确比例");
    let (x, y) = language.either(("confidence", "right"), ("置信度", "正确比例"));
    let mut chart = plane(root, &heading, x, y, 0.0)?;
    chart
        .draw_series(LineSeries::new([(0.0, 0.0), (1.0, 1.0)], SOFT))
        .map_err(plain)?;
    for (name, reliability, colour) in [
        (
            language.either("before temperature scaling", "温度缩放前"),
            before,
            OTHER,
        ),
        (language.either("as served", "实际使用"), after, ACCENT),
    ] {
        let label = language.figure(name, "error", "误差", reliability.error);
        let points = || {
            reliability
                .bins
                .iter()
                .map(|bin| (bin.confidence, bin.right))
        };
        line(
            &mut chart,
            points().map(|(x, right)| (x, right.value)),
            colour,
            &label,
        )?;
        let bars = points().map(|(x, Share { low, high, .. })| {
            PathElement::new([(x, low), (x, high)], colour.mix(0.5))
        });
        chart.draw_series(bars).map_err(plain)?;
        let dots = points().map(|(x, right)| Circle::new((x, right.value), 4, colour.filled()));
        chart.draw_series(dots).map_err(plain)?;
    }
    legend(&mut chart, SeriesLabelPosition::LowerRight)
}

fn coverage(root: &Root, language: Language, what: &str, curve: &[Covered]) -> Drawn {
    let heading = language.heading(what, "the surer, the righter", "越有把握，越准确");
    let least = curve.iter().map(|point| point.accuracy).fold(0.8, f64::min);
    let least = (least * 10.0).floor() / 10.0;
    let (x, y) = language.either(
        ("slices answered, surest first", "right"),
        ("作答的切片，最有把握的在前", "正确比例"),
    );
    let mut chart = plane(root, &heading, x, y, least)?;
    let points = curve.iter().map(|point| (point.coverage, point.accuracy));
    let label = language.either("accuracy of those answered", "作答切片的准确率");
    line(&mut chart, points, ACCENT, label)?;
    legend(&mut chart, SeriesLabelPosition::LowerLeft)
}

/// Accuracy of each source and note, with its interval.
fn sources(root: &Root, language: Language, judged: &str, evaluation: &Evaluation) -> Drawn {
    let Largest { shown, left_out } = Largest::of(&evaluation.by_group);
    let heading = language.by_source(judged, left_out);
    word(root, &heading, (SIZE.0 as i32 / 2, 22), 20, &INK, false)?;
    let (left, top, wide) = (210i32, 56i32, 290.0);
    let place = |share: f64| left + (share * wide) as i32;
    let rows = shown.len() as i32;
    let step = (SIZE.1 as i32 - top - 50) / rows.max(1);
    let size = step.clamp(10, 14);
    for percent in [0, 25, 50, 75, 100] {
        let x = place(f64::from(percent) / 100.0);
        root.draw(&PathElement::new(
            [(x, top - 6), (x, top + rows * step)],
            LINE,
        ))
        .map_err(plain)?;
        word(
            root,
            &format!("{percent} %"),
            (x, top + rows * step + 14),
            14,
            &INK,
            false,
        )?;
    }
    for (row, (group, level)) in (0..).zip(shown) {
        let y = top + row * step + step / 2;
        word(
            root,
            &format!("{} ({})", language.group(group), level.count),
            (left / 2, y),
            size,
            &INK,
            false,
        )?;
        let Share { value, low, high } = level.accuracy;
        root.draw(&PathElement::new(
            [(place(low), y), (place(high), y)],
            ACCENT.stroke_width(2),
        ))
        .map_err(plain)?;
        root.draw(&Circle::new((place(value), y), 5, ACCENT.filled()))
            .map_err(plain)?;
    }
    // As `clustered_level` computes them.
    let what = language.either(
        "right (intervals: patients drawn again and again; Wilson's of few, or all alike)",
        "正确比例（区间：对患者重复抽样；患者少或结果一致时用 Wilson 区间）",
    );
    word(
        root,
        what,
        (SIZE.0 as i32 / 2, SIZE.1 as i32 - 14),
        14,
        &INK,
        false,
    )
}

fn deletion(root: &Root, language: Language, faithfulness: &Faithfulness) -> Drawn {
    let (heading, x, y) = language.either(
        (
            "Deleting the hottest pixels first",
            "lung pixels deleted",
            "probability of the class",
        ),
        ("先去除最热的像素", "已去除的肺部像素", "该类别的概率"),
    );
    let mut chart = plane(root, heading, x, y, 0.0)?;
    // In the order of their names: three levels, fused, random, shown.
    let colours = [
        RGBColor(157, 47, 107),
        OTHER,
        RGBColor(101, 64, 156),
        RGBColor(28, 122, 86),
        SOFT,
        ACCENT,
    ];
    for ((kind, figures), colour) in faithfulness.maps.iter().zip(colours.iter().cycle()) {
        let label = language.figure(language.map(kind), "area", "面积", figures.deletion);
        line(
            &mut chart,
            figures.deletion_curve.iter().copied(),
            *colour,
            &label,
        )?;
    }
    legend(&mut chart, SeriesLabelPosition::LowerRight)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::read_json;

    fn committed() -> Evaluation {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../weights/test.json");
        read_json(&path).expect("the figures of the shipped weights")
    }

    fn headings(evaluation: &Evaluation) -> String {
        let folder = tempfile::tempdir().expect("temporary folder");
        let drawn = draw(evaluation, None, folder.path()).expect("figures");
        let read = |path| std::fs::read_to_string(path).expect("drawn");
        drawn.iter().map(read).collect()
    }

    #[test]
    fn figures_are_headed_by_what_was_judged() {
        let mut evaluation = committed();
        let text = headings(&evaluation);
        for heading in [
            "Held-out slices: 308 of 343 right",
            "Held-out patients: one class against the others",
            "Held-out slices: confidence and the share right",
            "Held-out slices by source",
            "留出的切片：共 343，判断正确 308",
        ] {
            assert!(text.contains(heading), "{heading}");
        }
        evaluation.slices_of = "slices.csv".into();
        let text = headings(&evaluation);
        assert!(text.contains("Judged slices by source") && !text.contains("Held-out"));
        assert!(text.contains("所评估的切片，按来源") && !text.contains("留出的"));
    }

    #[test]
    fn of_very_many_sources_the_largest_are_drawn() {
        let mut evaluation = committed();
        let group = evaluation.by_group["drenet"].clone();
        for number in 0..100 {
            let name = format!("another {number}");
            evaluation.by_group.insert(name, group.clone());
        }
        let left_out = evaluation.by_group.len() - 30;
        let text = headings(&evaluation);
        assert!(text.contains(&format!("{left_out} are left out")));
        assert!(text.contains(&format!("略去 {left_out} 个")));
    }
}
