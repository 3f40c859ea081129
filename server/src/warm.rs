//! A slice that goes the whole way before the server says that it is ready: threads, caches and memory are then as the first
//! request finds them later.

use lungsight_imaging::{Finding, PhantomOptions, encode_png_grey, phantom};

use crate::prepare::prepare;
use crate::state::AppState;

/// How often: the first times are the slow ones.
const ROUNDS: u64 = 3;

/// Decodes, masks, classifies and draws a synthetic slice on every picture thread, a few times. Where it comes to nothing,
/// requests will say why.
pub async fn up(state: &AppState) {
    for round in 0..ROUNDS {
        let threads = state.pictures().threads();
        let slices: Vec<_> = (0..threads as u64)
            .map(|thread| {
                let state = state.clone();
                tokio::spawn(
                    async move { one_slice(&state, round * threads as u64 + thread).await },
                )
            })
            .collect();
        for slice in slices {
            // A panic is in the log.
            let done = slice.await;
            if !matches!(done, Ok(Some(()))) {
                tracing::warn!("the server could not be warmed with a synthetic slice");
                return;
            }
        }
    }
}

async fn one_slice(state: &AppState, seed: u64) -> Option<()> {
    let limits = state.config().requests.decoding();
    let prepared = state.pictures().run(move || {
        let options = PhantomOptions {
            seed,
            finding: Finding::GroundGlass,
            ..PhantomOptions::default()
        };
        let png = encode_png_grey(&phantom(&options).slice);
        prepare(&png, None, &limits).ok()
    });
    let prepared = prepared.await.ok()??;
    let answer = state.inference().classify(prepared.input.clone()).await;
    answer.ok()?.wait().await.ok()?;
    Some(())
}
