//! Upload, the word that it went well, Start.

use leptos::prelude::*;

use super::phase::Phase;
use super::ready::Tally;
use super::series::Kept;
use super::session::Session;
use crate::analysis::Upload;
use crate::browser::page;
use crate::browser::problem::Problem;
use crate::locale::path;
use crate::texts::{common, diagnosis, series};
use crate::words::server_says;

/// The buttons' ids.
const UPLOAD: &str = "upload";
const START: &str = "start";

/// The buttons in their order, and what the server says.
#[component]
pub fn Send(session: Session) -> impl IntoView {
    let tally = Memo::new(move |_| session.tally());
    let can_start = move || {
        session
            .phase
            .with(|phase| matches!(phase, Phase::Uploaded(_)))
    };
    let start = move |_| session.start(|id| page::go_to(&path(&format!("/diagnosis/{id}"))));
    let share = move || match session.phase.get() {
        Phase::Uploading(share) | Phase::Preparing(share) => Some(share),
        _ => None,
    };
    // Each button is disabled by being pressed, or goes away; the focus goes on to the one that is to be pressed next.
    let is_busy = Memo::new(move |_| session.is_busy());
    Effect::new(move |before: Option<bool>| {
        if before == Some(true) && !is_busy.get() {
            page::keep_focus(if untrack(can_start) { START } else { UPLOAD });
        }
        is_busy.get()
    });
    let said = Memo::new(move |_| match (session.phase.get(), session.shelf.sent()) {
        (Phase::Choosing, _) if session.shelf.reading.get() > 0 => {
            Said::words(series::reading(common::files(session.shelf.reading.get())))
        }
        (Phase::Choosing, Some(series)) => Said::words(series_ready(
            &series.kept.read(),
            session.most_of(&series.view),
        )),
        (phase, _) => status(&phase, tally.get()),
    });
    let words = Memo::new(move |_| said.with(|said| said.words.clone()));
    view! {
        <div class="send">
            <div class="send-buttons">
                <button
                    type="button"
                    id=UPLOAD
                    class="button"
                    disabled=move || !session.can_upload()
                    on:click=move |_| session.upload()
                >
                    {diagnosis::upload()}
                </button>
                <button type="button" id=START class="button go" disabled=move || !can_start() on:click=start>
                    {diagnosis::start()}
                </button>
            </div>
            <Show when=move || share().is_some()>
                <progress
                    aria-label=diagnosis::upload()
                    max="100"
                    prop:value=move || share().map(|share| (share * 100.0).round())
                ></progress>
                <button type="button" class="button plain" on:click=move |_| session.stop()>
                    {move || match session.phase.get() {
                        Phase::Preparing(_) => series::stop_preparing(),
                        _ => diagnosis::stop(),
                    }}
                </button>
            </Show>
            <Show when=move || session.phase.with(|phase| matches!(phase, Phase::Busy(..)))>
                <button type="button" class="button plain" on:click=move |_| session.stop()>
                    {diagnosis::stop_waiting()}
                </button>
            </Show>
            <div class="send-status">
                <span role="status">{move || words.get()}</span>
                " "
                <span>{move || said.with(|said| said.count.clone())}</span>
            </div>
        </div>
        {move || refused(&session.phase.get())}
        {move || session.problem.get().map(|problem| view! { <ProblemNote problem/> })}
    }
}

/// What of a series is sent, where a request may have `most` slices.
fn series_ready(kept: &Kept, most: usize) -> String {
    let (all, left_out) = (kept.slices(), kept.left_out());
    match kept.sent(most).count() {
        0 => series::none_chosen().to_owned(),
        sent if sent == all => series::ready(common::slices(all)),
        sent if sent + left_out == all => series::ready_chosen(common::slices(sent), all),
        sent => series::ready_thinned(common::slices(sent), all),
    }
}

/// Where things stand.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Said {
    /// One sentence, which is read aloud when it changes.
    words: String,
    /// How far it has come: it changes all the time, and is not.
    count: String,
}

impl Said {
    fn words(words: impl Into<String>) -> Self {
        Self::counting(words, String::new())
    }

    fn counting(words: impl Into<String>, count: String) -> Self {
        let words = words.into();
        Self { words, count }
    }
}

