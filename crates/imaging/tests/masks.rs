//! Masks of phantoms: how well they fit, that nothing else yields lungs, and that they never change unnoticed.

use std::fmt::Write as _;

use lungsight_imaging::{
    Finding, Mask, NoLungs, Phantom, PhantomOptions, SegmentOptions, Slice, Step, mask_fingerprint,
    network_input, phantom, segment, steps_strip,
};
use proptest::prelude::*;

const FINDINGS: [Finding; 4] = [
    Finding::None,
    Finding::GroundGlass,
    Finding::PleuralConsolidation,
    Finding::LobarConsolidation,
];

fn both(one: &Mask, other: &Mask) -> f64 {
    let pairs = one.values().iter().zip(other.values());
    pairs.map(|(&one, &other)| f64::from(one & other)).sum()
}

fn dice(one: &Mask, other: &Mask) -> f64 {
    2.0 * both(one, other) / (one.area() + other.area()) as f64
}

/// The mean over seeds of Dice and lesion recall.
fn means(finding: Finding, change: impl Fn(&mut PhantomOptions)) -> (f64, f64) {
    let seeds = 1..=6;
    let count = f64::from(*seeds.end());
    let (mut fit, mut recall) = (0.0, 0.0);
    for seed in seeds {
        let mut options = PhantomOptions {
            side: 384,
            seed: seed as u64,
            finding,
            ..PhantomOptions::default()
        };
        change(&mut options);
        let Phantom {
            slice,
            lungs,
            lesion,
        } = phantom(&options);
        let segmentation = segment(&slice, &SegmentOptions::default());
        let ours = segmentation.lungs().expect("lungs");
        assert_eq!(segmentation.already_masked(), options.already_masked);
        fit += dice(ours, &lungs) / count;
        recall += both(ours, &lesion) / lesion.area().max(1) as f64 / count;
    }
    (fit, recall)
}

#[test]
fn lungs_of_phantoms_are_found_with_their_disease() {
    for (finding, least_dice, least_recall) in [
        (Finding::None, 0.97, 0.0),
        (Finding::GroundGlass, 0.97, 0.97),
        (Finding::PleuralConsolidation, 0.95, 0.85),
        // Half of what a dense lobe holds lies beyond any outline that the threshold leaves.
        (Finding::LobarConsolidation, 0.93, 0.60),
    ] {
        let (fit, recall) = means(finding, |_| {});
        assert!(fit >= least_dice, "{finding:?}: Dice {fit}");
        assert!(
            recall >= least_recall,
            "{finding:?}: lesion recall {recall}"
        );
    }
}

#[test]
fn a_round_field_of_view_changes_little() {
    for finding in FINDINGS {
        let plain = means(finding, |_| {}).0;
        let round = means(finding, |options| options.round_field_of_view = true).0;
        assert!(
            (plain - round).abs() < 0.01,
            "{finding:?}: {plain} and {round}"
        );
    }
}

#[test]
fn masked_slices_give_their_own_mask() {
    for finding in FINDINGS {
        let (fit, _) = means(finding, |options| options.already_masked = true);
        assert!(fit > 0.995, "{finding:?}: {fit}");
    }
}

#[test]
fn nothing_else_yields_lungs() {
    let flat = |grey| Slice::new(200, 200, vec![grey; 40_000]).expect("fits");
    let outcome = |slice: &Slice| segment(slice, &SegmentOptions::default()).lungs().err();
    for grey in [0, 90, 255] {
        assert_eq!(outcome(&flat(grey)), Some(NoLungs::Flat), "grey {grey}");
    }
    let ramp = Slice::new(200, 200, (0..40_000).map(|at| (at % 200) as u8).collect());
    assert!(outcome(&ramp.expect("fits")).is_some());
    let noise = Slice::new(
        200,
        200,
        (0u32..40_000)
            .map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8)
            .collect(),
    );
    assert!(outcome(&noise.expect("fits")).is_some());
    // A body without lungs: a phantom whose lungs are painted over with muscle.
    let mut drawn = phantom(&PhantomOptions {
        side: 384,
        ..PhantomOptions::default()
    });
    let pixels = drawn.slice.pixels().iter().zip(drawn.lungs.values());
    let pixels = pixels
        .map(|(&grey, &lung)| if lung == 1 { 200 } else { grey })
        .collect();
    drawn.slice = Slice::new(384, 384, pixels).expect("fits");
    assert!(outcome(&drawn.slice).is_some());
}

