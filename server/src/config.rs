//! What the server can be told: one struct per concern, each value a flag and a `LUNGSIGHT_…` environment variable.

mod access;
mod database;
mod device;
mod size;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use lungsight_imaging::Limits;
use lungsight_network::DeviceChoice;

pub use access::{AccessConfig, RateConfig};
pub use database::{DatabaseConfig, DatabaseUrl};
pub use device::ChosenDevice;
pub use size::ByteSize;

/// Everything `lungsight serve` needs to know. [`Default`] holds the documented defaults.
#[derive(Args, Clone, Debug, Default)]
pub struct Config {
    #[command(flatten)]
    pub listen: ListenConfig,
    #[command(flatten)]
    pub network: NetworkConfig,
    #[command(flatten)]
    pub requests: RequestConfig,
    #[command(flatten)]
    pub queue: QueueConfig,
    #[command(flatten)]
    pub store: StoreConfig,
    #[command(flatten)]
    pub database: DatabaseConfig,
    #[command(flatten)]
    pub site: SiteConfig,
    #[command(flatten)]
    pub pacs: PacsConfig,
    #[command(flatten)]
    pub access: AccessConfig,
    #[command(flatten)]
    pub rate: RateConfig,
}

/// Where the server listens and how it stops.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Listening")]
pub struct ListenConfig {
    /// Address and port to listen on
    #[arg(long, env = "LUNGSIGHT_ADDR", default_value_t = ListenConfig::default().addr)]
    pub addr: SocketAddr,
    /// Connections at once; more wait to be let in. One address may have a quarter of them, this machine and trusted proxies all
    #[arg(long, env = "LUNGSIGHT_CONNECTIONS", value_name = "COUNT", default_value_t = ListenConfig::default().connections,
        value_parser = at_least_one())]
    pub connections: usize,
    /// How long a connection may be silent before a request, or take to send its head; then it is closed
    #[arg(long, env = "LUNGSIGHT_HEAD_DEADLINE", value_name = "TIME", default_value_t = ListenConfig::default().head_deadline)]
    pub head_deadline: humantime::Duration,
    /// How long a client may take no more of its answer; then its connection is closed
    #[arg(long, env = "LUNGSIGHT_SEND_DEADLINE", value_name = "TIME", default_value_t = ListenConfig::default().send_deadline)]
    pub send_deadline: humantime::Duration,
    /// How long requests in progress may go on after SIGTERM or ctrl-c
    #[arg(long, env = "LUNGSIGHT_STOP_WITHIN", value_name = "TIME", default_value_t = ListenConfig::default().stop_within)]
    pub stop_within: humantime::Duration,
}

impl Default for ListenConfig {
    fn default() -> Self {
        Self {
            addr: SocketAddr::from(([127, 0, 0, 1], 3000)),
            connections: 2048,
            head_deadline: Duration::from_secs(30).into(),
            send_deadline: Duration::from_secs(30).into(),
            stop_within: Duration::from_secs(30).into(),
        }
    }
}

/// Which weights run on which device. Shared by `serve` and `diagnose`.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Network")]
pub struct NetworkConfig {
    /// Device that runs the network: auto, gpu or cpu; or, for `serve --database`, none: slices are handed to the servers that share the database
    #[arg(long, env = "LUNGSIGHT_DEVICE", default_value_t = NetworkConfig::default().device)]
    pub device: ChosenDevice,
    /// Folder with the weights and their manifest.json
    #[arg(
        long,
        env = "LUNGSIGHT_WEIGHTS",
        value_name = "DIR",
        default_value = "weights"
    )]
    pub weights: PathBuf,
}

impl Default for NetworkConfig {
    fn default() -> Self {
        Self {
            device: ChosenDevice::Of(DeviceChoice::Auto),
            weights: PathBuf::from("weights"),
        }
    }
}

