//! Upload, the word that it went well, Start.

use leptos::prelude::*;

use super::series::sent_of;
use super::session::{Phase, Session, Tally};
use crate::browser::page;
use crate::browser::problem::Problem;
use crate::locale::path;
use crate::texts::{common, diagnosis, series};
use crate::words::server_says;

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
    view! {
        <div class="send">
            <div class="send-buttons">
                <button
                    type="button"
                    class="button"
                    disabled=move || !session.can_upload()
                    on:click=move |_| session.upload()
                >
                    {diagnosis::upload()}
                </button>
                <button type="button" class="button go" disabled=move || !can_start() on:click=start>
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
            <p role="status" class="send-status">
                {move || match (session.phase.get(), session.shelf.sent()) {
                    (Phase::Choosing, _) if session.shelf.reading.get() > 0 => {
                        series::reading(common::files(session.shelf.reading.get()))
                    }
                    (Phase::Choosing, Some(series)) => series_ready(series.view.slices()),
                    (phase, _) => status(&phase, tally.get()),
                }}
            </p>
        </div>
        {move || refused(&session.phase.get())}
        {move || session.problem.get().map(|problem| view! { <ProblemNote problem/> })}
    }
}

/// What of a series of so many slices is sent.
fn series_ready(slices: usize) -> String {
    match sent_of(slices) {
        sent if sent == slices => series::ready(common::slices(slices)),
        sent => series::ready_thinned(common::slices(sent), slices),
    }
}

/// One sentence on where things stand.
fn status(phase: &Phase, tally: Tally) -> String {
    let Tally {
        waiting,
        ready,
        left_out,
    } = tally;
    match phase {
        Phase::Choosing if waiting > 0 => diagnosis::reading_files(common::files(waiting)),
        Phase::Choosing if ready == 0 && left_out == 0 => diagnosis::choose_first().to_owned(),
        Phase::Choosing if ready == 0 => diagnosis::nothing_to_upload().to_owned(),
        Phase::Choosing if left_out > 0 => {
            diagnosis::ready_and_left_out(common::slices(ready), common::files(left_out))
        }
        Phase::Choosing => diagnosis::ready(common::slices(ready)),
        Phase::Preparing(share) => series::preparing((share * 100.0).round()),
        Phase::Uploading(share) if *share >= 1.0 => diagnosis::sent().to_owned(),
        Phase::Uploading(share) => diagnosis::uploading((share * 100.0).round()),
        Phase::Uploaded(upload) => {
            let received = upload
                .slices
                .iter()
                .filter(|slice| slice.error.is_none())
                .count();
            diagnosis::complete(common::slices(received))
        }
        Phase::Analysing(upload) => diagnosis::starting(common::slices(upload.slices.len())),
        Phase::Busy(seconds, _) => diagnosis::busy_until(common::seconds(*seconds as usize)),
    }
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
            Some(view! { <li>{format!("{}: {}", slice.name, server_says(422, error))}</li> })
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
        let line = format!(
            "{}: {}",
            slice.name,
            server_says(slice.status, &slice.error)
        );
        view! { <li>{line}</li> }
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
            status(&Phase::Choosing, tally),
            "2 slices ready; 1 file left out, for the reason beside it."
        );
    }

    #[test]
    fn what_the_server_could_not_read_is_not_called_received() {
        let slice = |error: Option<&str>| crate::analysis::UploadedSlice {
            name: "a.png".into(),
            error: error.map(str::to_owned),
        };
        let upload = crate::analysis::Upload {
            id: "1".into(),
            slices: vec![slice(None), slice(Some("truncated"))],
        };
        let words = status(&Phase::Uploaded(upload), Tally::default());
        assert!(words.starts_with("Upload complete: 1 slice received."));
    }
}
