//! What the trainer computes on.

use std::process::ExitCode;

use lungsight_network::{DeviceChoice, device};

/// The device that was asked for.
///
/// # Errors
/// When a GPU was asked for and there is none.
pub fn choose(choice: DeviceChoice) -> Result<device::NamedDevice, String> {
    match choice {
        DeviceChoice::Cpu => Ok(device::cpu()),
        DeviceChoice::Gpu => device::gpu(),
        DeviceChoice::Auto => Ok(device::gpu().unwrap_or_else(|_| device::cpu())),
    }
}

/// Burn puts a resumed optimiser's state on its default device first, which may be wgpu, and a panic where there is no
/// GPU. Only the environment changes that default, and only before the program starts: so it is started once more.
pub fn restart_for_cpu(chosen: &device::NamedDevice) -> Result<Option<ExitCode>, String> {
    const VARIABLE: &str = "BURN_DEVICE";
    if chosen.device != device::cpu().device || std::env::var_os(VARIABLE).is_some() {
        return Ok(None);
    }
    let program = std::env::current_exe().map_err(|e| e.to_string())?;
    let mut again = std::process::Command::new(program);
    again
        .args(std::env::args_os().skip(1))
        .env(VARIABLE, device::CPU_ENGINE);
    // In this process's place where that can be had: whoever stops the trainer stops what trains.
    #[cfg(unix)]
    return Err(std::os::unix::process::CommandExt::exec(&mut again).to_string());
    #[cfg(not(unix))]
    {
        let status = again.status().map_err(|e| e.to_string())?;
        let code = status
            .code()
            .and_then(|code| u8::try_from(code).ok())
            .unwrap_or(1);
        Ok(Some(ExitCode::from(code)))
    }
}
