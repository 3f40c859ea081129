//! Connections: no more than a number at once, of which one peer has a part, HTTP/1 alone, each request's head and each stretch of an answer under a deadline,
//! closed in order.
//!
//! `axum::serve` sets no timer, without which hyper's deadline for a head does nothing: connections that send nothing, or half a
//! head, would stay for good. A client that stops reading would keep its answer in memory: what a connection takes no byte of
//! within the time to send ends it.

mod peers;

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio_io_timeout::TimeoutStream;
use tower::ServiceExt;

use crate::config::ListenConfig;
use peers::Peers;

/// What is read of a connection before it is made sense of: a longer head is answered 431.
const BUFFER_BYTES: usize = 64 << 10;

/// How long to wait where the system gives no more connections.
const PAUSE: Duration = Duration::from_secs(1);

/// Serves until `stop` says so; then every connection ends with the request it has. A peer that has its part of all connections
/// has further ones closed, unless it is a `trusted` proxy.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    config: &ListenConfig,
    trusted: &[IpAddr],
    mut stop: watch::Receiver<bool>,
) {
    let peers = Peers::new(config.connections, trusted);
    let places = Arc::new(Semaphore::new(config.connections));
    let mut open = JoinSet::new();
    loop {
        let next = async {
            let place = places.clone().acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            next = next => next,
            () = stopped(&mut stop) => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let Some(seat) = peers.seat(peer.ip()) else {
                    tracing::debug!("a peer has too many connections");
                    continue;
                };
                let connection = Connection {
                    router: router.clone(),
                    peer,
                    head_deadline: *config.head_deadline,
                    send_deadline: *config.send_deadline,
                    stop: stop.clone(),
                };
                open.spawn(async move {
                    connection.serve(stream).await;
                    drop((place, seat));
                });
            }
            // Whoever left before being let in is nobody's fault.
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionAborted => {}
            Err(error) => {
                tracing::error!(%error, "no connection can be accepted");
                tokio::time::sleep(PAUSE).await;
            }
        }
        while open.try_join_next().is_some() {}
    }
    drop(listener);
    while open.join_next().await.is_some() {}
}

/// A closed channel means the same: nobody is left to serve for.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    drop(stop.wait_for(|stop| *stop).await);
}

struct Connection {
    router: Router,
    peer: SocketAddr,
    head_deadline: Duration,
    send_deadline: Duration,
    stop: watch::Receiver<bool>,
}

impl Connection {
    async fn serve(mut self, stream: TcpStream) {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "small answers may be delayed");
        }
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(self.send_deadline));
        let (router, peer) = (self.router, self.peer);
        let service = service_fn(move |request| answer(router.clone(), peer, request));
        let mut connection = pin!(
            http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(self.head_deadline)
                .max_buf_size(BUFFER_BYTES)
                .serve_connection(TokioIo::new(Box::pin(stream)), service)
        );
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = stopped(&mut self.stop) => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection ended");
        }
    }
}

