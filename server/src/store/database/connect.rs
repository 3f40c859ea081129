//! Opening a database: which engine, with which bounds, and its tables.

use std::fs::OpenOptions;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use apalis_postgres::PostgresStorage;
use apalis_sqlite::SqliteStorage;
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection, PgConnection};

use super::{Database, Pool};
use crate::config::{Config, DatabaseConfig, DatabaseUrl};

/// Where our own migrations are counted; apalis counts its own.
const MIGRATIONS: &str = "lungsight_migrations";

/// How long the tables may take to be made or changed.
const MIGRATING: Duration = Duration::from_secs(300);

/// Why a database cannot be used. No message holds the address: there may be a password in it.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("expected sqlite://FILE or postgres://USER:PASSWORD@HOST/NAME")]
    Address,
    #[error(
        "characters such as / @ # ? in a user's name or password are written as %2F %40 %23 %3F"
    )]
    Unescaped,
    #[error("results in SQLite need a file")]
    NoFile,
    #[error("{place} cannot be reached: {reason}")]
    Unreachable { place: String, reason: String },
    #[error("the tables in {place} cannot be made: {reason}")]
    Tables { place: String, reason: String },
}

impl Database {
    /// Connects, and makes what tables are missing.
    ///
    /// # Errors
    /// When the address is none, nobody answers there, or the tables cannot be made.
    pub async fn open(url: &DatabaseUrl, config: &Config) -> Result<Self, OpenError> {
        let url = url.secret();
        let pool = if url.starts_with("sqlite:") {
            sqlite(url, &config.database).await?
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            postgres(url, &config.database).await?
        } else {
            return Err(OpenError::Address);
        };
        let database = Self::new(pool, config);
        if let Err(error) = database.set_clock().await {
            tracing::warn!(%error, "rows are told from this machine's clock");
        }
        Ok(database)
    }
}

async fn sqlite(url: &str, config: &DatabaseConfig) -> Result<Pool, OpenError> {
    if url.contains(":memory:") || url.contains("mode=memory") {
        return Err(OpenError::NoFile);
    }
    let options = SqliteConnectOptions::from_str(url).map_err(|_| OpenError::Address)?;
    if options.get_filename().as_os_str().is_empty() {
        return Err(OpenError::NoFile);
    }
    let place = options.get_filename().display().to_string();
    make_private(options.get_filename());
    let options = options
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // Killed at any time, nothing is lost; a power cut may take the last moments, and never damages the file.
        .synchronous(SqliteSynchronous::Normal)
        .busy_timeout(*config.database_wait)
        .foreign_keys(true)
        // What is forgotten is overwritten: names and slices do not linger in the file.
        .pragma("secure_delete", "ON");
    let pool = SqlitePoolOptions::new()
        .max_connections(config.database_connections)
        .acquire_timeout(*config.database_wait)
        // SQLite ends a transaction by itself when the disk is full; sqlx counts on it still, and would never begin another
        // on that connection.
        .after_release(|connection, _| {
            Box::pin(async {
                connection.ping().await?;
                Ok(!connection.is_in_transaction())
            })
        })
        .connect_with(options)
        .await
        .map_err(|error| OpenError::Unreachable {
            place: place.clone(),
            reason: error.to_string(),
        })?;
    let migrating = async {
        // Its own set-up would turn off waiting for the disk.
        SqliteStorage::migrations().run(&pool).await?;
        ours(sqlx::migrate!("migrations/sqlite")).run(&pool).await
    };
    made(place, migrating).await?;
    Ok(Pool::Sqlite(pool))
}

/// Makes the file for this user's eyes alone, where there is none; what cannot be made is said when it is opened. SQLite
/// gives the files beside it the same rights.
fn make_private(file: &Path) {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    drop(options.open(file));
}

