//! Draws phantoms with the outline of the mask that is found, and says how well it fits.
//!
//! `cargo run -p lungsight-imaging --example draw_phantoms -- DIR`

use std::path::PathBuf;

use lungsight_imaging::{
    Finding, Mask, PhantomOptions, SegmentOptions, encode_png_grey, phantom, segment, steps_strip,
};

fn main() {
    let folder = PathBuf::from(
        std::env::args()
            .nth(1)
            .unwrap_or_else(|| "phantoms".to_owned()),
    );
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    for finding in [
        Finding::None,
        Finding::GroundGlass,
        Finding::PleuralConsolidation,
        Finding::LobarConsolidation,
    ] {
        for (round_field_of_view, already_masked) in [(false, false), (true, false), (false, true)]
        {
            for seed in 1..=4 {
                let options = PhantomOptions {
                    seed,
                    finding,
                    round_field_of_view,
                    already_masked,
                    ..PhantomOptions::default()
                };
                let drawn = phantom(&options);
                let segmentation = segment(&drawn.slice, &SegmentOptions::default());
                let name = format!(
                    "{finding:?}-{}-{seed}",
                    if already_masked {
                        "masked"
                    } else if round_field_of_view {
                        "round"
                    } else {
                        "plain"
                    }
                );
                match segmentation.lungs() {
                    Ok(lungs) => println!(
                        "{name}: Dice {:.4}, lesion recall {:.4}",
                        2.0 * both(lungs, &drawn.lungs) as f64
                            / (lungs.area() + drawn.lungs.area()) as f64,
                        both(lungs, &drawn.lesion) as f64 / drawn.lesion.area().max(1) as f64,
                    ),
                    Err(error) => println!("{name}: {error}"),
                }
                if seed == 1 {
                    let strip = encode_png_grey(&steps_strip(&segmentation));
                    let slice = encode_png_grey(&drawn.slice);
                    let path = |end: &str| folder.join(format!("{name}{end}.png"));
                    std::fs::write(path("-steps"), strip).expect("the picture can be written");
                    std::fs::write(path(""), slice).expect("the picture can be written");
                }
            }
        }
    }
}

fn both(one: &Mask, other: &Mask) -> usize {
    let pairs = one.values().iter().zip(other.values());
    pairs.map(|(&one, &other)| usize::from(one & other)).sum()
}
