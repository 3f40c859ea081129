//! The order of slices from head to feet, what lies at one place twice, and what is missing.

use crate::Note;

/// Slices nearer than this are at one place: positions are written with a few decimals.
const SAME_PLACE_MM: f64 = 0.01;

/// A distance this many times the usual one is a gap.
const GAP: f64 = 1.5;

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
    for (index, distance) in distances.iter().enumerate() {
        if *distance > GAP * usual {
            notes.push(Note::Gap {
                after: index + 1,
                missing: ((distance / usual).round() as usize - 1).max(1),
            });
        }
    }
    Some(usual)
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
    let noted = dropped.into_iter();
    notes.extend(noted.map(|(kept, dropped)| Note::DuplicatePosition { kept, dropped }));
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
                    Note::DuplicatePosition { dropped, .. } => *dropped,
                    _ => 0,
                })
                .sum();
            prop_assert_eq!(places.len() + dropped, positions.len());
        }
    }
}
