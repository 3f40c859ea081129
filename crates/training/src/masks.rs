//! Slices with ground truth: lung and lesion masks drawn by radiologists, in a list of their own (slice, lung, lesion,
//! volume, lesion_px, and if need be patient, label, lesions_turned).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use lungsight_imaging::{Class, Limits, Mask, Slice, decode_mask};

use crate::columns::{self, Line};
use crate::manifest::{self, Row};

/// One slice with its masks.
#[derive(Debug, Clone, PartialEq)]
pub struct Annotated {
    /// Picture.
    pub slice: PathBuf,
    /// Lungs, lesions included.
    pub lung: PathBuf,
    /// Lesions.
    pub lesion: PathBuf,
    /// Who the series is of; series of one person never part.
    pub patient: String,
    /// What the person has.
    pub label: Class,
    /// Pixels of lesions.
    pub lesion_px: usize,
    /// Whether the lesions are stored a quarter turn clockwise of the slice.
    pub lesions_turned: bool,
    /// Where it is listed; 1 is the line of headings.
    pub line: u64,
}

/// Where annotated slices are from.
pub const SOURCE: &str = "annotated series";

/// Note of an annotated slice without any lesion: the slice shows nothing, though the patient is ill.
pub const NO_LESION: &str = "no lesion";

/// Note of an annotated slice whose lesions are too small to be seen at the network's size.
pub const HARDLY: &str = "hardly a lesion";

/// Pixels of 512² from which a lesion counts as seen: about a centimetre across.
const SEEN_PX: usize = 200;

impl Annotated {
    /// As a row of a manifest.
    pub fn row(&self) -> Row {
        Row {
            path: self.slice.clone(),
            label: self.label,
            patient: self.patient.clone(),
            source: SOURCE.into(),
            note: match self.lesion_px {
                0 => NO_LESION.into(),
                few if few < SEEN_PX => HARDLY.into(),
                _ => String::new(),
            },
            line: self.line,
        }
    }

    /// Lungs and lesions as drawn, both in the slice's place.
    ///
    /// # Errors
    /// Names the file that can't be read.
    pub fn masks(&self, folder: &Path, slice: &Slice) -> Result<(Mask, Mask), String> {
        let read = |path: &Path| {
            let path = folder.join(path);
            let wrong = |reason: String| format!("{}: {reason}", path.display());
            let bytes = std::fs::read(&path).map_err(|e| wrong(e.to_string()))?;
            decode_mask(&bytes, slice, &Limits::default()).map_err(|e| wrong(e.to_string()))
        };
        let mut lesion = read(&self.lesion)?;
        if self.lesions_turned {
            lesion = turn(&lesion)
                .ok_or_else(|| format!("{}: not square", folder.join(&self.lesion).display()))?;
        }
        Ok((read(&self.lung)?, lesion))
    }
}

/// How much of the lesions lies in the lungs, over the slices of a list: a picture that lies otherwise than its masks
/// would teach and measure nonsense.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Within {
    lesion: usize,
    of_it_in_lungs: usize,
}

impl Within {
    /// One slice more.
    pub fn add(&mut self, lung: &Mask, lesion: &Mask) {
        for (&lung, &lesion) in lung.values().iter().zip(lesion.values()) {
            self.lesion += usize::from(lesion > 0);
            self.of_it_in_lungs += usize::from(lesion > 0 && lung > 0);
        }
    }

    /// Refuses lesions most of which lie outside the lungs. Those of the one data set that stores them a quarter turn off
    /// lie inside by 34 % as stored, and by 98 % turned.
    ///
    /// # Errors
    /// Tells the share, and what may be wrong.
    pub fn check(self, list: &Path) -> Result<(), String> {
        if self.of_it_in_lungs * 2 >= self.lesion {
            return Ok(());
        }
        let share = self.of_it_in_lungs as f64 / self.lesion as f64 * 100.0;
        Err(format!(
            "{}: {share:.0} % of the lesions' pixels lie within the lungs drawn beside them; do slices, lungs and lesions \
             lie alike? lesions_turned is yes for lesions stored a quarter turn clockwise, else no",
            list.display()
        ))
    }
}

