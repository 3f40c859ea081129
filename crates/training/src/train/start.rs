//! The network that a run starts from: random, ImageNet's, or that of weights.

use burn::module::Module;
use burn::tensor::Device;
use lungsight_network::{Network, imagenet, read_network};

use crate::say::say;
use crate::settings::{Frozen, Settings};
use crate::split::Split;

/// As `settings` want it, without gradients.
///
/// # Errors
/// Names the weights that can't be read or are of another network, or the settings that do not go together.
pub(super) fn start(settings: &Settings, device: &Device) -> Result<Network, String> {
    device.seed(settings.seed);
    if let Some(folder) = &settings.start {
        let (manifest, network) = read_network(folder, device).map_err(|e| e.to_string())?;
        Split::of_weights(&settings.split, &manifest)?;
        let (found, asked) = (manifest.network_config(), settings.network_config());
        if found.feature_size() != asked.feature_size()
            || found.pyramid_width != asked.pyramid_width
        {
            return Err(format!(
                "{}: another network than is asked for",
                folder.display()
            ));
        }
        say(format_args!("starting from {}", manifest.title()));
        let network = if settings.trunk_only {
            settings.network_config().init(device).behind(network)
        } else {
            network
        };
        return Ok(network.valid());
    }
    let mut network = settings.network_config().init(device);
    if let Some(path) = &settings.imagenet {
        let imported = imagenet::import(&mut network, path).map_err(|e| e.to_string())?;
        say(format_args!(
            "{} tensors from {}; random: {}",
            imported.taken,
            path.display(),
            imported.missing.join(", ")
        ));
    } else if settings.frozen != Frozen::None {
        return Err(
            "--frozen keeps what --imagenet or --start gives; without them only none makes sense"
                .into(),
        );
    }
    Ok(network.valid())
}
