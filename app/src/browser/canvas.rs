//! Grey pictures on a canvas.

use lungsight_masking::Picture;
use wasm_bindgen::{Clamped, JsCast, JsValue};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData};

/// Draws the picture, one canvas pixel for each of its own.
pub fn draw(canvas: &HtmlCanvasElement, picture: &Picture) {
    let rgba: Vec<u8> = picture
        .pixels
        .iter()
        .flat_map(|&grey| [grey, grey, grey, 255])
        .collect();
    // A canvas without a context, or without memory for the picture, stays empty; its label still says what it shows.
    let _ = put(canvas, picture.width, &rgba);
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
