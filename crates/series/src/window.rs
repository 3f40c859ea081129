//! Which Hounsfield units the greys stand for.

use lungsight_imaging::Slice;
use serde::{Deserialize, Serialize};

use crate::HuSlice;

/// A window on Hounsfield units: black below, white above, linear between.
///
/// The function is LINEAR_EXACT (PS3.3 C.11.2.1.3.2): grey = ((hu − centre) / width + ½) · 255, held to 0..=255 and
/// rounded. It is the one that the network was trained with; LINEAR (C.11.2.1.2) differs by half a Hounsfield unit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Window {
    /// Middle, in HU.
    pub centre_hu: f32,
    /// From black to white, in HU; more than 0.
    pub width_hu: f32,
}

impl Default for Window {
    fn default() -> Self {
        Self::LUNG
    }
}

impl Window {
    /// Lung parenchyma, −1350 to 150 HU.
    pub const LUNG: Self = Self::new(-600.0, 1500.0);
    /// Mediastinum and soft tissue, −160 to 240 HU.
    pub const MEDIASTINUM: Self = Self::new(40.0, 400.0);
    /// Bone, −500 to 1300 HU.
    pub const BONE: Self = Self::new(400.0, 1800.0);
    /// The presets with the names that they go by.
    pub const PRESETS: [(&'static str, Self); 3] = [
        ("lung", Self::LUNG),
        ("mediastinum", Self::MEDIASTINUM),
        ("bone", Self::BONE),
    ];

    /// `centre_hu` and `width_hu` as in the fields.
    pub const fn new(centre_hu: f32, width_hu: f32) -> Self {
        Self {
            centre_hu,
            width_hu,
        }
    }

    /// The grey level of a value. A width of 0 is a threshold at the centre.
    pub fn grey(self, hu: f32) -> u8 {
        let share = (hu - self.centre_hu) / self.width_hu + 0.5;
        (share.clamp(0.0, 1.0) * 255.0).round() as u8
    }

    /// The slice in greys.
    pub fn apply(self, slice: &HuSlice) -> Slice {
        let values = slice.values();
        // A slice has more pixels than values: each value's grey is made once.
        let lowest = values.iter().min().copied().unwrap_or(0);
        let highest = values.iter().max().copied().unwrap_or(0);
        let table: Vec<u8> = (lowest..=highest)
            .map(|hu| self.grey(f32::from(hu)))
            .collect();
        let place = |hu: i16| usize::from(hu.abs_diff(lowest));
        let greys = values.iter().map(|&hu| table[place(hu)]).collect();
        Slice::new(slice.width(), slice.height(), greys).expect("a slice in HU has its size")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lung_window_goes_from_minus_1350_to_150() {
        let grey = [-2000.0, -1350.0, -600.0, 150.0, 3000.0].map(|hu| Window::LUNG.grey(hu));
        assert_eq!(grey, [0, 0, 128, 255, 255]);
        assert_eq!(Window::default(), Window::LUNG);
    }

    #[test]
    fn the_presets_begin_and_end_where_their_names_say() {
        let ends = |window: Window| {
            let half = window.width_hu / 2.0;
            (window.centre_hu - half, window.centre_hu + half)
        };
        assert_eq!(ends(Window::MEDIASTINUM), (-160.0, 240.0));
        assert_eq!(ends(Window::BONE), (-500.0, 1300.0));
    }

    #[test]
    fn a_window_of_no_width_parts_and_never_panics() {
        let window = Window::new(0.0, 0.0);
        assert_eq!([-5.0, 5.0].map(|hu| window.grey(hu)), [0, 255]);
        let _ = window.grey(0.0);
    }

    #[test]
    fn greys_never_fall_as_hounsfield_units_rise() {
        let ramp: Vec<i16> = (i16::MIN..=i16::MAX).collect();
        let slice = HuSlice::new(256, 256, ramp).expect("fits");
        for (_, window) in Window::PRESETS {
            let grey = window.apply(&slice);
            assert!(grey.pixels().is_sorted());
            let one_by_one = slice.values().iter().map(|&hu| window.grey(f32::from(hu)));
            assert!(one_by_one.eq(grey.pixels().iter().copied()));
            assert_eq!(grey.pixels().first(), Some(&0));
            assert_eq!(grey.pixels().last(), Some(&255));
        }
    }
}
