//! MixStyle (Zhou et al. 2021, arXiv 2104.02008): a slice takes on part of another's mean and spread in every channel of an
//! early stage. These hold the look of a scanner and of its reconstruction more than any disease.

use burn::tensor::module::adaptive_avg_pool2d;
use burn::tensor::{Tensor, TensorData};
use lungsight_imaging::INPUT_SIDE;
use rand::Rng;
use rand::seq::SliceRandom;

/// Keeps the spread of an empty channel from dividing by nothing.
const EPSILON: f32 = 1e-5;

/// Keeps lungs of no area from dividing by nothing.
const LEAST_AREA: f32 = 1e-3;

/// The share of lung in every place of a map of these inputs (`INPUT_SIDE²` grey levels each, 0 outside), where the map is.
///
/// # Shapes
/// `n` inputs, `[n, channels, h, w]` → `[n, 1, h, w]`, 0..=1
pub fn inside<'a>(inputs: impl ExactSizeIterator<Item = &'a [u8]>, map: &Tensor<4>) -> Tensor<4> {
    let [_, _, height, width] = map.dims();
    let shape = [inputs.len(), 1, INPUT_SIDE, INPUT_SIDE];
    let inside = inputs.flat_map(|input| input.iter().map(|&grey| f32::from(u8::from(grey > 0))));
    let inside = TensorData::new(inside.collect::<Vec<f32>>(), shape);
    adaptive_avg_pool2d(Tensor::from_data(inside, &map.device()), [height, width])
}

/// Mixes the styles of the lungs within the batch: mean and spread are those of what is `inside`, and what is outside, which no
/// scanner made, stays as it is.
///
/// # Shapes
/// `[batch, channels, h, w]`, `[batch, 1, h, w]` → as the first
pub fn mix(x: Tensor<4>, inside: Tensor<4>, rng: &mut impl Rng) -> Tensor<4> {
    let [batch, channels, height, width] = x.dims();
    let mut others: Vec<i64> = (0..batch as i64).collect();
    others.shuffle(rng);
    let own: Vec<f32> = (0..batch).map(|_| share(rng)).collect();
    let device = x.device();
    let others = Tensor::from_data(TensorData::new(others, [batch]), &device);
    let own = Tensor::<4>::from_data(TensorData::new(own, [batch, 1, 1, 1]), &device);

    let area: Tensor<3> = inside.clone().reshape([batch, 1, height * width]);
    let area = area.sum_dim(2).clamp_min(LEAST_AREA);
    let over_lungs = |values: Tensor<4>| -> Tensor<4> {
        let flat: Tensor<3> = (values * inside.clone()).reshape([batch, channels, height * width]);
        (flat.sum_dim(2) / area.clone()).reshape([batch, channels, 1, 1])
    };
    let mean = over_lungs(x.clone());
    let off = x.clone() - mean.clone();
    let spread = (over_lungs(off.clone() * off.clone()) + EPSILON).sqrt();
    let mixed = |of: &Tensor<4>| {
        let of_others = of.clone().select(0, others.clone());
        of.clone() * own.clone() + of_others * (own.clone().neg() + 1.0)
    };
    let restyled = off / spread.clone() * mixed(&spread) + mixed(&mean);
    x.clone() + (restyled - x) * inside
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
        let all = Tensor::<4>::ones([2, 1, 2, 2], &device);
        let after = mix(same.clone(), all.clone(), &mut StdRng::seed_from_u64(1));
        let off = (after - same).abs().max().into_scalar::<f32>();
        assert!(off < 1e-3, "{off}");

        let apart = Tensor::<4>::from_data([plane(0.0), plane(10.0)], &device);
        let mut moved = 0.0f32;
        for seed in 0..8 {
            let after = mix(apart.clone(), all.clone(), &mut StdRng::seed_from_u64(seed));
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
    fn what_is_outside_stays_and_has_no_say() {
        let device = lungsight_network::device::cpu().device;
        let plane = |level: f32, outside: f32| [[[level, level + 1.0], [level + 2.0, outside]]];
        let lungs = [[[1.0f32, 1.0], [1.0, 0.0]]];
        let lungs = Tensor::<4>::from_data([lungs, lungs], &device);
        let mixed = |outside: f32, seed: u64| -> Vec<f32> {
            let x = Tensor::<4>::from_data([plane(0.0, outside), plane(10.0, outside)], &device);
            let after = mix(x, lungs.clone(), &mut StdRng::seed_from_u64(seed));
            after.into_data().iter::<f32>().collect()
        };
        let mut moved = 0.0f32;
        for seed in 0..8 {
            let (near, far) = (mixed(5.0, seed), mixed(-80.0, seed));
            for (place, (near, far)) in near.into_iter().zip(far).enumerate() {
                if place % 4 == 3 {
                    assert!((near - 5.0).abs() < 1e-4 && (far + 80.0).abs() < 1e-4);
                } else {
                    assert!((near - far).abs() < 1e-3, "{near} {far}");
                    let before = (place % 4) as f32 + if place < 4 { 0.0 } else { 10.0 };
                    moved = moved.max((near - before).abs());
                }
            }
        }
        assert!(moved > 1.0, "{moved}");
    }

    #[test]
    fn a_maps_place_holds_the_share_of_lung_under_it() {
        let device = lungsight_network::device::cpu().device;
        // The left quarter of one input, nothing of the other.
        let quarter: Vec<u8> = (0..INPUT_SIDE * INPUT_SIDE)
            .map(|index| u8::from(index % INPUT_SIDE < INPUT_SIDE / 4))
            .collect();
        let empty = vec![0; INPUT_SIDE * INPUT_SIDE];
        let map = Tensor::<4>::zeros([2, 3, 2, 2], &device);
        let shares = inside([&*quarter, &*empty].into_iter(), &map);
        assert_eq!(shares.dims(), [2, 1, 2, 2]);
        let shares: Vec<f32> = shares.into_data().iter::<f32>().collect();
        let expected = [0.5, 0.0, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0];
        let pairs = shares.iter().zip(expected);
        assert!(
            pairs
                .map(|(share, expected)| share - expected)
                .all(|off| off.abs() < 1e-5),
            "{shares:?}"
        );
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
