//! Numbers and names as a reader expects them.

#[cfg(feature = "ssr")]
pub use crate::components::evaluation::weaknesses;
pub use lungsight_imaging::percent;
use lungsight_imaging::{Class, DecodeError, NoLungs, Step};

use crate::analysis::{Inconclusive, LeftOut, SliceResult};
use crate::browser::masker::Unreadable;
use crate::locale::{Locale, locale};
use crate::texts::{common, diagnosis, masking, result};

/// The class as a heading: `Healthy`, `Pneumonia`, `COVID-19`.
pub fn class_title(class: Class) -> &'static str {
    match class {
        Class::Healthy => common::healthy(),
        Class::Pneumonia => common::pneumonia(),
        Class::Covid => common::covid(),
    }
}

/// The heading of a result: the class, unless it is inconclusive.
pub fn result_title(predicted: Class, inconclusive: Option<Inconclusive>) -> &'static str {
    match inconclusive {
        None => class_title(predicted),
        Some(_) => common::inconclusive(),
    }
}

/// Why there is no class, as a sentence.
pub fn inconclusive_reason(inconclusive: Inconclusive) -> &'static str {
    match inconclusive {
        Inconclusive::Unlike => common::unlike(),
        Inconclusive::TooClose => common::too_close(),
    }
}

/// The step's name.
pub fn step_title(step: Step) -> &'static str {
    match step {
        Step::Polarise => masking::polarise(),
        Step::LargestComponent => masking::largest_component(),
        Step::Erosion => masking::erosion(),
        Step::LargestComponentAgain => masking::largest_component_again(),
        Step::Fill => masking::fill(),
        Step::Superimpose => masking::superimpose(),
    }
}

/// Why there are no lungs, as a sentence.
pub fn no_lungs(reason: NoLungs) -> String {
    match reason {
        NoLungs::Flat => masking::flat().to_owned(),
        NoLungs::NothingEnclosed => masking::nothing_enclosed().to_owned(),
        NoLungs::NotCt => masking::not_ct().to_owned(),
        NoLungs::TooSmall => masking::lungs_too_small().to_owned(),
        NoLungs::EmptyMask => masking::empty_mask().to_owned(),
        other => sentence(&other.to_string()),
    }
}

/// Why a file cannot be masked, as a sentence.
pub fn unreadable(reason: &Unreadable) -> String {
    match reason {
        Unreadable::File => masking::file_gone().to_owned(),
        Unreadable::Worker => masking::worker_failed().to_owned(),
        Unreadable::Slice(error) => no_slice(error),
    }
}

fn no_slice(error: &DecodeError) -> String {
    match error {
        DecodeError::Empty => masking::empty().to_owned(),
        DecodeError::TooManyBytes { bytes, max_bytes } => masking::too_many_bytes(bytes, max_bytes),
        DecodeError::UnknownFormat => masking::unknown_format().to_owned(),
        DecodeError::TooManyPixels {
            width,
            height,
            max_pixels,
        } => masking::too_many_pixels(width, height, max_pixels),
        DecodeError::TooSmall {
            width,
            height,
            min_side,
        } => masking::too_small(width, height, min_side),
        DecodeError::TooLong {
            width,
            height,
            max_aspect,
        } => masking::too_long(width, height, max_aspect),
        DecodeError::Malformed { reason } => masking::malformed(reason),
        DecodeError::Unsupported { reason } => masking::unsupported(reason),
        DecodeError::TooCostly { reason } => masking::too_costly(reason),
        DecodeError::Coloured => masking::coloured().to_owned(),
        other => sentence(&other.to_string()),
    }
}

/// What a patient's interval says, as a sentence or two: how far the result may lie elsewhere when the slices are drawn anew.
pub fn interval(predicted: Class, [low, high]: [f32; 2]) -> String {
    let told = result::interval(class_title(predicted), percent(low), percent(high));
    // Below a half another class may be ahead.
    match low < 0.5 {
        true => format!("{}{}{told}", result::unsteady(), space()),
        false => told,
    }
}

/// Between two sentences.
pub fn space() -> &'static str {
    match locale() {
        Locale::English => " ",
        Locale::Chinese => "",
    }
}

/// Where a slice lies, as viewers show it: `−143.5 mm`.
pub fn millimetres(mm: f64) -> String {
    // Zero has no sign, and what rounds to it has none either.
    let rounded = (mm * 10.0).round() / 10.0 + 0.0;
    format!("{rounded:.1}\u{a0}mm").replace('-', "\u{2212}")
}