/// What one request may bring, and what all requests in progress may hold together.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Requests")]
pub struct RequestConfig {
    /// Bytes of one request's body; more is answered 413
    #[arg(long, env = "LUNGSIGHT_REQUEST_BYTES", value_name = "SIZE", default_value_t = RequestConfig::default().request_bytes)]
    pub request_bytes: ByteSize,
    /// Bytes of one file; a larger one is skipped and reported, the others go on
    #[arg(long, env = "LUNGSIGHT_FILE_BYTES", value_name = "SIZE", default_value_t = RequestConfig::default().file_bytes)]
    pub file_bytes: ByteSize,
    /// Slices in one request; more is answered 413, and of a longer series every second, third, … is taken
    #[arg(long, env = "LUNGSIGHT_FILES", value_name = "COUNT", default_value_t = RequestConfig::default().files,
        value_parser = at_least_one())]
    pub files: usize,
    /// Pixels of one slice, read from the file's header before it is decoded
    #[arg(long, env = "LUNGSIGHT_SLICE_PIXELS", value_name = "COUNT", default_value_t = RequestConfig::default().slice_pixels)]
    pub slice_pixels: u64,
    /// Pixels of all slices of one request together; slices beyond it are reported, and of a larger series fewer are taken
    #[arg(long, env = "LUNGSIGHT_REQUEST_PIXELS", value_name = "COUNT", default_value_t = RequestConfig::default().request_pixels)]
    pub request_pixels: u64,
    /// How long a request's body may take to arrive (later is answered 408), and then a series to be unpacked
    #[arg(long, env = "LUNGSIGHT_BODY_DEADLINE", value_name = "TIME", default_value_t = RequestConfig::default().body_deadline)]
    pub body_deadline: humantime::Duration,
    /// How long one slice may take to be decoded and masked; a slower one is reported, the others go on
    #[arg(long, env = "LUNGSIGHT_DECODE_DEADLINE", value_name = "TIME", default_value_t = RequestConfig::default().decode_deadline)]
    pub decode_deadline: humantime::Duration,
    /// Memory for the files and pictures of all requests in progress, and half as much for answers that are not read yet; beyond it 503
    #[arg(long, env = "LUNGSIGHT_REQUEST_MEMORY", value_name = "SIZE", default_value_t = RequestConfig::default().request_memory)]
    pub request_memory: ByteSize,
    /// Pictures decoded, masked or drawn at the same time; 0 stands for one per core
    #[arg(long, env = "LUNGSIGHT_PICTURE_THREADS", value_name = "COUNT", default_value_t = RequestConfig::default().picture_threads)]
    pub picture_threads: usize,
}

impl Default for RequestConfig {
    fn default() -> Self {
        Self {
            request_bytes: ByteSize::mebibytes(160),
            file_bytes: ByteSize::mebibytes(32),
            files: 400,
            slice_pixels: Limits::default().max_pixels,
            // 400 slices of 512x512 with room to spare; two bytes per pixel are kept (slice and mask).
            request_pixels: 128 << 20,
            body_deadline: Duration::from_secs(120).into(),
            // What is accepted takes no more than about a second; a busy machine may take ten times as long.
            decode_deadline: Duration::from_secs(20).into(),
            request_memory: ByteSize::mebibytes(1024),
            picture_threads: 0,
        }
    }
}

impl RequestConfig {
    /// The limits that a file is decoded under.
    pub fn decoding(&self) -> Limits {
        Limits {
            max_bytes: self.file_bytes.bytes(),
            max_pixels: self.slice_pixels,
            ..Limits::default()
        }
    }
}

/// The queue in front of the network.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Queue")]
pub struct QueueConfig {
    /// Slices that may wait for the network; when it is full, new requests are answered 429
    #[arg(long, env = "LUNGSIGHT_QUEUE_SLICES", value_name = "COUNT", default_value_t = QueueConfig::default().queue_slices,
        value_parser = at_least_one())]
    pub queue_slices: usize,
    /// Slices that the network takes at once [default: 8 on the CPU, 32 on a GPU]
    #[arg(long, env = "LUNGSIGHT_BATCH_SLICES", value_name = "COUNT", value_parser = at_least_one())]
    pub batch_slices: Option<usize>,
}

impl Default for QueueConfig {
    fn default() -> Self {
        Self {
            queue_slices: 64,
            batch_slices: None,
        }
    }
}

