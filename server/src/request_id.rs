//! An id for each request: in its span of the log and, as `x-request-id`, on its answer, so that the two are found together.

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tower_http::request_id::{MakeRequestId, RequestId};

use crate::client::Proxies;
use crate::id;

/// What it is called on both ways.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Makes ids that tell nothing.
#[derive(Clone, Copy, Default)]
pub struct RandomId;

impl MakeRequestId for RandomId {
    fn make_request_id<B>(&mut self, _: &axum::http::Request<B>) -> Option<RequestId> {
        let id = HeaderValue::try_from(id::random());
        id.ok().map(RequestId::new)
    }
}

/// Takes off an id that somebody else has made. A trusted proxy's is kept, so that it is the same in both logs, where it is
/// made of hexadecimal digits and hyphens (nginx's `$request_id`, a UUID): a name is not, and cannot come into the log so.
pub async fn take_off(
    State(proxies): State<Proxies>,
    mut request: Request,
    next: Next,
) -> Response {
    let given = request.headers().get(X_REQUEST_ID);
    let is_kept = given.is_some_and(is_id) && proxies.sent(request.extensions());
    if !is_kept {
        request.headers_mut().remove(X_REQUEST_ID);
    }
    next.run(request).await
}

fn is_id(value: &HeaderValue) -> bool {
    let value = value.as_bytes();
    (16..=64).contains(&value.len())
        && value
            .iter()
            .all(|&byte| byte.is_ascii_hexdigit() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_no_ids() {
        for (value, expected) in [
            ("4bf92f3577b34da6a3ce929d0e0e4736", true),
            ("123e4567-e89b-12d3-a456-426614174000", true),
            ("Erika-Mustermann-1964", false),
            ("abc", false),
            (&"a".repeat(65), false),
        ] {
            let value = HeaderValue::try_from(value).expect("a value");
            assert_eq!(is_id(&value), expected, "{value:?}");
        }
    }
}
