//! Writes synthetic files in every coding that is read, to be read by other programs too (`tests/reference.py DIR`).
//!
//! `cargo run -p lungsight-series --example write_synthetic -- DIR`

use std::path::Path;

use lungsight_series::synthetic::{
    Coding, Form, FrameOfSeries, NiftiOptions, ct_slice, hu_slice, nifti,
};

fn main() {
    let folder = std::env::args().nth(1).expect("a folder is named");
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder).expect("the folder can be made");
    let write = |name: &str, bytes: Vec<u8>| {
        std::fs::write(folder.join(name), bytes).expect("the file can be written");
    };
    let slices = [1, 2, 3].map(|seed| hu_slice(64, seed));
    let tags = ct_slice(&slices[0], &FrameOfSeries::default());
    for (name, coding) in Coding::OWN {
        write(&format!("{name}.dcm"), tags.file(&coding));
    }
    for (name, cosines) in [
        ("prone", r"-1\0\0\0\-1\0"),
        ("mirrored", r"-1\0\0\0\1\0"),
        ("left-side", r"0\1\0\1\0\0"),
        ("right-side", r"0\-1\0\1\0\0"),
    ] {
        let mut turned = tags.clone();
        turned.text(0x0020_0037, b"DS", cosines);
        write(&format!("{name}.dcm"), turned.file(&Coding::Explicit));
    }
    let mut padded = tags.clone();
    padded.u16(0x0028_0120, 0).u16(0x0028_0121, 40);
    write("padded.dcm", padded.file(&Coding::Explicit));
    let usual = NiftiOptions::default();
    for datatype in [4, 8, 16, 64, 1024] {
        for big_endian in [false, true] {
            let options = NiftiOptions {
                datatype,
                big_endian,
                ..usual
            };
            write(
                &format!("type-{datatype}-{big_endian}.nii"),
                nifti(&slices, &options),
            );
        }
    }
    for datatype in [2, 256, 512, 768, 1280] {
        // Unsigned and small types need an intercept and, with a byte, a slope.
        let slope = if datatype < 300 { 8.0 } else { 0.5 };
        let intercept = if datatype == 256 { -300.0 } else { -1350.0 };
        let options = NiftiOptions {
            datatype,
            slope,
            intercept,
            ..usual
        };
        write(&format!("scaled-{datatype}.nii"), nifti(&slices, &options));
    }
    for (number, axes) in [[1, 2, 3], [-1, 2, -3], [2, -1, 3], [3, -1, -2], [-2, -3, 1]]
        .into_iter()
        .enumerate()
    {
        for form in [Form::Sform, Form::Qform] {
            let options = NiftiOptions {
                axes,
                form,
                gzip: true,
                ..usual
            };
            write(
                &format!("axes-{number}-{form:?}.nii.gz"),
                nifti(&slices, &options),
            );
        }
    }
    write(
        "neither.nii",
        nifti(
            &slices,
            &NiftiOptions {
                form: Form::Neither,
                axes: [-1, 2, 3],
                ..usual
            },
        ),
    );
}
