//! Lengths of requests that lie, over a real connection.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::common::{Form, default_router, slice_png};

/// A server of its own; it ends with the test's runtime.
async fn served() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let router = default_router().await;
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// Sends a request, and gives what comes back until the server closes.
async fn exchange(address: SocketAddr, headers: &str, body: &[u8]) -> String {
    answered(address, headers, body, false).await
}

/// The same by a client that ends its side when it has sent.
async fn cut_off(address: SocketAddr, headers: &str, body: &[u8]) -> String {
    answered(address, headers, body, true).await
}

async fn answered(address: SocketAddr, headers: &str, body: &[u8], ends: bool) -> String {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    let head = format!(
        "POST /api/v1/analyses HTTP/1.1\r\nHost: ct.local\r\nConnection: close\r\n\
         Content-Type: multipart/form-data; boundary=----lungsight-test-boundary\r\n{headers}\r\n\r\n"
    );
    // A server that has refused already may have closed.
    let _ = stream.write_all(head.as_bytes()).await;
    let _ = stream.write_all(body).await;
    if ends {
        let _ = stream.shutdown().await;
    }
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    let ended = tokio::time::timeout(Duration::from_secs(10), read).await;
    assert!(
        ended.is_ok(),
        "the server neither answers nor closes: {headers}"
    );
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn a_body_shorter_or_longer_than_its_length_is_400_or_closed() {
    let address = served().await;
    let body = Form::default().slice("a.png", &slice_png(1)).finished();
    let right = format!("Content-Length: {}", body.len());
    assert!(
        exchange(address, &right, &body)
            .await
            .starts_with("HTTP/1.1 201")
    );
    for length in [body.len() - 40, body.len() / 2, 0] {
        let answer = exchange(address, &format!("Content-Length: {length}"), &body).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{length}: {answer}");
    }
    // The connection ends before the body does: there is nobody to answer, but the server goes on.
    for length in [body.len() + 1, 150 << 20] {
        let answer = cut_off(address, &format!("Content-Length: {length}"), &body[..900]).await;
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 400"),
            "{answer}"
        );
    }
    assert!(
        exchange(address, &right, &body)
            .await
            .starts_with("HTTP/1.1 201")
    );
}

#[tokio::test]
async fn lengths_that_are_no_numbers_or_contradict_each_other_are_400() {
    let address = served().await;
    let body = Form::default().slice("a.png", &slice_png(1)).finished();
    for headers in [
        "Content-Length: 99999999999999999999999999",
        "Content-Length: -1",
        "Content-Length: 0x10",
        "Content-Length: 10\r\nContent-Length: 20",
        "Transfer-Encoding: gzip",
        "Transfer-Encoding: chunked, identity",
    ] {
        let answer = exchange(address, headers, &body).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{headers}: {answer}");
    }
}

#[tokio::test]
async fn pieces_of_a_body_with_forged_lengths_are_400_or_closed() {
    let address = served().await;
    for pieces in [
        "fffffffffffffffff\r\nx\r\n0\r\n\r\n",
        "ffffffffffffffff\r\nx\r\n0\r\n\r\n",
        "5\r\nxx\r\n0\r\n\r\n",
        "-1\r\nx\r\n0\r\n\r\n",
        "zz\r\nx\r\n",
    ] {
        let answer = cut_off(address, "Transfer-Encoding: chunked", pieces.as_bytes()).await;
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 400"),
            "{pieces}: {answer}"
        );
    }
}
