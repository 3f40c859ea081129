//! The network in a reader's words: what comes after what, how large, with how many parameters.

use super::NetworkConfig;
use super::backbone::STAGE_CHANNELS;
use super::pyramid::LEVELS;

/// One part of the network, in the order of computation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Which one.
    pub kind: PartKind,
    /// Feature maps that it gives.
    pub channels: usize,
    /// Rows and columns of each.
    pub side: usize,
    /// Convolutions in it, projections of shortcuts included.
    pub convolutions: usize,
    /// Learned numbers in it.
    pub parameters: usize,
}

/// The parts of a network of this family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartKind {
    /// The prepared slice.
    Input,
    /// The 7×7 convolution and the pooling.
    Stem,
    /// Residual stage 1–4.
    Stage(u8),
    /// The pyramid's level over stage 2–4.
    Level(u8),
    /// Pooling and the linear layer.
    Head,
}

impl NetworkConfig {
    /// All parts, for an input of `side`² pixels.
    pub fn parts(&self, side: usize) -> Vec<Part> {
        let batch_norm = |channels: usize| 2 * channels;
        let part = |kind, channels, side, convolutions, parameters| Part {
            kind,
            channels,
            side,
            convolutions,
            parameters,
        };
        let stem = STAGE_CHANNELS[0];
        let mut parts = vec![
            part(PartKind::Input, 1, side, 0, 0),
            part(
                PartKind::Stem,
                stem,
                side / 4,
                1,
                7 * 7 * stem + batch_norm(stem),
            ),
        ];
        let mut before = stem;
        for (stage, channels) in (1..).zip(STAGE_CHANNELS) {
            let blocks = 9 * before * channels + 3 * 9 * channels * channels;
            let norms = 4 * batch_norm(channels);
            let (projections, projection) = if stage == 1 {
                (0, 0)
            } else {
                (1, before * channels + batch_norm(channels))
            };
            parts.push(part(
                PartKind::Stage(stage),
                channels,
                side >> (stage + 1),
                4 + projections,
                blocks + norms + projection,
            ));
            before = channels;
        }
        let width = self.pyramid_width;
        for level in (2..2 + LEVELS as u8).rev() {
            let channels = STAGE_CHANNELS[level as usize - 1];
            parts.push(part(
                PartKind::Level(level),
                width,
                side >> (level + 1),
                1,
                channels * width + width,
            ));
        }
        let (features, classes) = self.feature_size();
        parts.push(part(
            PartKind::Head,
            classes,
            1,
            0,
            features * classes + classes,
        ));
        parts
    }
}

#[cfg(test)]
mod tests {
    use burn::module::Module;
    use burn::tensor::Tensor;

    use super::*;

    #[test]
    fn parts_have_the_network_s_shapes_convolutions_and_parameters() {
        let device = crate::device::cpu().device;
        let config = NetworkConfig::new().with_pyramid_width(32);
        let network = config.init(&device).valid();
        let parts = config.parts(64);
        let parameters: usize = parts.iter().map(|part| part.parameters).sum();
        // Burn counts the running statistics of the five batch norms per stage (the stem's with the first) too.
        let statistics = 2 * 5 * STAGE_CHANNELS.iter().sum::<usize>();
        assert_eq!(parameters, network.num_params() - statistics);

        let mut convolutions = 0;
        let x = Tensor::zeros([1, 1, 64, 64], &device);
        let features = network.forward_observed(x, &mut |_, _| convolutions += 1);
        let stated: usize = parts.iter().map(|part| part.convolutions).sum();
        assert_eq!(stated, convolutions);
        for (index, level) in features.levels.iter().enumerate() {
            let kind = PartKind::Level(index as u8 + 2);
            let part = parts.iter().find(|part| part.kind == kind).expect("stated");
            assert_eq!(level.dims(), [1, part.channels, part.side, part.side]);
        }
    }
}
