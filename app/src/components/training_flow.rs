//! How the weights came about, as a chart: a list whose steps the style sheet draws as boxes with arrows.

use std::collections::BTreeSet;

use leptos::prelude::*;

use super::shares::percent;
use crate::evaluation::{
    Augmentation, Count, Dataset, Frozen, Judgement, Leg, Screening, Training,
};
use crate::texts::{common, dataset, training as text};
use crate::words::thousands;

/// One box of the chart.
struct Step {
    /// Which patients it uses: `all`, `train`, `validation` or `test`, for the style sheet.
    part: &'static str,
    /// The same in words.
    of: &'static str,
    title: &'static str,
    lines: Vec<String>,
}

/// The chart. What is not known about the data or the test is left out of it.
#[component]
pub fn TrainingFlow(
    training: Training,
    dataset: Option<Dataset>,
    test: Option<Judgement>,
) -> impl IntoView {
    let steps = steps(&training, dataset.as_ref(), test.as_ref());
    view! { <ol class="flow">{steps.into_iter().map(drawn).collect_view()}</ol> }.into_any()
}

fn drawn(step: Step) -> impl IntoView {
    let line = |line: String| view! { <p>{line}</p> };
    view! {
        <li class=format!("flow-step {}", step.part)>
            <p>
                <strong>{step.title}</strong>
                " "
                <span class="quiet">{step.of}</span>
            </p>
            {step.lines.into_iter().map(line).collect_view()}
        </li>
    }
}

fn steps(training: &Training, dataset: Option<&Dataset>, test: Option<&Judgement>) -> Vec<Step> {
    let all = |title, lines| Step {
        part: "all",
        of: text::all_patients(),
        title,
        lines,
    };
    let train = |title, lines| Step {
        part: "train",
        of: text::training_patients(),
        title,
        lines,
    };
    let validation = |title, lines| Step {
        part: "validation",
        of: text::validation_patients(),
        title,
        lines,
    };
    let mut steps = Vec::new();
    let mut masks = vec![text::masked().to_owned()];
    if let Some(dataset) = dataset {
        steps.push(all(text::data(), vec![with_lungs(dataset)]));
        steps.push(all(text::split(), vec![shares(dataset.shares)]));
        let no_lungs: Count = dataset.parts().map(|part| part.no_lungs).into_iter().sum();
        masks.push(text::left_out(common::slices(no_lungs.slices)));
    }
    if training.outside > 0 {
        masks.push(text::outside(training.outside));
    }
    steps.push(all(text::masks(), masks));
    if let Some(screening) = &training.screening {
        steps.push(train(text::first_run(), vec![learns_without(screening)]));
        steps.push(train(text::screening(), vec![screened(screening)]));
    }
    let lesions =
        (training.put_lesions > 0.0).then(|| text::lesions_put_in(percent(training.put_lesions)));
    let taught = (!training.teachers.is_empty()).then(|| {
        let names = training.teachers.join(common::list_comma());
        let taught = text::taught(names, percent(training.teach_share));
        if training.bound_teachers {
            taught + text::bound()
        } else {
            taught
        }
    });
    let grain = (training.even_grain > 0.0).then(|| text::even_grain(percent(training.even_grain)));
    let learned = if training.balance_names {
        text::learned_by_name
    } else {
        text::learned
    };
    let last = [
        learned(thousands(training.slices_learned), training.batch),
        start(training),
        schedule(training),
        rate(training),
        changed(&training.augmentation),
        text::untied(percent(training.hide_tied), percent(training.mix_style)),
    ];
    steps.push(train(
        text::last_run(),
        last.into_iter()
            .chain(grain)
            .chain(lesions)
            .chain(taught)
            .collect(),
    ));
    let averaged = text::averaged(
        training.averaging.every_steps,
        percent(training.averaging.kept),
    );
    let mean = training.mean_with.as_ref().map(text::mean_with);
    let averaged = [averaged].into_iter().chain(kept(training)).chain(mean);
    steps.push(validation(text::averaging(), averaged.collect()));
    let chosen = [text::temperature(training.temperature, training.input_side)]
        .into_iter()
        .chain(training.least_probability.map(percent).map(text::least));
    steps.push(validation(text::limits(), chosen.collect()));
    if let Some(test) = test {
        steps.push(Step {
            part: "test",
            of: text::test_patients(),
            title: text::judged(),
            lines: vec![judged_on(test)],
        });
    }
    steps
}

