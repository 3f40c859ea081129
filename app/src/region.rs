//! A region that a user draws on a slice: from places on the screen to pixels of the slice.

/// A slice's width and height in pixels, each at least 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    pub width: u32,
    pub height: u32,
}

/// Where the picture's frame lies on the screen, in CSS pixels. The slice is fitted into it and centred, as
/// `object-fit: contain` and an SVG's view box do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frame {
    pub left: f64,
    pub top: f64,
    pub width: f64,
    pub height: f64,
}

/// A rectangle in pixels of the slice, all of it in the slice, no side shorter than [`Size::least_side`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    pub x: u32,
    pub y: u32,
    pub width: u32,
    pub height: u32,
}

/// The shortest side of a region: the slice's longer side over this. About a cell of the finest pyramid level; what is
/// smaller says no more, and a finger that only taps has still drawn something to be seen.
const LEAST: u32 = 32;

impl Size {
    /// `None` where a side is 0: a picture that is not loaded.
    pub fn new(width: u32, height: u32) -> Option<Self> {
        (width > 0 && height > 0).then_some(Self { width, height })
    }

    /// The shortest side that a region may have, in pixels of the slice, at least 1.
    pub fn least_side(self) -> u32 {
        let least = self.width.max(self.height) / LEAST;
        least.clamp(1, self.width.min(self.height))
    }

    /// The place in the slice, in its pixels, under a place on the screen (`client`, in CSS pixels); the nearest one where
    /// that lies beside the slice.
    pub fn place(self, frame: Frame, client: (f64, f64)) -> (f64, f64) {
        let (width, height) = (f64::from(self.width), f64::from(self.height));
        let scale = (frame.width / width).min(frame.height / height);
        if scale.is_nan() || scale <= 0.0 {
            return (0.0, 0.0);
        }
        let along = |client: f64, start: f64, framed: f64, side: f64| {
            let margin = (framed - side * scale) / 2.0;
            ((client - start - margin) / scale).clamp(0.0, side)
        };
        (
            along(client.0, frame.left, frame.width, width),
            along(client.1, frame.top, frame.height, height),
        )
    }
}

impl Region {
    /// The middle half of the slice, where a user starts who draws none.
    pub fn middle(size: Size) -> Self {
        let (width, height) = (size.width / 2, size.height / 2);
        Self::fitted(size.width / 4, size.height / 4, width, height, size)
    }

    /// Between two corners, in pixels of the slice, in any order: whole pixels, grown to the least side where it is smaller.
    pub fn spanned(one: (f64, f64), other: (f64, f64), size: Size) -> Self {
        let least = size.least_side();
        let along = |one: f64, other: f64, side: u32| {
            // Casts from floats saturate, also at 0.
            let start = one.min(other).floor() as u32;
            let end = (one.max(other).ceil() as u32).min(side);
            let length = end.saturating_sub(start);
            if length >= least {
                return (start, length);
            }
            let start = start.saturating_sub((least - length) / 2);
            (start.min(side - least), least)
        };
        let (x, width) = along(one.0, other.0, size.width);
        let (y, height) = along(one.1, other.1, size.height);
        Self {
            x,
            y,
            width,
            height,
        }
    }

    /// What comes nearest to the numbers asked for: sides first, then moved into the slice.
    pub fn fitted(x: u32, y: u32, width: u32, height: u32, size: Size) -> Self {
        let least = size.least_side();
        let (width, height) = (
            width.clamp(least, size.width),
            height.clamp(least, size.height),
        );
        Self {
            x: x.min(size.width - width),
            y: y.min(size.height - height),
            width,
            height,
        }
    }

