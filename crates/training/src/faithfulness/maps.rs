//! The kinds of map, and the heat under a point of one.

use lungsight_network::grad_cam::{Heat, LevelMaps, fuse, shown};

/// What is shown to a reader.
pub(super) const SHOWN: &str = "shown";

/// All levels together.
const FUSED: &str = "fused";

/// No map, but a random order of pixels to compare with.
pub(super) const RANDOM: &str = "random";

/// The kinds of map: what is shown, fused, and each level alone by its side in pixels.
pub(super) fn kinds(levels: &LevelMaps) -> Vec<(String, Heat)> {
    let alone = levels.iter().map(|level| {
        (
            format!("{0}×{0}", level.side),
            fuse(std::slice::from_ref(level)),
        )
    });
    [
        (SHOWN.to_owned(), shown(levels)),
        (FUSED.to_owned(), fuse(levels)),
    ]
    .into_iter()
    .chain(alone)
    .collect()
}

/// The heat under a point of the crop, both coordinates in 0..=1, bilinear.
pub(super) fn at_unit(heat: &Heat, x: f32, y: f32) -> f32 {
    let place = |at: f32, side: usize| {
        let at = (at * side as f32 - 0.5).clamp(0.0, (side - 1) as f32);
        (at as usize, (at as usize + 1).min(side - 1), at.fract())
    };
    let ((x0, x1, fx), (y0, y1, fy)) = (place(x, heat.width), place(y, heat.height));
    let value = |x: usize, y: usize| heat.values[y * heat.width + x];
    let row = |y: usize| value(x0, y) * (1.0 - fx) + value(x1, y) * fx;
    row(y0) * (1.0 - fy) + row(y1) * fy
}