fn with_lungs(dataset: &Dataset) -> String {
    let parts = dataset.parts();
    let counted: Count = parts.iter().flat_map(|part| part.classes).sum();
    let apart: Count = parts
        .iter()
        .flat_map(|part| part.apart.values().copied())
        .sum();
    let sources: BTreeSet<&String> = parts.iter().flat_map(|part| part.sources.keys()).collect();
    text::with_lungs(
        thousands(counted.slices + apart.slices),
        text::sources(sources.len()),
    )
}

fn shares([train, validation, test]: [u32; 3]) -> String {
    text::shares(train, validation, test)
}

fn learns_without(screening: &Screening) -> String {
    text::learns_without(
        &screening.model,
        common::slices(screening.looked_at),
        dataset::note(&screening.note),
    )
}

fn screened(screening: &Screening) -> String {
    text::screened(
        screening.shown,
        percent(screening.threshold),
        percent(screening.healthy_above),
    )
}

/// What the weights start from, and what of them learns.
fn start(training: &Training) -> String {
    let start = match &training.start {
        Some(weights) if training.trunk_only => text::from_trunk(weights),
        Some(weights) => text::from_weights(weights),
        None if training.imagenet => text::from_imagenet().to_owned(),
        None => text::from_random().to_owned(),
    };
    let still = match training.frozen {
        Frozen::None => text::all_learns(),
        Frozen::Stem => text::stem_stays(),
        Frozen::Stage1 => text::first_stage_stays(),
    };
    format!("{start}{still}")
}

fn schedule(training: &Training) -> String {
    let leg = |leg: &Leg| text::epochs(leg.epochs, leg.side);
    let legs: Vec<String> = training.schedule.iter().map(leg).collect();
    let minutes = training.seconds.div_ceil(60);
    let time = match minutes / 60 {
        0 => text::minutes(minutes),
        hours => text::hours(hours, minutes % 60),
    };
    text::schedule(legs.join(common::list_comma()), time)
}

fn rate(training: &Training) -> String {
    text::rate(
        training.learning_rate,
        training.warm_up_epochs,
        training.backbone_learning_rate,
        training.weight_decay,
        training.label_smoothing,
        training.dropout,
    )
}

fn changed(augmentation: &Augmentation) -> String {
    let Augmentation {
        rotation_degrees,
        scale,
        shift,
        contrast,
        brightness,
        jpeg_share,
        jpeg_quality,
        cut_share,
    } = *augmentation;
    let whole = |share: f64| format!("{:.0}", share * 100.0);
    let [smallest, largest] = scale.map(whole);
    let [least_contrast, most_contrast] = contrast.map(whole);
    let [worst_quality, best_quality] = jpeg_quality;
    let first = text::changed(
        rotation_degrees,
        smallest,
        largest,
        whole(shift),
        least_contrast,
        most_contrast,
        whole(brightness),
    );
    let further = text::changed_too(
        worst_quality,
        best_quality,
        whole(jpeg_share),
        whole(cut_share),
    );
    format!("{first}{further}")
}

fn kept(training: &Training) -> Option<String> {
    let epochs: usize = training.schedule.iter().map(|leg| leg.epochs).sum();
    let kept = training.best_epoch?;
    Some(if training.last {
        text::kept_last(kept)
    } else {
        text::kept(kept, epochs, thousands(training.slices_chosen_by))
    })
}