fn status(phase: &Phase, tally: Tally) -> Said {
    let Tally {
        waiting,
        ready,
        left_out,
    } = tally;
    match phase {
        Phase::Choosing if waiting > 0 => Said::counting(
            diagnosis::reading(),
            diagnosis::to_go(common::files(waiting)),
        ),
        Phase::Choosing if ready == 0 && left_out == 0 => Said::words(diagnosis::choose_first()),
        Phase::Choosing if ready == 0 => Said::words(diagnosis::nothing_to_upload()),
        Phase::Choosing if left_out > 0 => Said::words(diagnosis::ready_and_left_out(
            common::slices(ready),
            common::files(left_out),
        )),
        Phase::Choosing => Said::words(diagnosis::ready(common::slices(ready))),
        Phase::Preparing(share) => Said::counting(series::preparing(), whole_percent(*share)),
        Phase::Uploading(share) if *share >= 1.0 => Said::words(diagnosis::sent()),
        Phase::Uploading(share) => Said::counting(diagnosis::uploading(), whole_percent(*share)),
        Phase::Uploaded(upload) => Said::words(diagnosis::complete(received(upload))),
        Phase::Analysing(upload) => Said::words(diagnosis::starting(received(upload))),
        Phase::Busy(seconds, _) => Said::counting(
            diagnosis::busy_waiting(),
            diagnosis::to_go(common::seconds(*seconds as usize)),
        ),
    }
}

/// How many slices the server could read.
fn received(upload: &Upload) -> String {
    let read = upload.slices.iter().filter(|slice| slice.error.is_none());
    common::slices(read.count())
}

fn whole_percent(share: f64) -> String {
    format!("{:.0}\u{a0}%", share * 100.0)
}

/// The files of an upload that the server could not read, each with its reason.
fn refused(phase: &Phase) -> Option<impl IntoView + use<>> {
    let (Phase::Uploaded(upload) | Phase::Analysing(upload)) = phase else {
        return None;
    };
    let lines: Vec<_> = upload
        .slices
        .iter()
        .filter_map(|slice| {
            let error = slice.error.as_ref()?;
            Some(
                view! { <li>{slice.name.clone()} {common::colon()} {server_says(slice.status, error)}</li> },
            )
        })
        .collect();
    (!lines.is_empty()).then(|| {
        view! {
            <div role="alert" class="notice bad">
                <p>{diagnosis::could_not_read()}</p>
                <ul>{lines}</ul>
            </div>
        }
    })
}

/// What went wrong, and what to do.
#[component]
fn ProblemNote(problem: Problem) -> impl IntoView {
    let files = problem.slices.iter().map(|slice| {
        let reason = server_says(slice.status, &slice.error);
        view! { <li>{slice.name.clone()} {common::colon()} {reason}</li> }
    });
    let files = files.collect_view();
    let wait = problem
        .retry_after_s
        .map(|seconds| diagnosis::try_again_in(common::seconds(seconds as usize)));
    view! {
        <div role="alert" class="notice bad">
            <p>{server_says(problem.status, &problem.message)} {wait}</p>
            <ul>{files}</ul>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_tells_what_is_left_out() {
        let tally = Tally {
            waiting: 0,
            ready: 2,
            left_out: 1,
        };
        assert_eq!(
            status(&Phase::Choosing, tally).words,
            "2 slices ready; 1 file left out, for the reason beside it."
        );
    }

    #[test]
    fn what_of_a_series_is_sent_is_told_in_numbers() {
        let mut kept = Kept::all(10);
        let told = |kept: &Kept, most: usize, begin: &str| {
            let words = series_ready(kept, most);
            assert!(words.starts_with(begin), "{words}");
        };
        told(&kept, 10, "Series of 10 slices ready");
        told(
            &kept,
            5,
            "5 slices of the series' 10 are ready to upload, evenly spaced",
        );
        kept.from(4);
        told(
            &kept,
            10,
            "6 slices of the series' 10 are ready to upload, as one patient",
        );
        told(
            &kept,
            3,
            "3 slices of the series' 10 are ready to upload, evenly spaced",
        );
        kept.up_to(0);
        told(&kept, 10, "All slices of the series are left out");
    }

    #[test]
    fn what_is_read_aloud_stays_while_it_goes_on() {
        let said = |phase: Phase| status(&phase, Tally::default());
        for phases in [
            [Phase::Preparing(0.1), Phase::Preparing(0.2)],
            [Phase::Uploading(0.1), Phase::Uploading(0.2)],
            [Phase::Busy(3, None), Phase::Busy(2, None)],
        ] {
            let [before, after] = phases.map(said);
            assert_eq!(before.words, after.words);
            assert_ne!(before.count, after.count);
        }
    }

    #[test]
    fn what_the_server_could_not_read_is_not_called_received() {
        let slice = |error: Option<&str>| crate::analysis::UploadedSlice {
            name: "a.png".into(),
            error: error.map(str::to_owned),
            status: if error.is_some() { 422 } else { 201 },
        };
        let upload = Upload {
            id: "1".into(),
            slices: vec![slice(None), slice(Some("truncated"))],
        };
        let words = |phase| status(&phase, Tally::default()).words;
        let complete = words(Phase::Uploaded(upload.clone()));
        assert!(complete.starts_with("Upload complete: 1 slice received."));
        assert!(words(Phase::Analysing(upload)).starts_with("Starting with 1 slice…"));
    }
}
