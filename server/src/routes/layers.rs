//! The output of every convolution, for a slice that was analysed. The network runs once more for the first request.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use lungsight_app::analysis::{LayerLink, Layers};

use lungsight_imaging::{
    NetworkInput, PhantomOptions, SegmentOptions, network_input, phantom, segment,
};

use super::examples;
use super::pictures::find_slice;
use crate::error::Error;
use crate::inference::InferenceError;
use crate::layers::{DrawnLayer, LayerSet, draw};
use crate::state::AppState;
use crate::store::Database;

/// `GET …/slices/{n}/layers`
pub async fn list(
    State(state): State<AppState>,
    Path((id, number)): Path<(String, String)>,
) -> Result<Json<Layers>, Error> {
    let set = drawn(&state, &id, &number).await?;
    let link = |layer: &DrawnLayer| LayerLink {
        name: layer.name.clone(),
        channels: layer.channels,
        shown: layer.shown,
        height: layer.height,
        width: layer.width,
        picture: format!(
            "/api/v1/analyses/{id}/slices/{number}/layers/{}.png",
            layer.name
        ),
    };
    Ok(Json(Layers {
        layers: set
            .get()
            .map(|layers| layers.iter().map(link).collect())
            .unwrap_or_default(),
    }))
}

/// `GET …/slices/{n}/layers/{name}.png`
pub async fn picture(
    State(state): State<AppState>,
    Path((id, number, file)): Path<(String, String, String)>,
) -> Result<Response, Error> {
    png(&drawn(&state, &id, &number).await?, &file)
}

/// `GET /examples/{name}/layers/{layer}.png`: of a synthetic slice, for the page that explains the network.
pub async fn of_example(
    State(state): State<AppState>,
    Path((name, file)): Path<(String, String)>,
) -> Result<Response, Error> {
    let options = examples::named(&name).ok_or(Error::Unknown("example"))?;
    let set = state.layers().set(&name, 0);
    set.get_or_try_init(|| async {
        let input = state.pictures().run(move || input_of(&options)).await?;
        draw_all(&state, input.ok_or(Error::Unknown("example"))?).await
    })
    .await?;
    let mut response = png(&set, &file)?;
    response.headers_mut().insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=3600"),
    );
    Ok(response)
}

fn input_of(options: &PhantomOptions) -> Option<Arc<NetworkInput>> {
    let slice = phantom(options).slice;
    let segmentation = segment(&slice, &SegmentOptions::default());
    network_input(&slice, segmentation.lungs().ok()?)
        .ok()
        .map(Arc::new)
}

fn png(set: &LayerSet, file: &str) -> Result<Response, Error> {
    let name = file.strip_suffix(".png").ok_or(Error::Unknown("layer"))?;
    let layer = set
        .get()
        .and_then(|layers| layers.iter().find(|layer| layer.name == name));
    let png = layer.ok_or(Error::Unknown("layer"))?.png.clone();
    Ok(([(header::CONTENT_TYPE, "image/png")], png).into_response())
}

/// The layers of a slice, computed unless they were asked for a moment ago.
async fn drawn(state: &AppState, id: &str, number: &str) -> Result<LayerSet, Error> {
    let slice = find_slice(state, id, number).await?;
    let number = number.parse().map_err(|_| Error::Unknown("slice"))?;
    let set = state.layers().set(id, number);
    set.get_or_try_init(|| async {
        match state.store().database() {
            Some(database) if !state.has_network() => by_another(database, id, number).await,
            _ => {
                let input = move || Ok::<_, Error>(slice.open()?.prepared.input.clone());
                draw_all(state, state.pictures().run(input).await??).await
            }
        }
    })
    .await?;
    Ok(set)
}

/// Has a server with a network draw them, and waits for it.
async fn by_another(
    database: &Database,
    id: &str,
    number: usize,
) -> Result<Vec<DrawnLayer>, Error> {
    /// Longer than a full queue of slices takes on a CPU.
    const LONGEST: Duration = Duration::from_secs(30);
    const AGAIN: Duration = Duration::from_millis(200);
    let asked = database.ask_layers(id, number).await?;
    let asked = asked.ok_or(Error::Unknown("slice"))?;
    let drawn = async {
        loop {
            if let Some(drawn) = database.take_layers(&asked).await? {
                return Ok::<_, Error>(drawn);
            }
            tokio::time::sleep(AGAIN).await;
        }
    };
    let drawn = tokio::time::timeout(LONGEST, drawn).await;
    let drawn = drawn.map_err(|_| Error::NoNetwork)??;
    if drawn.is_empty() {
        return Err(InferenceError::Failed.into());
    }
    Ok(drawn)
}

async fn draw_all(state: &AppState, input: Arc<NetworkInput>) -> Result<Vec<DrawnLayer>, Error> {
    if !state.has_network() {
        return Err(Error::NoNetwork);
    }
    let layers = state.inference().layers(input).await?;
    Ok(state
        .pictures()
        .run(move || layers.iter().map(draw).collect())
        .await?)
}
