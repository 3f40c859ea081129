//! Grey pictures on a canvas.

use lungsight_imaging::Slice;
use wasm_bindgen::{Clamped, JsCast, JsValue};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData};

/// Draws the slice with its longer side at most `max_side` pixels: for looking at, not for measuring.
pub fn draw(canvas: &HtmlCanvasElement, slice: &Slice, max_side: u32) {
    let longer = slice.width().max(slice.height());
    let step = longer.div_ceil(max_side.max(1)).max(1) as usize;
    let (width, rgba) = rgba(slice, step);
    // A canvas without a context, or without memory for the picture, stays empty; its label still says what it shows.
    let _ = put(canvas, width, &rgba);
}

/// Every `step`th pixel of every `step`th row.
fn rgba(slice: &Slice, step: usize) -> (u32, Vec<u8>) {
    let width = slice.width() as usize;
    let rows = slice.pixels().chunks_exact(width).step_by(step);
    let rgba: Vec<u8> = rows
        .flat_map(|row| row.iter().step_by(step))
        .flat_map(|&grey| [grey, grey, grey, 255])
        .collect();
    (width.div_ceil(step) as u32, rgba)
}

fn put(canvas: &HtmlCanvasElement, width: u32, rgba: &[u8]) -> Result<(), JsValue> {
    let picture = ImageData::new_with_u8_clamped_array(Clamped(rgba), width)?;
    canvas.set_width(picture.width());
    canvas.set_height(picture.height());
    let context = canvas.get_context("2d")?.ok_or(JsValue::NULL)?;
    context
        .dyn_into::<CanvasRenderingContext2d>()?
        .put_image_data(&picture, 0.0, 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_slice_is_thinned_and_stays_opaque() {
        let slice = Slice::new(5, 3, (0..15).collect()).expect("fits");
        let (width, rgba) = rgba(&slice, 2);
        assert_eq!(width, 3);
        let greys: Vec<u8> = rgba.chunks_exact(4).map(|pixel| pixel[0]).collect();
        assert_eq!(greys, [0, 2, 4, 10, 12, 14]);
        assert!(rgba.chunks_exact(4).all(|pixel| pixel[3] == 255));
    }
}
