//! Chest CT slices: decoding under limits, the lungs in six visible steps, the network's input, pictures of the result.
//!
//! The same source runs on the server, in training and in the browser, and gives bit-equal masks: everything that
//! decides about a mask is integer arithmetic.

pub mod class;
pub mod colour;
pub mod decode;
pub mod encode;
pub mod extent;
pub mod input;
pub mod phantom;
pub mod probabilities;
mod resample;
pub mod segment;
pub mod slice;

pub use class::Class;
pub use colour::{blend, cut_layer, heat_layer};
pub use decode::{DecodeError, Limits, decode, decode_mask, is_picture_name};
pub use encode::{encode_png_grey, encode_png_mask, encode_png_rgb, encode_png_rgba};
pub use extent::{DENSE_GREY, dense_pixels, hot_pixels};
pub use input::{INPUT_SIDE, NetworkInput, UnmaskedInput, network_input, unmasked_input};
pub use phantom::{Finding, Phantom, PhantomOptions, phantom};
pub use probabilities::{Probabilities, percent};
pub use segment::{NoLungs, SegmentOptions, Segmentation, Step, segment, steps_strip};
pub use slice::{Mask, Rect, Slice, mask_fingerprint};
