//! Where results are kept beyond this process, and how servers share the work.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use clap::Args;

/// The address of a database. Never shown: there may be a password in it.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// The address itself, to connect with.
    pub fn secret(&self) -> &str {
        &self.0
    }
}

impl FromStr for DatabaseUrl {
    /// Judged when it is opened: a message of the command line's parser would show it.
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DatabaseUrl(…)")
    }
}

/// Whether a database keeps uploads and analyses, and how servers that share it notice that one of them is gone.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Database")]
pub struct DatabaseConfig {
    /// Keep uploads and analyses in a database instead of in memory: sqlite://FILE for one machine, so that they survive a
    /// restart; postgres://USER:PASSWORD@HOST/NAME for several servers that share results and work. Better given as the
    /// environment variable: what is on a command line can be seen by every user of the machine
    #[arg(
        long,
        env = "LUNGSIGHT_DATABASE",
        value_name = "URL",
        hide_env_values = true
    )]
    pub database: Option<DatabaseUrl>,
    /// Connections to the database at most, 3 to 1000
    #[arg(long, env = "LUNGSIGHT_DATABASE_CONNECTIONS", value_name = "COUNT", default_value_t = DatabaseConfig::default().database_connections,
        value_parser = clap::value_parser!(u32).range(3..=1000))]
    pub database_connections: u32,
    /// How long a request waits for a connection to the database before it is answered 503; what is asked over it may take a minute
    #[arg(long, env = "LUNGSIGHT_DATABASE_WAIT", value_name = "TIME", default_value_t = DatabaseConfig::default().database_wait)]
    pub database_wait: humantime::Duration,
    /// How long a server that shares the database may be silent before its slices are given to another; whole seconds, 3 at
    /// least
    #[arg(long, env = "LUNGSIGHT_WORKER_TIMEOUT", value_name = "TIME", default_value_t = DatabaseConfig::default().worker_timeout,
        value_parser = worker_timeout)]
    pub worker_timeout: humantime::Duration,
}

impl Default for DatabaseConfig {
    fn default() -> Self {
        Self {
            database: None,
            database_connections: 8,
            database_wait: Duration::from_secs(5).into(),
            worker_timeout: Duration::from_secs(30).into(),
        }
    }
}

/// The database counts silence in whole seconds, and a server gives three signs of life in this time.
fn worker_timeout(text: &str) -> Result<humantime::Duration, String> {
    let time: humantime::Duration = text.parse().map_err(|error| format!("{error}"))?;
    if *time < Duration::from_secs(3) {
        return Err("expected 3 seconds at least".to_owned());
    }
    Ok(time)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Command {
        #[command(flatten)]
        database: DatabaseConfig,
    }

    #[test]
    fn the_address_is_not_shown() {
        let given = [
            "lungsight",
            "--database",
            "postgres://me:secret@host/name",
            "--worker-timeout",
            "10s",
        ];
        let command = Command::try_parse_from(given).expect("valid");
        let url = command.database.database.as_ref().expect("given");
        assert!(url.secret().contains("secret"));
        assert!(!format!("{command:?}").contains("secret"));
    }

    #[test]
    fn a_short_timeout_is_refused() {
        assert!(Command::try_parse_from(["lungsight", "--worker-timeout", "2s"]).is_err());
    }
}
