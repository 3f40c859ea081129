//! What each command of `lungsight-train` does. Results are written before anything is told: whoever reads may have gone.

use std::path::Path;
use std::process::ExitCode;

use lungsight_network::Classifier;
use lungsight_training::counts::Counts;
use lungsight_training::dealt::Dealt;
use lungsight_training::run::{make_room, read_json, write_json};
use lungsight_training::say::{say, warn};
use lungsight_training::split::{Part, Split};
use lungsight_training::{
    archive, cues, dataset, evaluate, export, faithfulness, figures, judged, masks, screen, series,
    sights, table, train,
};

use crate::arguments::{
    CountOptions, CuesOptions, EvaluateOptions, ExportOptions, FaithfulnessOptions, FiguresOptions,
    PreprocessOptions, ScreenOptions, SightsOptions, SplitOptions, TrainOptions,
};
use crate::engine::{choose, restart_for_cpu};

pub fn split(options: &SplitOptions) -> Result<(), String> {
    make_room(&options.out)?;
    let lists = &options.lists;
    let rows = masks::with_manifest(&lists.manifest, lists.annotated.as_deref())?;
    let split = Split::draw(&rows, options.seed, [8, 1, 1]);
    let dealt = Dealt::of(&split, &rows)?;
    write_json(&options.out, &split)?;
    for part in Part::ALL {
        let patients = split.patients.values().filter(|p| **p == part).count();
        say(format_args!(
            "{part:?}: {patients} patients, {} slices",
            split.part(&rows, part)?.len()
        ));
    }
    say(&dealt);
    for missing in dealt.missing() {
        warn(missing);
    }
    Ok(())
}

pub fn preprocess(options: &PreprocessOptions) -> Result<(), String> {
    let (manifest, annotated) = (&options.lists.manifest, &options.lists.annotated);
    let index = dataset::preprocess(manifest, annotated.as_deref(), &options.out)?;
    if let Some(archives) = &options.archives {
        let (_, slices) = dataset::read(&options.out)?;
        let pictures = manifest.parent().unwrap_or(Path::new(""));
        archive::write(pictures, &slices, archives)?;
    }
    for slice in &index.left_out {
        say(format_args!(
            "left out: {}: {}",
            slice.row.path.display(),
            slice.reason
        ));
    }
    say(format_args!(
        "{} slices in {}",
        index.rows.len(),
        options.out.display()
    ));
    Ok(())
}

pub fn screen(options: &ScreenOptions) -> Result<(), String> {
    make_room(&options.out)?;
    let classifier = load(&options.weights, options.device)?;
    if classifier.manifest().split_sha256.is_none() {
        warn(format_args!(
            "{} do not tell their split: whether they learned from these slices is not known",
            classifier.model()
        ));
    }
    let screened = screen::screen(&classifier, &options.dataset, &options.split, &options.note)?;
    write_json(&options.out, &screened)?;
    say(format_args!(
        "{} of {} slices show something (threshold {:.2})",
        screened.shown.len(),
        screened.looked_at,
        screened.threshold
    ));
    Ok(())
}

pub fn train(options: &TrainOptions) -> Result<ExitCode, String> {
    let chosen = choose(options.device)?;
    if let Some(code) = restart_for_cpu(&chosen)? {
        return Ok(code);
    }
    say(format_args!("training on {}", chosen.name));
    train::train(&options.out, &options.settings, options.stop_after, &chosen)?;
    Ok(ExitCode::SUCCESS)
}

pub fn sights(options: &SightsOptions) -> Result<(), String> {
    let drawn = sights::picture(&options.settings, options.count, &options.out)?;
    for sight in &drawn {
        say(sight);
    }
    if drawn.len() < options.count {
        warn(format_args!(
            "{} sights, not {}: an epoch has no more",
            drawn.len(),
            options.count
        ));
    }
    Ok(())
}

pub fn export(options: &ExportOptions) -> Result<(), String> {
    let ExportOptions {
        run,
        out,
        name,
        replace,
        choice,
    } = options;
    let manifest = export::export(run, choice, out, name, *replace)?;
    say(format_args!(
        "{} in {}, temperature {:.2}",
        manifest.title(),
        options.out.display(),
        manifest.temperature
    ));
    Ok(())
}

