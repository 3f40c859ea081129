//! Going through slices as on a reading station: by wheel, keys, or dragging.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent, PointerEvent, WheelEvent};

/// Of a touch pad's or a pointer's way, in pixels, for each slice.
const PAD_PIXELS: f64 = 40.0;
const DRAG_PIXELS: f64 = 6.0;

/// What browsers give for a wheel's turn by one notch, in pixels, and the least that is taken for one.
const NOTCH_PIXELS: f64 = 120.0;
const LEAST_NOTCH_PIXELS: f64 = 100.0;

/// Slices that a page key passes.
const PAGE: isize = 10;

/// Which of so many slices is shown.
#[derive(Clone, Copy)]
pub struct Scroll {
    /// From 0.
    pub slice: RwSignal<usize>,
    pub slices: usize,
    /// What is left of a turn or a drag that was not enough for a slice, in pixels.
    rest: StoredValue<f64>,
    /// Where the pointer that drags was last.
    last: StoredValue<Option<(f64, f64)>>,
}

/// A drag since the pointer was heard of last, in pixels of the screen.
pub struct Way {
    pub right: f64,
    pub down: f64,
    /// By a finger, whose ways up and down are the page's.
    by_finger: bool,
}

impl Scroll {
    /// Begins at a slice.
    pub fn at(slice: usize, slices: usize) -> Self {
        Self::over(RwSignal::new(slice), slices)
    }

    /// Moves what others look at too.
    pub fn over(slice: RwSignal<usize>, slices: usize) -> Self {
        Self {
            slice,
            slices,
            rest: StoredValue::new(0.0),
            last: StoredValue::new(None),
        }
    }

    /// Shows a slice, or the last one.
    pub fn show(self, slice: usize) {
        let slice = slice.min(self.slices.saturating_sub(1));
        if slice != self.slice.get_untracked() {
            self.slice.set(slice);
        }
    }

    /// Moves by so many slices, towards the last if positive.
    pub fn step(self, by: isize) {
        self.show(self.slice.get_untracked().saturating_add_signed(by));
    }

    fn step_by_pixels(self, pixels: f64, for_each: f64) {
        let way = self.rest.get_value() + pixels;
        let slices = (way / for_each).trunc();
        self.rest.set_value(way - slices * for_each);
        self.step(slices as isize);
    }

    /// A turn of the wheel.
    pub fn turn(self, event: &WheelEvent) {
        // With it, and when two fingers are spread, the browser makes the page larger.
        if event.ctrl_key() {
            return;
        }
        let down = event.delta_y();
        let slice = self.slice.get_untracked();
        let has_more = if down > 0.0 {
            slice + 1 < self.slices
        } else {
            down < 0.0 && slice > 0
        };
        // At the end the page goes on.
        if !has_more {
            self.rest.set_value(0.0);
            return;
        }
        event.prevent_default();
        if event.delta_mode() != WheelEvent::DOM_DELTA_PIXEL {
            self.step(down.signum() as isize);
        } else if down.abs() >= LEAST_NOTCH_PIXELS {
            self.step((down / NOTCH_PIXELS).round() as isize);
        } else {
            self.step_by_pixels(down, PAD_PIXELS);
        }
    }

    /// The pointer goes down on the picture.
    pub fn begin(self, event: &PointerEvent) {
        if !event.is_primary() {
            return;
        }
        // Not what is right below the pointer: a picture of the stack is taken away while it is dragged past.
        let board = event
            .current_target()
            .and_then(|board| board.dyn_into::<HtmlElement>().ok());
        if let Some(board) = board {
            // Without capture, dragging ends at the picture's edge: no more is lost.
            let _ = board.set_pointer_capture(event.pointer_id());
        }
        self.rest.set_value(0.0);
        self.last.set_value(Some(place(event)));
    }

    /// How far the pointer has been dragged since it was heard of last; `None` while it is not down.
    pub fn way(self, event: &PointerEvent) -> Option<Way> {
        // It went up where nobody was told.
        if event.buttons() == 0 {
            self.end();
        }
        let (x, y) = self.last.get_value().filter(|_| event.is_primary())?;
        let now = place(event);
        self.last.set_value(Some(now));
        Some(Way {
            right: now.0 - x,
            down: now.1 - y,
            by_finger: event.pointer_type() == "touch",
        })
    }

    /// Takes a drag as one through the slices: down, or to the right by a finger.
    pub fn drag(self, way: &Way) {
        let along = if way.by_finger { way.right } else { way.down };
        self.step_by_pixels(along, DRAG_PIXELS);
    }

    /// The pointer is up, or the browser has taken it away.
    pub fn end(self) {
        self.last.set_value(None);
    }

    /// Arrow keys, page keys, first and last; controls keep their own, and the browser those with another key.
    pub fn key(self, event: &KeyboardEvent) {
        if event.alt_key() || event.ctrl_key() || event.meta_key() {
            return;
        }
        let on_control = event.target().is_some_and(|target| {
            let target = target.dyn_ref::<Element>();
            target.is_some_and(|element| element.matches("input, select, button").unwrap_or(false))
        });
        let all = self.slices as isize;
        let by = match event.key().as_str() {
            "ArrowUp" | "ArrowLeft" => -1,
            "ArrowDown" | "ArrowRight" => 1,
            "PageUp" => -PAGE,
            "PageDown" => PAGE,
            "Home" => -all,
            "End" => all,
            _ => return,
        };
        if !on_control {
            event.prevent_default();
            self.step(by);
        }
    }
}

fn place(event: &PointerEvent) -> (f64, f64) {
    (f64::from(event.client_x()), f64::from(event.client_y()))
}