async fn postgres(url: &str, config: &DatabaseConfig) -> Result<Pool, OpenError> {
    if is_unescaped(url) {
        return Err(OpenError::Unescaped);
    }
    let options = PgConnectOptions::from_str(url).map_err(|_| OpenError::Address)?;
    // In an address an IPv6 host is in brackets; the system's resolver knows it without.
    let bare = options.get_host().strip_prefix('[');
    let options = match bare.and_then(|host| host.strip_suffix(']')) {
        Some(host) => options.clone().host(host),
        None => options,
    };
    let place = format!(
        "PostgreSQL at {}:{}",
        options.get_host(),
        options.get_port()
    );
    let options = options
        .application_name("lungsight")
        .options([("statement_timeout", "50s"), ("lock_timeout", "20s")]);
    // Alone first: a pool would only say that it has waited.
    let first = tokio::time::timeout(*config.database_wait, PgConnection::connect_with(&options));
    let reason = match first.await {
        Ok(Ok(connection)) => connection.close().await.err(),
        Ok(Err(error)) => Some(error),
        Err(_) => Some(sqlx::Error::PoolTimedOut),
    };
    if let Some(error) = reason {
        let reason = match error {
            sqlx::Error::PoolTimedOut => "no answer in time".to_owned(),
            error => error.to_string(),
        };
        return Err(OpenError::Unreachable { place, reason });
    }
    let pool = PgPoolOptions::new()
        .max_connections(config.database_connections)
        .acquire_timeout(*config.database_wait)
        .connect_lazy_with(options);
    let migrating = async {
        PostgresStorage::migrations().run(&pool).await?;
        ours(sqlx::migrate!("migrations/postgres")).run(&pool).await
    };
    made(place, migrating).await?;
    Ok(Pool::Postgres(pool))
}

/// Whether the part between `//` and `@` ends before its `@`: a password would be taken for a host, and be named as one. An `@` in
/// the query behind a database's name is its own.
fn is_unescaped(url: &str) -> bool {
    let after = url.split_once("://").map_or("", |(_, after)| after);
    let (host, beyond) = after.split_at(after.find(['/', '?', '#']).unwrap_or(after.len()));
    let name = match beyond.strip_prefix('/') {
        // Behind a port that is one, or none, the query is a query.
        Some(name) if is_host(host) => name.split('?').next().unwrap_or(name),
        _ => beyond,
    };
    name.contains('@')
}

/// Whether it ends as a host does: without a colon, in brackets, behind an `@`, or with a port.
fn is_host(host: &str) -> bool {
    match host.rsplit_once(':') {
        None => true,
        Some((before, port)) => host.ends_with(']') || before.contains('@') || port.is_empty(),
    }
}

fn ours(mut migrator: Migrator) -> Migrator {
    migrator.dangerous_set_table_name(MIGRATIONS);
    migrator
}

async fn made(
    place: String,
    migrating: impl Future<Output = Result<(), sqlx::migrate::MigrateError>>,
) -> Result<(), OpenError> {
    let reason = match tokio::time::timeout(MIGRATING, migrating).await {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(error)) => error.to_string(),
        Err(_) => "it takes too long".to_owned(),
    };
    Err(OpenError::Tables { place, reason })
}

#[cfg(test)]
mod tests {
    use super::is_unescaped;

    #[test]
    fn a_password_is_never_taken_for_a_host() {
        for url in [
            "postgres://me:12/34@host/name",
            "postgres://me:12#34@host/name",
            "postgres://me:12?34@host/name",
            "postgresql://me/you@host/name",
        ] {
            assert!(is_unescaped(url), "{url}");
        }
        for url in [
            "postgres://me:12%2F34@host/name",
            "postgres://me:1@2@host/name",
            "postgres://host/name",
            "postgres://me@[::1]:5432/name?sslmode=require",
            "postgres://me@host/name?sslrootcert=/etc/a@b.pem",
            "postgres://host/name?user=a@b",
            "postgres://",
        ] {
            assert!(!is_unescaped(url), "{url}");
        }
    }
}
