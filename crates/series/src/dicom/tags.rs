//! The attributes that are looked at (PS3.6).

use super::element::{PIXEL_DATA, Tag};

pub(crate) const MEDIA_STORAGE_SOP_CLASS: Tag = 0x0002_0002;
pub(crate) const TRANSFER_SYNTAX: Tag = 0x0002_0010;
pub(crate) const DIRECTORY_RECORDS: Tag = 0x0004_1220;
pub(crate) const IMAGE_TYPE: Tag = 0x0008_0008;
pub(crate) const SOP_CLASS: Tag = 0x0008_0016;
pub(crate) const SOP_INSTANCE: Tag = 0x0008_0018;
pub(crate) const MODALITY: Tag = 0x0008_0060;
pub(crate) const FRAME_TYPE: Tag = 0x0008_9007;
pub(crate) const PATIENT_NAME: Tag = 0x0010_0010;
pub(crate) const PATIENT_ID: Tag = 0x0010_0020;
pub(crate) const SLICE_THICKNESS: Tag = 0x0018_0050;
pub(crate) const CT_FRAME_TYPE: Tag = 0x0018_9329;
pub(crate) const STUDY_INSTANCE: Tag = 0x0020_000d;
pub(crate) const SERIES_INSTANCE: Tag = 0x0020_000e;
pub(crate) const INSTANCE_NUMBER: Tag = 0x0020_0013;
pub(crate) const IMAGE_POSITION: Tag = 0x0020_0032;
pub(crate) const IMAGE_ORIENTATION: Tag = 0x0020_0037;
pub(crate) const PLANE_POSITION: Tag = 0x0020_9113;
pub(crate) const PLANE_ORIENTATION: Tag = 0x0020_9116;
pub(crate) const SAMPLES_PER_PIXEL: Tag = 0x0028_0002;
pub(crate) const PHOTOMETRIC_INTERPRETATION: Tag = 0x0028_0004;
pub(crate) const NUMBER_OF_FRAMES: Tag = 0x0028_0008;
pub(crate) const ROWS: Tag = 0x0028_0010;
pub(crate) const COLUMNS: Tag = 0x0028_0011;
pub(crate) const PIXEL_SPACING: Tag = 0x0028_0030;
pub(crate) const BITS_ALLOCATED: Tag = 0x0028_0100;
pub(crate) const BITS_STORED: Tag = 0x0028_0101;
pub(crate) const HIGH_BIT: Tag = 0x0028_0102;
pub(crate) const PIXEL_REPRESENTATION: Tag = 0x0028_0103;
pub(crate) const PIXEL_PADDING_VALUE: Tag = 0x0028_0120;
pub(crate) const PIXEL_PADDING_LIMIT: Tag = 0x0028_0121;
pub(crate) const RESCALE_INTERCEPT: Tag = 0x0028_1052;
pub(crate) const RESCALE_SLOPE: Tag = 0x0028_1053;
pub(crate) const RESCALE_TYPE: Tag = 0x0028_1054;
pub(crate) const LOSSY: Tag = 0x0028_2110;
pub(crate) const MODALITY_LUT: Tag = 0x0028_3000;
pub(crate) const PIXEL_MEASURES: Tag = 0x0028_9110;
pub(crate) const PIXEL_VALUE_TRANSFORMATION: Tag = 0x0028_9145;
pub(crate) const DOCUMENT: Tag = 0x0042_0011;
pub(crate) const SHARED_GROUPS: Tag = 0x5200_9229;
pub(crate) const FRAME_GROUPS: Tag = 0x5200_9230;

/// Of the file meta information.
pub(crate) const META: [Tag; 2] = [MEDIA_STORAGE_SOP_CLASS, TRANSFER_SYNTAX];

/// Of the data set.
pub(crate) const IMAGE: [Tag; 37] = [
    DIRECTORY_RECORDS,
    IMAGE_TYPE,
    SOP_CLASS,
    SOP_INSTANCE,
    MODALITY,
    PATIENT_NAME,
    PATIENT_ID,
    SLICE_THICKNESS,
    CT_FRAME_TYPE,
    STUDY_INSTANCE,
    SERIES_INSTANCE,
    INSTANCE_NUMBER,
    IMAGE_POSITION,
    IMAGE_ORIENTATION,
    SAMPLES_PER_PIXEL,
    PHOTOMETRIC_INTERPRETATION,
    NUMBER_OF_FRAMES,
    ROWS,
    COLUMNS,
    PIXEL_SPACING,
    BITS_ALLOCATED,
    BITS_STORED,
    HIGH_BIT,
    PIXEL_REPRESENTATION,
    PIXEL_PADDING_VALUE,
    PIXEL_PADDING_LIMIT,
    RESCALE_INTERCEPT,
    RESCALE_SLOPE,
    RESCALE_TYPE,
    LOSSY,
    MODALITY_LUT,
    PIXEL_VALUE_TRANSFORMATION,
    DOCUMENT,
    SHARED_GROUPS,
    FRAME_GROUPS,
    PIXEL_MEASURES,
    PIXEL_DATA,
];

/// Of an item of functional groups (PS3.3 C.7.6.16).
pub(crate) const GROUPS: [Tag; 5] = [
    CT_FRAME_TYPE,
    PLANE_POSITION,
    PLANE_ORIENTATION,
    PIXEL_MEASURES,
    PIXEL_VALUE_TRANSFORMATION,
];

/// Of one functional group.
pub(crate) const GROUP: [Tag; 8] = [
    FRAME_TYPE,
    SLICE_THICKNESS,
    IMAGE_POSITION,
    IMAGE_ORIENTATION,
    PIXEL_SPACING,
    RESCALE_INTERCEPT,
    RESCALE_SLOPE,
    RESCALE_TYPE,
];
