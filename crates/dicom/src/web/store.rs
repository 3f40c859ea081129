//! STOW-RS: files for the server to keep.

use std::collections::BTreeSet;

use dicom_dictionary_std::tags;
use reqwest::StatusCode;
use reqwest::header::CONTENT_TYPE;

use super::json::DataSet;
use super::{Client, DICOM_JSON, WebError};
use crate::uid;

/// Files are sent in requests of about this many bytes, so that neither side holds all of them.
const BATCH_BYTES: usize = 32 << 20;

/// What a server did with files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stored {
    /// Files that it says it has.
    pub stored: usize,
    /// Files that it refused.
    pub failed: Vec<Failure>,
    /// Files that it says nothing about.
    pub unconfirmed: usize,
}

/// A file that a server refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// SOP Instance UID of the file; empty where the server doesn't say.
    pub sop_instance_uid: String,
    /// The standard's number of the reason (PS3.18 I.2.2).
    pub reason: Option<u16>,
}

impl Failure {
    /// The reason in words.
    pub fn words(&self) -> &'static str {
        match self.reason {
            Some(0xa700..=0xa7ff) => "the server is out of room",
            Some(0x0122) => "the server does not keep this kind of file",
            Some(0xc122) => "the server does not take files written in this way",
            Some(0xa900..=0xa9ff | 0xc000..=0xcfff) => "the server does not understand the file",
            Some(0x0124) => "the server does not allow it",
            Some(_) => "the server failed at the file",
            None => "the server gives no reason",
        }
    }
}

impl Client {
    /// Hands files (PS3.10) over, in batches taken from `files` as they are sent. Files that were stored stay stored when
    /// a later batch fails; storing them again does no harm, as they have the same UIDs.
    ///
    /// # Errors
    /// [`WebError`]: a batch as a whole. What the server says of single files is in [`Stored`].
    pub async fn store<F>(&self, files: F) -> Result<Stored, WebError>
    where
        F: IntoIterator<Item = Vec<u8>>,
        F::IntoIter: Send,
    {
        let mut files = files.into_iter().peekable();
        let mut stored = Stored::default();
        while files.peek().is_some() {
            let mut batch = Batch::new()?;
            while let Some(file) = files.next_if(|file| batch.has_room(file.len())) {
                batch.add(&file);
            }
            stored.add(self.store_batch(batch).await?);
        }
        Ok(stored)
    }

    async fn store_batch(&self, batch: Batch) -> Result<Stored, WebError> {
        let sent = batch.files;
        let kind = format!(
            r#"multipart/related; type="application/dicom"; boundary={}"#,
            batch.boundary
        );
        let request = self
            .storing
            .post(self.url("studies")?)
            .header(CONTENT_TYPE, kind);
        let request = request
            .body(batch.finish())
            .timeout(self.limits.transfer_deadline);
        let answer = self.send(request, DICOM_JSON).await?;
        // Accepted: some were refused. Conflict: all were.
        let status = answer.status();
        if ![StatusCode::OK, StatusCode::ACCEPTED, StatusCode::CONFLICT].contains(&status) {
            return Err(WebError::Status {
                status: status.as_u16(),
            });
        }
        let body = match self.json(answer).await {
            Err(WebError::NotDicomJson) if status == StatusCode::CONFLICT => {
                return Err(WebError::Status {
                    status: status.as_u16(),
                });
            }
            body => body?,
        };
        let says: DataSet = serde_json::from_slice(&body).map_err(|_| WebError::NotDicomJson)?;
        Ok(Stored::read(&says, sent))
    }
}

impl Stored {
    fn read(says: &DataSet, sent: usize) -> Self {
        let kept = says
            .items(tags::REFERENCED_SOP_SEQUENCE)
            .map(|item| item.text(tags::REFERENCED_SOP_INSTANCE_UID));
        let stored = kept.collect::<BTreeSet<_>>().len().min(sent);
        let failed = says
            .items(tags::FAILED_SOP_SEQUENCE)
            .chain(says.items(tags::OTHER_FAILURES_SEQUENCE));
        let failed = failed.map(|item| Failure {
            sop_instance_uid: item.text(tags::REFERENCED_SOP_INSTANCE_UID),
            reason: item.number(tags::FAILURE_REASON),
        });
        let failed: Vec<Failure> = failed.take(sent).collect();
        Self {
            stored,
            unconfirmed: sent.saturating_sub(stored + failed.len()),
            failed,
        }
    }

    fn add(&mut self, other: Self) {
        self.stored += other.stored;
        self.failed.extend(other.failed);
        self.unconfirmed += other.unconfirmed;
    }
}

/// The body of a request.
struct Batch {
    boundary: String,
    body: Vec<u8>,
    files: usize,
}

impl Batch {
    fn new() -> Result<Self, WebError> {
        Ok(Self {
            // Random: in no file.
            boundary: uid::fresh().ok_or(WebError::Random)?,
            body: Vec::new(),
            files: 0,
        })
    }

    /// A file that is larger than a batch goes alone.
    fn has_room(&self, bytes: usize) -> bool {
        self.files == 0 || self.body.len() + bytes <= BATCH_BYTES
    }

    fn add(&mut self, file: &[u8]) {
        let head = format!(
            "--{}\r\nContent-Type: application/dicom\r\n\r\n",
            self.boundary
        );
        self.body.extend_from_slice(head.as_bytes());
        self.body.extend_from_slice(file);
        self.body.extend_from_slice(b"\r\n");
        self.files += 1;
    }

    fn finish(mut self) -> Vec<u8> {
        self.body
            .extend_from_slice(format!("--{}--\r\n", self.boundary).as_bytes());
        self.body
    }
}
