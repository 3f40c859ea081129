//! The first seeds of `dicom` and `nifti`: slices of 8 x 6 pixels in every coding. `cargo run --example series -- FOLDER`

use std::fs;
use std::path::Path;

use lungsight_series::HuSlice;
use lungsight_series::synthetic::{
    Coding, Form, FrameOfSeries, NiftiOptions, Tags, ct_slice, nifti, zip,
};

fn main() -> std::io::Result<()> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| ".".to_owned());
    let values = |seed: i16| (0..48).map(|at| (at * 37 + seed) % 1000 - 900).collect();
    let slices = [1, 2].map(|seed| HuSlice::new(8, 6, values(seed)).expect("fits"));
    let tags = ct_slice(&slices[0], &FrameOfSeries::default());
    let write = |corpus: &str, name: &str, bytes: &[u8]| {
        let folder = Path::new(&folder).join(corpus);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(name), bytes)
    };
    for (name, coding) in &Coding::OWN {
        write("dicom", name, &tags.file(coding))?;
        write(
            "dicom",
            &format!("frames-{name}"),
            &frames(&tags, &slices).file(coding),
        )?;
    }
    write("dicom", "bare", &tags.data_set(&Coding::Implicit))?;
    let ramp = include_bytes!("../../crates/series/tests/fixtures/ramp.j2k");
    let mut wide = tags.clone();
    wide.u16(0x0028_0010, 48).u16(0x0028_0011, 64);
    let jpeg2000 = Coding::Encapsulated("1.2.840.10008.1.2.4.90", vec![ramp.to_vec()]);
    write("dicom", "jpeg2000", &wide.file(&jpeg2000))?;
    let archive = zip(&[
        ("a.dcm".to_owned(), tags.file(&Coding::Explicit)),
        ("b.nii".to_owned(), nifti(&slices, &NiftiOptions::default())),
    ]);
    write("dicom", "zip", &archive)?;
    for form in [Form::Sform, Form::Qform, Form::Neither] {
        for (datatype, gzip) in [(4, 0), (16, 1), (64, 0), (1024, 1)] {
            let options = NiftiOptions {
                form,
                datatype,
                ..NiftiOptions::default()
            };
            let mut bytes = vec![gzip];
            bytes.extend(nifti(&slices, &options));
            write("nifti", &format!("{form:?}-{datatype}"), &bytes)?;
        }
    }
    Ok(())
}

/// Two frames with functional groups.
fn frames(tags: &Tags, slices: &[HuSlice]) -> Tags {
    let mut tags = tags.clone();
    let samples = slices.iter().flat_map(HuSlice::values);
    let place = |z: i16| {
        let (mut place, mut item) = (Tags::default(), Tags::default());
        place.text(0x0020_0032, b"DS", &format!(r"0\0\{z}"));
        item.items(0x0020_9113, vec![place]);
        item
    };
    tags.text(0x0028_0008, b"IS", "2")
        .samples(samples.map(|hu| (hu + 1024).cast_unsigned()).collect())
        .items(0x5200_9230, vec![place(0), place(5)]);
    tags
}
