//! Examples and archives of whoever runs the server: listed at the start, nothing else of their folders within reach.

mod common;

use std::fs;
use std::path::Path;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use common::{FakeEngine, default_router, get, ready_inference, send, slice_png};
use lungsight_imaging::{
    Limits, SegmentOptions, Slice, Step, decode, encode_png_grey, mask_fingerprint, segment,
};
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

/// Why a server with these examples does not start.
fn refusal(folder: &Path) -> String {
    Offers::read(&examples_of(folder))
        .expect_err("not in order")
        .to_string()
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

#[test]
fn pictures_are_listed_by_class_and_name_with_their_source() {
    let png = slice_png(1);
    let sources = r#"{"covid/b.JPG": "Atlas, p. 7", "healthy/a.tiff": "Own scan"}"#;
    let folder = folder(&[
        ("covid/b.JPG", &png),
        ("covid/a.png", &png),
        ("covid/.hidden.png", &png),
        ("covid/notes.txt", b"no picture"),
        ("covid/png", b"no picture"),
        ("healthy/a.tiff", &png),
        ("elsewhere.png", &png),
        ("sources.json", sources.as_bytes()),
    ]);
    fs::create_dir(folder.path().join("covid/folder.png")).expect("a folder");
    let offers = Offers::read(&examples_of(folder.path())).expect("all in order");
    let listed: Vec<(String, Option<String>)> = offers
        .examples
        .list()
        .into_iter()
        .map(|example| (example.name, example.source))
        .collect();
    assert_eq!(
        listed,
        [
            ("own/healthy/0".to_owned(), Some("Own scan".to_owned())),
            ("own/covid/0".to_owned(), None),
            ("own/covid/1".to_owned(), Some("Atlas, p. 7".to_owned())),
        ]
    );
    let first = offers.examples.path("covid", "0").expect("listed");
    assert!(first.ends_with("covid/a.png"), "{}", first.display());
}

#[test]
fn a_class_shows_at_most_twelve() {
    let names: Vec<String> = (10..25)
        .map(|number| format!("healthy/{number}.png"))
        .collect();
    let mut files: Vec<(&str, &[u8])> = names
        .iter()
        .map(|name| (name.as_str(), b"not read yet".as_slice()))
        .collect();
    // Of a picture that is there, though not shown.
    files.push(("sources.json", br#"{"healthy/24.png": "somewhere"}"#));
    let folder = folder(&files);
    let offers = Offers::read(&examples_of(folder.path())).expect("all in order");
    assert_eq!(offers.examples.list().len(), 12);
    let last = offers.examples.path("healthy", "11").expect("listed");
    assert!(last.ends_with("21.png"), "{}", last.display());
    assert_eq!(offers.examples.path("healthy", "12"), None);
}

#[test]
fn what_is_no_slice_is_left_out_and_what_has_no_lungs_is_marked() {
    let (png, board) = (slice_png(1), checkerboard());
    let folder = folder(&[
        ("covid/a.png", b"no picture"),
        ("covid/b.png", &png),
        ("covid/c.png", &board),
    ]);
    let mut offers = Offers::read(&examples_of(folder.path())).expect("all in order");
    offers.examples.look(&Limits::default());
    let listed = offers.examples.list();
    let seen: Vec<(&str, bool)> = listed
        .iter()
        .map(|example| (example.name.as_str(), example.has_lungs))
        .collect();
    assert_eq!(seen, [("own/covid/0", true), ("own/covid/1", false)]);
    assert!(
        offers
            .examples
            .path("covid", "0")
            .expect("listed")
            .ends_with("b.png")
    );
}

#[test]
fn what_is_not_in_order_is_said_at_the_start() {
    let png = slice_png(1);
    let picture: (&str, &[u8]) = ("covid/a.png", &png);
    for (sources, reason) in [
        ("[1]", "no object of texts"),
        (r#"{"covid/a.png": 1}"#, "no object of texts"),
        ("{", "no object of texts"),
        (r#"{"covid/b.png": "x"}"#, "names 'covid/b.png'"),
        (r#"{"../covid/a.png": "x"}"#, "names '../covid/a.png'"),
    ] {
        let folder = folder(&[picture, ("sources.json", sources.as_bytes())]);
        let refusal = refusal(folder.path());
        assert!(
            refusal.contains("sources.json: ") && refusal.contains(reason),
            "{refusal}"
        );
    }

    let empty = folder(&[("covid/notes.txt", b"no picture")]);
    assert!(refusal(empty.path()).ends_with("holds no pictures (png, jpg, jpeg, bmp, tif, tiff)"));

    let lacking = folder(&[picture]);
    fs::remove_dir(lacking.path().join("pneumonia")).expect("removed");
    assert!(
        refusal(lacking.path()).contains("pneumonia: "),
        "{}",
        refusal(lacking.path())
    );
    let missing = lacking.path().join("missing");
    assert!(refusal(&missing).contains("missing: "));

    let unoffered = Offers::read(&archives_of(&missing)).expect_err("no such folder");
    assert!(unoffered.to_string().contains("missing: "));
    let nothing = tempfile::tempdir().expect("a folder");
    let unoffered = Offers::read(&archives_of(nothing.path())).expect_err("no file");
    assert!(unoffered.to_string().ends_with("holds no files"));
}

#[cfg(unix)]
#[test]
fn links_are_followed_inside_the_folder_only() {
    use std::os::unix::fs::symlink;
    let png = slice_png(1);
    let outside = folder(&[("secret.png", &png)]);
    let inside = folder(&[("covid/b.png", &png)]);
    let covid = inside.path().join("covid");
    symlink(outside.path().join("secret.png"), covid.join("a.png")).expect("linked");
    symlink("nowhere.png", covid.join("c.png")).expect("linked");
    symlink("b.png", covid.join("d.png")).expect("linked");
    fs::remove_dir(inside.path().join("healthy")).expect("removed");
    symlink(outside.path(), inside.path().join("healthy")).expect("linked");
    let offers = Offers::read(&examples_of(inside.path())).expect("all in order");
    let names: Vec<String> = offers
        .examples
        .list()
        .into_iter()
        .map(|example| example.name)
        .collect();
    assert_eq!(names, ["own/covid/0", "own/covid/1"]);
    let offers = Offers::read(&archives_of(&covid)).expect("all in order");
    let names: Vec<String> = offers
        .archives
        .list()
        .into_iter()
        .map(|archive| archive.name)
        .collect();
    assert_eq!(names, ["b.png", "d.png"]);
}

#[tokio::test]
async fn an_example_is_sent_as_pixels_alone_and_as_its_lungs() {
    let png = slice_png(4);
    // Behind the end of a PNG anything can stand; decoders stop before.
    let mut file = png.clone();
    file.extend(b"the patient's name");
    let folder = folder(&[("covid/a.png", &file)]);
    let router = started(examples_of(folder.path())).await;
    let slice = decode(&png, &Limits::default()).expect("a slice");
    let segmentation = segment(&slice, &SegmentOptions::default());
    let fingerprint = mask_fingerprint(segmentation.lungs().expect("lungs"));

    let whole = get(&router, "/examples/own/covid/0.png").await;
    assert_eq!(
        (whole.status, whole.header("content-type")),
        (StatusCode::OK, "image/png")
    );
    assert!(!whole.text().contains("the patient's name"));
    let masked = get(&router, "/examples/own/covid/0.png?masked").await;
    assert_eq!(masked.status, StatusCode::OK);
    for (answer, shown) in [
        (&whole, &slice),
        (&masked, &segmentation.picture(Step::Superimpose)),
    ] {
        assert_eq!(
            answer.header("x-mask-fingerprint"),
            format!("{fingerprint:016x}")
        );
        let sent = decode(&answer.body, &Limits::default()).expect("a slice");
        assert_eq!(sent.pixels(), shown.pixels());
    }
    let synthetic = get(&router, "/examples/covid-1.png?masked").await;
    assert_eq!(
        (synthetic.status, synthetic.header("x-mask-fingerprint")),
        (
            StatusCode::OK,
            get(&router, "/examples/covid-1.png")
                .await
                .header("x-mask-fingerprint")
        )
    );
}

#[tokio::test]
async fn what_cannot_be_shown_says_why() {
    let png = slice_png(1);
    let folder = folder(&[
        ("covid/0.png", b"Dear doctor, please find attached"),
        ("covid/1.png", &png[..png.len() / 2]),
        ("covid/2.png", &checkerboard()),
        ("covid/3.png", &png),
    ]);
    let router = started(examples_of(folder.path())).await;
    fs::remove_file(folder.path().join("covid/3.png")).expect("removed");
    for (path, status, reason) in [
        ("0.png", StatusCode::UNSUPPORTED_MEDIA_TYPE, "not an image"),
        ("1.png", StatusCode::UNPROCESSABLE_ENTITY, "truncated"),
        ("2.png?masked", StatusCode::NOT_FOUND, "cannot be shown"),
        ("3.png", StatusCode::NOT_FOUND, "cannot be read"),
    ] {
        let answer = get(&router, &format!("/examples/own/covid/{path}")).await;
        assert_eq!(answer.status, status, "{path}");
        assert!(answer.text().contains(reason), "{path}: {}", answer.text());
        assert!(!answer.text().contains("/covid"), "{}", answer.text());
    }
    let board = get(&router, "/examples/own/covid/2.png").await;
    assert_eq!(board.status, StatusCode::OK);
    assert_eq!(board.header("x-mask-fingerprint"), "");
}

#[tokio::test]
async fn nothing_else_of_the_folder_is_within_reach() {
    let png = slice_png(1);
    let folder = folder(&[("covid/a.png", &png), ("sources.json", b"{}")]);
    let router = started(examples_of(folder.path())).await;
    for path in [
        "own/covid/1.png",
        "own/covid/00.png",
        "own/covid/+0.png",
        "own/covid/-1.png",
        "own/covid/0",
        "own/covid/a.png",
        "own/Covid/0.png",
        "own/flu/0.png",
        "own/covid",
        "own/covid/0.png/",
        "own/../sources.json",
        "own/covid/..%2f..%2fsources.json",
        "own/%2e%2e/covid.png",
        "own%2fcovid%2f0.png",
        "covid-3.png",
    ] {
        let answer = get(&router, &format!("/examples/{path}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
    let without = default_router().await;
    for path in ["/examples/own/covid/0.png", "/archives/a.zip"] {
        assert_eq!(get(&without, path).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn own_examples_come_first_on_the_page() {
    let png = slice_png(1);
    let sources = r#"{"covid/a.png": "Atlas <1>"}"#;
    let folder = folder(&[("covid/a.png", &png), ("sources.json", sources.as_bytes())]);
    let router = started(examples_of(folder.path())).await;
    let page = get(&router, "/images").await.text();
    let place = |text: &str| {
        page.find(text)
            .unwrap_or_else(|| panic!("{text} in {page}"))
    };
    assert!(place("/examples/own/covid/0.png?masked") < place("/examples/healthy-0.png?masked"));
    assert!(page.contains("Source: Atlas &lt;1&gt;"));
    assert!(page.contains("/diagnosis?example=own/covid/0"));
    assert!(page.contains("None of this class was provided"));
    assert!(page.contains("Synthetic examples") && !page.contains("style=\""));
    let without = get(&default_router().await, "/images").await.text();
    assert!(without.contains("/examples/covid-2.png?masked") && !without.contains("/own/"));
}

#[tokio::test]
async fn archives_are_downloaded_whole_and_in_part() {
    let archive: Vec<u8> = (0..5000u32).map(|place| (place % 251) as u8).collect();
    let folder = tempfile::tempdir().expect("a folder");
    for name in [
        "masked-slices.zip",
        "other one#.tar",
        ".hidden",
        "half.zip.part",
    ] {
        fs::write(folder.path().join(name), &archive).expect("written");
    }
    fs::create_dir(folder.path().join("below")).expect("a folder");
    fs::write(folder.path().join("below/a.zip"), &archive).expect("written");
    let router = started(archives_of(folder.path())).await;

    let zipped = Request::get("/archives/masked-slices.zip")
        .header("accept-encoding", "gzip, br")
        .body(Body::empty())
        .expect("valid");
    let whole = send(&router, zipped).await;
    assert_eq!(whole.status, StatusCode::OK);
    assert_eq!(whole.body, archive);
    for (name, value) in [
        ("content-type", "application/zip"),
        ("content-disposition", "attachment"),
        ("content-length", "5000"),
        ("accept-ranges", "bytes"),
        ("content-encoding", ""),
    ] {
        assert_eq!(whole.header(name), value, "{name}");
    }
    let range = Request::get("/archives/masked-slices.zip")
        .header("range", "bytes=1000-1999")
        .body(Body::empty())
        .expect("valid");
    let part = send(&router, range).await;
    assert_eq!(part.status, StatusCode::PARTIAL_CONTENT);
    assert_eq!(part.header("content-range"), "bytes 1000-1999/5000");
    assert_eq!(part.body, archive[1000..2000]);
    let other = get(&router, "/archives/other%20one%23.tar").await;
    assert_eq!(
        (other.status, other.header("content-type")),
        (StatusCode::OK, "application/octet-stream")
    );

    for path in [
        "a.zip",
        ".hidden",
        "half.zip.part",
        "below",
        "below%2fa.zip",
        "below/a.zip",
        "..%2fmasked-slices.zip",
        "%2e%2e/masked-slices.zip",
        "../masked-slices.zip",
        "",
    ] {
        let answer = get(&router, &format!("/archives/{path}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
    fs::remove_file(folder.path().join("masked-slices.zip")).expect("removed");
    assert_eq!(
        get(&router, "/archives/masked-slices.zip").await.status,
        StatusCode::NOT_FOUND
    );

    let page = get(&router, "/diagnosis").await.text();
    assert!(page.contains("/archives/masked-slices.zip") && page.contains("5 KB"));
    assert!(page.contains("/archives/other%20one%23.tar"));
    let without = get(&default_router().await, "/diagnosis").await.text();
    assert!(without.contains("MosMedData") && !without.contains("/archives/"));
}
