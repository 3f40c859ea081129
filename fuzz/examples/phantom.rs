//! The picture that the first seeds were made from: a phantom of 32 x 32 pixels, and its mask, as plain PGM and PBM.
//! `cargo run --example phantom -- FOLDER`

use std::fmt::Write;
use std::path::Path;

use lungsight_imaging::{Finding, PhantomOptions, phantom};

const SIDE: usize = 32;

fn main() -> std::io::Result<()> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| ".".to_owned());
    let drawn = phantom(&PhantomOptions {
        side: 2 * SIDE as u32,
        finding: Finding::GroundGlass,
        ..PhantomOptions::default()
    });
    let halved = |values: &[u8]| {
        let rows = values.chunks_exact(2 * SIDE).step_by(2);
        let kept = rows.flat_map(|row| row.iter().step_by(2));
        kept.fold(String::new(), |mut text, value| {
            let _ = writeln!(text, "{value}");
            text
        })
    };
    let head = |kind: &str| format!("{kind}\n{SIDE} {SIDE}\n");
    std::fs::write(
        Path::new(&folder).join("slice.pgm"),
        format!("{}255\n{}", head("P2"), halved(drawn.slice.pixels())),
    )?;
    std::fs::write(
        Path::new(&folder).join("mask.pbm"),
        format!("{}{}", head("P1"), halved(drawn.lungs.values())),
    )
}
