//! The order of slices from head to feet, what lies at one place twice, and what is missing.

use crate::Note;

/// Slices nearer than this are at one place: positions are written with a few decimals.
const SAME_PLACE_MM: f64 = 0.01;

/// A distance this many times the usual one is a gap.
const GAP: f64 = 1.5;

/// Gaps or places with several slices that are told apart; of more, one note tells.
const APART: usize = 4;

/// Slices that are said to be missing, at most: more than any series has.
const MOST_MISSING: usize = 100_000;

/// What decides about the order.
pub(crate) trait Placed {
    /// Towards the head.
    fn position_mm(&self) -> Option<f64>;
    /// Breaks ties, and orders where positions are missing: number, frame, arrival.
    fn sequence(&self) -> (i64, usize, usize);
}

/// Sorts in place, head first; leaves out what lies at one place twice; says what it found. The usual distance comes too.
pub(crate) fn arrange<T: Placed>(slices: &mut Vec<T>, notes: &mut Vec<Note>) -> Option<f64> {
    slices.sort_by_key(Placed::sequence);
    if slices.iter().any(|slice| slice.position_mm().is_none()) {
        if slices.len() > 1 {
            notes.push(Note::PositionsMissing);
        }
        return None;
    }
    let place = |slice: &T| slice.position_mm().unwrap_or(f64::NAN);
    // Stable: of two slices at one place the one with the lower number stays first.
    slices.sort_by(|one, other| place(other).total_cmp(&place(one)));
    drop_duplicates(slices, notes);
    let distances: Vec<f64> = slices
        .windows(2)
        .map(|pair| place(&pair[0]) - place(&pair[1]))
        .collect();
    let usual = median(&distances)?;
    let gaps = (1..).zip(&distances);
    let gaps = gaps.filter(|(_, distance)| **distance > GAP * usual);
    let gaps: Vec<(usize, usize)> = gaps
        .map(|(after, distance)| (after, missing(distance / usual)))
        .collect();
    if gaps.len() > APART {
        notes.push(Note::Gaps {
            places: gaps.len(),
            missing: in_all(&gaps).min(MOST_MISSING),
        });
    } else {
        let noted = gaps.into_iter();
        notes.extend(noted.map(|(after, missing)| Note::Gap { after, missing }));
    }
    Some(usual)
}

/// How many slices a distance, in usual ones, leaves room for.
fn missing(distance: f64) -> usize {
    // A number too large for it becomes the largest.
    let room = distance.round() as usize;
    room.saturating_sub(1).clamp(1, MOST_MISSING)
}

fn in_all(counted: &[(usize, usize)]) -> usize {
    counted.iter().map(|(_, count)| count).sum()
}

fn drop_duplicates<T: Placed>(slices: &mut Vec<T>, notes: &mut Vec<Note>) {
    let mut last: Option<f64> = None;
    let (mut kept, mut dropped) = (0, Vec::new());
    slices.retain(|slice| {
        let position = slice.position_mm().unwrap_or(f64::NAN);
        if last.is_none_or(|last| last - position > SAME_PLACE_MM) {
            (kept, last) = (kept + 1, Some(position));
            return true;
        }
        match dropped.last_mut() {
            Some((place, count)) if *place == kept => *count += 1,
            _ => dropped.push((kept, 1)),
        }
        false
    });
    if dropped.len() > APART {
        notes.push(Note::DuplicatePositions {
            places: dropped.len(),
            dropped: in_all(&dropped),
        });
    } else {
        let noted = dropped.into_iter();
        notes.extend(noted.map(|(kept, dropped)| Note::DuplicatePosition { kept, dropped }));
    }
}

