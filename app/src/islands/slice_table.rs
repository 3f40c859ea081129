//! The table of slices: ordered and filtered, each slice with its heatmap for the class that is asked about.

use leptos::prelude::*;
use lungsight_imaging::Class;

use super::gone::Gone;
use super::layers::Layers;
use super::region::RegionOnSlice;
use crate::analysis::SliceAnalysis;
use crate::arrange::{Order, Shown, arrange};
use crate::components::class_bars::ClassBars;
use crate::texts::result;
use crate::words::{class_title, position};

/// A slice with its place among the files that were sent, from 1.
pub type Numbered = (usize, SliceAnalysis);

/// Roles are given in full: on phones the rows are laid out as cards, and browsers then forget that it is a table.
#[component]
pub fn SliceTable(
    slices: Memo<Vec<Numbered>>,
    shown: RwSignal<Shown>,
    /// The class whose heatmaps are asked for; `None` for each slice's own.
    asked: RwSignal<Option<Class>>,
    gone: Gone,
) -> impl IntoView {
    let order = RwSignal::new(Order::AsSent);
    let arranged =
        Memo::new(move |_| slices.with(|slices| arrange(slices, order.get(), shown.get())));
    let rows = move || {
        let row = |place: usize| slices.with_untracked(|slices| slices.get(place).cloned());
        arranged
            .get()
            .into_iter()
            .filter_map(row)
            .collect::<Vec<_>>()
    };
    view! {
        <Show when=move || slices.with(|slices| !slices.is_empty())>
            <Arrangement slices order shown/>
            <table role="table" class="slice-table">
                <caption class="unseen">{result::per_slice()}</caption>
                <thead role="rowgroup">
                    <tr role="row">
                        <th role="columnheader" scope="col">{result::image()}</th>
                        <th role="columnheader" scope="col">{result::picture_and_heatmap()}</th>
                        <th role="columnheader" scope="col">{result::predicted_type()}</th>
                    </tr>
                </thead>
                <tbody role="rowgroup">
                    <For each=rows key=|(number, _)| *number let((number, slice))>
                        <SliceRow number slice asked gone/>
                    </For>
                </tbody>
            </table>
            <p role="status" class="quiet">{move || told(arranged.with(Vec::len), slices.with(Vec::len))}</p>
        </Show>
    }
}

/// What the filter leaves, where it leaves less than all.
fn told(shown: usize, all: usize) -> String {
    match shown {
        0 => result::none_has_this().to_owned(),
        _ if shown == all => String::new(),
        _ => result::shown_of(shown, all),
    }
}

/// Order and filter, once there is a script and more than one slice.
#[component]
fn Arrangement(
    slices: Memo<Vec<Numbered>>,
    order: RwSignal<Order>,
    shown: RwSignal<Shown>,
) -> impl IntoView {
    let hydrated = RwSignal::new(false);
    Effect::new(move |_| hydrated.set(true));
    let several = move || slices.with(|slices| slices.len() > 1);
    let set_order = move |event| {
        if let Some(chosen) = Order::ALL
            .into_iter()
            .find(|order| order.title() == event_target_value(&event))
        {
            order.set(chosen);
        }
    };
    let set_shown = move |event| {
        if let Some(chosen) = Shown::ALL
            .into_iter()
            .find(|shown| shown.title() == event_target_value(&event))
        {
            shown.set(chosen);
        }
    };
    let orders = || {
        Order::ALL
            .map(|order| view! { <option value=order.title()>{order.title()}</option> })
            .collect_view()
    };
    let filters = move || {
        Shown::ALL
            .map(|shown| {
                let text = move || {
                    let number = slices.with(|slices| arrange(slices, Order::AsSent, shown).len());
                    format!("{} ({number})", shown.title())
                };
                view! { <option value=shown.title()>{text}</option> }
            })
            .collect_view()
    };
    view! {
        <Show when=move || several() && hydrated.get()>
            <div class="arrangement" role="group" aria-label=result::order_and_filter()>
                <label><span>{result::order()}</span><select on:change=set_order>{orders()}</select></label>
                <label><span>{result::show()}</span><select on:change=set_shown prop:value=move || shown.get().title()>{filters()}</select></label>
            </div>
        </Show>
    }
}

#[component]
fn SliceRow(
    number: usize,
    slice: SliceAnalysis,
    asked: RwSignal<Option<Class>>,
    gone: Gone,
) -> impl IntoView {
    let SliceAnalysis {
        name,
        predicted,
        probabilities,
        inconclusive,
        threshold,
        position_mm,
        slice,
        heatmap,
        layers,
        region,
        mask: _,
    } = slice;
    let explained = RwSignal::new(asked.get_untracked().unwrap_or(predicted));
    // Asked of all; of one, by its own buttons, until all are asked again.
    Effect::watch(
        move || asked.get(),
        move |asked, _, _| explained.set(asked.unwrap_or(predicted)),
        false,
    );
    let heat = move || {
        let class = explained.get();
        let alt = result::heat_of(class_title(class));
        Some((heat_of(&heatmap, predicted, class), alt))
    };
    view! {
        <tr role="row" id=format!("slice-{number}")>
            <th role="rowheader" scope="row">
                <span class="slice-number">{number}</span>
                " "
                <span class="slice-name">{name.clone()}</span>
                {position_mm.map(|mm| view! { " " <span class="quiet slice-position">{position(mm)}</span> })}
            </th>
            <td role="cell">
                <RegionOnSlice slice alt=result::slice(&name) link=region explained gone>
                    // An element for each address: one alone would show the map of another class until the new one has come.
                    <For each=heat key=|(address, _)| address.clone() let((address, alt))>
                        <img class="overlay-heat" src=address alt=alt loading="lazy" decoding="async" on:error=move |_| gone.tell()/>
                    </For>
                </RegionOnSlice>
                <Explained number explained/>
            </td>
            <td role="cell">
                <ClassBars predicted probabilities inconclusive/>
                {threshold.map(|grey| view! { <p class="quiet">{result::set_threshold(grey)}</p> })}
                <Layers link=layers/>
            </td>
        </tr>
    }
}

/// Where the heatmap for a class is found.
pub fn heat_of(heatmap: &str, predicted: Class, class: Class) -> String {
    if class == predicted {
        heatmap.to_owned()
    } else {
        format!("{heatmap}?class={}", class.name())
    }
}

/// Which class the heatmap explains; the predicted one at first, and without a script.
#[component]
fn Explained(number: usize, explained: RwSignal<Class>) -> impl IntoView {
    let hydrated = RwSignal::new(false);
    Effect::new(move |_| hydrated.set(true));
    let choice = move |class: Class| {
        let id = format!("explain-{number}-{}", class.name());
        view! {
            <span class=format!("segment {}", class.name())>
                <input
                    type="radio"
                    id=id.clone()
                    name=format!("explain-{number}")
                    prop:checked=move || explained.get() == class
                    on:change=move |_| explained.set(class)
                />
                <label for=id>{class_title(class)}</label>
            </span>
        }
    };
    view! {
        <Show when=move || hydrated.get()>
            <fieldset class="segments">
                <legend>{result::what_spoke_for()}</legend>
                {Class::ALL.map(choice).collect_view()}
            </fieldset>
        </Show>
        <Show when=move || explained.get() == Class::Healthy>
            <p class="quiet">{result::healthy_heat()}</p>
        </Show>
    }
}
