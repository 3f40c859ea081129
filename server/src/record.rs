//! An analysis, as far as it has come: the answer, and the pictures it is explained with.

use std::sync::Arc;
use std::time::SystemTime;

use lungsight_app::analysis::{
    Analysis, Grouping, Inconclusive, PendingSlice, Remarks, SliceAnalysis, SliceError, SliceResult,
};
use lungsight_imaging::{
    Class, Probabilities, Rect, blend, cut_layer, dense_pixels, heat_layer, hot_pixels,
};
use lungsight_network::grad_cam::LevelMaps;
use lungsight_network::{Classification, Heat, RegionEvidence, explain_region};
use serde::{Deserialize, Serialize};

use crate::engine::EngineInfo;
use crate::error::{Error, slice_error};
use crate::patient::patient;
use crate::prepare::{PreparedSlice, SliceFault};

/// What is kept of an analysis until it expires. Cloned whenever a slice is put in while somebody looks at it.
#[derive(Clone, Debug)]
pub struct Record {
    pub analysis: Analysis,
    /// As many as `analysis.slices`; `None` where the file failed or is pending.
    pub slices: Vec<Option<Arc<ExplainedSlice>>>,
}

/// More than the heatmaps and the maps behind them take for one slice, in bytes: 28 kB at an input of 256².
pub const HEATS_BYTES: usize = 32 << 10;

/// A classified slice with what its pictures are drawn from.
#[derive(Debug)]
pub struct ExplainedSlice {
    pub prepared: Arc<PreparedSlice>,
    pub predicted: Class,
    /// One for each class, in the order of `Class::ALL`.
    pub heats: [Heat; 3],
    /// What regions are explained with, in the order of `Class::ALL`.
    pub maps: [LevelMaps; 3],
}

/// How much of a slice's lungs is dense or hot, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extent {
    pub lungs: usize,
    /// At least [`lungsight_imaging::DENSE_GREY`] bright.
    pub dense: usize,
    /// At least half as hot as the slice's hottest place, for the predicted class.
    pub hot: usize,
}

impl Extent {
    /// Of a slice with the heatmap of its predicted class.
    pub fn of(prepared: &PreparedSlice, heat: &Heat) -> Self {
        let PreparedSlice {
            slice,
            lungs,
            input,
        } = prepared;
        Self {
            lungs: lungs.area(),
            dense: dense_pixels(slice, lungs),
            hot: hot_pixels(&heat.values, heat.width, heat.height, input.crop, lungs),
        }
    }
}

/// What the network says of a slice.
#[derive(Clone, Copy, Debug)]
pub struct Verdict {
    pub predicted: Class,
    pub probabilities: Probabilities,
    pub inconclusive: Option<lungsight_network::Inconclusive>,
}

impl From<&Classification> for Verdict {
    fn from(classification: &Classification) -> Self {
        Self {
            predicted: classification.predicted,
            probabilities: classification.probabilities,
            inconclusive: classification.inconclusive,
        }
    }
}

/// A slice that the network has seen.
#[derive(Debug)]
pub struct SeenSlice {
    pub verdict: Verdict,
    pub explained: Arc<ExplainedSlice>,
}

impl SeenSlice {
    /// Puts the pictures and what the network said together; looks at every pixel of the lungs.
    pub fn new(prepared: Arc<PreparedSlice>, classification: Classification) -> Self {
        let verdict = Verdict::from(&classification);
        let Classification {
            predicted,
            heats,
            maps,
            ..
        } = classification;
        Self {
            verdict,
            explained: Arc::new(ExplainedSlice::new(prepared, predicted, heats, maps)),
        }
    }
}

/// What became of one file, in the order in which the files were sent.
pub struct Outcome {
    pub name: String,
    /// Where it lies in its series.
    pub position_mm: Option<f32>,
    pub result: Result<SeenSlice, SliceFault>,
}

/// Where the pictures of one slice are found.
pub struct Links {
    pub slice: String,
    pub mask: String,
    pub heatmap: String,
    pub region: String,
    pub layers: String,
}

impl Links {
    /// No links: what is found is not kept.
    pub fn none() -> Self {
        Self {
            slice: String::new(),
            mask: String::new(),
            heatmap: String::new(),
            region: String::new(),
            layers: String::new(),
        }
    }

