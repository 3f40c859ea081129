//! Where each frame lies and how its values are rescaled: from the data set, or from the functional groups of enhanced
//! multi-frame images (PS3.3 C.7.6.16), of which a frame's own come before the shared ones.

use super::dataset::DataSet;
use super::element::{Broken, Tag};
use super::kind::is_localizer;
use super::stored::Rescale;
use super::tags;
use crate::Refusal;
use crate::orientation::{Plane, Vector};
use crate::series::PixelSpacing;

/// One frame's geometry and rescale, as far as they are given.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Frame {
    pub plane: Option<Plane>,
    pub position_mm: Option<Vector>,
    pub spacing: Option<PixelSpacing>,
    pub thickness_mm: Option<f64>,
    pub rescale: Option<Rescale>,
}

impl Frame {
    /// What a data set or one functional group says.
    fn read(data: &DataSet) -> Result<Self, Refusal> {
        let plane = data.decimals(tags::IMAGE_ORIENTATION).map(Plane::new);
        let spacing = data.decimals(tags::PIXEL_SPACING);
        Ok(Self {
            plane: plane.transpose()?,
            position_mm: data.decimals(tags::IMAGE_POSITION),
            spacing: spacing.and_then(|[rows, columns]| PixelSpacing::new(rows, columns)),
            thickness_mm: data
                .decimal(tags::SLICE_THICKNESS)
                .filter(|&thickness| thickness > 0.0),
            rescale: Rescale::read(data)?,
        })
    }

    /// The other's word where this one has none.
    fn or(self, other: Self) -> Self {
        Self {
            plane: self.plane.or(other.plane),
            position_mm: self.position_mm.or(other.position_mm),
            spacing: self.spacing.or(other.spacing),
            thickness_mm: self.thickness_mm.or(other.thickness_mm),
            rescale: self.rescale.or(other.rescale),
        }
    }
}

/// One for each of `count` frames, in stored order.
pub(crate) fn read(data: &DataSet, count: usize) -> Result<Vec<Frame>, Refusal> {
    let whole = Frame::read(data)?;
    let items = |tag: Tag| {
        let items = data.items(tag, &tags::GROUPS, count);
        items.map_err(|_: Broken| Refusal::CorruptHeader)
    };
    let shared = match items(tags::SHARED_GROUPS)?.first() {
        Some(item) => groups(item)?,
        None => Frame::default(),
    };
    let own = items(tags::FRAME_GROUPS)?;
    let all = if own.is_empty() {
        shared.or(whole)
    } else {
        shared.or(Frame {
            // A position for the whole file says nothing of a frame that should have its own.
            position_mm: None,
            ..whole
        })
    };
    if own.is_empty() {
        // Many frames can't all lie at one place.
        let position_mm = all.position_mm.filter(|_| count == 1);
        return Ok(vec![Frame { position_mm, ..all }; count]);
    }
    if own.len() != count {
        return Err(Refusal::CorruptHeader);
    }
    own.iter().map(|item| Ok(groups(item)?.or(all))).collect()
}

/// The groups in one item.
fn groups(item: &DataSet) -> Result<Frame, Refusal> {
    let mut frame = Frame::default();
    for tag in tags::GROUPS {
        let group = item.item(tag, &tags::GROUP);
        if let Some(group) = group.map_err(|_| Refusal::CorruptHeader)? {
            if group.text(tags::FRAME_TYPE).is_some_and(is_localizer) {
                return Err(Refusal::Localizer);
            }
            frame = frame.or(Frame::read(&group)?);
        }
    }
    Ok(frame)
}
