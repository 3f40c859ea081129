//! An analysis: the patient's result, a table of slices as they are seen, what failed, the report.

use leptos::html::Div;
use leptos::prelude::*;
use leptos::task::spawn_local;
use lungsight_imaging::Class;
use lungsight_series::Note;

use super::gone::{Gone, GoneNote};
use super::series_result::SeriesResult;
use super::slice_table::{Numbered, SliceTable};
use crate::analysis::{Analysis, SliceError, SliceResult, SliceSeen};
use crate::arrange::Shown;
use crate::browser::events::{Event, Events};
use crate::browser::{fetch, time};
use crate::components::heat_scale::HeatScale;
use crate::components::patient::Patient;
use crate::components::series_notes::SeriesNotes;
use crate::locale::path;
use crate::texts::{common, pacs, result};
use crate::words::{class_title, left_out_counts, minute, server_says, set_thresholds};

/// How strongly the heatmap covers the slice at first, in per cent; `style/60-result.css` starts with the same.
const OPACITY_PERCENT: u8 = 60;

/// After how long the server is asked again when it has refused to tell.
const AGAIN_S: i32 = 5;

/// Why nothing more is heard of an analysis that goes on.
#[derive(Clone, PartialEq, Eq)]
enum Silence {
    /// There is no connection; it is tried again.
    Lost,
    /// What the server has said for it; it is asked again.
    Told(String),
    /// The server no longer keeps the analysis.
    Gone,
}

/// The whole result, which grows while the analysis goes on.
#[island]
pub fn ResultView(
    analysis: Analysis,
    /// Whether the result, once it is there, can be stored in the archive that its series is from.
    is_storable: bool,
) -> impl IntoView {
    let store = path(&format!("/diagnosis/{}/store", analysis.id));
    let api = format!("/api/v1/analyses/{}", analysis.id);
    let left_out = analysis.left_out;
    let left_out = (!left_out.is_none()).then(|| result::left_out(left_out_counts(left_out)));
    let notes = analysis.notes.clone();
    let is_oriented = !notes.contains(&Note::OrientationAssumed);
    let analysis = RwSignal::new(analysis);
    let silence = RwSignal::new(None::<Silence>);
    Effect::new({
        let api = api.clone();
        move |_| {
            if !analysis.with_untracked(|analysis| analysis.finished) {
                follow(api.clone(), analysis, silence);
            }
        }
    });
    let slices = Memo::new(move |_| analysis.with(|analysis| read(&analysis.slices)));
    let failed = Memo::new(move |_| analysis.with(|analysis| failed(&analysis.slices)));
    let number = Memo::new(move |_| slices.with(Vec::len));
    let having_a_say = move || {
        slices.with_untracked(|slices| slices.iter().filter(|(_, slice)| slice.has_a_say()).count())
    };
    let is_without_a_say = Memo::new(move |_| analysis.with(Analysis::is_without_a_say));
    let is_finished = Memo::new(move |_| analysis.with(|analysis| analysis.finished));
    let patient = Memo::new(move |_| analysis.with(|analysis| analysis.patient.clone()));
    let hydrated = RwSignal::new(false);
    Effect::new(move |_| hydrated.set(true));
    // When all are there: the strip does not grow under the user's hands.
    let is_series = Memo::new(move |_| {
        hydrated.get() && is_finished.get() && patient.with(Option::is_some) && number.get() > 1
    });
    let created = Memo::new(move |_| analysis.with(|analysis| analysis.created.clone()));
    // On a server without a network, those of the server that has seen the slices.
    let device = Memo::new(move |_| analysis.with(|analysis| analysis.device.clone()));
    let model = Memo::new(move |_| analysis.with(|analysis| analysis.model.clone()));
    let gone = Gone::new();
    let shown = RwSignal::new(Shown::All);
    let looked_at = RwSignal::new(None::<usize>);
    // What has decided is seen first.
    let first =
        move || patient.with_untracked(|patient| Some(patient.as_ref()?.key_slices.first()? + 1));
    let asked = RwSignal::new(None::<Class>);
    let stage = NodeRef::<Div>::new();
    let report = path(&format!("{api}/report.docx"));
    let table = format!("{api}/results.csv");
    let dicom = format!("{api}/dicom.zip");
    view! {
        <dl class="facts">
            <div><dt>{result::analysed()}</dt><dd><time datetime=created>{move || minute(&created.read())}</time></dd></div>
            <div><dt>{result::slices()}</dt><dd>{move || common::slices(number.get())} " " {left_out}</dd></div>
            <div><dt>{result::model()}</dt><dd>{move || model.get()}</dd></div>
            <div><dt>{result::device()}</dt><dd>{move || device.get()}</dd></div>
        </dl>
        <SeriesNotes notes/>
        <Progress analysis silence/>
        <Show when=move || is_finished.get()>
            <p class="actions">
                <a class="button" href=report.clone() download rel="external">{result::report()}</a>
                <a class="button plain" href=path("/diagnosis")>{result::more()}</a>
            </p>
        </Show>
        // Before, there is nothing to store.
        <Show when=move || is_storable && is_finished.get() && patient.with(Option::is_some)>
            <form method="post" action=store.clone() class="store">
                <button class="button plain">{pacs::store()}</button>
                <p class="quiet">{pacs::store_lead()}</p>
            </form>
        </Show>
        {move || patient.get().map(|patient| {
            let on_look = move |number| {
                // The row may be one that is not shown.
                shown.set(Shown::All);
                looked_at.set(Some(number));
            };
            let names = analysis.with_untracked(|analysis| {
                analysis.slices.iter().map(|slice| slice.name().to_owned()).collect()
            });
            view! { <Patient patient names slices=having_a_say() on_look/> }
        })}
        <Show when=move || is_without_a_say.get()>
            <p class="notice">{result::no_say()}</p>
        </Show>
        {move || {
            let told = is_finished.get().then(|| analysis.with(|analysis| set_thresholds(&analysis.slices)))?;
            told.map(|told| view! { <p>{told}</p> })
        }}
        {move || view! { <Failed failed=failed.get()/> }}
        <GoneNote gone/>
        <div class="results" node_ref=stage>
            <Show when=move || number.get() != 0><HeatControls stage asked/></Show>
            <Show when=move || is_series.get()><SeriesResult slices=slices.get_untracked() asked is_oriented first=first() looked_at gone/></Show>
            <SliceTable slices shown asked gone/>
        </div>
        <Show when=move || is_finished.get()>
            <p class="quiet">
                {result::as_file()}
                <a href=table.clone() download rel="external">"CSV"</a>
                {result::or()}
                <a href=api.clone() rel="external">"JSON"</a>
                {patient.with(Option::is_some).then(|| view! {
                    {result::or()} <a href=dicom.clone() download rel="external">"DICOM"</a>
                })}
            </p>
        </Show>
    }
}