    /// The links of slice `number` (from 0) of an analysis on this server.
    pub fn api(id: &str, number: usize) -> Self {
        let slice = format!("/api/v1/analyses/{id}/slices/{number}");
        Self {
            slice: format!("{slice}/slice.png"),
            mask: format!("{slice}/mask.png"),
            heatmap: format!("{slice}/heatmap.png"),
            region: format!("{slice}/region"),
            layers: format!("{slice}/layers"),
        }
    }
}

impl Record {
    /// An analysis of which nothing is known yet but what came with its files.
    pub fn begin(
        id: String,
        info: &EngineInfo,
        grouping: Grouping,
        remarks: Remarks,
        pending: Vec<PendingSlice>,
    ) -> Self {
        let Remarks { left_out, notes } = remarks;
        let slices = pending.iter().map(|_| None).collect();
        let pending = pending.into_iter().map(SliceResult::Pending);
        let analysis = Analysis {
            id,
            created: timestamp(),
            finished: false,
            device: info.device.clone(),
            model: info.model.clone(),
            grouping,
            slices: pending.collect(),
            left_out,
            notes,
            patient: None,
        };
        Self { analysis, slices }
    }

    /// Puts in what became of a slice that was pending.
    pub fn put(&mut self, number: usize, result: Result<SeenSlice, SliceFault>, links: Links) {
        let SliceResult::Pending(pending) = &self.analysis.slices[number] else {
            return;
        };
        let pending = pending.clone();
        let verdict = result.as_ref().map(|seen| seen.verdict);
        self.analysis.slices[number] = slice_result(pending, verdict, links);
        self.slices[number] = result.ok().map(|seen| seen.explained);
    }

    /// What is told of an analysis whose pictures lie elsewhere.
    pub fn without_pictures(analysis: Analysis) -> Self {
        let slices = analysis.slices.iter().map(|_| None).collect();
        Self { analysis, slices }
    }

    /// Closes the analysis once every slice is in; `info` is the network as it is then.
    pub fn finish(&mut self, info: &EngineInfo) {
        self.analysis.device = info.device.clone();
        self.analysis.model = info.model.clone();
        self.analysis.created = timestamp();
        self.analysis.finished = true;
        if self.analysis.grouping == Grouping::Patient {
            let slices = self.slices.iter();
            let extents: Vec<_> = slices.map(|slice| Some(slice.as_ref()?.extent())).collect();
            self.analysis.patient = patient(&self.analysis.slices, &extents, info);
        }
    }

    /// Puts a whole analysis together, with `links` for the slice of a number from 0.
    ///
    /// # Errors
    /// When no file could be read.
    pub fn assemble(
        id: String,
        info: &EngineInfo,
        grouping: Grouping,
        remarks: Remarks,
        outcomes: Vec<Outcome>,
        links: impl Fn(usize) -> Links,
    ) -> Result<Self, Error> {
        let pending = outcomes.iter().map(|outcome| PendingSlice {
            name: outcome.name.clone(),
            threshold: None,
            position_mm: outcome.position_mm,
        });
        let mut record = Self::begin(id, info, grouping, remarks, pending.collect());
        for (number, outcome) in outcomes.into_iter().enumerate() {
            record.put(number, outcome.result, links(number));
        }
        record.finish(info);
        unless_nothing_was_read(&record.analysis)?;
        Ok(record)
    }
}

/// # Errors
/// When the analysis is finished and no file could be read.
pub fn unless_nothing_was_read(analysis: &Analysis) -> Result<(), Error> {
    if analysis
        .slices
        .iter()
        .all(|slice| slice.as_failed().is_some())
    {
        return Err(Error::NothingRead(failures(&analysis.slices)));
    }
    Ok(())
}

/// The time now, as answers give it.
pub fn timestamp() -> String {
    humantime::format_rfc3339_seconds(SystemTime::now()).to_string()
}

impl ExplainedSlice {
    /// Puts the pictures and what they are explained with together.
    pub fn new(
        prepared: Arc<PreparedSlice>,
        predicted: Class,
        heats: [Heat; 3],
        maps: [LevelMaps; 3],
    ) -> Self {
        Self {
            prepared,
            predicted,
            heats,
            maps,
        }
    }

    /// How much of the lungs is dense or hot: what a patient's result is told with, and no slice's alone.
    fn extent(&self) -> Extent {
        Extent::of(&self.prepared, &self.heats[self.predicted.index()])
    }

