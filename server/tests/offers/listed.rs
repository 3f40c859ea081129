//! What is listed at the start, and what keeps a server from starting.

use std::fs;
use std::path::Path;

use lungsight_imaging::Limits;
use lungsight_server::offers::Offers;

use crate::common::slice_png;
use crate::{archives_of, checkerboard, examples_of, folder};

/// Why a server with these examples does not start.
fn refusal(folder: &Path) -> String {
    Offers::read(&examples_of(folder))
        .expect_err("not in order")
        .to_string()
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
    assert!(refusal(empty.path()).ends_with("holds no pictures (PNG, JPEG, BMP or TIFF)"));

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
