//! Measures the masks on real slices: Dice and lesion recall per volume, what is no chest CT, and how often each
//! source yields no lungs.
//!
//! `cargo run -p lungsight-imaging --example check_masks -- [DATA] [--contact-sheet DIR] [--truth-only] [--verbose]`

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use lungsight_imaging::{
    DecodeError, Limits, Mask, SegmentOptions, Segmentation, Slice, Step, blend, decode,
    decode_mask, encode_png_grey, encode_png_rgb, segment, steps_strip,
};

fn main() {
    let mut data = PathBuf::from("../shared/data");
    let mut sheets: Option<PathBuf> = None;
    let mut arguments = std::env::args().skip(1);
    let mut verbose = false;
    let mut truth_only = false;
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--contact-sheet" => sheets = arguments.next().map(PathBuf::from),
            "--verbose" => verbose = true,
            "--truth-only" => truth_only = true,
            path => data = PathBuf::from(path),
        }
    }
    if !data.join("masks.csv").exists() {
        println!("no data at {}: nothing to measure", data.display());
        return;
    }
    if let Some(folder) = &sheets {
        fs::create_dir_all(folder).expect("the folder for contact sheets can be made");
    }
    truth(&data, sheets.as_deref(), verbose);
    if truth_only {
        return;
    }
    no_chest(&data);
    sources(&data, sheets.as_deref(), verbose);
}

/// The rows of a CSV file without quotes, its header left out.
fn rows(path: &Path) -> Vec<Vec<String>> {
    let text = fs::read_to_string(path).expect("the table can be read");
    let lines = text.lines().skip(1);
    lines
        .map(|line| line.split(',').map(str::to_owned).collect())
        .collect()
}

fn load(path: &Path) -> Result<Slice, DecodeError> {
    decode(
        &fs::read(path).expect("the file can be read"),
        &Limits::default(),
    )
}

fn load_mask(path: &Path, slice: &Slice) -> Mask {
    let bytes = fs::read(path).expect("the file can be read");
    decode_mask(&bytes, slice, &Limits::default()).expect("the mask can be decoded")
}

/// A quarter turn against the clock: the lesion masks lie on their side in the files, the lung masks don't.
fn upright(mask: &Mask) -> Mask {
    let (width, height) = (mask.width() as usize, mask.height() as usize);
    let values = (0..width)
        .rev()
        .flat_map(|x| (0..height).map(move |y| mask.values()[y * width + x]))
        .collect();
    Mask::new(mask.height(), mask.width(), values).expect("one value per pixel")
}

fn both(one: &Mask, other: &Mask) -> usize {
    let pairs = one.values().iter().zip(other.values());
    pairs.map(|(&one, &other)| usize::from(one & other)).sum()
}

