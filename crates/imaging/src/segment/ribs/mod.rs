//! Consolidation at the pleura is as bright as the chest wall, so that no threshold tells them apart. The shape of the
//! chest does: seen from the middle of the body, the lungs' outer edge is convex, and the wall is about as thick on
//! the left as on the right.

mod dents;
mod hull;
mod ray;
mod wall;

use self::dents::deepen_dents;
use self::hull::to_hull;
use self::ray::{Ray, between, cast};
use self::wall::{Wall, stop_at_wall};
use super::bits::Bits;
use super::body::Body;

/// Extends the lungs to the chest wall where disease has taken their edge; `tissue` is the grey of soft tissue, `inside`
/// the histogram of the body with its lungs.
pub(crate) fn fill_to_wall(
    lungs: Bits,
    body: &Body,
    grey: &[u8],
    tissue: u8,
    inside: &[u32; 256],
) -> Bits {
    let (width, height) = (lungs.width(), lungs.height());
    let middle = (i64::from(body.centre_x), i64::from(body.centre_y));
    // A target may lie beyond the slice, where the other side's lung is the larger; no wall is met there.
    let grey_at =
        |x: i64, y: i64| match (usize::try_from(middle.0 + x), usize::try_from(middle.1 + y)) {
            (Ok(x), Ok(y)) if x < width && y < height => grey[y * width + x],
            _ => 0,
        };
    let mut rays = cast(&lungs, body, middle);
    // In order around the body, starting at the front: the first half is one side, the second half the other.
    let half = rays.len() / 2;
    for side in rays.chunks_mut(half) {
        to_hull(side, grey_at, tissue);
    }
    let hulls: Vec<i64> = rays.iter().map(Ray::share).collect();
    deepen_dents(&mut rays);
    let wall = Wall::new(inside, tissue, body.width);
    stop_at_wall(&mut rays, &hulls, &wall, grey_at);
    let fill = between(&rays, middle, width, height).and(&body.filled);
    lungs.or(&fill)
}
