//! Files on their way in: an upload that is analysed when it is asked for, and the plain form.

use crate::common::{Form, UPLOADS, default_router, get, parsed, send, slice_png, start};
use axum::http::StatusCode;
use lungsight_app::analysis::{Analysis, SliceResult, Upload};

#[tokio::test]
async fn an_upload_is_analysed_once() {
    let router = default_router().await;
    let form = Form::default()
        .slice("a.png", &slice_png(1))
        .slice("b.png", b"")
        .text("grouping", "patient");
    let answer = send(&router, form.post(UPLOADS)).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    let upload: Upload = parsed(&answer);
    assert_eq!(upload.slices[0].error, None);
    assert_eq!(upload.slices[1].error.as_deref(), Some("the file is empty"));
    assert_eq!([0, 1].map(|at| upload.slices[at].status), [201, 422]);
    let begun = start(&router, &upload.id).await;
    assert_eq!(begun.status, StatusCode::ACCEPTED);
    let place = begun.header("location").to_owned();
    // The stream ends with the analysis.
    get(&router, &format!("{place}/events")).await;
    let analysis: Analysis = parsed(&get(&router, &place).await);
    assert!(analysis.finished && analysis.patient.is_some());
    assert!(matches!(&analysis.slices[1], SliceResult::Failed(failed) if failed.name == "b.png"));
    // Whoever has not heard the answer finds the same.
    let again = start(&router, &upload.id).await;
    assert_eq!(again.status, StatusCode::ACCEPTED);
    assert_eq!(again.header("location"), place);
    assert_eq!(parsed::<Analysis>(&again), analysis);
}

#[tokio::test]
async fn the_plain_form_leads_to_the_result_page() {
    let router = default_router().await;
    let answer = send(
        &router,
        Form::default()
            .slice("a.png", &slice_png(1))
            .post("/diagnosis"),
    )
    .await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let page = get(&router, answer.header("location")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.header("content-type").starts_with("text/html"));
}

#[tokio::test]
async fn the_plain_form_names_each_file_that_failed() {
    let router = default_router().await;
    let form = Form::default()
        .slice("<b>&'.png", b"text")
        .slice("empty.png", b"");
    let answer = send(&router, form.post("/diagnosis")).await;
    assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert!(answer.header("content-type").starts_with("text/html"));
    let page = answer.text();
    assert!(
        page.contains("&lt;b&gt;&amp;&#39;.png") && page.contains("empty.png"),
        "{page}"
    );
    assert!(!page.contains("<b>"));
    assert!(
        answer
            .header("content-security-policy")
            .contains("style-src 'self'")
    );
}
