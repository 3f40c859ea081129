//! The Word report, opened and looked into.

mod common;

use std::io::{Cursor, Read};
use std::sync::Arc;

use common::{FakeEngine, classification};
use lungsight_app::analysis::{Grouping, Remarks};
use lungsight_app::locale::{Locale, within};
use lungsight_imaging::{
    Class, Finding, Limits, PhantomOptions, Probabilities, Slice, encode_png_grey, phantom,
};
use lungsight_series::Note;
use lungsight_server::engine::Engine;
use lungsight_server::prepare::{PreparedSlice, SliceFault, prepare};
use lungsight_server::record::{Links, Outcome, Record, SeenSlice};
use lungsight_server::report::report;

fn outcome(name: &str, side: u32) -> Outcome {
    let options = PhantomOptions {
        side,
        finding: Finding::LobarConsolidation,
        ..PhantomOptions::default()
    };
    let prepared = prepare(
        &encode_png_grey(&phantom(&options).slice),
        None,
        &Limits::default(),
    );
    let prepared: Arc<PreparedSlice> = Arc::new(prepared.expect("a phantom has lungs"));
    let classification = classification(&prepared.input).expect("no failure");
    Outcome {
        name: name.to_owned(),
        position_mm: None,
        result: Ok(SeenSlice::new(prepared, classification)),
    }
}

fn failed(name: &str) -> Outcome {
    Outcome {
        name: name.to_owned(),
        position_mm: None,
        result: Err(SliceFault::Unreadable(
            "is & \"was\" <no> file\u{1}".to_owned(),
        )),
    }
}

fn written(grouping: Grouping, outcomes: Vec<Outcome>) -> Parts {
    written_with(grouping, Remarks::default(), outcomes)
}

fn written_with(grouping: Grouping, remarks: Remarks, outcomes: Vec<Outcome>) -> Parts {
    let links = |number: usize| Links::api("0", number);
    let record = Record::assemble(
        "0".repeat(32),
        &FakeEngine::default().info(),
        grouping,
        remarks,
        outcomes,
        links,
    );
    Parts::read(&report(&record.expect("something was read"), None).expect("written"))
}

/// The files in a `.docx`.
struct Parts(Vec<(String, Vec<u8>)>);

impl Parts {
    fn read(docx: &[u8]) -> Self {
        let mut archive = zip::ZipArchive::new(Cursor::new(docx)).expect("a ZIP");
        let parts = (0..archive.len()).map(|number| {
            let mut file = archive.by_index(number).expect("a part");
            let mut content = Vec::new();
            file.read_to_end(&mut content).expect("readable");
            (file.name().to_owned(), content)
        });
        Self(parts.collect())
    }

    fn text(&self, name: &str) -> String {
        let part = self
            .0
            .iter()
            .find(|(part, _)| part == name)
            .unwrap_or_else(|| panic!("no {name}"));
        String::from_utf8(part.1.clone()).expect("UTF-8")
    }

    fn pictures(&self) -> Vec<&[u8]> {
        let media = self
            .0
            .iter()
            .filter(|(name, content)| name.starts_with("word/media/") && !content.is_empty());
        media.map(|(_, content)| content.as_slice()).collect()
    }

    /// All text that a reader sees, without a break between runs.
    fn words(&self) -> String {
        let xml = self.text("word/document.xml");
        let document = roxmltree::Document::parse(&xml).expect("well-formed");
        document
            .descendants()
            .filter(|node| node.tag_name().name() == "t")
            .filter_map(|node| node.text())
            .collect()
    }
}

#[test]
fn every_part_is_well_formed_whatever_names_hold() {
    let name = "a&b <c> \"d\" 'e' ]]> \u{1}\u{b}\u{fffe}é🫁.png";
    let parts = written(
        Grouping::Patient,
        vec![outcome(name, 128), failed("x<y>&.txt")],
    );
    for (part, content) in &parts.0 {
        if part.ends_with(".xml") || part.ends_with(".rels") {
            let text = std::str::from_utf8(content).expect("UTF-8");
            roxmltree::Document::parse(text).unwrap_or_else(|error| panic!("{part}: {error}"));
        }
    }
    let words = parts.words();
    assert!(words.contains("a&b <c> \"d\" 'e' ]]> é🫁.png"), "{words}");
    assert!(
        words.contains("x<y>&.txt") && words.contains("Is & \"was\" <no> file."),
        "{words}"
    );
}

