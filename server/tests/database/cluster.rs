//! A PostgreSQL of a test's own, in a folder of its own, on a socket of its own; `cargo xtask test` installs the programs.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Of every cluster; it must appear nowhere.
pub const PASSWORD: &str = "a-secret-of-the-tests";

pub struct Cluster {
    folder: tempfile::TempDir,
    server: Option<Child>,
}

impl Cluster {
    /// Makes a cluster and waits until it answers.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let password = folder.path().join("password");
        std::fs::write(&password, PASSWORD).expect("written");
        #[cfg(unix)]
        if is_root() {
            let (user, group) = (id_of("-u"), id_of("-g"));
            for path in [folder.path(), password.as_path()] {
                std::os::unix::fs::chown(path, Some(user), Some(group)).expect("root may");
            }
        }
        let made = as_postgres("initdb")
            .arg("--pgdata")
            .arg(folder.path().join("data"))
            .args([
                "--no-sync",
                "--encoding=UTF8",
                "--locale=C",
                "--username=lungsight",
            ])
            .args(["--auth=scram-sha-256", "--pwfile"])
            .arg(&password)
            .current_dir(folder.path())
            .output()
            .expect("initdb starts");
        assert!(
            made.status.success(),
            "{}",
            String::from_utf8_lossy(&made.stderr)
        );
        let mut cluster = Self {
            folder,
            server: None,
        };
        cluster.resume();
        cluster
    }

    /// Starts the server again after [`Self::stop`].
    pub fn resume(&mut self) {
        let folder = self.folder.path();
        let server = as_postgres("postgres")
            .arg("-D")
            .arg(folder.join("data"))
            .arg("-k")
            .arg(folder)
            .args(["-h", "", "-c", "fsync=off", "-c", "max_connections=60"])
            .current_dir(folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("postgres starts");
        self.server = Some(server);
        let began = Instant::now();
        while !self.answers() {
            assert!(
                began.elapsed() < Duration::from_secs(60),
                "PostgreSQL does not answer"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn answers(&self) -> bool {
        let asked = Command::new(program("pg_isready"))
            .arg("-h")
            .arg(self.folder.path())
            .stdout(Stdio::null())
            .status();
        asked.is_ok_and(|status| status.success())
    }

    /// Stops the server as an operator would who does not wait for its clients.
    pub fn stop(&mut self) {
        let Some(mut server) = self.server.take() else {
            return;
        };
        let asked = Command::new("kill")
            .args(["-INT", &server.id().to_string()])
            .status();
        if !asked.is_ok_and(|status| status.success()) {
            let _ = server.kill();
        }
        let _ = server.wait();
    }

    pub fn url(&self) -> String {
        format!(
            "postgres://lungsight:{PASSWORD}@localhost/postgres?host={}",
            self.folder.path().display()
        )
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A program of PostgreSQL, run by whom it lets run it: root it refuses.
fn as_postgres(name: &str) -> Command {
    let program = program(name);
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid=postgres", "--regid=postgres", "--clear-groups"])
        .arg(program);
    command
}

/// The newest of Debian's, or the one on the search path.
fn program(name: &str) -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten();
    let mut versions: Vec<PathBuf> = versions
        .flatten()
        .map(|version| version.path().join("bin").join(name))
        .filter(|program| program.is_file())
        .collect();
    versions.sort_by_key(|program| version(program));
    let on_path = || {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path)
            .map(|folder| folder.join(name))
            .find(|program| program.is_file())
    };
    versions
        .pop()
        .or_else(on_path)
        .expect("PostgreSQL is installed: `cargo xtask test` does it")
}

fn version(program: &Path) -> u32 {
    let version = program.ancestors().nth(2).and_then(Path::file_name);
    let version = version.and_then(|version| version.to_str()?.parse().ok());
    version.unwrap_or(0)
}

fn is_root() -> bool {
    answer("id", &["-u"]) == "0"
}

fn id_of(kind: &str) -> u32 {
    let id = answer("id", &[kind, "postgres"]);
    id.parse().expect("PostgreSQL's package makes its user")
}

fn answer(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let output = output.map(|output| output.stdout).unwrap_or_default();
    String::from_utf8_lossy(&output).trim().to_owned()
}
