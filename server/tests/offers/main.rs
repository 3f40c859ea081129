//! Examples and archives of whoever runs the server: listed at the start, nothing else of their folders within reach.

#[path = "../common/mod.rs"]
mod common;

mod archives;
mod examples;
mod front_end;
mod listed;

use std::fs;
use std::path::Path;

use axum::Router;
use common::{FakeEngine, ready_inference};
use lungsight_imaging::{Slice, encode_png_grey};
use lungsight_server::config::{Config, SiteConfig};
use lungsight_server::offers::Offers;
use lungsight_server::router::router;
use lungsight_server::state::AppState;
use tempfile::TempDir;

/// A folder with the three classes' folders and `files`.
fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for class in ["healthy", "pneumonia", "covid"] {
        fs::create_dir(folder.path().join(class)).expect("a folder");
    }
    for (name, content) in files {
        fs::write(folder.path().join(name), content).expect("written");
    }
    folder
}

fn examples_of(folder: &Path) -> SiteConfig {
    SiteConfig {
        examples: Some(folder.to_owned()),
        ..SiteConfig::default()
    }
}

fn archives_of(folder: &Path) -> SiteConfig {
    SiteConfig {
        archives: Some(folder.to_owned()),
        ..SiteConfig::default()
    }
}

/// The router of a server that was started with this.
async fn started(site: SiteConfig) -> Router {
    let offers = Offers::read(&site).expect("all in order");
    let config = Config {
        site,
        ..Config::default()
    };
    let inference = ready_inference(&config, &FakeEngine::default()).await;
    router(AppState::with(config, inference, offers, None))
}

/// A picture without lungs: a checkerboard.
fn checkerboard() -> Vec<u8> {
    let grey = |place: u32| {
        if (place / 256 / 16 + place % 256 / 16).is_multiple_of(2) {
            40
        } else {
            220
        }
    };
    let pixels = (0..256 * 256).map(grey).collect();
    encode_png_grey(&Slice::new(256, 256, pixels).expect("fits"))
}
