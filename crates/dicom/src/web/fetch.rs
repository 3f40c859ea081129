//! WADO-RS: the instances of a series, as files.

use multer::{Constraints, Multipart, SizeLimit};

use super::{Client, WebError, content_type, media_type, pieces, succeeded};
use crate::uid::is_uid;

/// Files as the server keeps them, in whatever transfer syntax: nothing is to be compressed anew.
const FILES: &str = r#"multipart/related; type="application/dicom"; transfer-syntax=*"#;

/// Room for the lines between files, in bytes each.
const BETWEEN: u64 = 4096;

/// What room for an instance grows by, in bytes.
const STEP: usize = 256 << 10;

impl Client {
    /// Begins to fetch a series, all in one request.
    ///
    /// # Errors
    /// [`WebError`]: what can be told before the first instance.
    pub async fn fetch(&self, study: &str, series: &str) -> Result<Instances, WebError> {
        if !is_uid(study) || !is_uid(series) {
            return Err(WebError::Uid);
        }
        let url = self.url(&format!("studies/{study}/series/{series}"))?;
        let request = self.http.get(url).timeout(self.limits.transfer_deadline);
        let answer = succeeded(self.send(request, FILES).await?)?;
        if media_type(&answer) != "multipart/related" {
            return Err(WebError::NotDicomFiles);
        }
        let boundary = boundary(content_type(&answer)).ok_or(WebError::NotDicomFiles)?;
        let limits = self.limits;
        let between = BETWEEN.saturating_mul(limits.max_instances as u64 + 1);
        let sizes = SizeLimit::new()
            .whole_stream(limits.max_series_bytes.saturating_add(between))
            .per_field(limits.max_instance_bytes);
        let constraints = Constraints::new().size_limit(sizes);
        Ok(Instances {
            parts: Multipart::with_constraints(pieces(answer), boundary, constraints),
            max_instances: limits.max_instances,
            max_instance_bytes: limits.max_instance_bytes,
            left_bytes: limits.max_series_bytes,
            max_series_bytes: limits.max_series_bytes,
            read: 0,
        })
    }
}

/// The instances of a series, one after the other as they come in. Dropping it ends the transfer.
pub struct Instances {
    parts: Multipart<'static>,
    max_instances: usize,
    max_instance_bytes: u64,
    max_series_bytes: u64,
    left_bytes: u64,
    read: usize,
}

impl Instances {
    /// The next instance as a file (PS3.10); `None` after the last. `has_room` is asked for each piece of it, in bytes, before it is
    /// kept.
    ///
    /// # Errors
    /// [`WebError`], [`WebError::NoRoom`] where `has_room` says so; there is nothing to read after one.
    pub async fn next(
        &mut self,
        mut has_room: impl FnMut(usize) -> bool + Send,
    ) -> Result<Option<Vec<u8>>, WebError> {
        let part = self.parts.next_field().await;
        let Some(mut part) = part.map_err(|error| self.meaning(&error))? else {
            return Ok(None);
        };
        if self.read == self.max_instances {
            return Err(WebError::TooManyInstances {
                max_instances: self.max_instances,
            });
        }
        self.read += 1;
        let header = part
            .headers()
            .get("content-type")
            .and_then(|kind| kind.to_str().ok());
        let kind = header
            .and_then(|kind| kind.split(';').next())
            .unwrap_or_default()
            .trim();
        // Some servers leave it out, or say no more than that it is bytes.
        if !["", "application/dicom", "application/octet-stream"]
            .contains(&kind.to_ascii_lowercase().as_str())
        {
            return Err(WebError::NotDicomFiles);
        }
        let mut file = Vec::new();
        while let Some(piece) = part.chunk().await.map_err(|error| self.meaning(&error))? {
            self.left_bytes =
                self.left_bytes
                    .checked_sub(piece.len() as u64)
                    .ok_or(WebError::TooLarge {
                        max_bytes: self.max_series_bytes,
                    })?;
            if !has_room(piece.len()) {
                return Err(WebError::NoRoom);
            }
            // Doubled by itself, it would take room that nobody has counted.
            if file.capacity() - file.len() < piece.len() {
                file.reserve_exact(piece.len().max(STEP));
            }
            file.extend_from_slice(&piece);
        }
        Ok(Some(file))
    }

    fn meaning(&self, error: &multer::Error) -> WebError {
        match error {
            multer::Error::StreamSizeExceeded { .. } => WebError::TooLarge {
                max_bytes: self.max_series_bytes,
            },
            multer::Error::FieldSizeExceeded { .. } => WebError::InstanceTooLarge {
                max_bytes: self.max_instance_bytes,
            },
            multer::Error::StreamReadFailed(cause) => match cause.downcast_ref::<WebError>() {
                Some(cause) => cause.clone(),
                None => WebError::BrokenOff,
            },
            multer::Error::IncompleteStream
            | multer::Error::IncompleteFieldData { .. }
            | multer::Error::IncompleteHeaders => WebError::BrokenOff,
            _ => WebError::NotDicomFiles,
        }
    }
}

impl std::fmt::Debug for Instances {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Instances")
            .field("read", &self.read)
            .finish_non_exhaustive()
    }
}

/// The boundary that a multipart's header names. Parsers of media types refuse the unquoted `type=application/dicom` that
/// some servers send.
fn boundary(content_type: &str) -> Option<String> {
    let parameters = content_type
        .split(';')
        .skip(1)
        .filter_map(|parameter| parameter.split_once('='));
    let mut named = parameters.filter(|(name, _)| name.trim().eq_ignore_ascii_case("boundary"));
    let boundary = named.next()?.1.trim().trim_matches('"');
    // RFC 2046 5.1.1.
    (1..=70)
        .contains(&boundary.len())
        .then(|| boundary.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boundaries_are_found_however_the_header_is_written() {
        for header in [
            r#"multipart/related; type="application/dicom"; boundary=a-b"#,
            r#"multipart/related;boundary="a-b";type=application/dicom"#,
            "Multipart/Related; Boundary = a-b ; type=application/dicom",
        ] {
            assert_eq!(boundary(header).as_deref(), Some("a-b"), "{header}");
        }
        assert_eq!(
            boundary(r#"multipart/related; type="application/dicom""#),
            None
        );
        assert_eq!(boundary("multipart/related; boundary="), None);
        assert_eq!(
            boundary(&format!("multipart/related; boundary={}", "a".repeat(71))),
            None
        );
    }
}