#[test]
fn texts_are_there() {
    let parts = written(
        Grouping::Patient,
        vec![
            outcome("first.png", 128),
            failed("bad.png"),
            outcome("third.png", 128),
        ],
    );
    let words = parts.words();
    for text in [
        "Lungsight report",
        "a research tool and no medical device",
        "UTC",
        "fake-1 0000",
        "cpu: fake",
        "2 analysed, 1 failed",
        "Result for the patient",
        "1. first.png",
        "3. third.png",
        "not analysed",
        "bad.png",
        "COVID-19",
        "What speaks for COVID-19: the brighter, the more",
    ] {
        assert!(words.contains(text), "{text}: {words}");
    }
    assert!(!words.contains("2. bad.png"));
    assert!(parts.text("word/footer1.xml").contains("PAGE"));
    let alone = written(Grouping::Slices, vec![outcome("first.png", 128)]).words();
    assert!(!alone.contains("Result for the patient") && !alone.contains("could not be analysed"));
}

#[test]
fn what_the_weights_did_not_recognise_elsewhere_is_in_the_caution() {
    let mut known = lungsight_server::evaluation::read("../weights".as_ref()).expect("figures");
    let external = known.external.as_mut().expect("another hospital");
    // Whatever weights ship: one pneumonia patient, taken for COVID-19.
    for level in [&mut external.slices, &mut external.patients] {
        level.confusion = [[1, 0, 0], [0, 0, 1], [0, 0, 1]];
        level.count = 3;
    }
    let record = Record::assemble(
        "0".repeat(32),
        &FakeEngine::default().info(),
        Grouping::Slices,
        Remarks::default(),
        vec![outcome("a.png", 128)],
        |number| Links::api("0", number),
    );
    let record = record.expect("something was read");
    let with = Parts::read(&report(&record, Some(&known)).expect("written")).words();
    let said = "Pneumonia is not recognised: 0 of 1 patient, 0 of 1 slice told right.";
    assert!(with.contains(said), "{with}");
    let without = Parts::read(&report(&record, None).expect("written")).words();
    assert!(!without.contains("not recognised"), "{without}");
}

#[test]
fn a_report_is_in_the_language_that_is_asked_for() {
    let outcomes = || vec![outcome("first.png", 128), failed("bad.png")];
    let parts = within(Locale::Chinese, || written(Grouping::Patient, outcomes()));
    let words = parts.words();
    for text in [
        "Lungsight 报告",
        "并非医疗器械",
        "已分析 1 个，失败 1 个；所有切片属于同一名患者",
        "患者的结果",
        "支持新冠肺炎的部分",
        "1. first.png",
    ] {
        assert!(words.contains(text), "{text}: {words}");
    }
    for english in [
        "report",
        "Slices",
        "slice",
        "Pictures",
        "Predicted",
        "Healthy",
        "Model",
    ] {
        assert!(!words.contains(english), "{english}: {words}");
    }
    assert!(parts.text("word/footer1.xml").contains("页，共"));
    let again = written(Grouping::Patient, outcomes()).words();
    assert!(again.contains("Result for the patient") && !again.contains("患者"));
}

