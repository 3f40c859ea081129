//! oha, a load generator: a form sent again and again, and what came of it.

use std::fmt;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::process::{output, target_directory};
use crate::served::Served;

const BOUNDARY: &str = "lungsight-load";

/// How long clients go on where no number of requests is asked for.
const SECONDS: u32 = 15;

/// A form with slices, as a file that oha reads.
pub struct Form(PathBuf);

impl Form {
    /// Writes the form of these files into the target directory.
    pub fn of(slices: &[Vec<u8>]) -> Result<Self, String> {
        let parts: Vec<_> = slices.iter().map(|slice| ("slice", &slice[..])).collect();
        Self::with(&parts, &format!("xtask-form-{}", slices.len()))
    }

    /// The type that names its boundary.
    pub fn content_type() -> String {
        format!("multipart/form-data; boundary={BOUNDARY}")
    }

    /// Its bytes.
    pub fn read(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|e| format!("{}: {e}", self.0.display()))
    }

    /// The form of a slice with its mask, as the pages send it.
    pub fn masked(slice: &[u8], mask: &[u8]) -> Result<Self, String> {
        Self::with(&[("slice", slice), ("mask", mask)], "xtask-form-masked")
    }

    fn with(parts: &[(&str, &[u8])], name: &str) -> Result<Self, String> {
        let mut body = Vec::new();
        for (number, (field, file)) in parts.iter().enumerate() {
            let head = format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{number}\"\r\n\r\n"
            );
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(file);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
        let path = target_directory()?.join(name);
        std::fs::write(&path, body).map_err(|e| format!("{}: {e}", path.display()))?;
        Ok(Self(path))
    }
}

/// What is sent, and how.
pub struct Load<'a> {
    served: &'a Served,
    form: &'a Form,
    clients: u32,
    requests: Option<u64>,
}

impl<'a> Load<'a> {
    /// One client for a while.
    pub fn on(served: &'a Served, form: &'a Form) -> Self {
        Self {
            served,
            form,
            clients: 1,
            requests: None,
        }
    }

    /// So many at a time.
    pub fn clients(mut self, clients: u32) -> Self {
        self.clients = clients;
        self
    }

    /// So many in all.
    pub fn requests(mut self, requests: u64) -> Self {
        self.requests = Some(requests);
        self
    }

    /// Sends, and waits for the answers.
    pub fn run(self) -> Result<Answers, String> {
        let how_much = match self.requests {
            Some(requests) => format!("-n{requests}"),
            None => format!("-z{SECONDS}s"),
        };
        let report = output(
            Command::new("oha")
                .args([
                    "--no-tui",
                    "--output-format=json",
                    "--wait-ongoing-requests-after-deadline",
                ])
                .args([&how_much, &format!("-c{}", self.clients)])
                .args(["-m", "POST", "-T"])
                .arg(Form::content_type())
                .arg("-D")
                .arg(&self.form.0)
                .arg(format!("{}/api/v1/analyses", self.served.url)),
        )?;
        let report = serde_json::from_str(&report).map_err(|e| format!("oha's report: {e}"))?;
        Answers::read(&report).ok_or_else(|| format!("oha's report lacks what is asked: {report}"))
    }
}

/// What came back.
pub struct Answers {
    per_second: f64,
    /// Half of the answers took no longer, in milliseconds.
    p50: f64,
    /// Ninety-nine of a hundred took no longer, in milliseconds.
    p99: f64,
    /// How many had each status; or the reason where there was none.
    statuses: Vec<(String, u64)>,
}

impl Answers {
    fn read(report: &Value) -> Option<Self> {
        let percentile = |name: &str| Some(report["latencyPercentiles"][name].as_f64()? * 1e3);
        let counts = |name: &str| {
            let counted = report[name].as_object().into_iter().flatten();
            counted.filter_map(|(what, count)| Some((what.clone(), count.as_u64()?)))
        };
        Some(Self {
            per_second: report["summary"]["requestsPerSec"].as_f64()?,
            p50: percentile("p50")?,
            p99: percentile("p99")?,
            statuses: counts("statusCodeDistribution")
                .chain(counts("errorDistribution"))
                .collect(),
        })
    }
}

impl fmt::Display for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:.1} a second, p50 {:.1} ms, p99 {:.1} ms, answers",
            self.per_second, self.p50, self.p99
        )?;
        for (what, count) in &self.statuses {
            write!(f, " {what}: {count}")?;
        }
        Ok(())
    }
}
