//! Window and level: presets, numbers, dragging.

use leptos::prelude::*;
use lungsight_series::Window;
use web_sys::{Event, HtmlInputElement};

use crate::texts::{Text, series as text};

/// The presets in their order.
const PRESETS: [(&str, Text, Window); 3] = [
    ("lung", text::lung, Window::LUNG),
    ("mediastinum", text::mediastinum, Window::MEDIASTINUM),
    ("bone", text::bone, Window::BONE),
];

/// Widths below are no window; the ends of what 12 bits of Hounsfield units hold.
const WIDTH_HU: (f32, f32) = (1.0, 4096.0);
const CENTRE_HU: (f32, f32) = (-1024.0, 3071.0);

/// A window within what makes sense, in whole Hounsfield units.
pub fn held(window: Window) -> Window {
    Window::new(
        window.centre_hu.clamp(CENTRE_HU.0, CENTRE_HU.1).round(),
        window.width_hu.clamp(WIDTH_HU.0, WIDTH_HU.1).round(),
    )
}

/// The window after dragging by so many pixels of the screen: to the right widens, downwards raises the centre, both by 1 HU a
/// pixel and faster in a wide window. A step narrows as much as it widens.
pub fn dragged(window: Window, right: f32, down: f32) -> Window {
    // The way is rounded, away from nothing on both sides, and not where it leads: a half would never go down.
    let speed = (window.width_hu / 400.0).max(1.0);
    held(Window::new(
        window.centre_hu + (down * speed).round(),
        window.width_hu + (right * speed).round(),
    ))
}

/// Presets and numbers.
#[component]
pub fn WindowControls(window: RwSignal<Window>) -> impl IntoView {
    let preset = move || {
        let window = window.get();
        let named = PRESETS.iter().find(|(_, _, preset)| *preset == window);
        named.map_or("own", |(name, ..)| *name)
    };
    let choose = move |event| {
        let chosen = event_target_value(&event);
        if let Some((_, _, preset)) = PRESETS.iter().find(|(name, ..)| *name == chosen) {
            window.set(*preset);
        }
    };
    let options = PRESETS.map(|(name, title, _)| {
        view! { <option value=name selected=move || preset() == name>{title()}</option> }
    });
    let centre = move |hu| window.update(|window| *window = held(Window::new(hu, window.width_hu)));
    let width = move |hu| window.update(|window| *window = held(Window::new(window.centre_hu, hu)));
    view! {
        <label class="field">
            <span>{text::window()}</span>
            <select on:change=choose prop:value=preset>
                {options}
                <option value="own" selected=move || preset() == "own">{text::own()}</option>
            </select>
        </label>
        <Number label=text::centre value=Signal::derive(move || window.get().centre_hu) set=centre/>
        <Number label=text::width value=Signal::derive(move || window.get().width_hu) set=width/>
    }
}

#[component]
fn Number(label: Text, value: Signal<f32>, set: impl Fn(f32) + 'static) -> impl IntoView {
    let change = move |event: Event| {
        if let Ok(number) = event_target_value(&event).parse() {
            set(number);
        }
        // Emptied, or held to what makes sense: it shows what holds.
        event_target::<HtmlInputElement>(&event).set_value(&value.get_untracked().to_string());
    };
    view! {
        <label class="field">
            <span>{label()}</span>
            <input type="number" step="10" prop:value=move || value.get().to_string() on:change=change/>
        </label>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dragging_widens_to_the_right_and_raises_downwards_within_bounds() {
        let window = dragged(Window::LUNG, 100.0, -40.0);
        assert_eq!((window.centre_hu, window.width_hu), (-750.0, 1875.0));
        for width in [10.0, 600.0, 1500.0] {
            let window = Window::new(40.0, width);
            let by_one = |way: f32| dragged(window, way, way);
            let (less, more) = (by_one(-1.0), by_one(1.0));
            assert!(less.width_hu < width && less.centre_hu < 40.0);
            assert_eq!(less.width_hu + more.width_hu, 2.0 * width);
            assert_eq!(less.centre_hu + more.centre_hu, 80.0);
        }
        let far = dragged(Window::LUNG, -5000.0, 5000.0);
        assert_eq!((far.centre_hu, far.width_hu), (3071.0, 1.0));
    }
}
