//! SIGTERM under load, sent to the binary with the real weights.
#![cfg(unix)]

mod common;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use common::{Form, slice_png};
use lungsight_app::analysis::{Analysis, SliceResult};

/// On a busy machine; a quiet one takes a tenth of it.
const LONGEST: Duration = Duration::from_secs(120);

/// The binary, killed when the test fails.
struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    fn start() -> Self {
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let address = free.expect("a free port");
        let site = tempfile::tempdir().expect("a folder");
        let weights = "../weights";
        let child = Command::new(env!("CARGO_BIN_EXE_lungsight"))
            .args([
                "serve",
                "--device=cpu",
                "--stop-within=2m",
                "--queue-slices=400",
            ])
            .args(["--addr", &address.to_string(), "--weights", weights])
            .arg("--site")
            .arg(site.path())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let server = Self { child, address };
        server.until("ready", || server.get("/health/ready").0 == 200);
        server
    }

    fn until(&self, what: &str, is_so: impl Fn() -> bool) {
        let began = Instant::now();
        while !is_so() {
            assert!(began.elapsed() < LONGEST, "too long until {what}");
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Status and body; status 0 where nobody answers.
    fn get(&self, path: &str) -> (u16, String) {
        exchange(self.address, format!("GET {path}"), "", &[])
    }

    fn post(&self, path: &str, body: Vec<u8>) -> JoinHandle<(u16, String)> {
        let (address, line) = (self.address, format!("POST {path}"));
        thread::spawn(move || {
            let kind =
                "Content-Type: multipart/form-data; boundary=----lungsight-test-boundary\r\n";
            exchange(address, line, kind, &body)
        })
    }

    fn terminate(&self) {
        let id = self.child.id().to_string();
        let killed = Command::new("kill").args(["-TERM", &id]).status();
        assert!(killed.expect("kill is there").success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has ended where the test went well.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn exchange(address: SocketAddr, line: String, headers: &str, body: &[u8]) -> (u16, String) {
    let request = format!(
        "{line} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{headers}Content-Length: {}\r\n\r\n",
        body.len()
    );
    let mut answer = Vec::new();
    let exchanged = TcpStream::connect(address).and_then(|mut stream| {
        stream.set_read_timeout(Some(LONGEST))?;
        stream.write_all(request.as_bytes())?;
        stream.write_all(body)?;
        stream.read_to_end(&mut answer)
    });
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let status = answer.get(9..12).and_then(|status| status.parse().ok());
    match exchanged {
        Ok(_) => (status.unwrap_or(0), answer),
        Err(_) => (0, answer),
    }
}

fn slices(count: u64) -> Vec<u8> {
    let form = (0..count).fold(Form::default(), |form, seed| {
        form.slice("a.png", &slice_png(seed))
    });
    form.finished()
}

/// The JSON in an answer, whose body may come in pieces.
fn analysis(answer: &str) -> Analysis {
    let (start, end) = (answer.find("{\"id\""), answer.rfind('}'));
    let json = start.zip(end).map(|(start, end)| &answer[start..=end]);
    let json = json.unwrap_or_else(|| panic!("{answer}"));
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {json}"))
}

fn assert_whole(analysis: &Analysis, count: usize) {
    assert!(analysis.finished && analysis.slices.len() == count);
    let is_read = |slice| matches!(slice, &SliceResult::Read(_));
    assert!(analysis.slices.iter().all(is_read), "{analysis:?}");
}

#[test]
fn sigterm_under_load_turns_readiness_off_drains_the_queue_and_ends_with_0() {
    let mut server = Server::start();
    let (status, upload) = server
        .post("/api/v1/uploads", slices(60))
        .join()
        .expect("sent");
    assert_eq!(status, 201, "{upload}");
    let id = upload.split("\"id\":\"").nth(1).map(|rest| &rest[..32]);
    let start = format!("/api/v1/uploads/{}/analysis", id.expect("an id"));
    let (status, begun) = server.post(&start, Vec::new()).join().expect("sent");
    assert_eq!(status, 202, "{begun}");
    let id = analysis(&begun).id;
    let events = thread::spawn({
        let (address, line) = (server.address, format!("GET /api/v1/analyses/{id}/events"));
        move || exchange(address, line, "", &[])
    });
    let waiting: Vec<_> = (0..3)
        .map(|_| server.post("/api/v1/analyses", slices(40)))
        .collect();
    let queued = || {
        let (_, metrics) = server.get("/metrics");
        let line = metrics
            .lines()
            .find_map(|line| line.strip_prefix("lungsight_queue_slices "));
        line.is_some_and(|queued| queued.parse::<f64>().is_ok_and(|queued| queued > 20.0))
    };
    server.until("slices wait", queued);

    server.terminate();
    server.until("readiness is off", || server.get("/health/ready").0 != 200);
    let (_, metrics) = server.get("/metrics");
    assert!(metrics.contains("\nlungsight_ready 0\n"), "{metrics}");
    let (status, refused) = server
        .post("/api/v1/analyses", slices(1))
        .join()
        .expect("sent");
    assert_eq!(status, 503, "{refused}");
    assert!(
        refused.to_lowercase().contains("retry-after: 5"),
        "{refused}"
    );
    assert_eq!(server.get("/health/ready").0, 503, "it still answers");
    assert_eq!(server.get("/health/live").0, 200);

    for answer in waiting {
        let (status, answer) = answer.join().expect("answered");
        assert_eq!(status, 201, "{answer}");
        assert_whole(&analysis(&answer), 40);
    }
    let (status, events) = events.join().expect("answered");
    assert_eq!(status, 200);
    let last = events.split("event: end").nth(1).expect("the last event");
    assert_whole(&analysis(last), 60);
    let ended = server.child.wait().expect("it ends");
    let mut log = String::new();
    let stderr = server.child.stderr.take();
    stderr
        .expect("piped")
        .read_to_string(&mut log)
        .expect("read");
    assert_eq!(ended.code(), Some(0), "{log}");
    assert!(!log.contains("with requests in progress"), "{log}");
}
