//! The server: built, started, waited for.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

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
    /// Such as `http://127.0.0.1:41234`.
    pub url: String,
}

impl Served {
    /// Starts the server on a free port and waits until it is ready.
    pub fn start() -> Result<Self, String> {
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
            .spawn()
            .map_err(|e| format!("the server did not start: {e}"))?;
        let mut served = Self {
            child,
            url: format!("http://{address}"),
        };
        served.wait(address, Duration::from_secs(120))?;
        Ok(served)
    }

    fn wait(&mut self, address: SocketAddr, limit: Duration) -> Outcome {
        let began = Instant::now();
        while began.elapsed() < limit {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(format!("the server stopped before it was ready: {status}"));
            }
            if is_ready(address) {
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

fn free_address() -> Result<SocketAddr, String> {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .map_err(|e| format!("no free port: {e}"))
}

fn is_ready(address: SocketAddr) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream.write_all(
            b"GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer.starts_with("HTTP/1.1 200"))
    };
    ask().unwrap_or(false)
}
