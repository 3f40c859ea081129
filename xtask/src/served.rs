//! The server: built, started, waited for.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use crate::oha::Form;
use crate::process::{Outcome, cargo, run as run_to_end, stage, target_directory};
use crate::site;

/// `cargo xtask run`: builds everything, then is the server until it is stopped.
pub fn run(arguments: &[String]) -> Outcome {
    site::build()?;
    let program = build()?;
    run_to_end(
        Command::new(program)
            .args(["serve", "--site", site::SITE])
            .args(arguments),
    )
}

/// Builds the server. The whole workspace is named, and one bench with it, because cargo chooses the features of
/// dependencies by the packages and kinds of target it is asked for: asked as in the tests, it compiles Burn once.
pub fn build() -> Result<PathBuf, String> {
    stage("server", || {
        run_to_end(cargo().args([
            "build",
            "--workspace",
            "--exclude=lungsight-client",
            "--bins",
            "--bench=segment",
        ]))
    })?;
    let program = if cfg!(windows) {
        "lungsight.exe"
    } else {
        "lungsight"
    };
    Ok(target_directory()?.join("debug").join(program))
}

/// A running server for tests, stopped when dropped.
pub struct Served {
    child: Child,
    address: SocketAddr,
    /// Such as `http://127.0.0.1:41234`.
    pub url: String,
}

impl Served {
    /// Starts the server on a free port and waits until it is ready.
    pub fn start() -> Result<Self, String> {
        Self::start_with(&[])
    }

    /// The same with more arguments.
    pub fn start_with(arguments: &[&str]) -> Result<Self, String> {
        let program = build()?;
        let address = free_address()?;
        let child = Command::new(program)
            .args([
                "serve",
                "--site",
                site::SITE,
                "--device",
                "cpu",
                "--addr",
                &address.to_string(),
            ])
            .args(arguments)
            .spawn()
            .map_err(|e| format!("the server did not start: {e}"))?;
        let mut served = Self {
            child,
            address,
            url: format!("http://{address}"),
        };
        served.wait(Duration::from_secs(120))?;
        Ok(served)
    }

    /// What is found at a path.
    pub fn get(&self, path: &str) -> Result<Vec<u8>, String> {
        self.body(path, ask(self.address, path), OK)
    }

    /// What a form makes at a path.
    pub fn post(&self, path: &str, form: &Form) -> Result<Vec<u8>, String> {
        let body = form.read()?;
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n",
            Form::content_type(),
            body.len()
        );
        let answer = exchange(self.address, &[head.as_bytes(), &body].concat());
        self.body(path, answer, b"HTTP/1.1 201")
    }

    fn body(
        &self,
        path: &str,
        answer: std::io::Result<Vec<u8>>,
        expected: &[u8],
    ) -> Result<Vec<u8>, String> {
        let wrong = |reason: String| format!("{}{path}: {reason}", self.url);
        let answer = answer.map_err(|e| wrong(e.to_string()))?;
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n");
        match end {
            Some(end) if answer.starts_with(expected) => Ok(answer[end + 4..].to_vec()),
            _ => Err(wrong(String::from_utf8_lossy(&answer).into_owned())),
        }
    }

    /// Memory of the process, where the system tells.
    pub fn memory(&self) -> String {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.unwrap_or_default();
        let megabytes = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
            Some(kilobytes / 1024)
        };
        match megabytes("VmRSS:").zip(megabytes("VmHWM:")) {
            Some((now, most)) => format!("{now} MiB resident, {most} at most so far"),
            None => "memory unknown on this system".to_owned(),
        }
    }

    fn wait(&mut self, limit: Duration) -> Outcome {
        let began = Instant::now();
        while began.elapsed() < limit {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(format!("the server stopped before it was ready: {status}"));
            }
            if ask(self.address, "/health/ready").is_ok_and(|answer| answer.starts_with(OK)) {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        Err(format!(
            "the server was not ready within {} s",
            limit.as_secs()
        ))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have stopped by itself; there is nothing else to do then.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port of this machine that is free now.
pub fn free_address() -> Result<SocketAddr, String> {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .map_err(|e| format!("no free port: {e}"))
}

/// How an answer with what was asked for begins.
const OK: &[u8] = b"HTTP/1.1 200";

/// The whole answer, head and body.
fn ask(address: SocketAddr, path: &str) -> std::io::Result<Vec<u8>> {
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    exchange(address, request.as_bytes())
}

fn exchange(address: SocketAddr, request: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    stream.write_all(request)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(answer)
}
