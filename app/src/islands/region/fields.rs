//! A region as four numbers, for keyboards and screen readers.

use leptos::prelude::*;

use super::Drawing;
use crate::region::{Region, Size};
use crate::texts::region as texts;

/// One number of a region.
#[derive(Clone, Copy)]
enum Number {
    Left,
    Top,
    Width,
    Height,
}

impl Number {
    const ALL: [Self; 4] = [Self::Left, Self::Top, Self::Width, Self::Height];

    fn title(self) -> &'static str {
        match self {
            Self::Left => texts::left(),
            Self::Top => texts::top(),
            Self::Width => texts::width(),
            Self::Height => texts::height(),
        }
    }

    fn of(self, region: Region) -> u32 {
        match self {
            Self::Left => region.x,
            Self::Top => region.y,
            Self::Width => region.width,
            Self::Height => region.height,
        }
    }

    /// The smallest and the largest that it may be.
    fn limits(self, size: Size) -> (u32, u32) {
        let least = size.least_side();
        match self {
            Self::Left => (0, size.width - least),
            Self::Top => (0, size.height - least),
            Self::Width => (least, size.width),
            Self::Height => (least, size.height),
        }
    }

    /// The region with this number set to `value`, or as near to it as the slice allows.
    fn set(self, region: Region, value: u32, size: Size) -> Region {
        let Region {
            x,
            y,
            width,
            height,
        } = region;
        match self {
            Self::Left => Region::fitted(value, y, width, height, size),
            Self::Top => Region::fitted(x, value, width, height, size),
            Self::Width => Region::fitted(x, y, value, height, size),
            Self::Height => Region::fitted(x, y, width, value, size),
        }
    }
}

/// The region's numbers, to be read and to be set.
#[component]
pub(super) fn Fields(drawing: Drawing) -> impl IntoView {
    let field = move |number: Number| {
        let value = move || drawing.shown().map(|region| number.of(region).to_string());
        let limits = move || drawing.size.get().map(|size| number.limits(size));
        let set = move |event: web_sys::Event| {
            let (Some(region), Some(size)) =
                (drawing.region.get_untracked(), drawing.size.get_untracked())
            else {
                return;
            };
            // What is no number leaves the region as it is; the cast saturates.
            let typed = event_target_value(&event).parse::<f64>();
            let fitted = typed.map_or(region, |typed| {
                number.set(region, typed.round() as u32, size)
            });
            drawing.region.set(Some(fitted));
            // Written here too: where the region stays as it was, no signal tells the field.
            event_target::<web_sys::HtmlInputElement>(&event)
                .set_value(&number.of(fitted).to_string());
        };
        view! {
            <label>
                <span>{number.title()}</span>
                <input
                    type="number"
                    inputmode="numeric"
                    step="1"
                    min=move || limits().map(|(least, _)| least.to_string())
                    max=move || limits().map(|(_, most)| most.to_string())
                    prop:value=move || value().unwrap_or_default()
                    on:change=set
                />
            </label>
        }
    };
    let legend = move || {
        let size = drawing.size.get()?;
        Some(texts::draw_or_set(size.width, size.height))
    };
    view! {
        <fieldset class="region-fields">
            <legend>{legend}</legend>
            {Number::ALL.map(field).collect_view()}
        </fieldset>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_kept_within_its_limits() {
        let size = Size::new(512, 256).expect("a size");
        let start = Region::middle(size);
        for number in Number::ALL {
            let (least, most) = number.limits(size);
            assert_eq!(number.of(number.set(start, 77, size)), 77);
            assert!(number.of(number.set(start, u32::MAX, size)) <= most);
            assert!(number.of(number.set(start, 0, size)) >= least);
        }
    }
}