#[derive(Default)]
struct Scores {
    dice: Vec<f64>,
    recall: Vec<f64>,
    ceiling: Vec<f64>,
    as_stored: Vec<f64>,
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

fn truth(data: &Path, sheets: Option<&Path>, verbose: bool) {
    let mut volumes: BTreeMap<String, Scores> = BTreeMap::new();
    let mut worst: Vec<(f64, Vec<u8>)> = Vec::new();
    for row in rows(&data.join("masks.csv")) {
        let slice = load(&data.join(&row[0])).expect("the slice can be decoded");
        let lung = load_mask(&data.join(&row[1]), &slice);
        let stored = load_mask(&data.join(&row[2]), &slice);
        let lesion = upright(&stored);
        let segmentation = segment(&slice, &SegmentOptions::default());
        let empty = Mask::new(slice.width(), slice.height(), vec![0; slice.pixels().len()])
            .expect("one value per pixel");
        let ours = segmentation.lungs().unwrap_or(&empty);
        let dice = 2.0 * both(ours, &lung) as f64 / (ours.area() + lung.area()).max(1) as f64;
        let scores = volumes.entry(row[3].clone()).or_default();
        scores.dice.push(dice);
        let mut recall = 1.0;
        if lesion.area() > 0 {
            let share =
                |mask: &Mask, lesion: &Mask| both(mask, lesion) as f64 / lesion.area() as f64;
            recall = share(ours, &lesion);
            scores.recall.push(recall);
            scores.ceiling.push(share(&lung, &lesion));
            scores.as_stored.push(share(&lung, &stored));
        }
        if verbose && (dice < 0.93 || recall < 0.9) {
            println!(
                "{} dice {dice:.3} recall {recall:.3} area {} ours {} lesion {}",
                row[0],
                lung.area(),
                ours.area(),
                lesion.area()
            );
        }
        if sheets.is_some() {
            worst.push((
                dice.min(recall),
                tile(
                    &slice,
                    &[
                        (&lung, [0, 255, 0]),
                        (&lesion, [60, 60, 255]),
                        (ours, [255, 0, 0]),
                    ],
                ),
            ));
        }
    }
    println!(
        "| volume | slices | Dice | with lesions | lesion recall | true lung mask's recall | the same, lesions as stored |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    let mut all = Scores::default();
    for (volume, scores) in volumes {
        print_row(&volume, &scores);
        all.dice.extend(scores.dice);
        all.recall.extend(scores.recall);
        all.ceiling.extend(scores.ceiling);
        all.as_stored.extend(scores.as_stored);
    }
    print_row("all", &all);
    if let Some(folder) = sheets {
        worst.sort_by(|one, other| one.0.total_cmp(&other.0));
        let tiles: Vec<Vec<u8>> = worst.into_iter().take(30).map(|(_, tile)| tile).collect();
        write_sheet(&folder.join("worst.png"), &tiles);
    }
}

fn print_row(name: &str, scores: &Scores) {
    println!(
        "| {name} | {} | {:.4} | {} | {:.4} | {:.4} | {:.4} |",
        scores.dice.len(),
        mean(&scores.dice),
        scores.recall.len(),
        mean(&scores.recall),
        mean(&scores.ceiling),
        mean(&scores.as_stored),
    );
}

fn no_chest(data: &Path) {
    let mut paths: Vec<PathBuf> = fs::read_dir(data.join("not-chest-ct"))
        .expect("the folder can be read")
        .map(|entry| entry.expect("the entry can be read").path())
        .collect();
    paths.sort();
    for path in paths {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        // Once as a user would send it, once in grey, where only the segmentation can refuse it.
        let sent = load(&path)
            .map_err(|error| error.to_string())
            .and_then(|slice| outcome(&slice));
        let grey = image::open(&path).expect("an image").into_luma8();
        let slice =
            Slice::new(grey.width(), grey.height(), grey.into_raw()).expect("one value per pixel");
        println!(
            "not-chest-ct/{name}: {}; in grey: {}",
            said(sent),
            said(outcome(&slice))
        );
    }
}

fn outcome(slice: &Slice) -> Result<usize, String> {
    let segmentation = segment(slice, &SegmentOptions::default());
    segmentation
        .lungs()
        .map(Mask::area)
        .map_err(|error| error.to_string())
}

fn said(outcome: Result<usize, String>) -> String {
    match outcome {
        Ok(area) => format!("LUNGS of {area} pixels"),
        Err(error) => error,
    }
}

fn sources(data: &Path, sheets: Option<&Path>, verbose: bool) {
    let mut tables: BTreeMap<String, Vec<Vec<String>>> = BTreeMap::new();
    for row in rows(&data.join("slices.csv")) {
        tables.entry(row[3].clone()).or_default().push(row);
    }
    println!("| source | slices | no lungs | taken as already masked | mean share of the slice |");
    println!("| --- | --- | --- | --- | --- |");
    for (source, rows) in tables {
        let (mut none, mut masked, mut shares) = (0, 0, Vec::new());
        let mut tiles = Vec::new();
        let mut failed = Vec::new();
        // Every so many slices, from a place that has nothing to do with the order of patients.
        let step = (rows.len() / 48).max(1);
        for (index, row) in rows.iter().enumerate() {
            let slice = load(&data.join(&row[0])).expect("the slice can be decoded");
            let segmentation = segment(&slice, &SegmentOptions::default());
            masked += usize::from(segmentation.already_masked());
            if verbose && segmentation.already_masked() && row[4] == "no" {
                println!("taken as masked: {}", row[0]);
            }
            if let Ok(lungs) = segmentation.lungs() {
                shares.push(lungs.area() as f64 / slice.pixels().len() as f64);
            } else {
                none += 1;
                if verbose {
                    println!("{} none", row[0]);
                }
            }
            if sheets.is_some() && (index % step == step / 2 && tiles.len() < 48) {
                tiles.push(outlined(&segmentation, &slice));
            }
            if sheets.is_some() && segmentation.lungs().is_err() && failed.len() < 48 {
                failed.push(tile(&slice, &[]));
            }
        }
        println!(
            "| {source} | {} | {none} | {masked} | {:.3} |",
            rows.len(),
            mean(&shares)
        );
        if let Some(folder) = sheets {
            write_sheet(&folder.join(format!("{source}.png")), &tiles);
            if !failed.is_empty() {
                write_sheet(&folder.join(format!("{source}-none.png")), &failed);
            }
            let first =
                load(&data.join(&rows[rows.len() / 2][0])).expect("the slice can be decoded");
            let strip = steps_strip(&segment(&first, &SegmentOptions::default()));
            fs::write(
                folder.join(format!("{source}-steps.png")),
                encode_png_grey(&strip),
            )
            .expect("the picture can be written");
        }
    }
}

fn outlined(segmentation: &Segmentation, slice: &Slice) -> Vec<u8> {
    match segmentation.lungs() {
        Ok(lungs) => tile(slice, &[(lungs, [255, 0, 0])]),
        Err(_) => tile(&segmentation.picture(Step::Polarise), &[]),
    }
}

const TILE: usize = 512;

/// The slice at most `TILE` pixels wide and high, with the outlines of masks, as RGB.
fn tile(slice: &Slice, masks: &[(&Mask, [u8; 3])]) -> Vec<u8> {
    let (width, height) = (slice.width() as usize, slice.height() as usize);
    let longer = width.max(height);
    let mut layer = vec![0; width * height * 4];
    for (mask, colour) in masks {
        let at = |x: usize, y: usize| mask.values()[y * width + x] != 0;
        for y in 1..height - 1 {
            for x in 1..width - 1 {
                if at(x, y) && !(at(x - 1, y) && at(x + 1, y) && at(x, y - 1) && at(x, y + 1)) {
                    layer[(y * width + x) * 4..][..3].copy_from_slice(colour);
                    layer[(y * width + x) * 4 + 3] = 255;
                }
            }
        }
    }
    let rgb = blend(slice, &layer, 1.0);
    let mut tile = vec![40; TILE * TILE * 3];
    for y in 0..height * TILE / longer {
        for x in 0..width * TILE / longer {
            // The most saturated pixel of the block, so that outlines survive shrinking.
            let block = |at: usize| {
                (
                    at * longer / TILE,
                    ((at + 1) * longer / TILE).max(at * longer / TILE + 1),
                )
            };
            let ((left, right), (top, bottom)) = (block(x), block(y));
            let pixels = (top..bottom.min(height))
                .flat_map(|y| (left..right.min(width)).map(move |x| y * width + x));
            let best = pixels
                .max_by_key(|&pixel| {
                    let rgb = &rgb[pixel * 3..][..3];
                    rgb.iter()
                        .max()
                        .zip(rgb.iter().min())
                        .map(|(max, min)| max - min)
                })
                .unwrap_or(0);
            tile[(y * TILE + x) * 3..][..3].copy_from_slice(&rgb[best * 3..][..3]);
        }
    }
    tile
}

fn write_sheet(path: &Path, tiles: &[Vec<u8>]) {
    const COLUMNS: usize = 4;
    let lines = tiles.len().div_ceil(COLUMNS);
    let width = COLUMNS * TILE;
    let mut sheet = vec![0; width * lines * TILE * 3];
    for (index, tile) in tiles.iter().enumerate() {
        let (left, top) = (index % COLUMNS * TILE, index / COLUMNS * TILE);
        for (y, row) in tile.chunks_exact(TILE * 3).enumerate() {
            sheet[((top + y) * width + left) * 3..][..TILE * 3].copy_from_slice(row);
        }
    }
    let png = encode_png_rgb(width as u32, (lines * TILE) as u32, &sheet);
    fs::write(path, png).expect("the picture can be written");
}
