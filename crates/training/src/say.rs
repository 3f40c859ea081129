//! What the trainer tells on the terminal. Whoever reads it may go away (`| head -1`): that stops neither training nor
//! what is still to be written.

use std::fmt::Display;
use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// A line to standard output.
pub fn say(line: impl Display) {
    // A reader that is gone has read what it wanted.
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

/// A line to standard error: something that is not refused but should be known, or why the program ends.
pub fn warn(line: impl Display) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// How long a long work stays silent where nobody sees its bar.
const SILENCE: Duration = Duration::from_secs(60);

/// Now and then a line of how far a long work is, where the bar can't be seen or what is told is kept in a file.
#[derive(Debug)]
pub(crate) struct Words<'a> {
    what: &'a str,
    seen: bool,
    last: Instant,
}

impl<'a> Words<'a> {
    /// Of this work, from now on.
    pub fn of(what: &'a str) -> Self {
        Self {
            what,
            seen: std::io::stdout().is_terminal() && std::io::stderr().is_terminal(),
            last: Instant::now(),
        }
    }

    /// So many steps are done.
    pub fn tell(&mut self, done: usize, all: usize) {
        if !self.seen && done < all && self.last.elapsed() >= SILENCE {
            say(format_args!(
                "{}: {} % of its steps",
                self.what,
                done * 100 / all.max(1)
            ));
            self.last = Instant::now();
        }
    }
}
