//! Why a DICOMweb server did not give what it was asked for. No message holds a value of a tag, an address or a credential.

/// What went wrong between us and the server.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WebError {
    #[error(
        "the DICOMweb address is not an http or https address without user, query and fragment"
    )]
    Address,
    #[error("a user name with a colon or control characters cannot be sent")]
    Credentials,
    #[error("the system's tls cannot be set up")]
    Tls,
    #[error("a study or series is named by something that is no uid")]
    Uid,
    #[error("the DICOMweb server cannot be reached")]
    Unreachable,
    #[error("the DICOMweb server took too long to answer")]
    Deadline,
    #[error("the exchange with the DICOMweb server broke off")]
    BrokenOff,
    #[error("the DICOMweb server answered with status {status}")]
    Status { status: u16 },
    #[error("the DICOMweb server's answer is not DICOM JSON")]
    NotDicomJson,
    #[error("the DICOMweb server's answer is not a multipart of DICOM files")]
    NotDicomFiles,
    #[error("the DICOMweb server's answer has more than {max_bytes} bytes")]
    TooLarge { max_bytes: u64 },
    #[error("an instance has more than {max_bytes} bytes")]
    InstanceTooLarge { max_bytes: u64 },
    #[error("the series has more than {max_instances} instances")]
    TooManyInstances { max_instances: usize },
    #[error("there is no room for the series")]
    NoRoom,
    #[error("the system gives no random numbers")]
    Random,
}

impl WebError {
    /// What an error of the transport means; its own message holds the address, and so identifiers.
    pub(super) fn of(error: &reqwest::Error) -> Self {
        if error.is_timeout() {
            Self::Deadline
        } else if error.is_connect() {
            Self::Unreachable
        } else {
            Self::BrokenOff
        }
    }
}
