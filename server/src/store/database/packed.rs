//! Slices as rows: pictures as PNG, which keeps every grey, heatmaps and class maps as the numbers they are.

use std::sync::Arc;

use lungsight_app::analysis::{Analysis, SliceResult};
use lungsight_imaging::{
    Class, Limits, decode, decode_mask, encode_png_grey, encode_png_mask, network_input,
};
use lungsight_network::grad_cam::LevelMap;
use lungsight_network::{Classification, Heat};

use super::KeepError;
use crate::error::slice_error;
use crate::form::ReadSlice;
use crate::prepare::PreparedSlice;
use crate::record::{ExplainedSlice, HEATS_BYTES, Record};

/// The form of [`pack_maps`]; another one would need another number.
const MAPS_FORM: u8 = 1;

/// A slice as it goes into the database.
pub struct SliceRow {
    /// The slice's part of the answer, as JSON.
    pub result: String,
    /// `None` where the file could not be read.
    pub pictures: Option<PackedPictures>,
}

/// A slice and its lungs, as PNG.
pub struct PackedPictures {
    pub slice: Vec<u8>,
    pub lungs: Vec<u8>,
}

/// A slice as it comes out, with its result.
pub struct PackedSlice {
    pub predicted: Class,
    pub pictures: PackedPictures,
    pub maps: Vec<u8>,
}

/// A whole analysis as it comes out.
pub struct PackedRecord {
    pub analysis: Analysis,
    pub slices: Vec<Option<PackedSlice>>,
}

impl SliceRow {
    /// Packs a slice, which takes some milliseconds of a core.
    pub fn pack(slice: &ReadSlice) -> Result<Self, KeepError> {
        let (result, pictures) = match &slice.result {
            Ok(prepared) => {
                let pictures = PackedPictures {
                    slice: encode_png_grey(&prepared.slice),
                    lungs: encode_png_mask(&prepared.lungs),
                };
                (SliceResult::Pending(slice.pending()), Some(pictures))
            }
            Err(fault) => (SliceResult::Failed(slice_error(&slice.name, fault)), None),
        };
        Ok(Self {
            result: serde_json::to_string(&result)?,
            pictures,
        })
    }

    /// What it takes in the database, in bytes.
    pub(super) fn bytes(&self) -> usize {
        let pictures = self.pictures.as_ref();
        pictures.map_or(0, PackedPictures::bytes)
    }
}

impl PackedPictures {
    fn bytes(&self) -> usize {
        self.slice.len() + self.lungs.len()
    }

    /// The slice as it was prepared when it came.
    pub fn open(&self) -> Result<PreparedSlice, KeepError> {
        // What is in the database was held to the limits of its time.
        let limits = Limits {
            max_bytes: usize::MAX,
            max_pixels: u64::MAX,
            min_side: 1,
        };
        let slice = decode(&self.slice, &limits).map_err(|error| damaged(&error))?;
        let lungs = decode_mask(&self.lungs, &slice, &limits).map_err(|error| damaged(&error))?;
        let input = network_input(&slice, &lungs).map_err(|error| damaged(&error))?;
        Ok(PreparedSlice {
            slice,
            lungs,
            input: Arc::new(input),
        })
    }

    /// Memory that the opened pictures take, from the size that the PNG declares (PNG specification, section 11.2.2).
    fn opened_bytes(&self) -> usize {
        let side = |at: usize| {
            let bytes = self.slice.get(at..at + 4)?.try_into().ok()?;
            usize::try_from(u32::from_be_bytes(bytes)).ok()
        };
        let (width, height) = (side(16).unwrap_or(0), side(20).unwrap_or(0));
        2 * width * height + lungsight_imaging::INPUT_SIDE.pow(2)
    }
}

impl PackedSlice {
    /// What it takes as it is, in bytes.
    pub fn bytes(&self) -> usize {
        self.pictures.bytes() + self.maps.len()
    }

    /// Memory that it takes when it is opened, in bytes.
    pub fn opened_bytes(&self) -> usize {
        self.pictures.opened_bytes() + HEATS_BYTES
    }

    pub fn open(self) -> Result<ExplainedSlice, KeepError> {
        let (heats, maps) =
            open_maps(&self.maps).ok_or_else(|| damaged(&"its maps are cut off"))?;
        let prepared = Arc::new(self.pictures.open()?);
        Ok(ExplainedSlice::new(prepared, self.predicted, heats, maps))
    }
}

impl PackedRecord {
    pub fn opened_bytes(&self) -> usize {
        let slices = self.slices.iter().flatten();
        slices.map(PackedSlice::opened_bytes).sum()
    }