fn median(distances: &[f64]) -> Option<f64> {
    let mut sorted = distances.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug, PartialEq)]
    struct At(Option<f64>, i64);

    impl Placed for At {
        fn position_mm(&self) -> Option<f64> {
            self.0
        }

        fn sequence(&self) -> (i64, usize, usize) {
            (self.1, 0, 0)
        }
    }

    fn arranged(positions: &[f64]) -> (Vec<f64>, Vec<Note>, Option<f64>) {
        let at = |(number, &mm)| At(Some(mm), number as i64);
        let mut slices: Vec<At> = positions.iter().enumerate().map(at).collect();
        let mut notes = Vec::new();
        let usual = arrange(&mut slices, &mut notes);
        let places = slices.iter().map(|at| at.0.expect("placed")).collect();
        (places, notes, usual)
    }

    #[test]
    fn the_slice_nearest_the_head_comes_first() {
        let (places, notes, usual) = arranged(&[-10.0, 5.0, 0.0, -5.0]);
        assert_eq!(places, [5.0, 0.0, -5.0, -10.0]);
        assert_eq!((notes, usual), (vec![], Some(5.0)));
    }

    #[test]
    fn missing_slices_are_counted_where_they_are_missing() {
        let (_, notes, usual) = arranged(&[30.0, 25.0, 20.0, 5.0, 0.0, -5.0]);
        let gap = Note::Gap {
            after: 3,
            missing: 2,
        };
        assert_eq!((notes, usual), (vec![gap], Some(5.0)));
    }

    #[test]
    fn of_many_gaps_and_many_places_with_several_slices_one_note_tells() {
        let positions = (0..12).map(|place| -10.0 * f64::from(place / 2) - f64::from(place % 2));
        let (_, notes, _) = arranged(&positions.collect::<Vec<_>>());
        let gaps = Note::Gaps {
            places: 5,
            missing: 5 * 8,
        };
        assert_eq!(notes, [gaps]);
        let twice = (0..10).map(|place| f64::from(place / 2));
        let (_, notes, _) = arranged(&twice.collect::<Vec<_>>());
        let duplicates = Note::DuplicatePositions {
            places: 5,
            dropped: 5,
        };
        assert_eq!(notes, [duplicates]);
    }

    #[test]
    fn a_slice_far_away_is_not_said_to_have_more_between_than_can_be() {
        let (_, notes, _) = arranged(&[10.0, 5.0, 0.0, -5.0, -1e300]);
        let gap = Note::Gap {
            after: 4,
            missing: MOST_MISSING,
        };
        assert_eq!(notes, [gap]);
    }

    #[test]
    fn of_slices_at_one_place_the_lowest_number_is_kept() {
        let mut slices = vec![At(Some(0.0), 9), At(Some(0.004), 7), At(Some(5.0), 8)];
        let mut notes = Vec::new();
        arrange(&mut slices, &mut notes);
        // 0.004 lies nearer the head.
        assert_eq!(slices, [At(Some(5.0), 8), At(Some(0.004), 7)]);
        let twice = Note::DuplicatePosition {
            kept: 2,
            dropped: 1,
        };
        assert_eq!(notes, [twice]);
    }

    #[test]
    fn without_positions_slices_go_by_their_numbers() {
        let mut slices = vec![At(Some(0.0), 3), At(None, 1), At(Some(5.0), 2)];
        let mut notes = Vec::new();
        assert_eq!(arrange(&mut slices, &mut notes), None);
        assert_eq!(slices.iter().map(|at| at.1).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(notes, [Note::PositionsMissing]);
    }

    proptest! {
        #[test]
        fn whatever_the_positions_slices_go_down_and_none_is_lost_unsaid(
            positions in prop::collection::vec(-500.0..500.0_f64, 0..40),
        ) {
            let (places, notes, _) = arranged(&positions);
            prop_assert!(places.windows(2).all(|pair| pair[0] - pair[1] > SAME_PLACE_MM));
            let dropped: usize = notes
                .iter()
                .map(|note| match note {
                    Note::DuplicatePosition { dropped, .. }
                    | Note::DuplicatePositions { dropped, .. } => *dropped,
                    _ => 0,
                })
                .sum();
            prop_assert_eq!(places.len() + dropped, positions.len());
        }
    }
}