/// How far a slice is from the next, in mm, as files give it: `1.25`, `2`; three decimals at most.
pub fn spacing(mm: f64) -> String {
    let told = format!("{mm:.3}");
    told.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Where a slice lies in its series, beside its name.
pub fn position(mm: f32) -> String {
    result::position(millimetres(mm.into()))
}

/// In how many slices a threshold was set by hand, as a sentence; nothing where it was in none.
pub fn set_thresholds(slices: &[SliceResult]) -> Option<String> {
    let read = slices.iter().filter_map(SliceResult::as_read);
    match read.filter(|slice| slice.threshold.is_some()).count() {
        0 => None,
        number => Some(result::set_thresholds(common::slices(number))),
    }
}

/// How many slices were left out for which reason.
pub fn left_out_counts(left_out: LeftOut) -> String {
    let LeftOut {
        no_lungs,
        unreadable,
        passed_over,
        by_hand,
    } = left_out;
    let told = [
        (no_lungs > 0).then(|| result::without_lungs(no_lungs)),
        (unreadable > 0).then(|| result::unreadable(unreadable)),
        (by_hand > 0).then(|| result::by_hand(by_hand)),
        (passed_over > 0).then(|| result::passed_over(passed_over)),
    ];
    let told: Vec<_> = told.into_iter().flatten().collect();
    told.join(result::left_out_and())
}

/// What the server says of a failure, as a sentence in the page's language. Status 0 is the page's own, in its language already.
pub fn server_says(status: u16, message: &str) -> String {
    match locale() {
        Locale::English => sentence(message),
        Locale::Chinese => stands_for(status).unwrap_or_else(|| sentence(message)),
    }
}

/// What stands for the server's English, by its status.
fn stands_for(status: u16) -> Option<String> {
    let words = match status {
        0 => return None,
        404 => diagnosis::gone(),
        413 => diagnosis::too_large(),
        415 => diagnosis::wrong_kind(),
        422 => diagnosis::no_slice(),
        429 => diagnosis::busy(),
        500 => diagnosis::failed(),
        503 => diagnosis::unavailable(),
        507 => diagnosis::no_room(),
        400..500 => return Some(diagnosis::refused(status)),
        _ => return Some(diagnosis::status(status)),
    };
    Some(words.to_owned())
}

/// A file's name without its extension.
pub fn stem(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem,
        _ => name,
    }
}

/// A file's size: `812 B`, `63 KB`, `1.4 MB` (1 KB = 1000 B).
pub fn file_size(bytes: f64) -> String {
    if bytes < 1e3 {
        format!("{bytes:.0} B")
    } else if bytes < 1e6 {
        format!("{:.0} KB", bytes / 1e3)
    } else {
        format!("{:.1} MB", bytes / 1e6)
    }
}

/// A large number with thin spaces between the thousands: `11 251 011`.
pub fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    grouped
}

/// An RFC 3339 time in UTC to the minute: `2026-11-23 05:12 UTC`. What is no such time is returned as it is.
pub fn minute(rfc3339: &str) -> String {
    match (rfc3339.get(..10), rfc3339.get(10..11), rfc3339.get(11..16)) {
        (Some(day), Some("T"), Some(time)) => format!("{day} {time} UTC"),
        _ => rfc3339.to_owned(),
    }
}

/// The first letter in upper case: errors are written in lower case, sentences on a page are not.
pub fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters
        .next()
        .map(|first| first.to_uppercase().to_string())
        .unwrap_or_default();
    let stop = if text.ends_with(['.', '!', '?', '。', '？']) {
        ""
    } else {
        "."
    };
    format!("{first}{}{stop}", letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_are_left_out() {
        assert_eq!(stem("slice-012.png"), "slice-012");
        let kept = ["IM0001", ".png"];
        assert_eq!(kept.map(stem), kept);
        assert_eq!(stem("a.b.png"), "a.b");
    }

    #[test]
    fn thousands_are_parted() {
        assert_eq!(thousands(999), "999");
        assert_eq!(thousands(1_000), "1\u{202f}000");
        assert_eq!(thousands(11_251_011), "11\u{202f}251\u{202f}011");
    }

    #[test]
    fn sizes_have_units() {
        assert_eq!(file_size(812.0), "812 B");
        assert_eq!(file_size(63_400.0), "63 KB");
        assert_eq!(file_size(1_440_000.0), "1.4 MB");
    }

    #[test]
    fn times_are_cut_to_the_minute() {
        assert_eq!(minute("2026-11-23T05:12:44Z"), "2026-11-23 05:12 UTC");
        assert_eq!(minute("yesterday"), "yesterday");
    }

    #[test]
    fn every_status_has_words_of_the_pages_own() {
        for status in [
            400, 401, 403, 404, 408, 409, 413, 415, 422, 429, 500, 502, 503, 507,
        ] {
            assert!(stands_for(status).is_some(), "{status}");
        }
        assert_eq!(stands_for(0), None);
    }

    #[test]
    fn distances_are_told_as_files_give_them() {
        let told = [1.25, 2.0, 0.625, 10.0, 0.7000001].map(spacing);
        assert_eq!(told, ["1.25", "2", "0.625", "10", "0.7"]);
        let told = [-143.5, -0.02, 0.0, 12.04].map(millimetres);
        let expected = ["\u{2212}143.5", "0.0", "0.0", "12.0"].map(|mm| format!("{mm}\u{a0}mm"));
        assert_eq!(told, expected);
    }

    #[test]
    fn errors_become_sentences() {
        assert_eq!(sentence("the file is empty"), "The file is empty.");
        assert_eq!(sentence("busy!"), "Busy!");
    }
}
