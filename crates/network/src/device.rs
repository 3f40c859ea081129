//! Which device computes: a real GPU through wgpu, CUDA or LibTorch, or the CPU through Flex or LibTorch.
//!
//! What is there is decided when the crate is built (features `wgpu`, `cuda`, `libtorch`); the server has wgpu and Flex:
//! on the CPU it classifies with `CpuNetwork`, and Flex only draws the layers.

use std::fmt;
use std::str::FromStr;

use burn::tensor::Device;

/// What the user asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeviceChoice {
    /// A real GPU where there is one that passes the self-test, else the CPU.
    #[default]
    Auto,
    /// A real GPU or nothing.
    Gpu,
    /// The CPU.
    Cpu,
}

impl FromStr for DeviceChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "gpu" => Ok(Self::Gpu),
            "cpu" => Ok(Self::Cpu),
            other => Err(format!("{other:?} is none of auto, gpu, cpu")),
        }
    }
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Auto => "auto",
            Self::Gpu => "gpu",
            Self::Cpu => "cpu",
        })
    }
}

/// A device and what to call it.
#[derive(Debug, Clone)]
pub struct NamedDevice {
    /// Burn's handle.
    pub device: Device,
    /// Such as `cpu: Flex` or `gpu: NVIDIA GeForce RTX 3080`.
    pub name: String,
}

/// What `BURN_DEVICE` calls the CPU's engine.
pub const CPU_ENGINE: &str = if cfg!(feature = "libtorch") {
    "tch"
} else {
    "flex"
};

/// The CPU, through PyTorch's library.
///
/// Burn 0.22 says it will drop LibTorch one day; today nothing else it has trains on a CPU in bearable time.
#[cfg(feature = "libtorch")]
#[expect(deprecated, reason = "several times as fast as Flex and burn-cpu")]
pub fn cpu() -> NamedDevice {
    NamedDevice {
        device: Device::libtorch(),
        name: "cpu: LibTorch".into(),
    }
}

/// The CPU, through Flex.
#[cfg(not(feature = "libtorch"))]
pub fn cpu() -> NamedDevice {
    NamedDevice {
        device: Device::flex(),
        name: "cpu: Flex".into(),
    }
}

/// The first real GPU, discrete ones before integrated ones.
///
/// # Errors
/// A sentence that says why there is none. Software rasterisers do not count: they report no physical card.
#[cfg(any(feature = "wgpu", feature = "cuda"))]
pub fn gpu() -> Result<NamedDevice, String> {
    use burn::tensor::DeviceType;

    #[cfg(feature = "cuda")]
    let kind = DeviceType::Cuda;
    #[cfg(not(feature = "cuda"))]
    let kind = DeviceType::Wgpu;
    let found = std::panic::catch_unwind(|| {
        let mut cards: Vec<(bool, NamedDevice)> = Vec::new();
        let mut software = Vec::new();
        for device in Device::enumerate(kind) {
            let Some(identity) = device.identity() else {
                continue;
            };
            let integrated = format!("{device:?}").contains("Integrated");
            if identity.physical.is_some() && !is_software(&identity.name) {
                let name = format!("gpu: {}", identity.name);
                cards.push((integrated, NamedDevice { device, name }));
            } else {
                software.push(identity.name);
            }
        }
        cards.sort_by_key(|(integrated, _)| *integrated);
        (cards.into_iter().next().map(|(_, card)| card), software)
    });
    let api = if cfg!(feature = "cuda") {
        "CUDA"
    } else {
        "wgpu"
    };
    match found {
        Ok((Some(card), _)) => Ok(card),
        Ok((None, software)) if software.is_empty() => Err(format!("{api} finds no adapter")),
        Ok((None, software)) => Err(format!(
            "{api} finds software adapters only ({})",
            software.join(", ")
        )),
        Err(_) => Err(format!("{api} could not list its adapters")),
    }
}

/// The first NVIDIA card, through PyTorch's library.
///
/// # Errors
/// Where there is none, or the library is built for the CPU alone.
#[cfg(all(feature = "libtorch", not(any(feature = "wgpu", feature = "cuda"))))]
pub fn gpu() -> Result<NamedDevice, String> {
    let cards = Device::enumerate(burn::tensor::DeviceType::LibTorch);
    let device = cards.into_iter().next();
    let device = device.ok_or("LibTorch finds no CUDA device")?;
    Ok(NamedDevice {
        device,
        name: "gpu: LibTorch on CUDA".into(),
    })
}

/// No GPU: built without one.
///
/// # Errors
/// Always.
#[cfg(not(any(feature = "wgpu", feature = "cuda", feature = "libtorch")))]
pub fn gpu() -> Result<NamedDevice, String> {
    Err("built without wgpu and CUDA".into())
}

/// Names under which software Vulkan and Direct3D are known, should one ever claim to be a card.
#[cfg(any(test, feature = "wgpu", feature = "cuda"))]
fn is_software(name: &str) -> bool {
    let name = name.to_lowercase();
    ["llvmpipe", "lavapipe", "swiftshader", "basic render"]
        .iter()
        .any(|software| name.contains(software))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_are_read_as_they_are_written() {
        for choice in [DeviceChoice::Auto, DeviceChoice::Gpu, DeviceChoice::Cpu] {
            assert_eq!(choice.to_string().parse(), Ok(choice));
        }
        assert!("cuda".parse::<DeviceChoice>().is_err());
    }

    #[test]
    fn software_adapters_are_never_taken_for_a_gpu() {
        if let Ok(card) = gpu() {
            assert!(!is_software(&card.name), "{}", card.name);
        }
        assert!(is_software("llvmpipe (LLVM 15.0.6, 256 bits)"));
        assert!(is_software("SwiftShader Device (Subzero)"));
        assert!(!is_software("NVIDIA GeForce RTX 3080"));
    }
}
