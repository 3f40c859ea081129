//! Series on the command line: DICOM and NIfTI, in folders and zips, one patient or many.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use lungsight_app::analysis::{Analysis, SliceResult};
use lungsight_series::HuSlice;
use lungsight_series::synthetic::{
    Coding, FrameOfSeries, NiftiOptions, ct_slice, hu_slice, nifti, zip,
};

const SIDE: u32 = 128;

/// What the files say of a person; nothing of it may be seen in any output.
const NAME: &str = "Okonkwo^Amaranta";
const ID: &str = "MRN-7301-K";
const DATE: &str = "19580417";

fn lungsight(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lungsight"))
        .args(arguments)
        .args(["--device", "cpu", "--weights"])
        .arg(Path::new("../weights").canonicalize().expect("weights"))
        .output()
        .expect("the binary starts")
}

fn words(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Phantoms with a slice of air and one of water at either end, as DICOM.
fn series(patient: u32, lungs: u64) -> Vec<(String, Vec<u8>)> {
    let flat = |hu| HuSlice::new(SIDE, SIDE, vec![hu; (SIDE * SIDE) as usize]).expect("a slice");
    let phantoms = (1..=lungs).map(|seed| hu_slice(SIDE, seed));
    let slices = [flat(-1000)].into_iter().chain(phantoms).chain([flat(0)]);
    let files = slices.zip(0..).map(|(slice, number)| {
        let place = FrameOfSeries {
            number,
            position_mm: -5.0 * f64::from(number),
            patient,
            ..FrameOfSeries::default()
        };
        let mut tags = ct_slice(&slice, &place);
        tags.text(0x0010_0010, b"PN", NAME)
            .text(0x0010_0020, b"LO", &format!("{ID}-{patient}"))
            .text(0x0010_0030, b"DA", DATE);
        (format!("IM{number:04}"), tags.file(&Coding::Explicit))
    });
    files.collect()
}

fn written(folder: &Path, files: &[(String, Vec<u8>)]) {
    fs::create_dir_all(folder).expect("a folder");
    for (name, bytes) in files {
        fs::write(folder.join(name), bytes).expect("written");
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

#[test]
fn a_folder_a_zip_and_loose_files_of_a_series_are_one_patient_with_one_result() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = series(1, 6);
    let loose = folder.path().join("series");
    written(&loose, &files);
    fs::write(loose.join("notes.txt"), "not of the series").expect("written");
    let archive = folder.path().join("series.zip");
    fs::write(&archive, zip(&files)).expect("written");
    let named: Vec<PathBuf> = files.iter().map(|(name, _)| loose.join(name)).collect();
    let named: Vec<&str> = named.iter().map(|path| text(path)).collect();

    let analysed = |paths: &[&str]| -> Analysis {
        let done = lungsight(&[&["diagnose", "--patient", "--json"], paths].concat());
        assert!(done.status.success(), "{}", words(&done.stderr));
        serde_json::from_slice(&done.stdout).expect("the API's JSON")
    };
    let first = analysed(&[text(&loose)]);
    assert_eq!((first.slices.len(), first.left_out.no_lungs), (6, 2));
    let names: Vec<_> = first
        .slices
        .iter()
        .map(|slice| match slice {
            SliceResult::Read(slice) => slice.name.as_str(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(names[0], "slice-002");
    let patient = first.patient.clone().expect("a patient");
    let [low, high] = patient.interval.expect("six slices");
    assert!(0.0 <= low && low <= high && high <= 1.0);
    assert!(patient.key_slices.iter().all(|number| *number < 6));
    for share in [patient.heat_share, patient.dense_share] {
        assert!((0.0..=1.0).contains(&share.expect("lungs were seen")));
    }
    for other in [analysed(&[text(&archive)]), analysed(&named)] {
        assert_eq!(other.slices, first.slices);
        assert_eq!(other.patient, first.patient);
    }
}

#[test]
fn nothing_of_what_a_file_says_of_a_person_is_in_any_output() {
    let folder = tempfile::tempdir().expect("a folder");
    let loose = folder.path().join("series");
    written(&loose, &series(1, 3));
    let (out, report) = (folder.path().join("out"), folder.path().join("report.docx"));
    let done = lungsight(&[
        "diagnose",
        text(&loose),
        "--patient",
        "--json",
        "--heatmaps",
        text(&out),
        "--report",
        text(&report),
    ]);
    assert!(done.status.success(), "{}", words(&done.stderr));
    let mut outputs = vec![done.stdout, done.stderr];
    let mut docx = archive::read(&report);
    outputs.append(&mut docx);
    for entry in fs::read_dir(&out).expect("pictures") {
        let path = entry.expect("an entry").path();
        outputs.push(text(&path).as_bytes().to_vec());
        outputs.push(fs::read(path).expect("a picture"));
    }
    assert!(outputs.len() > 15, "{}", outputs.len());
    let secrets = [NAME, "Okonkwo", "Amaranta", ID, DATE, "2.25.1"];
    for output in outputs {
        for secret in secrets {
            let found = output
                .windows(secret.len())
                .any(|part| part == secret.as_bytes());
            assert!(!found, "{secret} in {}", words(&output));
        }
    }
}

mod archive {
    use std::fs::File;
    use std::io::Read;
    use std::path::Path;

    /// The unpacked entries of an archive.
    pub fn read(path: &Path) -> Vec<Vec<u8>> {
        let file = File::open(path).expect("a file");
        let mut archive = zip::ZipArchive::new(file).expect("a ZIP");
        let entries = (0..archive.len()).map(|number| {
            let mut bytes = Vec::new();
            let mut entry = archive.by_index(number).expect("an entry");
            entry.read_to_end(&mut bytes).expect("readable");
            bytes
        });
        entries.collect()
    }
}

#[test]
fn results_as_dicom_refer_to_the_original_only_when_asked_to() {
    let folder = tempfile::tempdir().expect("a folder");
    let loose = folder.path().join("series");
    written(&loose, &series(1, 3));
    let run = |out: &Path, more: &[&str]| {
        let arguments = ["diagnose", text(&loose), "--patient", "--dicom", text(out)];
        let done = lungsight(&[&arguments, more].concat());
        assert!(done.status.success(), "{}", words(&done.stderr));
        let mut files: Vec<PathBuf> = fs::read_dir(out)
            .expect("files")
            .map(|entry| entry.expect("an entry").path())
            .collect();
        files.sort();
        files
    };
    let study = |path: &Path| {
        let object = dicom_object::open_file(path).expect("DICOM");
        let element = object.element_by_name("StudyInstanceUID").expect("a study");
        element.to_str().expect("text").into_owned()
    };
    let own = run(&folder.path().join("own"), &[]);
    let names: Vec<_> = own
        .iter()
        .map(|path| path.file_name().expect("a name"))
        .collect();
    // Slices 1 and 5 show no lungs.
    let expected = [
        "report.dcm",
        "slice-0002.dcm",
        "slice-0003.dcm",
        "slice-0004.dcm",
    ];
    assert_eq!(names, expected);
    for path in &own {
        assert_ne!(study(path), "2.25.1");
        let bytes = fs::read(path).expect("readable");
        for secret in [NAME, ID, DATE] {
            assert!(
                !bytes
                    .windows(secret.len())
                    .any(|part| part == secret.as_bytes())
            );
        }
    }
    for path in run(&folder.path().join("referring"), &["--refer"]) {
        assert_eq!(study(&path), "2.25.1");
    }
    let pictures = folder.path().join("a.png");
    fs::write(&pictures, common::slice_png(1)).expect("written");
    let out = folder.path().join("none");
    let done = lungsight(&[
        "diagnose",
        text(&pictures),
        "--patient",
        "--refer",
        "--dicom",
        text(&out),
    ]);
    assert_eq!(done.status.code(), Some(1));
    assert!(
        words(&done.stderr).contains("identifiers"),
        "{}",
        words(&done.stderr)
    );
}

#[test]
fn a_damaged_file_is_named_and_costs_nothing_of_the_others() {
    let folder = tempfile::tempdir().expect("a folder");
    let loose = folder.path().join("series");
    let mut files = series(1, 4);
    files[2].1.truncate(300);
    written(&loose, &files);
    let done = lungsight(&["diagnose", text(&loose), "--json"]);
    assert_eq!(done.status.code(), Some(1));
    let stderr = words(&done.stderr);
    assert!(
        stderr.lines().any(|line| line.starts_with("IM0002: ")),
        "{stderr}"
    );
    let analysis: Analysis = serde_json::from_slice(&done.stdout).expect("JSON");
    assert_eq!(analysis.slices.len(), 3);
}

#[test]
fn what_is_no_single_patient_is_refused_with_the_way_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let loose = folder.path().join("both");
    let two: Vec<_> = [1, 2]
        .into_iter()
        .flat_map(|patient| {
            let files = series(patient, 2).into_iter();
            files.map(move |(name, bytes)| (format!("{patient}-{name}"), bytes))
        })
        .collect();
    written(&loose, &two);
    let done = lungsight(&["diagnose", text(&loose), "--patient"]);
    assert_eq!(done.status.code(), Some(1));
    let stderr = words(&done.stderr);
    assert!(
        stderr.contains("2 patients") && stderr.contains("--patients"),
        "{stderr}"
    );
}

#[test]
fn many_patients_have_a_row_each_and_a_second_run_adds_only_what_is_missing() {
    let folder = tempfile::tempdir().expect("a folder");
    let all = folder.path().join("all");
    written(&all.join("one"), &series(1, 5));
    written(
        &all.join("empty"),
        &[("notes".to_owned(), b"nothing".to_vec())],
    );
    fs::write(all.join("two.zip"), zip(&series(2, 3))).expect("written");
    let volume = nifti(
        &[1, 2, 3].map(|seed| hu_slice(SIDE, seed)),
        &NiftiOptions::default(),
    );
    fs::write(all.join("three.nii"), volume).expect("written");
    let mut damaged = series(3, 4);
    damaged[3].1.truncate(3000);
    let cut = damaged[3].0.clone();
    written(&all.join("damaged"), &damaged);
    let table = folder.path().join("table.csv");
    let run = || lungsight(&["diagnose", text(&all), "--patients", text(&table)]);
    let rows = || -> Vec<Vec<String>> {
        let mut reader = csv::Reader::from_path(&table).expect("a table");
        let rows = reader.records().map(|row| {
            let row = row.expect("a row");
            row.iter().map(str::to_owned).collect()
        });
        rows.collect()
    };

    let first = run();
    assert_eq!(first.status.code(), Some(1), "one has no slices");
    assert!(
        words(&first.stderr).contains("empty: there is no slice"),
        "{}",
        words(&first.stderr)
    );
    assert!(
        words(&first.stderr).contains(&format!("damaged: {cut}: ")),
        "{}",
        words(&first.stderr)
    );
    let names = |rows: &[Vec<String>]| rows.iter().map(|row| row[0].clone()).collect::<Vec<_>>();
    assert_eq!(
        names(&rows()),
        ["damaged", "empty", "one", "three.nii", "two.zip"]
    );
    let one = rows()[2].clone();
    assert!(["healthy", "pneumonia", "covid"].contains(&one[1].as_str()));
    assert_eq!((one[10].as_str(), one[11].as_str()), ("5", "2"));

    // A patient comes in, one with a result changes on disk: only what had no result is looked at.
    written(&all.join("empty"), &series(4, 2));
    fs::remove_dir_all(all.join("one")).expect("removed");
    written(&all.join("one"), &series(1, 2));
    let second = run();
    assert!(second.status.success(), "{}", words(&second.stderr));
    assert_eq!(
        names(&rows()),
        ["damaged", "one", "three.nii", "two.zip", "empty"]
    );
    assert_eq!(rows()[1], one);

    // That a file was left out of a patient's result is told by the exit status, too.
    fs::remove_dir_all(all.join("empty")).expect("removed");
    written(&all.join("worse"), &damaged);
    let third = run();
    assert_eq!(third.status.code(), Some(1), "{}", words(&third.stderr));
    assert_eq!(rows().len(), 6);
}
