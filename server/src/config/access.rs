//! Who may ask, and how often.

use std::net::IpAddr;
use std::path::PathBuf;

use axum::http::HeaderName;
use clap::Args;

/// Who may ask. With neither tokens nor a user header everybody may, and metrics are told to this machine alone.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Access")]
pub struct AccessConfig {
    /// File with bearer tokens, a line each: `user TOKEN` (pages and API), `metrics TOKEN` or `admin TOKEN` (both); with a
    /// `user` or `admin` token in it nothing but /health is answered without one; `metrics` tokens alone protect /metrics alone
    #[arg(long, env = "LUNGSIGHT_TOKENS", value_name = "FILE")]
    pub tokens: Option<PathBuf>,
    /// Header in which a trusted proxy names the user that it has let in, such as X-Remote-User; with it nothing but /health
    /// (and, without --tokens, /metrics to this machine) is answered without one
    #[arg(long, env = "LUNGSIGHT_USER_HEADER", value_name = "NAME")]
    pub user_header: Option<HeaderName>,
    /// Addresses of the proxies in front, separated by commas: their user header, X-Forwarded-For, X-Request-Id and
    /// traceparent are believed, nobody else's
    #[arg(
        long,
        env = "LUNGSIGHT_TRUSTED_PROXY",
        value_name = "IP",
        value_delimiter = ','
    )]
    pub trusted_proxy: Vec<IpAddr>,
}

/// How often one client may ask for work. A client is an address; of IPv6 the first half.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Rate")]
pub struct RateConfig {
    /// Uploads, analyses, reports, DICOM archives and searches that one client may ask for in a second, in the long run; more are answered 429; 0 for any number
    #[arg(long, env = "LUNGSIGHT_RATE", value_name = "COUNT", default_value_t = RateConfig::default().rate)]
    pub rate: u32,
    /// How many of them may come at once
    #[arg(long, env = "LUNGSIGHT_RATE_BURST", value_name = "COUNT", default_value_t = RateConfig::default().rate_burst,
        value_parser = clap::value_parser!(u32).range(1..))]
    pub rate_burst: u32,
}

impl Default for RateConfig {
    fn default() -> Self {
        Self {
            // A page sends a request for some ten slices and a whole ward may share an address; a program that sends slices
            // one by one is slowed down by the network before this.
            rate: 100,
            rate_burst: 400,
        }
    }
}
