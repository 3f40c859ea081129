//! How the weights came about, as a chart: a list whose steps the style sheet draws as boxes with arrows.

use leptos::prelude::*;

use super::shares::percent;
use crate::evaluation::{
    Augmentation, Count, Dataset, Frozen, Judgement, Leg, Screening, Training,
};
use crate::words::{count, thousands};

/// One box of the chart.
struct Step {
    /// Which patients it uses: `all`, `train`, `validation` or `test`, for the style sheet.
    part: &'static str,
    /// The same in words.
    of: &'static str,
    title: &'static str,
    lines: Vec<String>,
}

mod text {
    use super::*;

    pub const ALL: &str = "all patients";
    pub const TRAIN: &str = "training patients";
    pub const VALIDATION: &str = "validation patients";
    pub const TEST: &str = "test patients";

    pub const DATA: &str = "Slices";
    pub const SPLIT: &str = "Split by patient";
    pub const MASKS: &str = "Masks";
    pub const FIRST: &str = "First run";
    pub const SCREENING: &str = "Screening";
    pub const LAST: &str = "Last run";
    pub const AVERAGING: &str = "Averaging, and the epoch kept";
    pub const TEMPERATURE: &str = "Temperature and limits";
    pub const JUDGED: &str = "Judged, after all was chosen";

    pub const MASKED: &str =
        "The lungs are cut out of every slice, by the code that your browser runs.";

    pub fn slices(dataset: &Dataset) -> String {
        let parts = dataset.parts();
        let counted: Count = parts.iter().flat_map(|part| part.classes).sum();
        let apart: Count = parts
            .iter()
            .flat_map(|part| part.apart.values().copied())
            .sum();
        let mut sources: Vec<&String> = parts.iter().flat_map(|part| part.sources.keys()).collect();
        sources.sort();
        sources.dedup();
        format!(
            "{} slices with lungs, from {}.",
            thousands(counted.slices + apart.slices),
            count(sources.len(), "source")
        )
    }

    pub fn split([train, validation, test]: [u32; 3]) -> String {
        format!(
            "{train} : {validation} : {test} within each class and source; nobody is in two parts."
        )
    }

    pub fn no_lungs(slices: usize) -> String {
        format!("{} without lungs are left out.", count(slices, "slice"))
    }

    pub fn first(screening: &Screening) -> String {
        format!(
            "{} learns without the {} noted “{}”: their label is their study's.",
            screening.model,
            count(screening.looked_at, "slice"),
            screening.note
        )
    }

    pub fn screened(screening: &Screening) -> String {
        format!(
            "It looks through them. {} are diseased to it with more than {} and are learned from; of the healthy validation \
             slices of the same sources, {} lie above that.",
            screening.shown,
            percent(screening.threshold),
            percent(screening.healthy_above)
        )
    }

    pub fn learned(training: &Training) -> String {
        format!(
            "{} slices, {} a step, classes drawn evenly.",
            thousands(training.slices_learned),
            training.batch
        )
    }

    pub fn start(training: &Training) -> String {
        let start = if training.imagenet {
            "Stem and stages 1 to 3 start as ImageNet's"
        } else {
            "Everything starts at random"
        };
        let still = match training.frozen {
            Frozen::None => "everything learns",
            Frozen::Stem => "the stem stays as it is",
            Frozen::Stage1 => "stem and stage 1 stay as they are",
        };
        format!("{start}; {still}.")
    }

    pub fn schedule(training: &Training) -> String {
        let leg = |leg: &Leg| format!("{} at {}²", count(leg.epochs, "epoch"), leg.side);
        let legs: Vec<String> = training.schedule.iter().map(leg).collect();
        let minutes = training.seconds.div_ceil(60);
        format!(
            "{}, one after another, in {} h {} min.",
            legs.join(", "),
            minutes / 60,
            minutes % 60
        )
    }

    pub fn rate(training: &Training) -> String {
        let Training {
            learning_rate,
            backbone_learning_rate,
            warm_up_epochs,
            ..
        } = training;
        format!(
            "AdamW: learning rate up to {learning_rate} within {warm_up_epochs} epochs, then falling as a cosine; \
             {backbone_learning_rate} for what came from ImageNet. Weight decay {}, label smoothing {}, dropout {}.",
            training.weight_decay, training.label_smoothing, training.dropout
        )
    }