/// A square mask a quarter turn against the clock.
fn turn(mask: &Mask) -> Option<Mask> {
    let side = mask.width() as usize;
    if mask.height() as usize != side {
        return None;
    }
    let values = mask.values();
    let turned = (0..side * side).map(|i| values[(i % side) * side + side - 1 - i / side]);
    Mask::new(mask.width(), mask.height(), turned.collect())
}

/// The rows of a manifest, and those of a list of annotated series.
///
/// # Errors
/// A faulty manifest or list; a patient of the same name in both.
pub fn with_manifest(manifest: &Path, annotated: Option<&Path>) -> Result<Vec<Row>, String> {
    let mut rows = manifest::read(manifest).map_err(|e| e.to_string())?;
    if let Some(path) = annotated {
        let series = beside(path, manifest)?;
        let series: Vec<Row> = series.iter().map(Annotated::row).collect();
        if let Some(row) = series
            .iter()
            .find(|row| rows.iter().any(|other| other.patient == row.patient))
        {
            return Err(format!(
                "{}: patient {} is in {} too",
                path.display(),
                row.patient,
                manifest.display()
            ));
        }
        rows.extend(series);
    }
    Ok(rows)
}

/// The annotated slices of a list, their paths as seen from the manifest's folder; one outside of that is absolute.
///
/// # Errors
/// A faulty list.
pub fn beside(list: &Path, manifest: &Path) -> Result<Vec<Annotated>, String> {
    let mut series = read(list)?;
    let (Some(from), Some(to)) = (folder_of(list), folder_of(manifest)) else {
        return Ok(series);
    };
    for item in &mut series {
        for path in [&mut item.slice, &mut item.lung, &mut item.lesion] {
            let whole = from.join(&path);
            *path = match whole.strip_prefix(&to) {
                Ok(within) => within.to_owned(),
                Err(_) => whole,
            };
        }
    }
    Ok(series)
}

fn folder_of(path: &Path) -> Option<PathBuf> {
    std::path::absolute(path)
        .ok()
        .and_then(|path| std::fs::canonicalize(path.parent()?).ok())
}

/// Reads a list of annotated slices; paths in it are relative to its folder.
///
/// # Errors
/// Names the columns that are missing, or the line with something else than is wanted.
pub fn read(path: &Path) -> Result<Vec<Annotated>, String> {
    let lines = columns::read(
        path,
        ["slice", "lung", "lesion", "volume", "lesion_px"],
        ["patient", "label", "lesions_turned"],
    )?;
    let items: Vec<Annotated> = lines
        .into_iter()
        .map(|line| {
            let number = line.number;
            annotated(line).map_err(|reason| columns::wrong(path, number, reason))
        })
        .collect::<Result<_, _>>()?;
    one_label_each(path, &items)?;
    Ok(items)
}

fn one_label_each(path: &Path, items: &[Annotated]) -> Result<(), String> {
    let mut labels: BTreeMap<&str, &Annotated> = BTreeMap::new();
    for item in items {
        let first = *labels.entry(&item.patient).or_insert(item);
        if first.label != item.label {
            let reason = format!(
                "patient {} is {} here and {} in line {}",
                item.patient, item.label, first.label, first.line
            );
            return Err(columns::wrong(path, item.line, reason));
        }
    }
    Ok(())
}