    /// As the API is asked for it.
    pub fn query(self) -> String {
        let Self {
            x,
            y,
            width,
            height,
        } = self;
        format!("x={x}&y={y}&width={width}&height={height}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQUARE: Size = Size {
        width: 512,
        height: 512,
    };
    const WIDE: Size = Size {
        width: 400,
        height: 200,
    };

    fn region(x: u32, y: u32, width: u32, height: u32) -> Region {
        Region {
            x,
            y,
            width,
            height,
        }
    }

    #[test]
    fn places_on_the_screen_become_pixels_at_every_scale() {
        let frame = Frame {
            left: 100.0,
            top: 50.0,
            width: 256.0,
            height: 256.0,
        };
        assert_eq!(SQUARE.place(frame, (100.0, 50.0)), (0.0, 0.0));
        assert_eq!(SQUARE.place(frame, (228.0, 306.0)), (256.0, 512.0));
        // Beside the frame: the edge.
        assert_eq!(SQUARE.place(frame, (0.0, 999.0)), (0.0, 512.0));
        // Scrolled out of the window's top.
        let above = Frame {
            top: -100.0,
            ..frame
        };
        assert_eq!(SQUARE.place(above, (100.0, 28.0)), (0.0, 256.0));
    }

    #[test]
    fn a_slice_that_is_not_square_is_centred_in_its_frame() {
        let frame = Frame {
            left: 0.0,
            top: 0.0,
            width: 200.0,
            height: 200.0,
        };
        // Half its size, 50 CSS pixels free above and below.
        assert_eq!(WIDE.place(frame, (100.0, 50.0)), (200.0, 0.0));
        assert_eq!(WIDE.place(frame, (200.0, 100.0)), (400.0, 100.0));
        assert_eq!(WIDE.place(frame, (10.0, 20.0)), (20.0, 0.0));
        assert_eq!(WIDE.place(frame, (10.0, 199.0)), (20.0, 200.0));
    }

    #[test]
    fn a_frame_without_size_gives_a_place_in_the_slice() {
        let none = Frame {
            left: 0.0,
            top: 0.0,
            width: 0.0,
            height: 0.0,
        };
        assert_eq!(SQUARE.place(none, (5.0, 5.0)), (0.0, 0.0));
        let unknown = Frame {
            width: f64::NAN,
            height: f64::NAN,
            ..none
        };
        assert_eq!(SQUARE.place(unknown, (5.0, 5.0)), (0.0, 0.0));
    }

    #[test]
    fn corners_may_come_in_any_order_and_give_whole_pixels() {
        let expected = region(100, 40, 61, 80);
        let (one, other) = ((100.4, 119.2), (160.1, 40.9));
        assert_eq!(Region::spanned(one, other, SQUARE), expected);
        assert_eq!(Region::spanned(other, one, SQUARE), expected);
        let whole = Region::spanned((-50.0, 0.0), (1e9, 512.0), SQUARE);
        assert_eq!(whole, region(0, 0, 512, 512));
    }

    #[test]
    fn a_tap_draws_the_least_region_around_it_inside_the_slice() {
        assert_eq!(SQUARE.least_side(), 16);
        let tap = |at| Region::spanned(at, at, SQUARE);
        assert_eq!(tap((100.0, 200.0)), region(92, 192, 16, 16));
        assert_eq!(tap((0.0, 512.0)), region(0, 496, 16, 16));
        assert_eq!(tap((f64::NAN, f64::INFINITY)), region(0, 496, 16, 16));
        // A narrow drag keeps its length.
        let drag = Region::spanned((100.0, 50.0), (104.0, 150.0), SQUARE);
        assert_eq!(drag, region(94, 50, 16, 100));
    }

    #[test]
    fn the_smallest_slices_have_regions_too() {
        for (width, height) in [(1, 1), (1, 900), (20, 3)] {
            let size = Size::new(width, height).expect("a size");
            for region in [
                Region::middle(size),
                Region::spanned((0.0, 0.0), (0.0, 0.0), size),
                Region::spanned((5e9, 5e9), (5e9, 5e9), size),
                Region::fitted(u32::MAX, 7, 0, u32::MAX, size),
            ] {
                let inside = region.x + region.width <= width && region.y + region.height <= height;
                assert!(inside, "{region:?} in {size:?}");
                assert!(region.width > 0 && region.height > 0);
            }
        }
        assert_eq!(Size::new(0, 5), None);
    }

    #[test]
    fn numbers_are_fitted_into_the_slice() {
        assert_eq!(Region::middle(WIDE), region(100, 50, 200, 100));
        let fitted = |x, y, width, height| Region::fitted(x, y, width, height, WIDE);
        assert_eq!(fitted(10, 20, 30, 40), region(10, 20, 30, 40));
        assert_eq!(fitted(390, 20, 30, 40), region(370, 20, 30, 40));
        assert_eq!(fitted(0, 0, 9999, 1), region(0, 0, 400, 12));
    }

    #[test]
    fn the_query_names_all_four() {
        assert_eq!(region(1, 2, 30, 40).query(), "x=1&y=2&width=30&height=40");
    }
}
