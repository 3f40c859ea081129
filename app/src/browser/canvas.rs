//! Grey pictures on a canvas.

use lungsight_masking::Picture;
use lungsight_reading::Look;
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

/// How much of the lungs' colour covers the greys, of 256.
const TINT: u32 = 72;

/// The lungs' colour: the accent of the dark style.
const LUNGS: [u8; 3] = [64, 190, 200];

/// Draws a slice with its lungs, where it came with some.
pub fn draw_look(canvas: &HtmlCanvasElement, look: &Look) {
    let Picture { width, pixels } = &look.picture;
    let lungs = look.lungs.as_ref().and_then(|lungs| lungs.as_ref().ok());
    let mix = |grey: u8, colour: u8| {
        ((u32::from(grey) * (256 - TINT) + u32::from(colour) * TINT) / 256) as u8
    };
    let mut rgba = Vec::with_capacity(pixels.len() * 4);
    for (at, &grey) in pixels.iter().enumerate() {
        if lungs.is_some_and(|lungs| lungs.has(at)) {
            rgba.extend(LUNGS.map(|colour| mix(grey, colour)));
        } else {
            rgba.extend([grey; 3]);
        }
        rgba.push(255);
    }
    // As above.
    let _ = put(canvas, *width, &rgba);
}

/// Takes the picture off the canvas.
pub fn clear(canvas: &HtmlCanvasElement) {
    // A width that is set empties it, even where it is the same.
    canvas.set_width(canvas.width());
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
