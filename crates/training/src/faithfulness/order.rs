//! The order in which a map would have the lungs' pixels changed.

use lungsight_imaging::INPUT_SIDE;
use lungsight_network::grad_cam::{Heat, LevelMaps};
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use super::maps::{RANDOM, at_unit, kinds};

/// The lung pixels by every kind of map, and in random order.
pub(super) fn orders(
    pixels: &[u8],
    levels: &LevelMaps,
    rng: &mut StdRng,
) -> Vec<(String, Vec<usize>)> {
    let mut orders: Vec<(String, Vec<usize>)> = kinds(levels)
        .into_iter()
        .map(|(kind, heat)| (kind, hottest_first(pixels, &heat, rng)))
        .collect();
    let mut random = lung_pixels(pixels);
    random.shuffle(rng);
    orders.push((RANDOM.to_owned(), random));
    orders
}

fn lung_pixels(pixels: &[u8]) -> Vec<usize> {
    (0..pixels.len()).filter(|&i| pixels[i] > 0).collect()
}

/// Lung pixels, the hottest first, equally hot ones (most are cold) in random order.
fn hottest_first(pixels: &[u8], heat: &Heat, rng: &mut StdRng) -> Vec<usize> {
    let mut pixels = lung_pixels(pixels);
    pixels.shuffle(rng);
    let mut order: Vec<(f32, usize)> = pixels
        .into_iter()
        .map(|at| {
            let (x, y) = ((at % INPUT_SIDE) as f32, (at / INPUT_SIDE) as f32);
            (
                at_unit(
                    heat,
                    (x + 0.5) / INPUT_SIDE as f32,
                    (y + 0.5) / INPUT_SIDE as f32,
                ),
                at,
            )
        })
        .collect();
    order.sort_by(|a, b| b.0.total_cmp(&a.0));
    order.into_iter().map(|(_, at)| at).collect()
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn the_hottest_lung_pixels_come_first() {
        let mut pixels = vec![0; INPUT_SIDE * INPUT_SIDE];
        pixels[10] = 90;
        pixels[INPUT_SIDE * INPUT_SIDE - 1] = 90;
        let heat = Heat {
            width: 2,
            height: 2,
            values: vec![0.0, 0.0, 0.0, 1.0],
        };
        assert_eq!(
            hottest_first(&pixels, &heat, &mut StdRng::seed_from_u64(1)),
            [INPUT_SIDE * INPUT_SIDE - 1, 10]
        );
    }
}
