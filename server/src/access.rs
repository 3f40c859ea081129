//! Who may see what: bearer tokens (RFC 6750) from a file, or the user whom a trusted proxy names.
//!
//! With neither, everybody may use the site, and metrics are told to this machine alone. With a `user` or `admin` token or a
//! user header, only `/health` is for everybody: what balancers ask. `metrics` tokens alone protect the metrics alone; without
//! tokens these stay this machine's.

mod tokens;

use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, HOST};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, Version};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::client::{Proxies, peer};
use crate::config::AccessConfig;
use crate::error::Error;
use crate::failure::{Asked, failure_page};
use crate::state::AppState;

pub use tokens::{TokenFault, Tokens};

/// What a token, or a user, is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Pages and API.
    User,
    /// `/metrics`.
    Metrics,
    /// Both.
    Admin,
}

/// Why the server does not start.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    #[error("{}: {fault}", .file.display())]
    Tokens {
        file: std::path::PathBuf,
        fault: TokenFault,
    },
    #[error("--user-header needs --trusted-proxy: anybody could send the header")]
    NobodyTrusted,
}

/// What is asked of a request; nothing by default.
#[derive(Clone, Debug, Default)]
pub struct Access {
    tokens: Option<Tokens>,
    user_header: Option<HeaderName>,
    proxies: Proxies,
}

/// Parts of the server that differ in who may see them.
enum Area {
    Health,
    Metrics,
    /// `/pacs`, what is fetched and what is stored there.
    Pacs,
    Site,
}

impl Access {
    /// Reads the tokens' file.
    ///
    /// # Errors
    /// When it holds a token that protects nothing, or a user header would be believed from anybody.
    pub fn read(config: &AccessConfig) -> Result<Self, AccessError> {
        if config.user_header.is_some() && config.trusted_proxy.is_empty() {
            return Err(AccessError::NobodyTrusted);
        }
        let read = |file: &std::path::PathBuf| {
            Tokens::read(file).map_err(|fault| AccessError::Tokens {
                file: file.clone(),
                fault,
            })
        };
        Ok(Self {
            tokens: config.tokens.as_ref().map(read).transpose()?,
            user_header: config.user_header.clone(),
            proxies: Proxies::new(&config.trusted_proxy),
        })
    }

    /// # Errors
    /// When the request is not for whoever sends it.
    fn check(&self, head: &Parts) -> Result<(), Error> {
        // Tokens for the metrics alone keep nobody from the site.
        let asks = self.tokens.as_ref().is_some_and(Tokens::open_the_site);
        let open = !asks && self.user_header.is_none();
        match area(head.uri.path()) {
            Area::Health => Ok(()),
            Area::Site if open => Ok(()),
            // Patients' names are shown there: to nobody from elsewhere whom nothing vouches for.
            Area::Pacs if open => {
                if self.is_this_machine(head) {
                    Ok(())
                } else {
                    Err(Error::WrongRole)
                }
            }
            Area::Site | Area::Pacs => match self.role(head)? {
                Some(Role::User | Role::Admin) => Ok(()),
                Some(Role::Metrics) => Err(Error::WrongRole),
                None => Err(Error::NoToken),
            },
            Area::Metrics if self.tokens.is_none() => {
                if self.is_this_machine(head) {
                    Ok(())
                } else {
                    Err(Error::WrongRole)
                }
            }
            Area::Metrics => match self.role(head)? {
                Some(Role::Metrics | Role::Admin) => Ok(()),
                Some(Role::User) => Err(Error::WrongRole),
                None => Err(Error::NoToken),
            },
        }
    }

    /// A token says it; without one, a trusted proxy may.
    fn role(&self, head: &Parts) -> Result<Option<Role>, Error> {
        if let (Some(tokens), Some(given)) = (&self.tokens, bearer(&head.headers)) {
            return tokens.role(given).map(Some).ok_or(Error::WrongToken);
        }
        let named = self.user_header.as_ref().and_then(|name| {
            let user = head.headers.get(name)?;
            (!user.is_empty() && self.proxies.sent(&head.extensions)).then_some(Role::User)
        });
        Ok(named)
    }

    /// Asked on this machine for this machine. A proxy on this machine passes on what others ask: it is told by its headers,
    /// by the host that is asked for, or by HTTP/1.0, which no browser speaks and some proxies do.
    fn is_this_machine(&self, head: &Parts) -> bool {
        const PASSED_ON: [&str; 4] = ["x-forwarded-for", "forwarded", "x-real-ip", "via"];
        let is_local = peer(&head.extensions).is_some_and(|peer| peer.is_loopback());
        let passed_on = PASSED_ON
            .iter()
            .any(|name| head.headers.contains_key(*name))
            || head.version < Version::HTTP_11;
        let host = head.headers.get(HOST).map(|host| host.to_str());
        let host_is_local = match host {
            Some(Ok(host)) => is_loopback(host),
            Some(Err(_)) => false,
            None => true,
        };
        is_local && !passed_on && !self.proxies.sent(&head.extensions) && host_is_local
    }
}

fn area(path: &str) -> Area {
    match path {
        "/health/live" | "/health/ready" => Area::Health,
        "/metrics" => Area::Metrics,
        "/pacs" | "/pacs/series" => Area::Pacs,
        _ if path.starts_with("/diagnosis/") && path.ends_with("/store") => Area::Pacs,
        _ => Area::Site,
    }
}

/// A token, where one is given. Other schemes are between browser and proxy.
fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let value = headers.get(AUTHORIZATION)?.as_bytes();
    let (scheme, rest) = value.split_at_checked("Bearer ".len())?;
    scheme
        .eq_ignore_ascii_case(b"Bearer ")
        .then(|| rest.trim_ascii())
}

fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(bracketed) => bracketed.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name.eq_ignore_ascii_case("localhost")
        || name
            .parse::<std::net::IpAddr>()
            .is_ok_and(|ip| ip.is_loopback())
}

/// Lets pass who may; anybody else is answered without the body being read.
pub async fn check(
    State((access, state)): State<(Access, AppState)>,
    request: Request,
    next: Next,
) -> Response {
    let (head, body) = request.into_parts();
    match access.check(&head) {
        Ok(()) => next.run(Request::from_parts(head, body)).await,
        Err(error) if wants_page(&head) => failure_page(&state, &error, &Asked::in_vain(&head)),
        Err(error) => error.into_response(),
    }
}

/// Whether a person looks at the answer.
fn wants_page(head: &Parts) -> bool {
    let accepts = head
        .headers
        .get(axum::http::header::ACCEPT)
        .and_then(|accept| accept.to_str().ok());
    !head.uri.path().starts_with("/api/v1/")
        && accepts.is_some_and(|accept| accept.contains("text/html"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_this_machine_are_known() {
        for host in ["localhost", "LOCALHOST:3000", "127.0.0.1:3000", "[::1]:80"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "ct.example.org",
            "localhost.evil.example",
            "[::2]",
            "",
            "10.0.0.1",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
