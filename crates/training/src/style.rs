//! MixStyle (Zhou et al. 2021, arXiv 2104.02008): a slice takes on part of another's mean and spread in every channel of an
//! early stage. These hold the look of a scanner and of its reconstruction more than any disease.

use burn::tensor::{Tensor, TensorData};
use rand::Rng;
use rand::seq::SliceRandom;

/// Keeps the spread of an empty channel from dividing by nothing.
const EPSILON: f32 = 1e-5;

/// Mixes the styles within the batch.
///
/// # Shapes
/// `[batch, channels, h, w]` → the same
pub fn mix(x: Tensor<4>, rng: &mut impl Rng) -> Tensor<4> {
    let [batch, channels, height, width] = x.dims();
    let mut others: Vec<i64> = (0..batch as i64).collect();
    others.shuffle(rng);
    let own: Vec<f32> = (0..batch).map(|_| share(rng)).collect();
    let device = x.device();
    let others = Tensor::from_data(TensorData::new(others, [batch]), &device);
    let own = Tensor::<4>::from_data(TensorData::new(own, [batch, 1, 1, 1]), &device);

    let flat = x.clone().reshape([batch, channels, height * width]);
    let (variance, mean) = flat.var_mean(2);
    let mean = mean.reshape([batch, channels, 1, 1]);
    let spread = (variance.reshape([batch, channels, 1, 1]) + EPSILON).sqrt();
    let mixed = |of: &Tensor<4>| {
        let of_others = of.clone().select(0, others.clone());
        of.clone() * own.clone() + of_others * (own.clone().neg() + 1.0)
    };
    (x - mean.clone()) / spread.clone() * mixed(&spread) + mixed(&mean)
}

/// A slice's share in its own style: mostly near 0 or 1, drawn from Beta(0.1, 0.1).
fn share(rng: &mut impl Rng) -> f32 {
    // Jöhnk's method for small parameters (Devroye 1986, IX.3.5).
    loop {
        let (u, v) = (rng.random::<f64>().powi(10), rng.random::<f64>().powi(10));
        if u + v > 0.0 && u + v <= 1.0 {
            return (u / (u + v)) as f32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    #[test]
    fn a_batch_of_one_look_stays_as_it_is_and_others_mix() {
        let device = lungsight_network::device::cpu().device;
        let plane = |level: f32| [[[level, level + 1.0], [level + 2.0, level + 3.0]]];
        let same = Tensor::<4>::from_data([plane(0.0), plane(0.0)], &device);
        let after = mix(same.clone(), &mut StdRng::seed_from_u64(1));
        let off = (after - same).abs().max().into_scalar::<f32>();
        assert!(off < 1e-3, "{off}");

        let apart = Tensor::<4>::from_data([plane(0.0), plane(10.0)], &device);
        let mut moved = 0.0f32;
        for seed in 0..8 {
            let after = mix(apart.clone(), &mut StdRng::seed_from_u64(seed));
            let values: Vec<f32> = after.clone().into_data().iter::<f32>().collect();
            assert!(
                values.iter().all(|v| (-0.1..13.1).contains(v)),
                "{values:?}"
            );
            moved = moved.max((after - apart.clone()).abs().max().into_scalar::<f32>());
        }
        assert!(moved > 1.0, "{moved}");
    }

    #[test]
    fn shares_are_mostly_near_an_end() {
        let mut rng = StdRng::seed_from_u64(1);
        let shares: Vec<f32> = (0..1000).map(|_| share(&mut rng)).collect();
        assert!(shares.iter().all(|s| (0.0..=1.0).contains(s)));
        let near = shares.iter().filter(|s| **s < 0.1 || **s > 0.9).count();
        assert!(near > 600, "{near}");
    }
}
