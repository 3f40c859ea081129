//! On the way to the server: preparing, uploading, waiting while it is busy, starting.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::phase::Phase;
use super::series::{Gathered, ReadSeries, gather};
use super::session::Session;
use crate::analysis::{Grouping, Remarks, Upload};
use crate::browser::problem::Problem;
use crate::browser::time;
use crate::browser::upload::{self, Sent};
use crate::texts::series as text;

/// How often a busy server is asked before the user is.
const TRIES: usize = 5;

/// What a press of Upload or Start has set going. It may say where things stand until it is stopped or another begins: what is
/// asked of the browser and the server goes on to its end, and must not be taken for what came after.
#[derive(Clone, Copy)]
struct Run {
    session: Session,
    number: u32,
}

impl Session {
    fn begin(self) -> Run {
        self.problem.set(None);
        self.end_run();
        Run {
            session: self,
            number: self.run.get_value(),
        }
    }

    /// Whatever runs has no more say.
    pub(super) fn end_run(self) {
        self.run.update_value(|number| *number += 1);
    }

    /// Sends what is chosen: the pictures, or a series as one patient.
    pub fn upload(self) {
        let run = self.begin();
        let series = untrack(|| self.shelf.sent());
        spawn_local(async move {
            run.upload(series).await;
        });
    }

    /// Begins the analysis of what was uploaded; `then` gets the analysis' id.
    pub fn start(self, then: impl FnOnce(String) + 'static) {
        let Phase::Uploaded(upload) = self.phase.get_untracked() else {
            return;
        };
        let run = self.begin();
        spawn_local(async move {
            if let Some(id) = run.start(upload).await {
                then(id);
            }
        });
    }

    /// Stops the preparing, the upload, or the waiting for a busy server; what was chosen or uploaded stays.
    pub fn stop(self) {
        let before = match self.phase.get_untracked() {
            Phase::Busy(_, None) | Phase::Preparing(_) => Phase::Choosing,
            Phase::Busy(_, Some(upload)) => Phase::Uploaded(upload),
            // Ends as a request that has failed, with the words for it.
            _ => return self.stop.with_value(|stop| stop.stop()),
        };
        self.end_run();
        self.phase.set(before);
    }
}

/// `None` everywhere: the run has no more say.
impl Run {
    fn go_on(self) -> Option<()> {
        (self.session.run.get_value() == self.number).then_some(())
    }

    fn enter(self, phase: Phase) -> Option<()> {
        self.go_on()?;
        self.session.phase.set(phase);
        Some(())
    }

    async fn upload(self, series: Option<ReadSeries>) -> Option<()> {
        let session = self.session;
        let one_patient = series.is_some() || session.one_patient.get_untracked();
        let (slices, left_out) = match &series {
            Some(series) => self.slices_of(series).await?,
            None => session.ready_pictures(),
        };
        // Of the files that it came with, more was said before it was chosen.
        let notes = series.map(|series| series.view.notes.clone());
        let remarks = Remarks {
            left_out,
            notes: notes.unwrap_or_default(),
        };
        if slices.is_empty() {
            return self.enter(Phase::Choosing);
        }
        let grouping = if one_patient {
            Grouping::Patient
        } else {
            Grouping::Slices
        };
        let sent = Sent {
            grouping,
            slices,
            remarks,
        };
        let stop = session.stop.get_value().take();
        let on_progress = move |share| {
            self.enter(Phase::Uploading(share));
        };
        let send = async || upload::send(&sent, &stop, on_progress).await;
        match self.ask(Phase::Uploading(0.0), None, send).await? {
            Ok(upload) => self.enter(Phase::Uploaded(upload)),
            Err(problem) => self.fail(problem, Phase::Choosing),
        }
    }

    /// The analysis' id.
    async fn start(self, upload: Upload) -> Option<String> {
        let start = async || upload::start(&upload.id).await;
        let phase = Phase::Analysing(upload.clone());
        match self.ask(phase, Some(&upload), start).await? {
            Ok(analysis) => {
                // The upload is used up; the files stay, in case another threshold is to be tried.
                self.enter(Phase::Choosing)?;
                Some(analysis.id)
            }
            Err(problem) => {
                // An upload that the server no longer has must be sent again; otherwise Start can be pressed again.
                let phase = match problem.status {
                    404 => Phase::Choosing,
                    _ => Phase::Uploaded(upload),
                };
                self.fail(problem, phase)?;
                None
            }
        }
    }

    fn fail(self, problem: Problem, phase: Phase) -> Option<()> {
        self.enter(phase)?;
        self.session.problem.set(Some(problem));
        Some(())
    }

    /// The slices of a series that show lungs, with their masks.
    async fn slices_of(self, series: &ReadSeries) -> Option<Gathered> {
        let go_on = |share| self.enter(Phase::Preparing(share)).is_some();
        let most = self.session.most_of(&series.view);
        let gathered = gather(series, most, go_on).await;
        self.go_on()?;
        match gathered {
            Ok(gathered) => {
                let (slices, mut left_out) = gathered?;
                if slices.is_empty() {
                    let none = text::no_slice_has_lungs();
                    self.session.problem.set(Some(Problem::here(none)));
                }
                left_out.unreadable += self.session.shelf.damaged_beside(series.view.index);
                Some((slices, left_out))
            }
            Err(_) => {
                self.session.shelf.lose();
                Some(Gathered::default())
            }
        }
    }

    /// Asks the server, and a busy one again when it says; `uploaded` is what it has already.
    async fn ask<T>(
        self,
        asking: Phase,
        uploaded: Option<&Upload>,
        question: impl AsyncFn() -> Result<T, Problem>,
    ) -> Option<Result<T, Problem>> {
        let mut tries = 0;
        loop {
            self.enter(asking.clone())?;
            let answer = question().await;
            self.go_on()?;
            tries += 1;
            let asked_back = answer.as_ref().err().and_then(|busy| busy.retry_after_s);
            match asked_back {
                Some(seconds) if tries < TRIES => self.wait(seconds, uploaded).await?,
                _ => return Some(answer),
            }
        }
    }

    /// Waits as long as the server asks, telling the seconds that are left.
    async fn wait(self, seconds: u32, uploaded: Option<&Upload>) -> Option<()> {
        for left in (1..=seconds).rev() {
            self.enter(Phase::Busy(left, uploaded.cloned()))?;
            time::sleep_s(1).await;
        }
        Some(())
    }
}
