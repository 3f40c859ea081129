//! The PACS (picture archive) of the house, over DICOMweb: series are listed, fetched and analysed, results stored back.
//!
//! Fetched files are read under the limits of all series, windowed, and forgotten: what is kept is what an upload leaves. The
//! identifiers needed to store a result back are kept apart from it ([`Origins`]), in memory alone, for as long as results are.

mod import;
mod origins;

use lungsight_dicom::web::{Client, Credentials, FoundSeries, Query, WebError, WebLimits};

use crate::config::{Config, PacsConfig};

pub use import::{Imported, import};
pub use origins::{KnownOrigin, Origins};

/// The way to the archive.
pub struct Pacs {
    pub client: Client,
    pub origins: Origins,
}

/// Why the archive cannot be used as it is configured.
#[derive(Debug, thiserror::Error)]
pub enum PacsError {
    #[error("--dicomweb: {0}")]
    Web(#[from] WebError),
    #[error("--dicomweb-login {path}: {reason}")]
    Login { path: String, reason: String },
}

impl Pacs {
    /// `None` where no archive is named. Nothing is asked of it yet.
    ///
    /// # Errors
    /// When the address is none, or the file with the login cannot be read.
    pub fn new(config: &Config) -> Result<Option<Self>, PacsError> {
        let Some(address) = &config.pacs.dicomweb else {
            return Ok(None);
        };
        let limits = WebLimits {
            // Half of what all requests may hold: one import must not starve the uploads.
            max_series_bytes: config.requests.request_memory.bytes() as u64 / 2,
            ..WebLimits::default()
        };
        Ok(Some(Self {
            client: Client::new(address, login(&config.pacs)?, limits)?,
            origins: Origins::new(&config.store),
        }))
    }

    /// The CT series that fit what a user has typed; empty fields fit all.
    ///
    /// # Errors
    /// When the archive does not answer as it should.
    pub async fn search(
        &self,
        patient_name: &str,
        patient_id: &str,
        study_date: &str,
    ) -> Result<Vec<FoundSeries>, WebError> {
        let name = match patient_name.trim() {
            "" => String::new(),
            // The beginning of a name will do.
            name => format!("{}*", name.trim_end_matches('*')),
        };
        let query = Query {
            patient_name: name,
            patient_id: patient_id.trim().to_owned(),
            // As browsers write days, and as DICOM does.
            study_date: study_date.chars().filter(char::is_ascii_digit).collect(),
            ..Query::default()
        };
        self.client.series(&query).await
    }

    /// One series of a study.
    ///
    /// # Errors
    /// When the archive does not answer as it should.
    pub async fn find(&self, study: &str, series: &str) -> Result<Option<FoundSeries>, WebError> {
        let query = Query {
            study: study.to_owned(),
            ..Query::default()
        };
        let found = self.client.series(&query).await?;
        let mut found = found.into_iter();
        Ok(found.find(|found| found.series_instance_uid == series))
    }
}

/// `user:password` in one line.
fn login(config: &PacsConfig) -> Result<Option<Credentials>, PacsError> {
    let Some(path) = &config.dicomweb_login else {
        return Ok(None);
    };
    let wrong = |reason: String| PacsError::Login {
        path: path.display().to_string(),
        reason,
    };
    let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    let (user, password) = text
        .trim_end_matches(['\r', '\n'])
        .split_once(':')
        .ok_or_else(|| wrong("expected one line, user:password".to_owned()))?;
    Ok(Some(Credentials {
        user: user.to_owned(),
        password: password.to_owned(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_login_is_one_line_of_a_file() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let config = PacsConfig {
            dicomweb: None,
            dicomweb_login: Some(file.path().to_owned()),
        };
        assert!(login(&config).is_err(), "empty");
        std::fs::write(file.path(), "reader:with:colon\n").expect("written");
        let credentials = login(&config).expect("valid").expect("given");
        assert_eq!(credentials.user, "reader");
        assert_eq!(credentials.password, "with:colon");
        let missing = PacsConfig {
            dicomweb_login: Some("/no/such/file".into()),
            ..config
        };
        let error = login(&missing).expect_err("missing").to_string();
        assert!(error.contains("/no/such/file"), "{error}");
        assert!(login(&PacsConfig::default()).expect("none").is_none());
    }
}
