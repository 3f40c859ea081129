//! NIfTI volumes: whatever their axes, types and byte order, the same slices.

mod common;

use common::{refusal, refusal_under, series};
use lungsight_series::synthetic::{Form, NiftiOptions, hu_slice, nifti};
use lungsight_series::{
    AIR_HU, Format, HuSlice, Limits, MAX_TILT_DEGREES, Modality, Note, Refusal,
};

fn slices() -> Vec<HuSlice> {
    (1..=3).map(|seed| hu_slice(64, seed)).collect()
}

#[track_caller]
fn gives_the_slices(options: &NiftiOptions) {
    let series = series(nifti(&slices(), options));
    assert_eq!(series.slices().len(), 3, "{options:?}");
    for (index, slice) in slices().into_iter().enumerate() {
        assert!(
            series.decode(index) == Ok(slice),
            "slice {index}: {options:?}"
        );
    }
    let places: Vec<_> = series
        .slices()
        .iter()
        .map(|slice| slice.position_mm)
        .collect();
    assert!(places.is_sorted_by(|one, other| one > other), "{places:?}");
}

/// Every way to lay three axes along a patient's.
fn all_axes() -> Vec<[i8; 3]> {
    let orders = [
        [1, 2, 3],
        [1, 3, 2],
        [2, 1, 3],
        [2, 3, 1],
        [3, 1, 2],
        [3, 2, 1],
    ];
    let signs = |signs: u8| [0, 1, 2].map(|axis| if signs >> axis & 1 == 1 { -1 } else { 1 });
    let signed = |order: [i8; 3]| {
        (0..8).map(move |bits| {
            let signs = signs(bits);
            [0, 1, 2].map(|axis: usize| order[axis] * signs[axis])
        })
    };
    orders.into_iter().flat_map(signed).collect()
}

#[test]
fn all_forty_eight_orientations_give_the_same_slices_by_sform_and_qform() {
    for axes in all_axes() {
        for form in [Form::Sform, Form::Qform] {
            gives_the_slices(&NiftiOptions {
                axes,
                form,
                ..NiftiOptions::default()
            });
        }
    }
}

/// Held to the bytes themselves: a reader and a writer that are wrong about left and right in the same way agree with each other.
#[test]
fn rows_that_run_to_the_right_are_turned_round() {
    let truth = slices().remove(0);
    let mut file = nifti(&slices(), &NiftiOptions::default());
    // srow_x begins with −0.625 mm: x grows to the patient's right (nifti1.h), so that rows run to the left.
    assert_eq!(&file[280..284], [0x00, 0x00, 0x20, 0xbf]);
    assert!(series(file.clone()).decode(0) == Ok(slices().remove(0)));
    file[283] = 0x3f;
    let found = series(file).decode(0).expect("decodes");
    assert!(found != truth, "no slice is its own mirror image");
    let width = truth.width() as usize;
    let rows = found.values().chunks(width);
    for (row, (found, truth)) in rows.zip(truth.values().chunks(width)).enumerate() {
        assert!(found.iter().eq(truth.iter().rev()), "row {row}");
    }
}

#[test]
fn every_type_in_either_byte_order_packed_or_not_gives_the_same_slices() {
    for datatype in [4, 8, 16, 64, 1024] {
        for (big_endian, gzip) in [(false, false), (true, false), (false, true), (true, true)] {
            gives_the_slices(&NiftiOptions {
                datatype,
                big_endian,
                gzip,
                ..NiftiOptions::default()
            });
        }
    }
    for datatype in [512, 768, 1280] {
        gives_the_slices(&NiftiOptions {
            datatype,
            slope: 0.5,
            intercept: -1350.0,
            ..NiftiOptions::default()
        });
    }
}

#[test]
fn bytes_are_scaled() {
    for (datatype, intercept) in [(2, -1350.0), (256, -330.0)] {
        let options = NiftiOptions {
            datatype,
            slope: 8.0,
            intercept,
            ..NiftiOptions::default()
        };
        let found = series(nifti(&slices(), &options))
            .decode(1)
            .expect("decodes");
        let truth = slices();
        let pairs = found.values().iter().zip(truth[1].values());
        // What a byte could not hold is cut off by the writer.
        let far = pairs
            .filter(|(found, truth)| (*found - *truth).abs() > 8)
            .count();
        assert!(far < found.values().len() / 20, "{far} at {datatype}");
    }
}

#[test]
fn a_volume_says_what_it_does_not_know() {
    let usual = NiftiOptions::default();
    let known = series(nifti(&slices(), &usual));
    assert_eq!(known.notes(), [Note::UnitsAssumed]);
    assert_eq!(
        (known.format(), known.modality()),
        (Format::Nifti, Modality::Unstated)
    );
    assert_eq!(known.spacing_mm(), Some(5.0));
    assert!(known.identifiers().is_none());
    let options = NiftiOptions {
        form: Form::Neither,
        axes: [-1, 2, 3],
        ..usual
    };
    gives_the_slices(&options);
    let unknown = series(nifti(&slices(), &options));
    assert_eq!(
        unknown.notes(),
        [Note::UnitsAssumed, Note::OrientationAssumed]
    );
}

