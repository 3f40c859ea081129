//! The output of every convolution, for a slice that was analysed. The network runs once more for the first request.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use lungsight_app::analysis::{ErrorBody, LayerLink, Layers};
use lungsight_imaging::{NetworkInput, phantom};
use lungsight_network::Layer;

use super::pictures::{find_slice, opened};
use super::{examples, sent};
use crate::analyse::shared;
use crate::error::Error;
use crate::extract::Path;
use crate::form::ReadSlice;
use crate::layers::{DrawnLayer, LayerSet, draw};
use crate::metrics::Stage;
use crate::openapi::{File, OfSlice};
use crate::prepare::prepare_slice;
use crate::state::AppState;

/// `GET …/slices/{n}/layers`
#[utoipa::path(
    get,
    path = "/api/v1/analyses/{id}/slices/{number}/layers",
    tag = "explanations",
    operation_id = "layers",
    summary = "The output of every convolution",
    params(OfSlice),
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
        OfSlice,
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
    png(&state, &drawn(&state, &id, &number).await?, &file)
}

/// `GET /examples/{name}/layers/{layer}.png`: of a synthetic slice, for the page that explains the network.
pub async fn of_example(
    State(state): State<AppState>,
    Path((name, file)): Path<(String, String)>,
) -> Result<Response, Error> {
    let options = examples::named(&name).ok_or(Error::Unknown("example"))?;
    let set = state.layers().set(&name, 0);
    set.get_or_try_init(|| async {
        let work = move || prepare_slice(phantom(&options).slice);
        let prepared = state.pictures().run(work).await?.map_err(Error::Example)?;
        match state.store().database() {
            Some(database) if !state.has_network() => {
                let slice = ReadSlice {
                    name: name.clone(),
                    threshold: None,
                    position_mm: None,
                    result: Ok(Arc::new(prepared)),
                };
                shared::layers_of(&state, database, slice).await
            }
            _ => draw_all(&state, prepared.input).await,
        }
    })
    .await?;
    let mut response = png(&state, &set, &file)?;
    response.headers_mut().insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=3600"),
    );
    Ok(response)
}

fn png(state: &AppState, set: &LayerSet, file: &str) -> Result<Response, Error> {
    let name = file.strip_suffix(".png").ok_or(Error::Unknown("layer"))?;
    let layer = set
        .get()
        .and_then(|layers| layers.iter().find(|layer| layer.name == name));
    let png = layer.ok_or(Error::Unknown("layer"))?.png.clone();
    sent::png(state.answers(), png)
}

/// The layers of a slice, computed unless they were asked for a moment ago. A page asks for twenty pictures of them at once: the
/// slice is fetched for the first.
async fn drawn(state: &AppState, id: &str, number: &str) -> Result<LayerSet, Error> {
    if let Ok(number) = number.parse()
        && let Some(set) = state.layers().drawn(id, number)
        && state.store().has(id).await?
    {
        return Ok(set);
    }
    let slice = find_slice(state, id, number).await?;
    let number = number.parse().map_err(|_| Error::Unknown("slice"))?;
    let set = state.layers().set(id, number);
    set.get_or_try_init(|| async {
        match state.store().database() {
            Some(database) if !state.has_network() => shared::layers(database, id, number).await,
            _ => {
                let input = opened(state, slice, |slice| Ok(slice.prepared.input.clone()));
                draw_all(state, input.await?).await
            }
        }
    })
    .await?;
    Ok(set)
}

async fn draw_all(state: &AppState, input: Arc<NetworkInput>) -> Result<Vec<DrawnLayer>, Error> {
    if !state.has_network() {
        return Err(Error::NoNetwork);
    }
    let layers = state.inference().layers(input).await?;
    let metrics = state.metrics().clone();
    let draw = move |layer: &Layer| metrics.time(Stage::Draw, || draw(layer));
    Ok(state.pictures().run(move || layers.map(draw)).await?)
}
