//! An Orthanc of the test's own: free ports, a temporary folder, one user.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use lungsight_dicom::web::{Client, Credentials, Query, WebLimits};
use tempfile::TempDir;

/// Debian's `orthanc` and `orthanc-dicomweb`.
const PROGRAMS: [&str; 2] = ["/usr/sbin/Orthanc", "/usr/bin/Orthanc"];
const PLUGIN: &str = "/usr/share/orthanc/plugins/libOrthancDicomWeb.so";

/// How long it may take to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// Stopped and removed when dropped.
pub struct Orthanc {
    process: Child,
    folder: TempDir,
    pub address: String,
}

impl Orthanc {
    /// `None` where it is not installed; in CI that is a failure.
    pub fn start() -> Option<Self> {
        let program = PROGRAMS
            .into_iter()
            .map(Path::new)
            .find(|path| path.is_file());
        let (Some(program), true) = (program, Path::new(PLUGIN).is_file()) else {
            let is_ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
            assert!(!is_ci, "orthanc or orthanc-dicomweb is not installed");
            println!("skipped: orthanc or orthanc-dicomweb is not installed");
            return None;
        };
        let folder = tempfile::tempdir().expect("there is a temporary folder");
        // Another program may take the port before Orthanc does: then it ends, and another is tried.
        (0..5)
            .find_map(|_| Self::start_at(program, &folder, free_port()))
            .map(|(process, port)| Self {
                process,
                address: format!("http://127.0.0.1:{port}/dicom-web"),
                folder,
            })
            .or_else(|| panic!("orthanc does not start"))
    }

    fn start_at(program: &Path, folder: &TempDir, port: u16) -> Option<(Child, u16)> {
        let configuration = configuration(folder.path(), port);
        let log = std::fs::File::create(folder.path().join("log"))
            .expect("a temporary folder is written to");
        let mut process = Command::new(program)
            .arg(configuration)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("orthanc can be run");
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            if process.try_wait().expect("it is our child").is_some() {
                return None;
            }
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Some((process, port));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let _ = process.kill();
        let _ = process.wait();
        None
    }

    pub fn client(&self, limits: WebLimits) -> Client {
        let credentials = Credentials {
            user: "reader".into(),
            password: "geheim".into(),
        };
        Client::new(&self.address, Some(credentials), limits).expect("the address is good")
    }

    /// Waits until it answers.
    pub async fn ready(&self) {
        let client = self.client(WebLimits::default());
        let began = Instant::now();
        while let Err(error) = client.series(&Query::default()).await {
            let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            assert!(began.elapsed() < PATIENCE, "{error}\n{log}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

impl Drop for Orthanc {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    listener.local_addr().expect("it listens").port()
}

/// Loopback alone, no DICOM port, one plugin, one user.
fn configuration(folder: &Path, port: u16) -> PathBuf {
    let storage = folder.join("storage");
    let configuration = serde_json::json!({
        "Name": "Lungsight's test",
        "StorageDirectory": storage,
        "IndexDirectory": storage,
        "Plugins": [PLUGIN],
        "HttpPort": port,
        "DicomServerEnabled": false,
        "RemoteAccessAllowed": false,
        "AuthenticationEnabled": true,
        "RegisteredUsers": { "reader": "geheim" },
        "SslEnabled": false,
        "WebDavEnabled": false,
        "ConcurrentJobs": 1,
        "DicomWeb": { "Enable": true, "Root": "/dicom-web/", "EnableWado": false }
    });
    let path = folder.join("orthanc.json");
    std::fs::write(&path, configuration.to_string()).expect("a temporary folder is written to");
    path
}
