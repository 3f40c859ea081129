//! The output of every convolution, for a slice that was analysed. The network runs once more for the first request.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use lungsight_app::analysis::{ErrorBody, LayerLink, Layers};

use lungsight_imaging::{
    NetworkInput, PhantomOptions, SegmentOptions, network_input, phantom, segment,
};

use lungsight_network::Layer;

use super::examples;
use super::pictures::find_slice;
use crate::error::Error;
use crate::inference::InferenceError;
use crate::layers::{DrawnLayer, LayerSet, draw};
use crate::metrics::Stage;
use crate::openapi::File;
use crate::state::AppState;
use crate::store::Database;

/// `GET …/slices/{n}/layers`
#[utoipa::path(
    get,
    path = "/api/v1/analyses/{id}/slices/{number}/layers",
    tag = "explanations",
    operation_id = "layers",
    summary = "The output of every convolution",
    params(
        ("id" = String, Path, description = "128 random bits as 32 hexadecimal digits"),
        ("number" = usize, Path, description = "The slice's place among the files, from 0"),
    ),
    responses(
        (status = 200, description = "Shapes, and links to pictures", body = Layers),
        (status = 404, description = "No such analysis or slice, or it has expired", body = ErrorBody),
        (status = 429, description = "The queue is full: see Retry-After", body = ErrorBody),
        (status = 503, description = "The network is not there: see Retry-After", body = ErrorBody),
        (status = 500, description = "The network failed", body = ErrorBody),
    )
)]
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
#[utoipa::path(
    get,
    path = "/api/v1/analyses/{id}/slices/{number}/layers/{file}",
    tag = "explanations",
    operation_id = "layer_picture",
    summary = "One convolution's channels as a grid",
    params(
        ("id" = String, Path, description = "128 random bits as 32 hexadecimal digits"),
        ("number" = usize, Path, description = "The slice's place among the files, from 0"),
        ("file" = String, Path, description = "The layer's name and .png"),
    ),
    responses(
        (status = 200, description = "8-bit grey", body = File, content_type = "image/png"),
        (status = 404, description = "No such analysis, slice or layer", body = ErrorBody),
        (status = 429, description = "The queue is full: see Retry-After", body = ErrorBody),
        (status = 503, description = "The network is not there: see Retry-After", body = ErrorBody),
        (status = 500, description = "The network failed", body = ErrorBody),
    )
)]
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
    let metrics = state.metrics().clone();
    let draw = move |layer: &Layer| metrics.time(Stage::Draw, || draw(layer));
    Ok(state
        .pictures()
        .run(move || layers.iter().map(draw).collect())
        .await?)
}