async fn answer(
    router: Router,
    peer: SocketAddr,
    request: Request<Incoming>,
) -> Result<Response, Infallible> {
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(ConnectInfo(peer));
    router.oneshot(request).await
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    const SEND_DEADLINE: Duration = Duration::from_secs(2);

    /// More than the buffers of both ends hold.
    const LARGE: usize = 64 << 20;

    struct Server {
        addr: SocketAddr,
        stop: watch::Sender<bool>,
        task: tokio::task::JoinHandle<()>,
    }

    async fn server(connections: usize, head_deadline: Duration) -> Server {
        let config = ListenConfig {
            connections,
            head_deadline: head_deadline.into(),
            send_deadline: SEND_DEADLINE.into(),
            ..ListenConfig::default()
        };
        let peer = |ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.to_string() };
        let slow = || async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            "slow"
        };
        let router = Router::new()
            .route("/peer", get(peer))
            .route("/slow", get(slow))
            .route("/large", get(|| async { vec![b'a'; LARGE] }));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let addr = listener.local_addr().expect("an address");
        let (stop, stopping) = watch::channel(false);
        let task =
            tokio::spawn(async move { serve(listener, router, &config, &[], stopping).await });
        Server { addr, stop, task }
    }

    async fn connect(server: &Server, said: &str) -> TcpStream {
        let mut stream = TcpStream::connect(server.addr).await.expect("connected");
        stream.write_all(said.as_bytes()).await.expect("sent");
        stream
    }

    /// All that comes until the server closes.
    async fn heard(mut stream: TcpStream) -> String {
        let mut answer = Vec::new();
        // A reset is an end too.
        drop(stream.read_to_end(&mut answer).await);
        String::from_utf8_lossy(&answer).into_owned()
    }

    const ASK: &str = "GET /peer HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";

    #[tokio::test]
    async fn half_a_head_and_silence_are_closed_at_the_deadline() {
        let server = server(8, Duration::from_millis(200)).await;
        for said in ["", "GET /peer HTT", "GET /peer HTTP/1.1\r\nhost: a\r\n"] {
            let began = Instant::now();
            let answer = heard(connect(&server, said).await).await;
            assert!(!answer.contains("200"), "{answer}");
            assert!(began.elapsed() >= Duration::from_millis(150), "{said:?}");
        }
        let stream = connect(&server, ASK).await;
        let own = stream.local_addr().expect("an address").to_string();
        let answer = heard(stream).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(answer.ends_with(&own), "{answer}");
    }

    #[tokio::test]
    async fn who_reads_no_more_loses_the_rest_and_who_reads_slowly_gets_all() {
        let server = server(1, Duration::from_secs(5)).await;
        let ask = "GET /large HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
        let silent = connect(&server, ask).await;
        let began = Instant::now();
        // The only place is free again although the first client is still there.
        let mut slow = connect(&server, ask).await;
        let (mut got, mut part) = (0, vec![0; 4 << 20]);
        for _ in 0..8 {
            got += slow.read(&mut part).await.expect("more");
            tokio::time::sleep(SEND_DEADLINE / 4).await;
        }
        got += heard(slow).await.len();
        assert!(got > LARGE, "{got}");
        assert!(began.elapsed() > 2 * SEND_DEADLINE);
        assert!(heard(silent).await.len() < LARGE);
    }

    #[tokio::test]
    async fn one_too_many_waits_until_another_has_gone() {
        let server = server(1, Duration::from_millis(300)).await;
        let silent = connect(&server, "").await;
        let began = Instant::now();
        let answer = heard(connect(&server, ASK).await).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(began.elapsed() >= Duration::from_millis(200));
        drop(silent);
    }

    #[tokio::test]
    async fn http_2_and_endless_heads_are_refused() {
        let server = server(8, Duration::from_secs(5)).await;
        let preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
        let answer = heard(connect(&server, preface).await).await;
        assert!(!answer.contains("200"), "{answer}");
        let mut long = connect(&server, "GET /peer HTTP/1.1\r\n").await;
        let line = format!("a: {}\r\n", "b".repeat(1000));
        for _ in 0..200 {
            if long.write_all(line.as_bytes()).await.is_err() {
                break;
            }
        }
        let answer = heard(long).await;
        assert!(answer.is_empty() || answer.contains("431"), "{answer}");
    }

    #[tokio::test]
    async fn a_request_in_progress_is_answered_when_the_server_stops() {
        let server = server(8, Duration::from_secs(5)).await;
        let idle = connect(&server, "").await;
        let slow = connect(&server, "GET /slow HTTP/1.1\r\nhost: a\r\n\r\n").await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        server.stop.send_replace(true);
        assert!(heard(slow).await.ends_with("slow"));
        assert_eq!(heard(idle).await, "");
        server.task.await.expect("no panic");
        assert!(TcpStream::connect(server.addr).await.is_err());
    }
}