/// The slices that were seen, each with its place among the files, from 1.
fn read(slices: &[SliceResult]) -> Vec<Numbered> {
    let seen = slices
        .iter()
        .enumerate()
        .filter_map(|(index, slice)| Some((index + 1, slice.as_read()?.clone())));
    seen.collect()
}

fn failed(slices: &[SliceResult]) -> Vec<SliceError> {
    let failed = slices.iter().filter_map(SliceResult::as_failed);
    failed.cloned().collect()
}

/// Listens to the server until the analysis has come to its end.
fn follow(api: String, analysis: RwSignal<Analysis>, silence: RwSignal<Option<Silence>>) {
    let address = format!("{api}/events");
    let again = move || spawn_local(look_again(api.clone(), analysis, silence));
    let hear = {
        let again = again.clone();
        move |event| match event {
            Event::Slice(SliceSeen { number, result }) => {
                let is_new = |slices: &[SliceResult]| {
                    slices.get(number).is_some_and(SliceResult::is_pending)
                };
                // A connection that is made again tells everything from the beginning.
                if analysis.with_untracked(|analysis| is_new(&analysis.slices)) {
                    silence.set(None);
                    analysis.update(|analysis| analysis.slices[number] = result);
                }
            }
            Event::End(end) => {
                silence.set(None);
                analysis.set(end);
            }
            // What the server has said holds until it tells more.
            Event::Open => silence.update(|silence| {
                silence.take_if(|silence| *silence == Silence::Lost);
            }),
            Event::Lost => silence.update(|silence| {
                silence.get_or_insert(Silence::Lost);
            }),
            Event::Refused(reason) => silence.set(Some(Silence::Told(reason))),
            Event::Closed => again(),
        }
    };
    // Closed by the last event; until then it lives as long as the page.
    if Events::open(&address, hear).is_none() {
        again();
    }
}

/// Asks how things stand until the server answers, and listens again unless that is the end.
async fn look_again(api: String, analysis: RwSignal<Analysis>, silence: RwSignal<Option<Silence>>) {
    loop {
        let is_answered = match fetch::json::<Analysis>(&api).await {
            Ok(None) => return silence.set(Some(Silence::Gone)),
            Ok(Some(now)) => {
                let finished = now.finished;
                analysis.set(now);
                if finished {
                    return silence.set(None);
                }
                true
            }
            Err(_) => false,
        };
        silence.set(Some(Silence::Lost));
        time::sleep_s(AGAIN_S).await;
        if is_answered {
            return follow(api, analysis, silence);
        }
    }
}

