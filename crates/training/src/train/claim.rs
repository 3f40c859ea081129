//! Whose a run's folder is.

use crate::differing::differing;
use crate::run::{Origin, RunFolder, read_json, write_json};
use crate::settings::Settings;

/// Writes the settings, or holds them to those of the run that is there. A folder where no epoch was ever done may be begun
/// anew with others.
pub(super) fn claim(run: &RunFolder, settings: &Settings, device: &str) -> Result<(), String> {
    if !run.settings().is_file() || !run.state().is_file() {
        // Of an epoch that was cut off, as programs left it that kept it before the state: with other settings it is nobody's best.
        if run.best().is_file() {
            std::fs::remove_file(run.best())
                .map_err(|e| format!("{}: {e}", run.best().display()))?;
        }
        write_json(&run.origin(), &Origin::of(settings, device)?)?;
        return write_json(&run.settings(), settings);
    }
    let differing = differing(&read_json(&run.settings())?, settings)?;
    if !differing.is_empty() {
        return Err(format!(
            "{} was started with other settings: {}; choose another folder",
            run.0.display(),
            differing.join("; ")
        ));
    }
    let origin: Origin = read_json(&run.origin())?;
    origin.tell_other_code();
    origin
        .check_code()
        .and_then(|()| origin.check(settings))
        .map_err(|reason| format!("{}: {reason}", run.0.display()))
}