    pub fn open(self) -> Result<Record, KeepError> {
        let open = |slice: Option<PackedSlice>| slice.map(|s| s.open().map(Arc::new)).transpose();
        Ok(Record {
            analysis: self.analysis,
            slices: self
                .slices
                .into_iter()
                .map(open)
                .collect::<Result<_, _>>()?,
        })
    }
}

fn damaged(reason: &dyn std::fmt::Display) -> KeepError {
    tracing::error!(%reason, "a slice in the database is damaged");
    KeepError::Unreadable
}

/// Heatmaps, then class maps, each as its sides (16 bits) and its values (32-bit floats); all little-endian.
pub(super) fn pack_maps(classification: &Classification) -> Vec<u8> {
    let mut packed = vec![MAPS_FORM];
    let mut put = |sides: &[usize], values: &[f32]| {
        for &side in sides {
            // Maps are no larger than the network's input.
            packed.extend(u16::try_from(side).unwrap_or(u16::MAX).to_le_bytes());
        }
        packed.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    };
    for heat in &classification.heats {
        put(&[heat.width, heat.height], &heat.values);
    }
    for map in classification.maps.iter().flatten() {
        put(&[map.side, map.side], &map.values);
    }
    packed
}

type Maps = ([Heat; 3], [lungsight_network::grad_cam::LevelMaps; 3]);

fn open_maps(packed: &[u8]) -> Option<Maps> {
    let (form, mut rest) = packed.split_first()?;
    if *form != MAPS_FORM {
        return None;
    }
    let mut next = || {
        let mut side = || {
            let (bytes, after) = rest.split_first_chunk()?;
            rest = after;
            Some(usize::from(u16::from_le_bytes(*bytes)))
        };
        let (width, height) = (side()?, side()?);
        let (values, after) = rest.split_at_checked(4 * width * height)?;
        rest = after;
        let values = values.chunks_exact(4).map(|bytes| {
            let mut value = [0; 4];
            value.copy_from_slice(bytes);
            f32::from_le_bytes(value)
        });
        Some(Heat {
            width,
            height,
            values: values.collect(),
        })
    };
    let heats = [next()?, next()?, next()?];
    let mut level = || {
        let Heat { width, values, .. } = next()?;
        Some(LevelMap {
            side: width,
            values,
        })
    };
    let mut levels = || Some([level()?, level()?, level()?]);
    let maps = [levels()?, levels()?, levels()?];
    rest.is_empty().then_some((heats, maps))
}

#[cfg(test)]
mod tests {
    use super::*;
    use lungsight_imaging::{PhantomOptions, Probabilities, phantom};

    use crate::prepare::prepare;

    fn classification() -> Classification {
        let heat = |class: Class| Heat {
            width: 4,
            height: 3,
            values: (0..12)
                .map(|at| at as f32 / 7.0 + class.index() as f32)
                .collect(),
        };
        let map = |side: usize| LevelMap {
            side,
            values: (0..side * side).map(|at| -(at as f32).sqrt()).collect(),
        };
        let probabilities = Probabilities::from_logits([0.0, 1.0, 2.0]);
        Classification {
            logits: [0.0, 1.0, 2.0],
            probabilities,
            predicted: probabilities.most_likely(),
            inconclusive: None,
            heats: Class::ALL.map(heat),
            maps: Class::ALL.map(|_| [6, 3, 2].map(map)),
        }
    }

    #[test]
    fn a_slice_comes_out_as_it_went_in() {
        let options = PhantomOptions {
            side: 128,
            ..PhantomOptions::default()
        };
        let png = encode_png_grey(&phantom(&options).slice);
        let prepared = Arc::new(prepare(&png, None, &Limits::default()).expect("lungs"));
        let read = ReadSlice {
            name: "a.png".to_owned(),
            threshold: None,
            position_mm: None,
            result: Ok(prepared.clone()),
        };
        let pictures = SliceRow::pack(&read).expect("packed").pictures;
        let pictures = pictures.expect("it was read");
        assert!(pictures.opened_bytes() >= prepared.bytes());
        let opened = pictures.open().expect("whole");
        assert_eq!(opened.slice, prepared.slice);
        assert_eq!(opened.lungs, prepared.lungs);
        assert_eq!(opened.input, prepared.input);
    }

    #[test]
    fn maps_come_out_as_they_went_in_and_damaged_ones_do_not() {
        let classification = classification();
        let packed = pack_maps(&classification);
        let (heats, maps) = open_maps(&packed).expect("whole");
        assert_eq!((heats, maps), (classification.heats, classification.maps));
        assert!(open_maps(&packed[..packed.len() - 1]).is_none());
        assert!(open_maps(&[packed.as_slice(), &[0]].concat()).is_none());
        assert!(open_maps(&[]).is_none());
    }
}
