//! What the figures are made of: colours, axes, lines, words.

use lungsight_imaging::Class;
use plotters::chart::ChartContext;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;

pub(super) const SIZE: (u32, u32) = (560, 480);
pub(super) const INK: RGBColor = RGBColor(26, 35, 45);
pub(super) const SOFT: RGBColor = RGBColor(119, 130, 140);
pub(super) const LINE: RGBColor = RGBColor(214, 211, 201);
pub(super) const ACCENT: RGBColor = RGBColor(11, 95, 108);
pub(super) const OTHER: RGBColor = RGBColor(169, 71, 11);
pub(super) const FONT: &str = "sans-serif";

pub(super) type Root<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;
pub(super) type Plane<'a, 'b> =
    ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;
pub(super) type Drawn = Result<(), String>;

pub(super) fn svg(draw: &dyn Fn(&Root) -> Drawn) -> Result<String, String> {
    let mut text = String::new();
    {
        let root = SVGBackend::with_string(&mut text, SIZE).into_drawing_area();
        root.fill(&WHITE).map_err(plain)?;
        draw(&root)?;
        root.present().map_err(plain)?;
    }
    Ok(text)
}

pub(super) fn plain(error: impl std::fmt::Display) -> String {
    error.to_string()
}

pub(super) fn colour(class: Class) -> RGBColor {
    match class {
        Class::Healthy => RGBColor(28, 122, 86),
        Class::Pneumonia => RGBColor(154, 97, 0),
        Class::Covid => RGBColor(157, 47, 107),
    }
}

/// Axes from 0 to 1, drawn in per cent.
pub(super) fn plane<'a, 'b>(
    root: &'a Root<'b>,
    heading: &str,
    x: &str,
    y: &str,
    least: f64,
) -> Result<Plane<'a, 'b>, String> {
    let mut chart = ChartBuilder::on(root)
        .caption(heading, (FONT, 20).into_font().color(&INK))
        .margin(14)
        .margin_right(30)
        .x_label_area_size(44)
        .y_label_area_size(56)
        .build_cartesian_2d(0.0..1.0, least..1.0)
        .map_err(plain)?;
    let percent = |v: &f64| format!("{:.0} %", v * 100.0);
    chart
        .configure_mesh()
        .x_desc(x)
        .y_desc(y)
        .x_label_formatter(&percent)
        .y_label_formatter(&percent)
        .label_style((FONT, 14).into_font().color(&INK))
        .axis_desc_style((FONT, 15).into_font().color(&INK))
        .axis_style(SOFT)
        .bold_line_style(LINE)
        .light_line_style(WHITE)
        .draw()
        .map_err(plain)?;
    Ok(chart)
}

pub(super) fn line(
    chart: &mut Plane,
    points: impl IntoIterator<Item = (f64, f64)>,
    colour: RGBColor,
    label: &str,
) -> Drawn {
    chart
        .draw_series(LineSeries::new(points, colour.stroke_width(2)))
        .map_err(plain)?
        .label(label)
        .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(3)));
    Ok(())
}

pub(super) fn legend<'a, 'b: 'a>(chart: &mut Plane<'a, 'b>, at: SeriesLabelPosition) -> Drawn {
    chart
        .configure_series_labels()
        .position(at)
        .background_style(WHITE.mix(0.9))
        .border_style(LINE)
        .label_font((FONT, 14).into_font().color(&INK))
        .draw()
        .map_err(plain)
}

/// (x, y), its colour, its text.
pub(super) fn word(
    root: &Root,
    text: &str,
    at: (i32, i32),
    size: i32,
    colour: &RGBColor,
    turned: bool,
) -> Drawn {
    use plotters::style::text_anchor::{HPos, Pos, VPos};
    let font = (FONT, size).into_font();
    let font = if turned {
        font.transform(FontTransform::Rotate270)
    } else {
        font
    };
    let style = TextStyle::from(font)
        .color(colour)
        .pos(Pos::new(HPos::Center, VPos::Center));
    root.draw(&Text::new(text.to_owned(), at, style))
        .map_err(plain)
}
