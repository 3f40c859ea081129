//! What a region says, in words.

use leptos::either::EitherOf3;
use leptos::prelude::*;

use super::Answer;
use crate::analysis::RegionEvidence;
use crate::texts::region as texts;
use crate::words::{class_title, percent, sentence};

/// The answer as a reader sees it.
pub(super) fn told(answer: Answer) -> impl IntoView {
    match answer {
        Answer::Waiting => EitherOf3::A(view! { <p>{texts::explaining()}</p> }),
        Answer::Failed(reason) => EitherOf3::B(view! { <p>{sentence(&reason)}</p> }),
        Answer::Known(evidence) => EitherOf3::C(view! {
            <p>{share(&evidence)}</p>
            <p>{contribution(&evidence)}</p>
            <p class="quiet">{level(&evidence)}</p>
        }),
    }
}

/// Evidence beside area.
fn share(evidence: &RegionEvidence) -> String {
    let class = class_title(evidence.class);
    let lungs = percent(evidence.lung_share);
    match evidence.evidence_share {
        None => texts::nothing_speaks(class, lungs),
        Some(share) => {
            let density = density(share, evidence.lung_share);
            texts::share(percent(share), class, lungs, density)
        }
    }
}

/// How much of the evidence there is for the region's size.
fn density(evidence_share: f32, lung_share: f32) -> String {
    if lung_share <= 0.0 {
        return texts::no_lung().to_owned();
    }
    match evidence_share / lung_share {
        times if times >= 1.25 => texts::more(format!("{times:.1}")),
        times if times > 0.8 => texts::as_much().to_owned(),
        times => texts::less(format!("{times:.1}")),
    }
}

/// The region's part of the logit.
fn contribution(evidence: &RegionEvidence) -> String {
    let class = class_title(evidence.class);
    let (part, whole) = (
        signed(evidence.contribution),
        signed(evidence.level_contribution),
    );
    match part.chars().next() {
        Some('+') => texts::speaks_for(class, part, whole),
        Some(MINUS) => texts::speaks_against(class, part, whole),
        _ => texts::says_nothing(class, whole),
    }
}

const MINUS: char = '\u{2212}';

/// Three decimals with a sign, a true minus; what rounds to nothing has none.
fn signed(value: f32) -> String {
    let number = format!("{:.3}", value.abs());
    match value {
        _ if number == "0.000" => number,
        value if value < 0.0 => format!("{MINUS}{number}"),
        _ => format!("+{number}"),
    }
}

/// The level in plain words.
fn level(evidence: &RegionEvidence) -> String {
    let RegionEvidence {
        level,
        cells,
        cell_pixels,
        ..
    } = evidence;
    let kind = match level {
        2 => texts::finest(),
        3 => texts::middle(),
        _ => texts::coarsest(),
    };
    texts::level(kind, level, cells, format!("{cell_pixels:.0}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use lungsight_imaging::Class;

    fn evidence(evidence_share: Option<f32>, lung_share: f32, contribution: f32) -> RegionEvidence {
        RegionEvidence {
            class: Class::Covid,
            level: 3,
            cells: 12,
            cell_pixels: 31.67,
            evidence_share,
            lung_share,
            contribution,
            level_contribution: 1.2,
            picture: String::new(),
        }
    }

    #[test]
    fn hot_and_large_are_told_apart() {
        let told = |part, lungs| share(&evidence(Some(part), lungs, 0.0));
        assert!(told(0.4, 0.1).ends_with(
            "10.0\u{a0}% of the lungs' area: 4.0 times as much as its size alone would give."
        ));
        assert!(told(0.1, 0.1).contains("about as much as its size"));
        assert!(told(0.1, 0.4).contains("0.2 of what its size"));
        assert!(told(0.1, 0.0).contains("no lung is in it"));
        assert!(share(&evidence(None, 0.5, 0.0)).starts_with("Nothing speaks for COVID-19"));
    }

    #[test]
    fn contributions_carry_their_sign() {
        let told = |value| contribution(&evidence(None, 0.5, value));
        assert!(told(0.25).contains("speaks for COVID-19: +0.250 in"));
        assert!(told(-0.25).contains("taken into account: \u{2212}0.250 in"));
        assert!(told(-0.0001).starts_with("All in all it adds nothing"));
        assert_eq!(signed(-0.0001), "0.000");
    }

    #[test]
    fn the_level_is_told_with_its_cells() {
        let told = level(&evidence(None, 0.5, 0.0));
        assert!(
            told.contains("the middle one of the pyramid's three levels (level 3): 12 × 12 cells")
        );
        assert!(told.contains("each 32 × 32 pixels"));
    }
}