fn annotated(line: Line<5, 3>) -> Result<Annotated, String> {
    let [slice, lung, lesion, volume, lesion_px] = line.fields;
    let [patient, label, lesions_turned] = line.further;
    let pixels = lesion_px
        .parse::<usize>()
        .map_err(|e| format!("lesion_px {lesion_px:?}: {e}"))?;
    let label = match label.as_str() {
        "" => Class::Covid,
        name => name.parse::<Class>().map_err(|e| e.to_string())?,
    };
    if label == Class::Healthy && pixels > 0 {
        return Err(format!("healthy, with {pixels} pixels of lesions"));
    }
    let lesions_turned = match lesions_turned.as_str() {
        "yes" => true,
        "no" | "" => false,
        other => return Err(format!("lesions_turned is {other:?}, not yes or no")),
    };
    let patient = if patient.is_empty() { volume } else { patient };
    if patient.is_empty() {
        return Err("neither volume nor patient".into());
    }
    Ok(Annotated {
        slice: slice.into(),
        lung: lung.into(),
        lesion: lesion.into(),
        patient,
        label,
        lesion_px: pixels,
        lesions_turned,
        line: line.number,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_quarter_turns_change_nothing_and_one_turns_against_the_clock() {
        let mask = Mask::new(2, 2, vec![1, 0, 0, 0]).expect("fits");
        let once = turn(&mask).expect("square");
        assert_eq!(
            once.values(),
            [0, 0, 1, 0],
            "the upper left corner goes to the lower left"
        );
        let four = (0..4).try_fold(mask.clone(), |mask, _| turn(&mask));
        assert_eq!(four, Some(mask));
        assert_eq!(turn(&Mask::new(2, 1, vec![1, 0]).expect("fits")), None);
    }

    #[test]
    fn columns_that_are_not_there_mean_covid_of_one_patient_a_volume_as_stored() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = folder.path().join("masks.csv");
        std::fs::write(
            &path,
            "slice,lung,lesion,volume,lesion_px\na,b,c,vol3,900\n",
        )
        .expect("write");
        let items = read(&path).expect("one slice");
        assert_eq!((&*items[0].patient, items[0].label), ("vol3", Class::Covid));
        assert!(!items[0].lesions_turned);
    }

    #[test]
    fn columns_that_are_there_are_believed_and_checked() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = folder.path().join("masks.csv");
        let read = |rows: &str| {
            let head = "slice,lung,lesion,volume,lesion_px,patient,label,lesions_turned";
            std::fs::write(&path, format!("{head}\n{rows}\n")).expect("write");
            read(&path)
        };
        let items = read("a,b,c,v1,9,p,pneumonia,yes\nd,e,f,v2,0,,healthy,").expect("two");
        assert_eq!(
            (&*items[0].patient, items[0].label),
            ("p", Class::Pneumonia)
        );
        assert!(items[0].lesions_turned && !items[1].lesions_turned);
        assert_eq!((&*items[1].patient, items[1].line), ("v2", 3));
        let reason = |rows: &str| read(rows).expect_err(rows);
        assert!(reason("a,b,c,v1,9,p,flu,no").contains("line 2: unknown class"));
        assert!(reason("a,b,c,v1,9,p,covid,1").contains("not yes or no"));
        assert!(reason("a,b,c,v1,many,p,covid,no").contains("lesion_px"));
        assert!(reason("a,b,c,v1,9,p,healthy,no").contains("line 2: healthy"));
        let two = reason("a,b,c,v1,9,p,covid,no\nd,e,f,v2,9,p,pneumonia,no");
        assert!(two.contains("line 3: patient p"), "{two}");
    }

    #[test]
    fn a_list_may_lie_elsewhere_than_the_manifest() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let whole = std::fs::canonicalize(folder.path()).expect("there");
        std::fs::create_dir(whole.join("runs")).expect("folder");
        let list = whole.join("runs/annotated.csv");
        let row = format!("{}/masks/a,../masks/b,c,v,0", whole.display());
        std::fs::write(
            &list,
            format!("slice,lung,lesion,volume,lesion_px\n{row}\n"),
        )
        .expect("write");
        let items = beside(&list, &whole.join("slices.csv")).expect("one slice");
        assert_eq!(items[0].slice, Path::new("masks/a"));
        assert_eq!(items[0].lesion, Path::new("runs/c"));
        let outside = beside(&list, &whole.join("runs/slices.csv")).expect("one slice");
        assert_eq!(outside[0].slice, whole.join("masks/a"));
    }

    #[test]
    fn lesions_outside_the_lungs_are_refused() {
        let mask = |values: [u8; 4]| Mask::new(2, 2, values.to_vec()).expect("fits");
        let lungs = mask([1, 1, 0, 0]);
        let mut within = Within::default();
        within.check(Path::new("masks.csv")).expect("no lesion");
        within.add(&lungs, &mask([1, 0, 1, 0]));
        within.check(Path::new("masks.csv")).expect("half of it");
        within.add(&lungs, &mask([0, 0, 1, 1]));
        let reason = within.check(Path::new("masks.csv")).expect_err("a quarter");
        assert!(reason.starts_with("masks.csv: 25 %"), "{reason}");
    }
}
