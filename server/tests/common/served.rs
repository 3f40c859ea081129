//! The real binary, with the repository's weights, on a port of its own.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use lungsight_app::analysis::Analysis;

use super::Form;

pub struct Served {
    child: Child,
    address: SocketAddr,
    log: PathBuf,
    _folder: tempfile::TempDir,
}

/// An answer, read to its end.
#[derive(PartialEq)]
pub struct Reply {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        let line = self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then_some(value.trim())
        });
        line.unwrap_or_default()
    }

    pub fn analysis(&self) -> Analysis {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.text()))
    }
}

impl Served {
    /// Starts the server over a database and waits until it is ready.
    pub fn start(database: &str, arguments: &[&str]) -> Self {
        Self::once_ready(|| Self::launch(database, arguments))
    }

    /// The same with its results in memory, and more variables than those it has from the test.
    pub fn start_alone(arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        Self::once_ready(|| Self::launch_with(arguments, variables))
    }

    fn once_ready(launch: impl Fn() -> Self) -> Self {
        let mut served = launch();
        let began = Instant::now();
        loop {
            if let Some(status) = served.ended() {
                // Its port was free a moment ago, and may be another's by now.
                let taken = format!("listening on {}", served.address);
                assert!(
                    served.log().contains(&taken),
                    "it ended with {status}: {}",
                    served.log()
                );
                served = launch();
            }
            if served
                .try_get("/health/ready")
                .is_some_and(|reply| reply.status == 200)
                && served.listens()
            {
                return served;
            }
            assert!(
                began.elapsed() < Duration::from_secs(120),
                "{}",
                served.log()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Whether it is this server that answers at its address.
    fn listens(&self) -> bool {
        let says = format!("listening on http://{}", self.address);
        self.log().contains(&says)
    }

    /// Starts the server and does not wait.
    pub fn launch(database: &str, arguments: &[&str]) -> Self {
        // As variables, which arguments override.
        let variables = [
            ("LUNGSIGHT_DATABASE", database),
            ("LUNGSIGHT_WORKER_TIMEOUT", "4s"),
        ];
        Self::launch_with(arguments, &variables)
    }

    fn launch_with(arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let log = folder.path().join("log");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        drop(listener);
        let child = Command::new(env!("CARGO_BIN_EXE_lungsight"))
            .args(["serve", "--addr", &address.to_string()])
            .arg("--weights")
            .arg(Path::new("../weights"))
            .args(arguments)
            .env("LUNGSIGHT_DEVICE", "cpu")
            .envs(variables.iter().copied())
            .env(
                "LUNGSIGHT_LOG",
                "trace,apalis=trace,axum=trace,sqlx=trace,tower=trace",
            )
            .stdout(Stdio::null())
            .stderr(File::create(&log).expect("a file"))
            .spawn()
            .expect("the binary starts");
        Self {
            child,
            address,
            log,
            _folder: folder,
        }
    }

    /// All that was logged so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("a child")
    }

    /// Waits for its end.
    pub fn end(&mut self) -> ExitStatus {
        let began = Instant::now();
        loop {
            if let Some(status) = self.ended() {
                return status;
            }
            assert!(began.elapsed() < Duration::from_secs(60), "{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Asks it to stop.
    pub fn terminate(&self) {
        self.signal("-TERM");
    }

    /// Holds it where it is, whatever it does, until it is resumed.
    pub fn pause(&self) {
        self.signal("-STOP");
    }

    /// Lets it go on after [`Self::pause`].
    pub fn resume(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        let asked = Command::new("kill").args([signal, &id]).status();
        assert!(asked.is_ok_and(|status| status.success()));
    }

    /// Asks it to stop, and waits until it has.
    pub fn stop(&mut self) {
        self.terminate();
        let status = self.end();
        assert!(status.success(), "{status}: {}", self.log());
    }

    /// Kills it in the middle of whatever it does.
    pub fn kill(&mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it has ended");
    }

    pub fn get(&self, path: &str) -> Reply {
        self.try_get(path)
            .unwrap_or_else(|| panic!("no answer to {path}: {}", self.log()))
    }

    pub fn try_get(&self, path: &str) -> Option<Reply> {
        self.exchange(
            &format!(
                "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
                self.address
            ),
            &[],
        )
    }

    pub fn post(&self, path: &str, form: Form) -> Reply {
        self.post_with(path, "", form)
    }

    /// With more headers, each with its end of line.
    pub fn post_with(&self, path: &str, headers: &str, form: Form) -> Reply {
        let body = form.finished();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{headers}Content-Length: {}\r\n\
             Content-Type: multipart/form-data; boundary=----lungsight-test-boundary\r\n\r\n",
            self.address,
            body.len()
        );
        self.exchange(&head, &body)
            .unwrap_or_else(|| panic!("no answer to {path}: {}", self.log()))
    }

    /// Uploads and starts; where the analysis is found.
    pub fn begin(&self, form: Form) -> String {
        let upload = self.post("/api/v1/uploads", form);
        assert_eq!(upload.status, 201, "{}", upload.text());
        let upload: lungsight_app::analysis::Upload =
            serde_json::from_slice(&upload.body).expect("an upload");
        let begun = self.post(
            &format!("/api/v1/uploads/{}/analysis", upload.id),
            Form::default(),
        );
        assert_eq!(begun.status, 202, "{}", begun.text());
        begun.header("location").to_owned()
    }

    /// The analysis once `is` holds for it.
    pub fn analysis_once(&self, path: &str, is: impl Fn(&Analysis) -> bool) -> Analysis {
        let began = Instant::now();
        loop {
            // A database that is away for a while is no answer.
            if let Some(reply) = self.try_get(path)
                && reply.status == 200
            {
                let analysis = reply.analysis();
                if is(&analysis) {
                    return analysis;
                }
            }
            assert!(began.elapsed() < Duration::from_secs(120), "{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn exchange(&self, head: &str, body: &[u8]) -> Option<Reply> {
        let mut stream = TcpStream::connect(self.address).ok()?;
        stream
            .set_read_timeout(Some(Duration::from_secs(120)))
            .ok()?;
        stream.write_all(head.as_bytes()).ok()?;
        stream.write_all(body).ok()?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).ok()?;
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&answer[..end]).into_owned();
        let status = head.split(' ').nth(1)?.parse().ok()?;
        let body = &answer[end + 4..];
        let body = if head
            .to_ascii_lowercase()
            .contains("transfer-encoding: chunked")
        {
            whole(body)
        } else {
            body.to_vec()
        };
        Some(Reply { status, head, body })
    }
}

/// The chunks of a body as one (RFC 9112, 7.1), as far as they came.
fn whole(mut chunks: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = chunks.windows(2).position(|two| two == b"\r\n") {
        let size = std::str::from_utf8(&chunks[..end]).expect("a chunk's size");
        let size = usize::from_str_radix(size, 16).expect("a chunk's size");
        let chunk = &chunks[end + 2..];
        body.extend_from_slice(&chunk[..size.min(chunk.len())]);
        chunks = chunk.get(size + 2..).unwrap_or_default();
    }
    body
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended by itself; there is nothing else to do then.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
