//! The server under load: `cargo xtask bench-serve` and `cargo xtask soak`, with oha.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::check_data::DATA;
use crate::oha::{Form, Load};
use crate::process::{Outcome, run, target_directory};
use crate::served::{Served, build};
use crate::{site, tools};

/// A series of a chest has about as many slices.
const PATIENT_SLICES: usize = 300;

/// What the server keeps would hide what it leaks; and every client is this machine, which may ask as often as it can.
const WITHOUT_KEEPING: [&str; 4] = ["--keep", "8", "--rate", "0"];

/// What the network alone does here, then whole requests: the first, one client, as many as fill a batch, many; then a
/// patient.
pub fn bench() -> Outcome {
    site::build()?;
    tools::oha()?;
    run(Command::new(build()?).args(["measure", "--device=cpu", "--batches=1,8"]))?;
    let served = Served::start_with(&WITHOUT_KEEPING)?;
    println!("ready: {}", served.memory());
    let slice = example(&served)?;
    let masked = Form::masked(&slice, &mask(&slice)?)?;
    let first = Load::on(&served, &masked).requests(1).run()?;
    println!("first request: {first}");
    let alone = Form::of(&[slice])?;
    for (what, form) in [("slice and mask", &masked), ("slice alone", &alone)] {
        for clients in [1, 8, 64] {
            let answers = Load::on(&served, form).clients(clients).run()?;
            println!("{what}, {clients} clients: {answers}");
        }
    }
    let (slices, what) = patient(&served)?;
    let answers = Load::on(&served, &Form::of(&slices)?).requests(1).run()?;
    println!("a patient of {} {what} slices: {answers}", slices.len());
    println!("after all of it: {}", served.memory());
    Ok(())
}

/// Many slices, and the memory after each tenth of them.
pub fn soak(slices: u64) -> Outcome {
    const PARTS: u64 = 10;
    site::build()?;
    tools::oha()?;
    let served = Served::start_with(&WITHOUT_KEEPING)?;
    let slice = Form::of(&[example(&served)?])?;
    println!("ready: {}", served.memory());
    for part in 1..=PARTS {
        let answers = Load::on(&served, &slice)
            .clients(8)
            .requests(slices / PARTS)
            .run()?;
        println!(
            "{} slices: {}; {answers}",
            slices / PARTS * part,
            served.memory()
        );
    }
    Ok(())
}

/// One of the synthetic examples.
fn example(served: &Served) -> Result<Vec<u8>, String> {
    served.get("/examples/covid-1.png")
}

/// Its mask, as the command line finds it.
fn mask(slice: &[u8]) -> Result<Vec<u8>, String> {
    let folder = target_directory()?.join("xtask-mask");
    let file = folder.join("slice.png");
    let wrong = |e: std::io::Error| format!("{}: {e}", folder.display());
    std::fs::create_dir_all(&folder).map_err(wrong)?;
    std::fs::write(&file, slice).map_err(wrong)?;
    run(Command::new(build()?)
        .args(["mask", "--out"])
        .arg(&folder)
        .arg(&file))?;
    std::fs::read(folder.join("slice.mask.png")).map_err(wrong)
}

/// Real slices of several people, where they are at hand; else an example again and again.
fn patient(served: &Served) -> Result<(Vec<Vec<u8>>, &'static str), String> {
    let list = |folder: &Path| std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = list(&Path::new(DATA).join("masks"))
        .flat_map(|volume| list(&volume.path()).map(|file| file.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "jpg"))
        .collect();
    paths.sort();
    paths.truncate(PATIENT_SLICES);
    if paths.is_empty() {
        return Ok((vec![example(served)?; PATIENT_SLICES], "synthetic"));
    }
    let read =
        |path| std::fs::read(path).map_err(|e| format!("{}: {e}", Path::new(path).display()));
    Ok((paths.iter().map(read).collect::<Result<_, _>>()?, "real"))
}