pub fn faithfulness(options: &FaithfulnessOptions) -> Result<(), String> {
    make_room(&options.out)?;
    let classifier = load(&options.weights, options.device)?;
    let split = Split::of_weights(&options.split, classifier.manifest())?;
    let found = faithfulness::measure(
        &classifier,
        &options.dataset,
        &split,
        options.most,
        options.masks.as_deref(),
    )?;
    write_json(&options.out, &found)?;
    say(faithfulness::table(&found).trim_end());
    Ok(())
}

pub fn cues(options: &CuesOptions) -> Result<(), String> {
    make_room(&options.out)?;
    let classifier = load(&options.weights, options.device)?;
    let split = Split::of_weights(&options.split, classifier.manifest())?;
    let found = cues::measure(&classifier, &options.dataset, &split, &options.notes)?;
    write_json(&options.out, &found)?;
    say(cues::table(&found).trim_end());
    Ok(())
}

pub fn count(options: &CountOptions) -> Result<(), String> {
    make_room(&options.out)?;
    let counts = Counts::of(&options.dataset, &options.split, &options.notes)?;
    write_json(&options.out, &counts)?;
    for (name, part) in [
        ("train", &counts.train),
        ("validation", &counts.validation),
        ("test", &counts.test),
    ] {
        let [patients, slices] = [
            part.classes.map(|count| count.patients),
            part.classes.map(|count| count.slices),
        ]
        .map(|of_class| of_class.iter().sum::<usize>());
        say(format_args!(
            "{name}: {patients} patients, {slices} slices counted"
        ));
    }
    Ok(())
}

pub fn figures(options: &FiguresOptions) -> Result<(), String> {
    let faithfulness = options.faithfulness.as_deref();
    let faithfulness = faithfulness.map(read_json).transpose()?;
    let evaluation = read_json(&options.evaluation)?;
    let drawn = figures::draw(&evaluation, faithfulness.as_ref(), &options.out)?;
    say(format_args!(
        "{} figures in {}",
        drawn.len(),
        options.out.display()
    ));
    Ok(())
}

pub fn evaluate(options: &EvaluateOptions) -> Result<(), String> {
    for path in [&options.out, &options.slices].into_iter().flatten() {
        make_room(path)?;
    }
    let list = options.series.as_ref().or(options.manifest.as_ref());
    let list = list.ok_or("neither --manifest nor --series")?;
    let mut rows = if options.series.is_some() {
        series::read(list)?
    } else {
        masks::with_manifest(list, options.annotated.as_deref())?
    };
    options
        .notes
        .check(rows.iter())
        .map_err(|reason| format!("{}: {reason}", list.display()))?;
    let classifier = load(&options.weights, options.device)?;
    let mut slices_of = list.display().to_string();
    if let (Some(split), Some(part)) = (&options.split, options.part) {
        let parts = Split::of_weights(split, classifier.manifest())?;
        rows = parts.part(&rows, part)?;
        let split = split.file_name().unwrap_or(split.as_os_str());
        slices_of = format!("{part:?} part of {}", split.display());
    } else if options.series.is_none() && classifier.manifest().split_sha256.is_some() {
        warn(format_args!(
            "without --split and --part every slice is judged; {} may have learned from some of them, and look better on these",
            classifier.model()
        ));
    }
    let folder = list.parent().unwrap_or(Path::new(""));
    let notes = &options.notes;
    let (evaluation, slices) = evaluate::evaluate(&classifier, folder, rows, &slices_of, notes)?;
    if let Some(out) = &options.out {
        write_json(out, &evaluation)?;
    }
    if let Some(path) = &options.slices {
        judged::write(path, &slices, notes)?;
    }
    say(table::table(&evaluation).trim_end());
    Ok(())
}

fn load(weights: &Path, device: lungsight_network::DeviceChoice) -> Result<Classifier, String> {
    Classifier::load(weights, device).map_err(|e| e.to_string())
}