#[test]
fn what_is_no_number_is_air_and_a_slope_that_is_none_is_left_out() {
    let options = NiftiOptions {
        datatype: 16,
        ..NiftiOptions::default()
    };
    let mut file = nifti(&slices(), &options);
    for slope in [f32::NAN, 0.0, f32::INFINITY] {
        file[112..116].copy_from_slice(&slope.to_le_bytes());
        file[116..120].copy_from_slice(&f32::NAN.to_le_bytes());
        let decoded = series(file.clone()).decode(2);
        assert_eq!(decoded, Ok(slices()[2].clone()));
    }
    file[352..356].copy_from_slice(&f32::NAN.to_le_bytes());
    // The first voxel is the right front of the slice nearest the feet.
    let decoded = series(file).decode(2).expect("decodes");
    assert_eq!(decoded.values()[0], AIR_HU);
}

/// Puts a number of 16 bits into a header and reads the file.
fn with(at: usize, number: i16) -> Refusal {
    let mut file = nifti(&slices(), &NiftiOptions::default());
    file[at..at + 2].copy_from_slice(&number.to_le_bytes());
    refusal(file)
}

#[test]
fn other_volumes_are_refused_for_their_reason() {
    assert_eq!(with(70, 128), Refusal::Coloured);
    assert_eq!(with(70, 32), Refusal::VoxelType);
    assert_eq!(with(40, 9), Refusal::CorruptHeader);
    assert_eq!(with(42, -5), Refusal::CorruptHeader);
    assert_eq!(
        with(42, 9999),
        Refusal::Size {
            columns: 9999,
            rows: 64,
            max_side: 2048
        }
    );
    assert_eq!(with(46, 9999), Refusal::TooManySlices { max_slices: 8192 });
    assert_eq!(with(46, 4), Refusal::TruncatedPixels);
    assert_eq!(with(0, 540), Refusal::Nifti2);
    assert_eq!(with(344, i16::from_le_bytes(*b"ni")), Refusal::NiftiPair);
    let mut several = nifti(&slices(), &NiftiOptions::default());
    several[40] = 4;
    several[48] = 2;
    assert_eq!(refusal(several.clone()), Refusal::SeveralVolumes);
    several[48] = 1;
    assert_eq!(common::read(several).refused, []);
}

#[test]
fn oblique_volumes_are_refused_beyond_the_angle_and_noted_within() {
    let tilted = |degrees: f32| {
        let mut file = nifti(&slices(), &NiftiOptions::default());
        let (sin, cos) = degrees.to_radians().sin_cos();
        // j and k turned round i.
        let rows = [
            [-0.6, 0.0, 0.0],
            [0.0, -0.6 * cos, 5.0 * sin],
            [0.0, 0.6 * sin, 5.0 * cos],
        ];
        for (row, at) in rows.iter().zip([280, 296, 312]) {
            for (axis, part) in row.iter().enumerate() {
                file[at + 4 * axis..at + 4 * axis + 4].copy_from_slice(&f32::to_le_bytes(*part));
            }
        }
        file
    };
    let not_axial = Refusal::NotAxial {
        max_degrees: MAX_TILT_DEGREES,
    };
    assert_eq!(refusal(tilted(35.0)), not_axial);
    let noted = series(tilted(20.0));
    assert!(noted.notes().contains(&Note::Tilted { degrees: 20 }));
    let spacing = noted.spacing_mm().expect("three slices");
    assert!((spacing - 5.0).abs() < 1e-3, "{spacing}");
}

#[test]
fn gzip_that_is_cut_short_or_holds_no_volume_is_refused() {
    let options = NiftiOptions {
        gzip: true,
        ..NiftiOptions::default()
    };
    let file = nifti(&slices(), &options);
    assert_eq!(
        refusal(file[..file.len() / 2].to_vec()),
        Refusal::TruncatedPixels
    );
    let other = b"\x1f\x8b\x08\0\0\0\0\0\0\0\0\0\0\0";
    assert_eq!(refusal(other.to_vec()), Refusal::UnknownFormat);
}

#[test]
fn a_volume_that_unpacks_to_far_more_than_its_size_is_refused() {
    let air = HuSlice::new(256, 256, vec![0; 256 * 256]).expect("fits");
    let options = NiftiOptions {
        gzip: true,
        ..NiftiOptions::default()
    };
    let bomb = nifti(&vec![air; 20], &options);
    assert_eq!(
        refusal(bomb.clone()),
        Refusal::UnpackRatio { max_ratio: 100 }
    );
    let limits = Limits {
        max_file_bytes: 1 << 20,
        ..Limits::default()
    };
    let refused = refusal_under(bomb, &limits);
    assert_eq!(refused, Refusal::TooManyBytes { max_bytes: 1 << 20 });
}

/// Another reader of the same headers.
#[test]
fn the_crate_nifti_reads_the_same_header() {
    for big_endian in [false, true] {
        let options = NiftiOptions {
            big_endian,
            slope: 2.0,
            intercept: -7.0,
            form: Form::Qform,
            ..NiftiOptions::default()
        };
        let file = nifti(&slices(), &options);
        let theirs = ::nifti::NiftiHeader::from_reader(file.as_slice()).expect("a header");
        assert_eq!(theirs.dim().expect("sides"), [64, 64, 3]);
        assert_eq!((theirs.scl_slope, theirs.scl_inter), (2.0, -7.0));
        assert_eq!(theirs.pixdim[1..4], options.spacing);
        let ours = series(file);
        assert_eq!(
            (ours.width(), ours.height(), ours.slices().len()),
            (64, 64, 3)
        );
    }
}