/// How many results are kept, in memory or in the database, and for how long. The oldest go first.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Results")]
pub struct StoreConfig {
    /// Analyses and uploads kept
    #[arg(long, env = "LUNGSIGHT_KEEP", value_name = "COUNT", default_value_t = StoreConfig::default().keep,
        value_parser = at_least_one())]
    pub keep: usize,
    /// How long an analysis or an upload is kept
    #[arg(long, env = "LUNGSIGHT_KEEP_FOR", value_name = "TIME", default_value_t = StoreConfig::default().keep_for)]
    pub keep_for: humantime::Duration,
    /// Memory for the pictures of everything kept; in a database, what they take there
    #[arg(long, env = "LUNGSIGHT_KEEP_MEMORY", value_name = "SIZE", default_value_t = StoreConfig::default().keep_memory)]
    pub keep_memory: ByteSize,
    /// Slices whose feature maps stay drawn (about 5 MiB each); others are computed again when asked for
    #[arg(long, env = "LUNGSIGHT_KEEP_LAYERS", value_name = "COUNT", default_value_t = StoreConfig::default().keep_layers,
        value_parser = at_least_one())]
    pub keep_layers: usize,
}

impl Default for StoreConfig {
    fn default() -> Self {
        Self {
            keep: 200,
            keep_for: Duration::from_secs(3600).into(),
            keep_memory: ByteSize::mebibytes(512),
            keep_layers: 8,
        }
    }
}

/// Where the browser's files lie, and what is added to them.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Site")]
pub struct SiteConfig {
    /// Folder that `cargo xtask build` makes: pkg/build, pkg/FINGERPRINT/ (which pkg/build names), sw.js, icons
    #[arg(
        long,
        env = "LUNGSIGHT_SITE",
        value_name = "DIR",
        default_value = "dist/site"
    )]
    pub site: PathBuf,
    /// Folder with example images of your own, in healthy, pneumonia and covid; sources.json beside these says where each
    /// comes from: {"covid/a.png": "…"}
    #[arg(long, env = "LUNGSIGHT_EXAMPLES", value_name = "DIR")]
    pub examples: Option<PathBuf>,
    /// Folder with archives for download, such as `lungsight-train preprocess --archives` writes
    #[arg(long, env = "LUNGSIGHT_ARCHIVES", value_name = "DIR")]
    pub archives: Option<PathBuf>,
}

impl Default for SiteConfig {
    fn default() -> Self {
        Self {
            site: PathBuf::from("dist/site"),
            examples: None,
            archives: None,
        }
    }
}

/// The house's picture archive.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "PACS")]
pub struct PacsConfig {
    /// DICOMweb address of a picture archive: its CT series are listed at /pacs, with patients' names, fetched from there, and
    /// results stored back on request. Where pages are open to everybody, only for whoever asks on this machine
    #[arg(long, env = "LUNGSIGHT_DICOMWEB", value_name = "URL")]
    pub dicomweb: Option<String>,
    /// File with the archive's login in one line, user:password
    #[arg(
        long,
        env = "LUNGSIGHT_DICOMWEB_LOGIN",
        value_name = "FILE",
        requires = "dicomweb"
    )]
    pub dicomweb_login: Option<PathBuf>,
}

/// Parses a number from 1 on.
pub fn at_least_one() -> impl clap::builder::TypedValueParser<Value = usize> {
    use clap::builder::TypedValueParser;
    clap::value_parser!(u32)
        .range(1..)
        .map(|count| count as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        config: Config,
    }

    #[test]
    fn flags_carry_units_and_the_rest_keeps_its_default() {
        let given = [
            "lungsight",
            "--file-bytes",
            "8MiB",
            "--keep-for",
            "10m",
            "--device",
            "cpu",
        ];
        let config = Command::try_parse_from(given).expect("valid").config;
        assert_eq!(config.requests.file_bytes.bytes(), 8 << 20);
        assert_eq!(*config.store.keep_for, Duration::from_secs(600));
        assert_eq!(config.network.device.to_string(), "cpu");
        assert_eq!(config.requests.files, Config::default().requests.files);
    }

    #[test]
    fn a_queue_without_places_is_refused() {
        assert!(Command::try_parse_from(["lungsight", "--queue-slices", "0"]).is_err());
    }
}
