//! The output of every convolution, for a slice that was analysed. The network runs once more for the first request.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use lungsight_app::analysis::{LayerLink, Layers};

use super::pictures::find_slice;
use crate::error::Error;
use crate::layers::{DrawnLayer, LayerSet, draw};
use crate::state::AppState;

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
    let name = file.strip_suffix(".png").ok_or(Error::Unknown("layer"))?;
    let set = drawn(&state, &id, &number).await?;
    let layer = set
        .get()
        .and_then(|layers| layers.iter().find(|layer| layer.name == name));
    let png = layer.ok_or(Error::Unknown("layer"))?.png.clone();
    Ok(([(header::CONTENT_TYPE, "image/png")], png).into_response())
}

/// The layers of a slice, computed unless they were asked for a moment ago.
async fn drawn(state: &AppState, id: &str, number: &str) -> Result<LayerSet, Error> {
    let (record, number) = find_slice(state, id, number)?;
    let slice = record.slices[number]
        .as_ref()
        .ok_or(Error::Unknown("slice"))?;
    let set = state.layers().set(id, number);
    set.get_or_try_init(|| async {
        let layers = state
            .inference()
            .layers(slice.prepared.input.clone())
            .await?;
        let drawn = state
            .pictures()
            .run(move || layers.iter().map(draw).collect())
            .await?;
        Ok::<_, Error>(drawn)
    })
    .await?;
    Ok(set)
}
