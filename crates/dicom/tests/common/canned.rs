//! A DICOMweb server that says what a test wants.
#![allow(dead_code, reason = "no test uses all of it")]

use std::time::Duration;

use lungsight_dicom::web::{Client, Credentials, WebLimits};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Answers one connection after the other, each with one of `answers`, and gives what was asked.
pub async fn serve(answers: Vec<Vec<u8>>) -> (String, JoinHandle<Vec<Vec<u8>>>) {
    serve_after(Duration::ZERO, answers).await
}

/// The same, taking its time before each answer.
pub async fn serve_after(
    time: Duration,
    answers: Vec<Vec<u8>>,
) -> (String, JoinHandle<Vec<Vec<u8>>>) {
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port is free");
    let port = listener.local_addr().expect("it listens").port();
    let asked = tokio::spawn(async move {
        let mut asked = Vec::new();
        for answer in answers {
            let (mut stream, _) = listener.accept().await.expect("a client comes");
            asked.push(request(&mut stream).await);
            tokio::time::sleep(time).await;
            // The client may have heard enough before the end.
            let _ = stream.write_all(&answer).await;
        }
        asked
    });
    (format!("http://127.0.0.1:{port}/dicom-web"), asked)
}

/// Head and body of a request.
async fn request(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut piece = [0; 65536];
    loop {
        let end = bytes
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
            .map(|at| at + 4);
        if end.is_some_and(|end| bytes.len() >= end + content_length(&bytes[..end])) {
            return bytes;
        }
        let read = stream.read(&mut piece).await.expect("the client sends");
        assert!(read > 0, "the request is whole");
        bytes.extend_from_slice(&piece[..read]);
    }
}

fn content_length(head: &[u8]) -> usize {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let line = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"));
    line.map_or(0, |length| length.trim().parse().expect("a number"))
}

pub fn answer(status: &str, kind: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

pub fn json(body: &str) -> Vec<u8> {
    answer("200 OK", "application/dicom+json", body.as_bytes())
}

pub fn limits() -> WebLimits {
    WebLimits {
        max_answer_bytes: 4096,
        max_instances: 3,
        max_instance_bytes: 1000,
        max_series_bytes: 2000,
        ..WebLimits::default()
    }
}

pub fn client(address: &str) -> Client {
    client_within(address, limits())
}

pub fn client_within(address: &str, limits: WebLimits) -> Client {
    let credentials = Credentials {
        user: "reader".into(),
        password: "geheim".into(),
    };
    Client::new(address, Some(credentials), limits).expect("the address is good")
}