#[test]
fn a_given_threshold_is_used() {
    let slice = phantom(&PhantomOptions {
        side: 256,
        ..PhantomOptions::default()
    })
    .slice;
    let found = segment(&slice, &SegmentOptions::default());
    let given = segment(
        &slice,
        &SegmentOptions {
            threshold: Some(20),
        },
    );
    assert_eq!(given.threshold(), 20);
    assert_ne!(found.threshold(), 20);
    assert_ne!(found.picture(Step::Polarise), given.picture(Step::Polarise));
    let same = segment(
        &slice,
        &SegmentOptions {
            threshold: Some(found.threshold()),
        },
    );
    assert_eq!(found.lungs(), same.lungs());
}

#[test]
fn each_step_has_a_picture_of_the_slices_size() {
    let slice = phantom(&PhantomOptions {
        side: 256,
        ..PhantomOptions::default()
    })
    .slice;
    let segmentation = segment(&slice, &SegmentOptions::default());
    let pictures = Step::ALL.map(|step| segmentation.picture(step));
    for (at, picture) in pictures.iter().enumerate() {
        assert_eq!((picture.width(), picture.height()), (256, 256));
        assert!(picture.pixels().iter().any(|&pixel| pixel > 0));
        assert!(
            !pictures[..at].contains(picture),
            "step {at} changes something"
        );
    }
    let strip = steps_strip(&segmentation);
    assert_eq!((strip.width(), strip.height()), (6 * 256 + 5 * 4, 256));
    assert_eq!(segmentation.histogram().iter().sum::<u32>(), 256 * 256);
}

proptest! {
    #[test]
    fn whatever_the_picture_the_mask_fits_it(
        width in 1u32..90,
        height in 1u32..90,
        seed in any::<u32>(),
        coarse in 1u32..16,
        threshold in proptest::option::of(any::<u8>()),
    ) {
        let grey = |x: u32, y: u32| {
            let cell = (x / coarse) * 131 + (y / coarse) * 7919;
            (cell.wrapping_add(seed).wrapping_mul(2_654_435_761) >> 24) as u8
        };
        let pixels = (0..height).flat_map(|y| (0..width).map(move |x| grey(x, y))).collect();
        let slice = Slice::new(width, height, pixels).expect("fits");
        let segmentation = segment(&slice, &SegmentOptions { threshold });
        for step in Step::ALL {
            prop_assert_eq!(segmentation.picture(step).pixels().len(), slice.pixels().len());
        }
        if let Ok(lungs) = segmentation.lungs() {
            prop_assert!(lungs.area() > 0);
            let _ = network_input(&slice, lungs);
        }
    }
}

/// The fingerprints of the masks of all kinds of phantoms. The end-to-end test holds the browser's masks to the same
/// file. `REGENERATE=1 cargo test -p lungsight-imaging --test masks` writes it anew.
#[test]
fn fingerprints_are_the_golden_ones() {
    let mut lines = String::new();
    for finding in FINDINGS {
        for (kind, round_field_of_view, already_masked) in [
            ("plain", false, false),
            ("round", true, false),
            ("masked", false, true),
        ] {
            for seed in 1..=2 {
                let options = PhantomOptions {
                    side: 256,
                    seed,
                    finding,
                    round_field_of_view,
                    already_masked,
                };
                let segmentation = segment(&phantom(&options).slice, &SegmentOptions::default());
                let lungs = segmentation.lungs().expect("lungs");
                writeln!(
                    lines,
                    "{finding:?} {kind} {seed} {:016x}",
                    mask_fingerprint(lungs)
                )
                .expect("to memory");
            }
        }
    }
    // Tests run in their package's folder.
    let path = "tests/golden/phantom-masks.txt";
    if std::env::var_os("REGENERATE").is_some() {
        std::fs::write(path, &lines).expect("the golden file can be written");
    }
    let golden = std::fs::read_to_string(path).expect("the golden file is there");
    assert_eq!(
        lines, golden,
        "masks changed; when they should have, run with REGENERATE=1"
    );
}