    /// The heatmap of what spoke for a class, as RGBA of the slice's size.
    pub fn heat_layer(&self, class: Class) -> Vec<u8> {
        let heat = &self.heats[class.index()];
        let PreparedSlice { lungs, input, .. } = self.prepared.as_ref();
        heat_layer(&heat.values, heat.width, heat.height, input.crop, lungs)
    }

    /// What a region, in pixels of the slice, says of a class; `None` where the network saw nothing of it.
    pub fn region(&self, class: Class, region: Rect) -> Option<RegionEvidence> {
        let PreparedSlice { lungs, input, .. } = self.prepared.as_ref();
        explain_region(&self.maps[class.index()], input.crop, lungs, region)
    }

    /// The heat of the region's pyramid level as RGBA of the slice's size, clear outside the region; `None` as above.
    pub fn region_layer(&self, class: Class, region: Rect) -> Option<Vec<u8>> {
        let heat = self.region(class, region)?.heat;
        let PreparedSlice { lungs, input, .. } = self.prepared.as_ref();
        let mut rgba = heat_layer(&heat.values, heat.width, heat.height, input.crop, lungs);
        cut_layer(&mut rgba, lungs.width(), lungs.height(), region);
        Some(rgba)
    }

    /// The predicted class's heatmap over the slice, RGB, as reports show it.
    pub fn overlay(&self) -> Vec<u8> {
        /// The slice stays visible beneath the hottest spot.
        const OPACITY: f32 = 0.7;
        blend(
            &self.prepared.slice,
            &self.heat_layer(self.predicted),
            OPACITY,
        )
    }
}

/// A slice's part of the answer.
pub fn slice_result(
    PendingSlice {
        name,
        threshold,
        position_mm,
    }: PendingSlice,
    result: Result<Verdict, &SliceFault>,
    links: Links,
) -> SliceResult {
    let verdict = match result {
        Ok(verdict) => verdict,
        Err(fault) => return SliceResult::Failed(slice_error(&name, fault)),
    };
    let Links {
        slice,
        mask,
        heatmap,
        region,
        layers,
    } = links;
    let Verdict {
        probabilities,
        predicted,
        inconclusive,
    } = verdict;
    SliceResult::Read(SliceAnalysis {
        name,
        predicted,
        probabilities,
        inconclusive: inconclusive.map(|reason| match reason {
            lungsight_network::Inconclusive::Unlike => Inconclusive::Unlike,
            lungsight_network::Inconclusive::TooClose => Inconclusive::TooClose,
        }),
        threshold,
        position_mm,
        slice,
        mask,
        heatmap,
        region,
        layers,
    })
}

/// The files that failed, in order.
pub fn failures(results: &[SliceResult]) -> Vec<SliceError> {
    let failed = results.iter().filter_map(SliceResult::as_failed);
    failed.cloned().collect()
}

#[cfg(test)]
mod tests {
    use lungsight_imaging::{PhantomOptions, phantom};
    use lungsight_network::grad_cam::LevelMap;

    use super::*;
    use crate::prepare::prepare_slice;

    #[test]
    fn reports_show_the_heat_of_the_predicted_class_and_no_other() {
        let drawn = phantom(&PhantomOptions {
            side: 128,
            ..PhantomOptions::default()
        });
        let prepared = Arc::new(prepare_slice(drawn.slice).expect("a phantom has lungs"));
        let pixels = prepared.slice.pixels().iter();
        let grey: Vec<u8> = pixels.flat_map(|&grey| [grey; 3]).collect();
        let maps = Class::ALL.map(|_| {
            [24, 12, 6].map(|side| LevelMap {
                side,
                values: vec![0.0; side * side],
            })
        });
        for hot in Class::ALL {
            let heats = Class::ALL.map(|class| Heat {
                width: 1,
                height: 1,
                values: vec![if class == hot { 1.0 } else { 0.0 }],
            });
            for predicted in Class::ALL {
                let (prepared, heats) = (prepared.clone(), heats.clone());
                let slice = ExplainedSlice::new(prepared, predicted, heats, maps.clone());
                let is_coloured = slice.overlay() != grey;
                assert_eq!(is_coloured, predicted == hot, "{predicted:?}, {hot:?}");
            }
        }
    }
}
