//! The loop on phantoms: what it learns by heart, and what a run's folder allows.

use burn::module::Module;
use burn::tensor::Tensor;
use lungsight_imaging::{
    Class, Finding, PhantomOptions, SegmentOptions, network_input, phantom, segment,
};
use rand::SeedableRng;
use rand::rngs::StdRng;

use super::*;
use crate::dataset;
use crate::loss::{Target, disagreement};
use crate::run::{Origin, read_json, write_json};
use crate::settings::{Frozen, Precision};
use crate::sights::Sight;
use crate::step::optimiser;
use crate::teachers::tests::manifest;

/// A short run of a small network, without any file.
pub fn settings() -> Settings {
    Settings {
        dataset: "dataset".into(),
        split: "split.json".into(),
        imagenet: None,
        leave_out_notes: Vec::new(),
        healthy_notes: Vec::new(),
        screened: None,
        schedule: "64x1".parse().expect("a schedule"),
        batch: 6,
        learning_rate: 1e-3,
        backbone_learning_rate: 1e-3,
        weight_decay: 0.0,
        label_smoothing: 0.0,
        hide_tied: 0.0,
        mix_style: 0.0,
        put_lesions: 0.0,
        even_grain: 0.0,
        balance_names: false,
        locate: 0.0,
        teachers: Vec::new(),
        teach_share: 0.0,
        bound_teachers: false,
        start: None,
        trunk_only: false,
        frozen: Frozen::None,
        precision: Precision::Full,
        pyramid_width: 16,
        levels: 3,
        look: Look::Masked,
        outside: 0,
        seed: 1,
    }
}

#[test]
fn the_backbone_without_stage_4_has_a_rate_of_its_own() {
    let device = lungsight_network::device::cpu().device;
    let settings = settings();
    let network = start(&settings, &device).expect("a random start");
    // Stem: 3 tensors; stages 1–3: 2 blocks of 6; 2 projections of 3. Two more for each of the 15 batch norms: its
    // running statistics, which no gradient reaches.
    assert_eq!(
        Method::new(
            &network,
            network.clone(),
            Teachers::default(),
            &settings,
            &device
        )
        .from_imagenet
        .len(),
        3 + 36 + 6 + 30
    );
}

#[test]
fn a_folder_without_an_epoch_may_be_begun_anew_and_another_tells_what_differs() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let at = |name: &str| folder.path().join(name);
    let dataset = at("dataset");
    std::fs::create_dir(&dataset).expect("folder");
    for name in [dataset::INDEX, dataset::PIXELS] {
        std::fs::write(dataset.join(name), b"x").expect("write");
    }
    std::fs::write(at("split.json"), b"x").expect("write");
    let run = RunFolder(at("run"));
    std::fs::create_dir(&run.0).expect("folder");
    let mut settings = Settings {
        dataset,
        split: at("split.json"),
        ..settings()
    };
    claim(&run, &settings, "cpu").expect("an empty folder");
    std::fs::write(run.best(), b"x").expect("write");
    settings.learning_rate = 1e-4;
    claim(&run, &settings, "cpu").expect("nothing was learned yet");
    assert!(!run.best().is_file());
    let state = State {
        epochs_done: 1,
        best: None,
        history: Vec::new(),
    };
    write_json(&run.state(), &state).expect("written");
    claim(&run, &settings, "cpu").expect("the same settings");
    settings.learning_rate = 1e-5;
    let reason = claim(&run, &settings, "cpu").expect_err("others");
    assert!(
        reason.contains("other settings: --learning-rate was 0.0001, now"),
        "{reason}"
    );
    settings.learning_rate = 1e-4;
    let mut origin: Origin = read_json(&run.origin()).expect("written");
    origin.augmentation = None;
    write_json(&run.origin(), &origin).expect("written");
    let reason = claim(&run, &settings, "cpu").expect_err("older code");
    assert!(reason.contains("changed slices otherwise"), "{reason}");
}

#[test]
fn a_run_tells_its_best_epoch_and_what_comes_next() {
    let run = RunFolder("runs/first".into());
    let epoch = |side, validation_loss| Epoch {
        side,
        train_loss: 0.5,
        validation_loss,
        validation_loss_named: validation_loss,
        validation_balanced_accuracy: 0.8,
        seconds: 1.0,
    };
    let mut settings = settings();
    settings.schedule = "32x1,64x2".parse().expect("a schedule");
    let mut state = State {
        epochs_done: 1,
        best: None,
        history: vec![epoch(32, 0.1)],
    };
    let text = standing(&run, &settings, &state);
    assert!(
        text.starts_with("1 of 3 epochs done: none has been judged"),
        "{text}"
    );
    state.history.extend([epoch(64, 0.3), epoch(64, 0.4)]);
    state.epochs_done = 3;
    let text = standing(&run, &settings, &state);
    assert!(
        text.starts_with("finished, 3 epochs: epoch 2 is the best"),
        "{text}"
    );
    assert!(text.contains("export --run runs/first"), "{text}");
    settings.levels = 1;
    let text = standing(&run, &settings, &state);
    assert!(!text.contains("--run"), "{text}");
}

#[test]
fn one_batch_is_learned_by_heart() {
    let losses = losses_of_one_batch(&settings(), Teachers::default());
    assert!(losses[0] > 0.5, "{losses:?}");
    assert!(losses[24] < 0.1, "{losses:?}");
}