/// How far a running analysis has come; nothing once it is finished.
#[component]
fn Progress(analysis: RwSignal<Analysis>, silence: RwSignal<Option<Silence>>) -> impl IntoView {
    let all = Memo::new(move |_| analysis.with(|analysis| analysis.slices.len()));
    let pending = Memo::new(move |_| {
        let is_pending = |slice: &&SliceResult| slice.is_pending();
        analysis.with(|analysis| analysis.slices.iter().filter(is_pending).count())
    });
    // Told once, however often the browser tries.
    let silence = Memo::new(move |_| silence.get());
    let is_gone = move || silence.with(|silence| *silence == Some(Silence::Gone));
    let is_running = move || !is_gone() && !analysis.with(|analysis| analysis.finished);
    let told = move || result::seen_of(all.get() - pending.get(), common::slices(all.get()));
    let status = move || match (is_gone(), is_running()) {
        (true, _) => "",
        (false, true) => result::running(),
        (false, false) => result::finished(),
    };
    let why = move || match silence.get()? {
        Silence::Lost => Some(result::connection_lost().to_owned()),
        // There is one such reason: its database is full.
        Silence::Told(reason) => Some(server_says(507, &reason)),
        Silence::Gone => Some(result::no_longer_kept().to_owned()),
    };
    view! {
        <Show when=is_running>
            <div class="send">
                <progress aria-label=result::analysis() max=move || all.get().to_string() prop:value=move || (all.get() - pending.get()) as f64></progress>
                <p class="send-status">{told}</p>
                <noscript><p><a href="">{result::look_again()}</a></p></noscript>
            </div>
        </Show>
        <p role="status" class="unseen">{status}</p>
        <Show when=move || silence.with(Option::is_some)>
            <p role="alert" class="notice bad">
                {why}
                <Show when=move || !is_gone()>
                    {result::looks_again()}
                    <a href="" rel="external">{result::or_look_now()}</a>{common::full_stop()}
                </Show>
            </p>
        </Show>
    }
}

#[component]
fn Failed(failed: Vec<SliceError>) -> impl IntoView {
    (!failed.is_empty()).then(|| {
        let row = |file: SliceError| view! { <li><strong>{file.name}</strong>{common::colon()}{server_says(file.status, &file.error)}</li> };
        view! {
            <section class="notice bad" aria-labelledby="failed-heading">
                <h2 id="failed-heading">{result::not_analysed(common::files(failed.len()))}</h2>
                <ul>{failed.into_iter().map(row).collect_view()}</ul>
            </section>
        }
    })
}

/// Switch, class, opacity and scale of the heatmaps, for all slices at once. The switch works without a script.
#[component]
fn HeatControls(
    stage: NodeRef<Div>,
    /// The class that is asked about; `None` for each slice's own.
    asked: RwSignal<Option<Class>>,
) -> impl IntoView {
    let percent = RwSignal::new(OPACITY_PERCENT);
    let hydrated = RwSignal::new(false);
    Effect::new(move |_| hydrated.set(true));
    Effect::new(move |_| {
        if let Some(stage) = stage.get() {
            let opacity = f64::from(percent.get()) / 100.0;
            // Through the CSSOM: a style attribute would be blocked by the page's policy.
            let _ = web_sys::HtmlElement::style(&stage)
                .set_property("--heat-opacity", &opacity.to_string());
        }
    });
    let set = move |event| {
        if let Ok(value) = event_target_value(&event).parse() {
            percent.set(value);
        }
    };
    let ask = move |event| {
        let name = event_target_value(&event);
        asked.set(Class::ALL.into_iter().find(|class| class.name() == name));
    };
    view! {
        <div class="heat-controls" role="group" aria-label=result::heatmap()>
            <p class="choice">
                <input type="checkbox" id="heat-shown" checked/>
                <label for="heat-shown">{result::heatmap()}</label>
            </p>
            <Show when=move || hydrated.get()>
                <label class="asked">
                    <span>{result::what_spoke_for()}</span>
                    <select on:change=ask>
                        <option value="">{result::own_class()}</option>
                        {Class::ALL.map(|class| view! { <option value=class.name()>{class_title(class)}</option> })}
                    </select>
                </label>
                <label class="slider">
                    <span>{result::opacity()} " " <span class="value">{move || format!("{}\u{a0}%", percent.get())}</span></span>
                    <input
                        type="range"
                        min="0"
                        max="100"
                        prop:value=move || percent.get().to_string()
                        on:input=set
                    />
                </label>
            </Show>
            <HeatScale/>
        </div>
    }
}
