//! A DICOMweb client (PS3.18): search (QIDO-RS), fetch (WADO-RS), store (STOW-RS).

mod error;
mod fetch;
mod json;
mod limits;
mod search;
mod store;

use futures_util::stream::{self, Stream};
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::redirect::Policy;
use reqwest::{ClientBuilder, RequestBuilder, Response, StatusCode, Url};

pub use error::WebError;
pub use fetch::Instances;
pub use limits::WebLimits;
pub use search::{FoundSeries, Query};
pub use store::{Failure, Stored};

const DICOM_JSON: &str = "application/dicom+json";

/// A user of the DICOMweb server (HTTP basic). `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    pub user: String,
    pub password: String,
}

/// Asks one DICOMweb server. Cloning is cheap. It follows no redirects, so that credentials and
/// identifiers go nowhere else, and goes through no proxy.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    /// The same without a limit on silence, which `reqwest` counts from the first byte that is sent.
    storing: reqwest::Client,
    /// Ends in a slash.
    base: Url,
    credentials: Option<Credentials>,
    limits: WebLimits,
}

impl Client {
    /// `address` is the services' common root, such as `http://127.0.0.1:8042/dicom-web`. Nothing is asked yet.
    ///
    /// # Errors
    /// [`WebError::Address`], [`WebError::Credentials`] or [`WebError::Tls`].
    pub fn new(
        address: &str,
        credentials: Option<Credentials>,
        limits: WebLimits,
    ) -> Result<Self, WebError> {
        let mut base = Url::parse(address).map_err(|_| WebError::Address)?;
        let is_plain =
            base.username().is_empty() && base.password().is_none() && base.query().is_none();
        if !matches!(base.scheme(), "http" | "https") || !is_plain || base.fragment().is_some() {
            return Err(WebError::Address);
        }
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        if credentials.as_ref().is_some_and(|of| !of.can_be_sent()) {
            return Err(WebError::Credentials);
        }
        let builder = || {
            reqwest::Client::builder()
                .redirect(Policy::none())
                .no_proxy()
                // A connection for each of our few requests: a server may have ended a kept one, and the body that is sent
                // into it is lost.
                .pool_max_idle_per_host(0)
                .connect_timeout(limits.connect_deadline)
        };
        let built = |builder: ClientBuilder| builder.build().map_err(|_| WebError::Tls);
        Ok(Self {
            http: built(builder().read_timeout(limits.silence_deadline))?,
            storing: built(builder())?,
            base,
            credentials,
            limits,
        })
    }

    /// An address below the root.
    fn url(&self, path: &str) -> Result<Url, WebError> {
        self.base.join(path).map_err(|_| WebError::Address)
    }

    async fn send(&self, request: RequestBuilder, accept: &str) -> Result<Response, WebError> {
        let request = match &self.credentials {
            Some(of) => request.basic_auth(&of.user, Some(&of.password)),
            None => request,
        };
        let sent = request.header(ACCEPT, accept).send().await;
        sent.map_err(|error| WebError::of(&error))
    }

    /// The body of an answer in DICOM JSON.
    async fn json(&self, mut answer: Response) -> Result<Vec<u8>, WebError> {
        let max_bytes = self.limits.max_answer_bytes;
        let is_json = |kind: &str| ["application/dicom+json", "application/json"].contains(&kind);
        if !is_json(&media_type(&answer)) {
            return Err(WebError::NotDicomJson);
        }
        let mut body = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(|error| WebError::of(&error))? {
            if (body.len() + piece.len()) as u64 > max_bytes {
                return Err(WebError::TooLarge { max_bytes });
            }
            body.extend_from_slice(&piece);
        }
        Ok(body)
    }
}

impl Credentials {
    fn can_be_sent(&self) -> bool {
        let is_control = |text: &str| text.chars().any(char::is_control);
        !self.user.contains(':') && !is_control(&self.user) && !is_control(&self.password)
    }
}

fn succeeded(answer: Response) -> Result<Response, WebError> {
    match answer.status() {
        StatusCode::OK => Ok(answer),
        status => Err(WebError::Status {
            status: status.as_u16(),
        }),
    }
}

/// The whole header that says what an answer is.
fn content_type(answer: &Response) -> &str {
    let header = answer.headers().get(CONTENT_TYPE);
    header
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

/// Without parameters, in lower case.
fn media_type(answer: &Response) -> String {
    let whole = content_type(answer);
    let kind = whole.split(';').next().unwrap_or_default();
    kind.trim().to_ascii_lowercase()
}

/// The pieces of a body as they come.
fn pieces(
    answer: Response,
) -> impl Stream<Item = Result<impl Into<multer::bytes::Bytes>, WebError>> + Send {
    stream::try_unfold(answer, |mut answer| async move {
        let piece = answer.chunk().await.map_err(|error| WebError::of(&error))?;
        Ok(piece.map(|piece| (piece, answer)))
    })
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials(..)")
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client")
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