fn judged_on(test: &Judgement) -> String {
    text::judged_on(
        common::slices(test.slices.count),
        common::patients(test.patients.count),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::Averaging;

    fn training() -> Training {
        Training {
            model: "tiny 00000000".into(),
            split_sha256: String::new(),
            slices_learned: 3000,
            slices_chosen_by: 334,
            imagenet: true,
            start: None,
            trunk_only: false,
            put_lesions: 0.0,
            even_grain: 0.0,
            balance_names: false,
            teachers: Vec::new(),
            teach_share: 0.0,
            bound_teachers: false,
            outside: 0,
            frozen: Frozen::Stage1,
            schedule: vec![
                Leg {
                    side: 192,
                    epochs: 20,
                },
                Leg {
                    side: 256,
                    epochs: 1,
                },
            ],
            best_epoch: Some(20),
            last: false,
            mean_with: None,
            seconds: 6534,
            batch: 32,
            learning_rate: 1e-3,
            backbone_learning_rate: 3e-4,
            warm_up_epochs: 0.5,
            weight_decay: 0.05,
            label_smoothing: 0.1,
            dropout: 0.2,
            hide_tied: 0.9,
            mix_style: 0.3,
            augmentation: Augmentation {
                rotation_degrees: 15.0,
                scale: [0.83, 1.2],
                shift: 0.07,
                contrast: [0.75, 1.25],
                brightness: 0.12,
                jpeg_share: 0.3,
                jpeg_quality: [20, 90],
                cut_share: 0.25,
            },
            averaging: Averaging {
                kept: 0.9,
                every_steps: 8,
            },
            screening: None,
            input_side: 192,
            temperature: 0.9,
            least_probability: None,
        }
    }

    #[test]
    fn the_chart_has_a_box_for_what_was_done_and_none_for_what_was_not() {
        let titles = |training: &Training| -> Vec<&str> {
            steps(training, None, None)
                .iter()
                .map(|step| step.title)
                .collect()
        };
        let mut training = training();
        let short = [
            text::masks(),
            text::last_run(),
            text::averaging(),
            text::limits(),
        ];
        assert_eq!(titles(&training), short);
        training.screening = Some(Screening {
            model: "first".into(),
            note: "mild".into(),
            threshold: 0.37,
            healthy_above: 0.05,
            looked_at: 498,
            shown: 184,
        });
        assert!(titles(&training).contains(&text::screening()));
    }

    #[test]
    fn teachers_are_named_where_there_were_any() {
        let mut training = training();
        let lines = |training: &Training| -> Vec<String> {
            let steps = steps(training, None, None);
            steps.into_iter().flat_map(|step| step.lines).collect()
        };
        let without = lines(&training);
        training.teachers = vec!["one 11111111".into(), "two 22222222".into()];
        training.teach_share = 0.8;
        let mut with = lines(&training);
        with.retain(|line| !without.contains(line));
        let [taught] = &with[..] else {
            panic!("{with:?}")
        };
        assert!(taught.contains("one 11111111, two 22222222"), "{taught}");
        assert!(!taught.contains(text::bound()), "{taught}");
        training.bound_teachers = true;
        let bound = lines(&training);
        assert!(
            bound.contains(&format!("{taught}{}", text::bound())),
            "{bound:?}"
        );
    }

    /// Whether a line is told of a training.
    fn told(training: &Training, line: &str) -> bool {
        let mut steps = steps(training, None, None).into_iter();
        steps.any(|step| step.lines.iter().any(|told| told == line))
    }

    #[test]
    fn which_weights_of_a_run_are_served_is_told() {
        let mut training = training();
        let (last, mean) = (text::kept_last(21), text::mean_with("older 0123"));
        assert!(!told(&training, &last) && !told(&training, &mean));
        training.best_epoch = Some(21);
        training.last = true;
        training.mean_with = Some("older 0123".to_owned());
        assert!(told(&training, &last) && told(&training, &mean));
    }

    #[test]
    fn what_was_done_about_grain_is_told() {
        let mut training = training();
        let grain = text::even_grain(percent(0.5));
        let names = text::learned_by_name(thousands(3000), 32);
        assert!(!told(&training, &grain) && !told(&training, &names));
        training.even_grain = 0.5;
        training.balance_names = true;
        assert!(told(&training, &grain) && told(&training, &names));
    }

    #[test]
    fn the_colour_of_what_is_outside_is_told_unless_it_is_black() {
        let mut training = training();
        let told = |training: &Training, grey: u8| {
            let mut lines = steps(training, None, None)
                .into_iter()
                .flat_map(|step| step.lines);
            lines.any(|line| line == text::outside(grey))
        };
        assert!(!told(&training, 0));
        training.outside = 255;
        assert!(told(&training, 255));
    }

    #[test]
    fn numbers_are_those_of_the_run() {
        let training = training();
        assert_eq!(
            schedule(&training),
            "20 epochs at 192², 1 epoch at 256², in 1 h 49 min."
        );
        let short = Training {
            seconds: 121,
            ..training.clone()
        };
        assert!(schedule(&short).ends_with(", in 3 min."));
        assert_eq!(
            kept(&training).expect("an epoch"),
            "Epoch 20 of 21 had the lowest loss on 334 slices and is kept."
        );
        let html = drawn(Step {
            part: "train",
            of: text::training_patients(),
            title: text::last_run(),
            lines: vec![start(&training)],
        })
        .to_html();
        let further = Training {
            start: Some("first 11111111".into()),
            ..training.clone()
        };
        let anew = Training {
            trunk_only: true,
            ..further.clone()
        };
        assert!(start(&further).starts_with("The network goes on from first 11111111."));
        assert!(
            start(&anew).starts_with("Stem and stages 1 to 3 start as those of first 11111111")
        );
        assert!(
            html.contains("flow-step train") && html.contains("ImageNet"),
            "{html}"
        );
    }
}
