//! The body: what is bright, holds together, and encloses the lungs.

use super::bits::Bits;
use super::components::{Component, Components};

/// The body without the table, its inside filled.
pub(crate) struct Body {
    /// The body with everything that it encloses.
    pub filled: Bits,
    pub area: u64,
    pub width: u32,
    /// Column of the centroid.
    pub centre_x: u32,
    pub centre_y: u32,
}

/// Table tops and blankets thinner than twice the slice's shorter side over this fall off the body.
const OPENING: usize = 160;

/// Finds the body around the dark pixels; `None` when nothing bright is larger than an eighth of the slice.
pub(crate) fn body(dark: &Bits) -> Option<Body> {
    let (width, height) = (dark.width(), dark.height());
    let radius = (width.min(height) / OPENING).max(1);
    let core = dark.clone().not().erode(radius);
    let cores = Components::of(&core);
    let largest = cores.largest()?;
    let solid = cores.keep(|index| index == largest).dilate(radius);
    let around = Components::of(&solid.clone().not());
    let contact = border_contact(&around, width, height);
    let outside = around.keep(|index| {
        let component = &around.list()[index];
        contact[index].corner || contact[index].pixels * 3 > reach(component)
    });
    let filled = outside.not();
    let shape = Components::of(&filled);
    let shape = &shape.list()[shape.largest()?];
    (shape.area * 8 > (width * height) as u64).then(|| Body {
        area: shape.area,
        width: shape.width(),
        centre_x: shape.centre_x(),
        centre_y: shape.centre_y(),
        filled,
    })
}

/// How far a component reaches around: half its bounding box's circumference.
fn reach(component: &Component) -> u64 {
    u64::from(component.width() + component.height())
}

/// Where a component meets the picture's border.
#[derive(Clone, Copy, Default)]
struct Contact {
    pixels: u64,
    corner: bool,
}

fn border_contact(components: &Components, width: usize, height: usize) -> Vec<Contact> {
    let mut contacts = vec![Contact::default(); components.list().len()];
    for (run, label) in components.runs() {
        let contact = &mut contacts[label];
        let (at_left, at_right) = (run.start == 0, run.end as usize == width);
        if run.y == 0 || run.y as usize + 1 == height {
            contact.pixels += u64::from(run.end - run.start);
            contact.corner |= at_left || at_right;
        } else {
            contact.pixels += u64::from(at_left) + u64::from(at_right);
        }
    }
    contacts
}
