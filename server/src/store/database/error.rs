//! Why something could not be kept or read back.

use sqlx::error::DatabaseError;

/// What a visit to the database came to. The details are in the log, where this was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeepError {
    #[error("the database does not answer; try again in a moment")]
    Lost,
    #[error("the database has no room left; what is kept already is not lost")]
    Full,
    #[error("an error in the server; it has been logged")]
    Broken,
    /// What is kept is damaged, or another version's.
    #[error("an error in the server; it has been logged")]
    Unreadable,
}

impl From<sqlx::Error> for KeepError {
    /// Errors of sqlx name statements and constraints, never values.
    fn from(error: sqlx::Error) -> Self {
        let kind = kind(&error);
        match kind {
            Self::Broken | Self::Unreadable => {
                tracing::error!(%error, "the database did not do as it was told")
            }
            Self::Full => tracing::error!(%error, "the database is full"),
            Self::Lost => tracing::warn!(%error, "the database does not answer"),
        }
        kind
    }
}

impl From<serde_json::Error> for KeepError {
    fn from(error: serde_json::Error) -> Self {
        // Its message may quote what was read, and with it a file's name.
        let (category, column) = (error.classify(), error.column());
        tracing::error!(?category, column, "what was kept cannot be read");
        Self::Unreadable
    }
}

fn kind(error: &sqlx::Error) -> KeepError {
    match error {
        sqlx::Error::Database(error) => told(error.as_ref()),
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::BeginFailed => KeepError::Lost,
        _ => KeepError::Broken,
    }
}

/// What the database itself said. PostgreSQL: appendix A of its manual; SQLite: "Result and Error Codes", whose lowest
/// eight bits are the kind.
fn told(error: &(dyn DatabaseError + 'static)) -> KeepError {
    let code = error.code();
    let code = code.as_deref().unwrap_or_default();
    if error
        .try_downcast_ref::<sqlx::postgres::PgDatabaseError>()
        .is_some()
    {
        return match code {
            "53100" => KeepError::Full,
            // Connections, a password that was changed, resources, an operator's hand, a read-only stand-by; and transactions that met each other.
            code if ["08", "28", "53", "57", "58", "25", "40", "55"]
                .iter()
                .any(|class| code.starts_with(class)) =>
            {
                KeepError::Lost
            }
            _ => KeepError::Broken,
        };
    }
    const BUSY: u32 = 5;
    const LOCKED: u32 = 6;
    const READ_ONLY: u32 = 8;
    const INPUT_OR_OUTPUT: u32 = 10;
    const FULL: u32 = 13;
    const CANNOT_OPEN: u32 = 14;
    match code.parse::<u32>().unwrap_or_default() & 0xff {
        FULL => KeepError::Full,
        BUSY | LOCKED | READ_ONLY | INPUT_OR_OUTPUT | CANNOT_OPEN => KeepError::Lost,
        _ => KeepError::Broken,
    }
}
