//! Why a request failed, in words.

use crate::analysis::{ErrorBody, SliceError};
use crate::texts::diagnosis;

/// Why a request failed, for the user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problem {
    pub message: String,
    /// The server's status; 0 when it did not answer.
    pub status: u16,
    /// The files at fault, if files were.
    pub slices: Vec<SliceError>,
    /// After how many seconds the server asks to try again.
    pub retry_after_s: Option<u32>,
}

impl Problem {
    /// A problem on the browser's side.
    pub fn here(message: &str) -> Self {
        Self {
            message: message.to_owned(),
            ..Self::default()
        }
    }
}

/// The server's refusal in words; what is no [`ErrorBody`] (a proxy's page, say) is told by its status.
pub fn refusal(status: u16, body: &str, retry_after: Option<&str>) -> Problem {
    let body: ErrorBody = serde_json::from_str(body).unwrap_or_else(|_| ErrorBody {
        error: diagnosis::status(status),
        slices: Vec::new(),
    });
    Problem {
        message: body.error,
        status,
        slices: body.slices,
        retry_after_s: retry_after.and_then(|seconds| seconds.trim().parse().ok()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_server_says_when_to_come_back() {
        let problem = refusal(
            429,
            r#"{"error":"the queue is full","slices":[]}"#,
            Some("7"),
        );
        assert_eq!(problem.message, "the queue is full");
        assert_eq!(problem.retry_after_s, Some(7));
    }

    #[test]
    fn an_answer_that_is_no_error_body_names_the_status() {
        let problem = refusal(502, "<html>bad gateway</html>", None);
        assert!(problem.message.contains("502"));
    }
}