#[test]
fn each_slice_has_two_pictures_of_a_sensible_size() {
    let parts = written(
        Grouping::Slices,
        vec![outcome("large.png", 1024), outcome("small.png", 200)],
    );
    let mut sizes: Vec<(u32, u32)> = parts
        .pictures()
        .into_iter()
        .map(|png| {
            let limits = Limits::default();
            // The overlay is coloured, which `decode` refuses for a slice: read the size from the header.
            assert!(png.starts_with(b"\x89PNG"), "{limits:?}");
            let number =
                |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().expect("four bytes"));
            (number(16), number(20))
        })
        .collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [(200, 200), (200, 200), (512, 512), (512, 512)]);
    let xml = parts.text("word/document.xml");
    let relations = parts.text("word/_rels/document.xml.rels");
    let document = roxmltree::Document::parse(&xml).expect("well-formed");
    let embedded: Vec<&str> = document
        .descendants()
        .filter(|node| node.tag_name().name() == "blip")
        .filter_map(|node| {
            node.attributes()
                .find(|a| a.name() == "embed")
                .map(|a| a.value())
        })
        .collect();
    assert_eq!(embedded.len(), 4);
    assert!(
        embedded
            .iter()
            .all(|id| relations.contains(&format!("\"{id}\""))),
        "{embedded:?} {relations}"
    );
}

/// How many pictures a report shows.
fn shown(parts: &Parts) -> usize {
    let xml = parts.text("word/document.xml");
    let document = roxmltree::Document::parse(&xml).expect("well-formed");
    let nodes = document.descendants();
    nodes
        .filter(|node| node.tag_name().name() == "blip")
        .count()
}

#[test]
fn of_many_slices_those_that_decided_are_shown_alone() {
    // The further on, the more they speak for COVID-19.
    let patient = |slices: usize| {
        let outcomes = (0..slices).map(|number| {
            let mut outcome = outcome(&format!("{number:02}.png"), 128);
            let seen = outcome.result.as_mut().expect("it was read");
            let covid = 0.5 + number as f32 / 100.0;
            seen.verdict.predicted = Class::Covid;
            seen.verdict.probabilities =
                Probabilities::new([0.0, 1.0 - covid, covid]).expect("a sum of 1");
            outcome
        });
        written(Grouping::Patient, outcomes.collect())
    };
    let (all, some) = (patient(24), patient(25));
    assert_eq!(shown(&all), 24 * 2);
    assert_eq!(shown(&some), 6 * 2);
    let words = some.words();
    for number in 0..25 {
        let heading = format!("{}. {number:02}.png", number + 1);
        assert_eq!(words.contains(&heading), number >= 19, "{heading}: {words}");
    }
}

#[test]
fn slices_of_odd_shapes_are_drawn() {
    let mut pixels = vec![140; 700 * 90];
    for (place, pixel) in pixels.iter_mut().enumerate() {
        *pixel += (place % 40) as u8;
    }
    let wide = Slice::new(700, 90, pixels).expect("fits");
    let mask = common::mask_png(700, 90);
    let prepared = prepare(&encode_png_grey(&wide), Some(&mask), &Limits::default())
        .expect("a mask came along");
    let classification = classification(&prepared.input).expect("no failure");
    let outcome = Outcome {
        name: "wide.png".to_owned(),
        position_mm: None,
        result: Ok(SeenSlice::new(Arc::new(prepared), classification)),
    };
    assert_eq!(written(Grouping::Slices, vec![outcome]).pictures().len(), 2);
}

#[test]
fn what_is_odd_about_a_series_and_where_its_slices_lie_is_told() {
    let gap = Note::Gap {
        after: 3,
        missing: 2,
    };
    let remarks = Remarks {
        notes: vec![gap, Note::UnitsAssumed],
        ..Remarks::default()
    };
    let placed = Outcome {
        position_mm: Some(-143.5),
        ..outcome("slice-001", 128)
    };
    let words = written_with(Grouping::Patient, remarks, vec![placed]).words();
    for told in [
        "About 2 slices are missing after slice 3 of the series.",
        "Nothing says that the values are Hounsfield units",
        "position \u{2212}143.5\u{a0}mm",
    ] {
        assert!(words.contains(told), "{told}: {words}");
    }
    let without = written(Grouping::Patient, vec![outcome("a.png", 128)]).words();
    assert!(!without.contains("of the series") && !without.contains("position"));
}
