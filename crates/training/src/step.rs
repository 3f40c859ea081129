//! One step of training: logits → loss → gradients → two learning rates.

use burn::module::{Module, ModuleVisitor, Param, ParamId};
use burn::optim::{AdamWConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::{DType, Device, Tensor};
use lungsight_network::Network;
use lungsight_network::input::to_tensor;
use lungsight_network::model::{ConvolutionName, Observer};
use rand::Rng;
use rand::rngs::StdRng;

use crate::loss::{Target, cross_entropy, disagreement, naming};
use crate::places::{Known, Learner};
use crate::settings::{Frozen, Precision, Settings};
use crate::sights::Sight;
use crate::style;
use crate::teachers::Teachers;

/// What AdamW adds to the root of the second moment. Burn's own value, stated here so that it stays: a thousand times PyTorch's,
/// it makes the steps of numbers with tiny gradients smaller.
pub(crate) const EPSILON: f32 = 1e-5;

/// AdamW, at its start.
pub(crate) fn optimiser(settings: &Settings) -> ModuleOptimizer {
    AdamWConfig::new()
        .with_weight_decay(settings.weight_decay)
        .with_epsilon(EPSILON)
        .init()
}

/// What every step of a run has in common.
pub(crate) struct Method<'a> {
    settings: &'a Settings,
    device: Device,
    /// The network as it starts: its frozen part is used as it is.
    unchanging: Network,
    teachers: Teachers,
    pub from_imagenet: Vec<ParamId>,
}

impl<'a> Method<'a> {
    /// `network`: as it goes on learning, whose parameters' identities those of a resumed run are.
    pub fn new(
        network: &Network,
        unchanging: Network,
        teachers: Teachers,
        settings: &'a Settings,
        device: &Device,
    ) -> Self {
        let mut backbone = Backbone::default();
        network.visit(&mut backbone);
        Self {
            settings,
            device: device.clone(),
            unchanging,
            teachers,
            from_imagenet: backbone.parameters,
        }
    }

    /// One step on one batch; `rate`: share of the highest learning rates. Returns the loss before it.
    pub fn step(
        &self,
        mut learner: Learner,
        optimiser: &mut ModuleOptimizer,
        sights: &[Sight],
        side: usize,
        rate: f64,
        rng: &mut StdRng,
    ) -> (Learner, f64) {
        let settings = self.settings;
        let inputs = sights.iter().map(|sight| sight.input.as_slice());
        let x = to_tensor(inputs, settings.normalisation(), side, &self.device);
        let x = match settings.precision {
            Precision::Full => x,
            Precision::Bfloat16 => x.cast(DType::BF16),
        };
        let unseen = &mut |_: ConvolutionName, _: &Tensor<4>| {};
        let stage1 = stage1(
            &learner.network,
            &self.unchanging,
            x,
            settings.frozen,
            unseen,
        );
        let stage1 = if rng.random_bool(settings.mix_style) {
            let precision = stage1.dtype();
            let inputs = sights.iter().map(|sight| sight.input.as_slice());
            let inside = style::inside(inputs, &stage1);
            style::mix(stage1.cast(DType::F32), inside, rng).cast(precision)
        } else {
            stage1
        };
        let features = learner.network.forward_after_stage1(stage1, &mut |_, _| {});
        let targets: Vec<Target> = sights.iter().map(|sight| sight.target).collect();
        let loss = cross_entropy(features.logits.clone(), &targets, settings.label_smoothing);
        // The teachers see the sights unmixed.
        let opinion = (settings.teach_share > 0.0)
            .then(|| self.teachers.opinion(sights, &self.device))
            .flatten();
        let loss = match opinion {
            None => loss,
            Some(opinion) => {
                let opinion = opinion.autodiff();
                let taught = if settings.bound_teachers {
                    let taught =
                        disagreement(features.logits.clone(), opinion, &vec![false; sights.len()]);
                    taught + naming(features.logits, &targets)
                } else {
                    disagreement(features.logits, opinion, &vec![true; sights.len()])
                };
                let share = settings.teach_share;
                loss.mul_scalar(1.0 - share) + taught.mul_scalar(share)
            }
        };
        let [finest, ..] = features.levels;
        let loss = match learner.places_loss(finest, &Known::of(sights)) {
            None => loss,
            Some(places) => loss + places.mul_scalar(settings.locate),
        };
        let value = f64::from(loss.clone().into_scalar::<f32>());
        let mut gradients = loss.backward();
        let pretrained =
            GradientsParams::from_params(&mut gradients, &learner, &self.from_imagenet);
        learner = optimiser.step(settings.backbone_learning_rate * rate, learner, pretrained);
        let rest = GradientsParams::from_grads(gradients, &learner);
        (
            optimiser.step(settings.learning_rate * rate, learner, rest),
            value,
        )
    }
}

/// The parameters of the stem and stages 1–3, which come from ImageNet.
#[derive(Default)]
struct Backbone {
    parameters: Vec<ParamId>,
    path: Vec<String>,
}

impl ModuleVisitor for Backbone {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        let within = |name: &str| self.path.iter().any(|part| part == name);
        if within("backbone") && !within("layer4") {
            self.parameters.push(parameter.id);
        }
    }
}

/// The learner's stage 1; what is frozen runs in `unchanging`, where no gradient is followed. `observe` is told of what learns.
pub(crate) fn stage1(
    learner: &Network,
    unchanging: &Network,
    x: Tensor<4>,
    frozen: Frozen,
    observe: &mut Observer,
) -> Tensor<4> {
    let unseen = &mut |_: ConvolutionName, _: &Tensor<4>| {};
    let (learning, still) = (&learner.backbone, &unchanging.backbone);
    match frozen {
        Frozen::None => learning.stage(1, learning.stem(x.autodiff(), observe), observe),
        Frozen::Stem => learning.stage(1, still.stem(x, unseen).autodiff(), observe),
        Frozen::Stage1 => still.stage(1, still.stem(x, unseen), unseen).autodiff(),
    }
}