#[test]
fn two_bytes_a_number_learn_it_too() {
    let short = Settings {
        precision: Precision::Bfloat16,
        ..settings()
    };
    let losses = losses_of_one_batch(&short, Teachers::default());
    assert!(losses[0] > 0.5, "{losses:?}");
    assert!(losses[24] < 0.1, "{losses:?}");
}

#[test]
fn lesions_are_found_where_they_lie() {
    let both = Settings {
        locate: 1.0,
        ..settings()
    };
    let losses = losses_of_one_batch(&both, Teachers::default());
    // Whoever finds nothing loses ln 2 of places alone.
    assert!(losses[0] > 0.9, "{losses:?}");
    assert!(losses[24] < 0.4, "{losses:?}");
}

#[test]
fn what_teachers_think_is_learned_where_the_label_has_no_share() {
    let device = lungsight_network::device::cpu().device;
    let mut teachers = Teachers::default();
    let network = settings().network_config().init(&device);
    // At a low temperature even a random network has opinions.
    teachers.add(&manifest(64, 0.02), &network);
    let opinion = teachers.opinion(&phantoms(), &device).expect("one teaches");
    let of_labels = Tensor::<2>::from_data(
        [[1.0f32, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
        &device,
    );
    let agree = (opinion.clone() * of_labels.repeat_dim(0, 2))
        .sum()
        .into_scalar::<f32>();
    assert!(
        agree < 4.0,
        "the teacher must not think as the labels do: {agree}"
    );
    // Nobody can disagree less with an opinion than whoever has it.
    let least = disagreement(opinion.clone().log(), opinion, &[true; 6]);
    let least = f64::from(least.into_scalar::<f32>());
    let taught = Settings {
        teach_share: 1.0,
        ..settings()
    };
    let losses = losses_of_one_batch(&taught, teachers);
    assert!(losses[0] - least > 0.3, "{least} {losses:?}");
    assert!(losses[24] - least < 0.1, "{least} {losses:?}");
}

#[test]
fn bound_teachers_name_no_disease() {
    let device = lungsight_network::device::cpu().device;
    let teacher = settings().network_config().init(&device);
    let free = Settings {
        teach_share: 1.0,
        ..settings()
    };
    let bound = Settings {
        bound_teachers: true,
        ..free.clone()
    };
    // What is dropped is drawn anew at each step.
    let network = settings().network_config().with_dropout(0.0).init(&device);
    let loss = |settings: &Settings, named: bool| {
        // At so high a temperature whoever it is finds all classes as likely: a name that is not to be told weighs two thirds.
        let mut teachers = Teachers::default();
        teachers.add(&manifest(64, 1e6), &teacher);
        let method = Method::new(&network, network.clone(), teachers, settings, &device);
        let learner = Learner::of(network.clone(), settings, &device).train();
        let mut sights = phantoms();
        for sight in &mut sights {
            if !named && sight.target != Class::Healthy.into() {
                sight.target = Target::DISEASED;
            }
        }
        let mut rng = StdRng::seed_from_u64(1);
        let (_, loss) = method.step(
            learner,
            &mut optimiser(settings),
            &sights,
            64,
            1.0,
            &mut rng,
        );
        loss
    };
    assert!((loss(&free, false) - loss(&free, true)).abs() < 1e-5);
    // There is less to disagree on: at least ln 2 for each of the two diseases, of which the teacher gives a third each.
    let less = loss(&free, false) - loss(&bound, false);
    assert!(less > 2.0 / 3.0 * 2f64.ln() - 1e-3, "{less}");
    // A label that names it is learned all the same.
    let by_name = loss(&bound, true) - loss(&bound, false);
    assert!(by_name > 0.01, "{by_name}");
}

/// Before each of 25 steps on the same six phantoms.
fn losses_of_one_batch(settings: &Settings, teachers: Teachers) -> Vec<f64> {
    let device = lungsight_network::device::cpu().device;
    let sights = phantoms();
    let network = start(settings, &device).expect("a random start");
    let method = Method::new(&network, network.clone(), teachers, settings, &device);
    let mut optimiser = optimiser(settings);
    let mut learner = Learner::of(network, settings, &device).train();
    let mut losses = Vec::new();
    let mut rng = StdRng::seed_from_u64(1);
    for _ in 0..25 {
        let loss;
        (learner, loss) = method.step(learner, &mut optimiser, &sights, 64, 1.0, &mut rng);
        losses.push(loss);
    }
    losses
}

/// Two of each class.
fn phantoms() -> Vec<Sight> {
    let findings = [
        Finding::None,
        Finding::LobarConsolidation,
        Finding::GroundGlass,
    ];
    (0..6u64)
        .map(|seed| {
            let class = seed as usize % 3;
            let drawn = phantom(&PhantomOptions {
                side: 256,
                seed,
                finding: findings[class],
                ..PhantomOptions::default()
            });
            let segmentation = segment(&drawn.slice, &SegmentOptions::default());
            let lungs = segmentation.lungs().expect("a phantom has lungs");
            let input = network_input(&drawn.slice, lungs).expect("lungs");
            Sight {
                lesion: Some(dataset::cropped(&drawn.lesion, input.crop)),
                input: input.pixels,
                target: Class::ALL[class].into(),
            }
        })
        .collect()
}
