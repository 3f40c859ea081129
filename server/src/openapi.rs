//! The API as an OpenAPI document: each handler describes itself, its types themselves; here is what they have in common.

use std::sync::LazyLock;

use axum::body::Bytes;
use lungsight_app::analysis::{Grouping, SliceSeen, schema};
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, ResponseBuilder, Schema};
use utoipa::{IntoParams, Modify, OpenApi, PartialSchema, ToSchema};

use crate::routes::{
    analyses, dicom, events, health, layers, pictures, region, report, series, table, uploads,
};

/// The document as it is sent.
pub static JSON: LazyLock<Bytes> = LazyLock::new(|| {
    let document = Document::openapi().to_json();
    document.expect("the document is data").into()
});

/// Everything under `/api/v1`, and `/health`.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Lungsight",
        description = "Chest CT slices in, classes, heatmaps and a report out. A research tool: it is no medical device and \
            must not be used to diagnose or treat anybody."
    ),
    paths(
        analyses::create,
        analyses::show,
        events::show,
        table::show,
        dicom::show,
        report::show,
        pictures::slice,
        pictures::mask,
        pictures::heatmap,
        region::show,
        region::picture,
        layers::list,
        layers::picture,
        series::create,
        uploads::create,
        uploads::analyse,
        health::live,
        health::ready,
    ),
    tags(
        (name = "analyses", description = "Slices in one request"),
        (name = "uploads", description = "Slices now, their analysis later"),
        (name = "explanations", description = "What a slice's class was told from"),
        (name = "health", description = "For balancers"),
    ),
    // None where the server asks for none.
    security((), ("token" = [])),
    modifiers(&Common)
)]
pub struct Document;

/// The bytes of a picture, a table, a report or a series.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "only its schema is used")]
pub struct File(Vec<u8>);

/// An event of a stream (HTML Standard, section 9.2).
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
pub struct ToldEvent {
    /// `slice`, `end` or `error`.
    event: String,
    /// As JSON: a SliceSeen with `slice`, the Analysis with `end`, an ErrorBody with `error`.
    data: String,
}

/// A class in a query.
pub struct ClassName;

impl PartialSchema for ClassName {
    fn schema() -> RefOr<Schema> {
        schema::class().into()
    }
}

impl ToSchema for ClassName {}

/// An analysis or an upload, in an address.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "only its description is used, as of those below")]
pub struct OfAnalysis {
    /// 128 random bits as 32 hexadecimal digits
    id: String,
}

/// A slice of an analysis, in an address.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "see above")]
pub struct OfSlice {
    /// 128 random bits as 32 hexadecimal digits
    id: String,
    /// The slice's place among the files, from 0
    number: usize,
}

/// A region of a slice, in a query.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "see above")]
pub struct OfRegion {
    /// Left edge in pixels of the slice
    x: u32,
    /// Upper edge
    y: u32,
    /// Pixels
    width: u32,
    /// Pixels
    height: u32,
}

/// Slices, each with its mask behind it where the sender has one.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
pub struct UploadForm {
    /// A PNG, JPEG, BMP or TIFF; sent once for each slice.
    #[schema(min_items = 1)]
    slice: Vec<File>,
    /// The lungs of the slice before it, as a 1-bit PNG of its size. Without one the server finds them.
    #[schema(nullable = false)]
    mask: Option<Vec<File>>,
    /// The threshold that was set by hand for the mask before it; the result repeats it.
    #[schema(nullable = false)]
    threshold: Option<Vec<u8>>,
    /// Where the slice before it lies in its series, in mm towards the head, -10000 to 10000; the result repeats it. The slice must
    /// be turned as radiologists look at it, the patient's front up and the right side to the left: the result's viewer marks them.
    #[schema(nullable = false)]
    position: Option<Vec<f32>>,
    #[schema(nullable = false)]
    grouping: Option<Grouping>,
    /// Slices that are not sent because they show no lungs; the result repeats it.
    #[schema(nullable = false, maximum = 100_000)]
    no_lungs: Option<usize>,
    /// Slices that are not sent because the sender could not read them.
    #[schema(nullable = false, maximum = 100_000)]
    unreadable: Option<usize>,
    /// Slices that are not sent because every second, third, … is enough.
    #[schema(nullable = false, maximum = 100_000)]
    passed_over: Option<usize>,
    /// Slices that are not sent because the sender chose so.
    #[schema(nullable = false, maximum = 100_000)]
    by_hand: Option<usize>,
    /// What is odd about the series that the slices are of: the JSON of what an analysis has in `notes`, which repeats it.
    #[schema(nullable = false, content_media_type = "application/json")]
    notes: Option<String>,
}

/// What every operation has: how one comes in, and what one is told who does not.
struct Common;

impl Modify for Common {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let token = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("A line of the file that --tokens names"))
            .build();
        let components = document.components.get_or_insert_default();
        // Told in events, as text.
        let seen = (SliceSeen::name().into_owned(), SliceSeen::schema());
        components.schemas.extend([seen]);
        components.add_security_scheme("token", SecurityScheme::Http(token));
        for (path, item) in &mut document.paths.paths {
            let asks_for_work = item.post.is_some();
            let operations = [item.get.as_mut(), item.post.as_mut()];
            for operation in operations.into_iter().flatten() {
                if path.starts_with("/api/") {
                    refusals(operation, asks_for_work);
                } else {
                    operation.security = Some(Vec::new());
                }
            }
        }
    }
}

/// What is wrong with a form or a file, as a whole or with all its files.
const OF_FORMS: [(&str, &str); 6] = [
    (
        "400",
        "The form is malformed or holds no slice, or the body no file",
    ),
    ("408", "The files did not arrive in time"),
    ("413", "More bytes, files or pixels than allowed"),
    (
        "415",
        "No form, a compressed body, or no file of a kind that is read",
    ),
    ("422", "No file is of use"),
    ("500", "The network failed"),
];

fn refusals(operation: &mut Operation, asks_for_work: bool) {
    let mut refused = vec![
        (
            "401",
            "A token is asked for, and none or an unknown one was given",
        ),
        (
            "403",
            "The token is for other things, or another site's page asks",
        ),
    ];
    if operation.request_body.is_some() {
        refused.extend(OF_FORMS);
    }
    if asks_for_work {
        refused.push((
            "429",
            "The queue is full, or the client asks too often: see Retry-After",
        ));
        refused.push((
            "503",
            "Not ready, stopping, or out of memory for uploads: see Retry-After",
        ));
        refused.push(("507", "The database has no room: see Retry-After"));
    }
    refused.push((
        "503",
        "Out of memory for answers, or the database does not answer: see Retry-After",
    ));
    for (status, description) in refused {
        let body = ContentBuilder::new()
            .schema(Some(Ref::from_schema_name("ErrorBody")))
            .build();
        let response = ResponseBuilder::new()
            .description(description)
            .content("application/json", body)
            .build();
        let responses = &mut operation.responses.responses;
        responses
            .entry(status.to_owned())
            .or_insert(RefOr::T(response));
    }
}