    pub fn changed(augmentation: &Augmentation) -> String {
        let Augmentation {
            rotation_degrees,
            scale,
            shift,
            contrast,
            brightness,
            jpeg_share,
            jpeg_quality,
            cut_share,
        } = augmentation;
        let whole = |share: &f64| format!("{:.0}", share * 100.0);
        format!(
            "Every sight is changed: mirrored, turned by up to {rotation_degrees}°, {} to {} % in size, moved by up to \
             {} %; contrast {} to {} %, brightness by up to {} %; blur, noise, resolution and the mask's edge; JPEG of quality {} to {} \
             in {} %, a square taken out in {} %.",
            whole(&scale[0]),
            whole(&scale[1]),
            whole(shift),
            whole(&contrast[0]),
            whole(&contrast[1]),
            whole(brightness),
            jpeg_quality[0],
            jpeg_quality[1],
            whole(jpeg_share),
            whole(cut_share)
        )
    }

    pub fn untied(training: &Training) -> String {
        format!(
            "Against learning the scanner: slices of sources with one disease alone teach “diseased” and no more in {} of sights; \
             looks are mixed in {} of steps.",
            percent(training.hide_tied),
            percent(training.mix_style)
        )
    }

    pub fn averaged(training: &Training) -> String {
        format!(
            "Every {} steps the weights are folded into a running average that keeps {} of itself.",
            training.averaging.every_steps,
            percent(training.averaging.kept)
        )
    }

    pub fn kept(training: &Training) -> Option<String> {
        let epochs: usize = training.schedule.iter().map(|leg| leg.epochs).sum();
        let best = training.best_epoch?;
        Some(format!(
            "Epoch {best} of {epochs} had the lowest loss on {} slices and is kept.",
            thousands(training.slices_chosen_by)
        ))
    }

    pub fn temperature(training: &Training) -> String {
        format!(
            "Logits are divided by {:.2}, so that stated confidence is earned; served at {}².",
            training.temperature, training.input_side
        )
    }

    pub fn least(share: f64) -> String {
        format!("A class is named from {} on.", percent(share))
    }

    pub fn judged(test: &Judgement) -> String {
        format!(
            "{} of {}.",
            count(test.slices.count, "slice"),
            count(test.patients.count, "patient")
        )
    }
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
        of: text::ALL,
        title,
        lines,
    };
    let train = |title, lines| Step {
        part: "train",
        of: text::TRAIN,
        title,
        lines,
    };
    let validation = |title, lines| Step {
        part: "validation",
        of: text::VALIDATION,
        title,
        lines,
    };
    let mut steps = Vec::new();
    let mut masks = vec![text::MASKED.to_owned()];
    if let Some(dataset) = dataset {
        steps.push(all(text::DATA, vec![text::slices(dataset)]));
        steps.push(all(text::SPLIT, vec![text::split(dataset.shares)]));
        let no_lungs: Count = dataset.parts().map(|part| part.no_lungs).into_iter().sum();
        masks.push(text::no_lungs(no_lungs.slices));
    }
    steps.push(all(text::MASKS, masks));
    if let Some(screening) = &training.screening {
        steps.push(train(text::FIRST, vec![text::first(screening)]));
        steps.push(train(text::SCREENING, vec![text::screened(screening)]));
    }
    let last = [
        text::learned(training),
        text::start(training),
        text::schedule(training),
        text::rate(training),
        text::changed(&training.augmentation),
        text::untied(training),
    ];
    steps.push(train(text::LAST, last.into()));
    let averaged = [text::averaged(training)]
        .into_iter()
        .chain(text::kept(training));
    steps.push(validation(text::AVERAGING, averaged.collect()));
    let chosen = [text::temperature(training)]
        .into_iter()
        .chain(training.least_probability.map(text::least));
    steps.push(validation(text::TEMPERATURE, chosen.collect()));
    if let Some(test) = test {
        steps.push(Step {
            part: "test",
            of: text::TEST,
            title: text::JUDGED,
            lines: vec![text::judged(test)],
        });
    }
    steps
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
        let short = [text::MASKS, text::LAST, text::AVERAGING, text::TEMPERATURE];
        assert_eq!(titles(&training), short);
        training.screening = Some(Screening {
            model: "first".into(),
            note: "mild".into(),
            threshold: 0.37,
            healthy_above: 0.05,
            looked_at: 498,
            shown: 184,
        });
        assert!(titles(&training).contains(&text::SCREENING));
    }

    #[test]
    fn numbers_are_those_of_the_run() {
        let training = training();
        assert_eq!(
            text::schedule(&training),
            "20 epochs at 192², 1 epoch at 256², one after another, in 1 h 49 min."
        );
        assert_eq!(
            text::kept(&training).expect("an epoch"),
            "Epoch 20 of 21 had the lowest loss on 334 slices and is kept."
        );
        let html = drawn(Step {
            part: "train",
            of: text::TRAIN,
            title: text::LAST,
            lines: vec![text::start(&training)],
        })
        .to_html();
        assert!(
            html.contains("flow-step train") && html.contains("ImageNet"),
            "{html}"
        );
    }
}
