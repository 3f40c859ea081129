//! `lungsight mask`: the lungs of each slice, and the six steps to them.

use std::path::{Path, PathBuf};

use clap::Args;
use lungsight_imaging::{
    Limits, SegmentOptions, decode, encode_png_grey, encode_png_mask, segment, steps_strip,
};

use super::{CommandError, files};
use crate::prepare::SliceFault;

/// Writes `NAME.mask.png` (1 bit, the slice's size) and `NAME.steps.png` (the six steps side by side) for each NAME.ext
#[derive(Args)]
pub(super) struct Masks {
    /// Slices: PNG, JPEG, BMP or TIFF
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Folder to write to; made where it is missing
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Grey values up to this one are taken for air; found from the histogram when not given
    #[arg(long, value_name = "GREY")]
    threshold: Option<u8>,
}

impl Masks {
    /// Whether all files were read and had lungs.
    pub(super) fn run(&self) -> Result<bool, CommandError> {
        files::make_folder(&self.out)?;
        let mut all_read = true;
        for (path, name) in self.files.iter().zip(files::output_names(&self.files)) {
            match self.mask(path, &name)? {
                Ok(written) => println!("{}", written.display()),
                Err(fault) => {
                    all_read = false;
                    eprintln!("{}: {fault}", path.display());
                }
            }
        }
        Ok(all_read)
    }

    /// The steps are written also when they lead to no lungs: they show why.
    fn mask(&self, path: &Path, name: &str) -> Result<Result<PathBuf, SliceFault>, CommandError> {
        let limits = Limits::default();
        let decoded = files::read(path, limits.max_bytes)
            .and_then(|bytes| decode(&bytes, &limits).map_err(SliceFault::Slice));
        let slice = match decoded {
            Ok(slice) => slice,
            Err(fault) => return Ok(Err(fault)),
        };
        let segmentation = segment(
            &slice,
            &SegmentOptions {
                threshold: self.threshold,
            },
        );
        files::write(
            &self.out,
            &format!("{name}.steps.png"),
            &encode_png_grey(&steps_strip(&segmentation)),
        )?;
        match segmentation.lungs() {
            Ok(lungs) => files::write(
                &self.out,
                &format!("{name}.mask.png"),
                &encode_png_mask(lungs),
            )
            .map(Ok),
            Err(no_lungs) => Ok(Err(SliceFault::NoLungs(no_lungs))),
        }
    }
}
