//! Faithfulness as text for a terminal.

use super::{Faithfulness, MapFigures};

/// The kinds of map in a table, and what the lungs' lesions make of them.
pub fn table(faithfulness: &Faithfulness) -> String {
    let apart = match faithfulness.annotated_test {
        None | Some(0) => String::new(),
        Some(slices) => format!(" and {slices} of the test part, to choose nothing by"),
    };
    let mut text = format!(
        "{}: {} slices, {} annotated{apart}\nmap       deletion insertion  lesion  random region\n",
        faithfulness.model, faithfulness.slices, faithfulness.annotated
    );
    for (kind, figures) in &faithfulness.maps {
        text += &line(kind, figures);
    }
    text
}

/// One kind of map.
fn line(kind: &str, figures: &MapFigures) -> String {
    let over = match figures.lesion_slices {
        0 => String::new(),
        slices => format!(" over {slices} slices with heat"),
    };
    let test = figures.test.map_or_else(String::new, |test| {
        let [lesion, random] = [test.lesion, test.random].map(|s| share(Some(s)));
        format!(
            "; test: {lesion}, random {random} over {} slices",
            test.slices
        )
    });
    format!(
        "{kind:9} {:8.3} {:9.3} {:>7} {:>7}{over}{test}\n",
        figures.deletion,
        figures.insertion,
        share(figures.lesion_share),
        share(figures.random_share)
    )
}

/// In per cent.
fn share(share: Option<f64>) -> String {
    share.map_or("–".into(), |s| format!("{:.1} %", s * 100.0))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::faithfulness::LesionShares;
    use crate::faithfulness::maps::SHOWN;

    #[test]
    fn what_the_test_part_says_is_told_apart() {
        let mut maps = BTreeMap::new();
        let figures = MapFigures {
            lesion_share: Some(0.3),
            random_share: Some(0.2),
            lesion_slices: 4,
            test: Some(LesionShares {
                lesion: 0.25,
                random: 0.15,
                slices: 2,
            }),
            ..MapFigures::default()
        };
        maps.insert(SHOWN.to_owned(), figures);
        let found = Faithfulness {
            model: "network".into(),
            slices: 3,
            annotated: 4,
            annotated_test: Some(2),
            maps,
        };
        let text = table(&found);
        assert!(
            text.contains("4 annotated and 2 of the test part"),
            "{text}"
        );
        assert!(
            text.contains("over 4 slices with heat; test: 25.0 %, random 15.0 % over 2 slices"),
            "{text}"
        );
    }
}
