//! What a sender says of slices: what it has left out, where they lie, what is odd about their series.

use lungsight_app::analysis::{Analysis, LeftOut, SliceResult, Upload};
use lungsight_series::Note;

use crate::common::{ANALYSES, Form, UPLOADS, default_router, get, parsed, send, slices, start};
use crate::error_of;

const LEFT_OUT: LeftOut = LeftOut {
    no_lungs: 100_000,
    unreadable: 1,
    passed_over: 0,
    by_hand: 7,
};

fn with_counts() -> Form {
    slices(2)
        .text("no_lungs", "100000")
        .text("unreadable", "0")
        .text("passed_over", "000")
        .text("by_hand", "7")
        // As of other fields, the last one counts.
        .text("unreadable", "1")
        .text("grouping", "patient")
}

#[tokio::test]
async fn what_was_left_out_is_told_with_the_result() {
    let router = default_router().await;
    let at_once = send(&router, with_counts().post(ANALYSES)).await;
    let upload: Upload = parsed(&send(&router, with_counts().post(UPLOADS)).await);
    let begun = start(&router, &upload.id).await;
    for answer in [at_once, begun] {
        let analysis: Analysis = parsed(&answer);
        assert_eq!(analysis.left_out, LEFT_OUT);
        let place = answer.header("location");
        // To its end.
        get(&router, &format!("{place}/events")).await;
        let whole = get(&router, place).await.json();
        let told = serde_json::json!({"no_lungs": 100_000, "unreadable": 1, "passed_over": 0, "by_hand": 7});
        assert_eq!(whole["left_out"], told);
        for (path, words) in [
            (
                "/diagnosis",
                "(left out: 100000 without lungs, 1 unreadable, 7 by hand)",
            ),
            (
                "/zh/diagnosis",
                "（已略去：100000 张不含肺，1 张无法读取，7 张手动略去）",
            ),
        ] {
            let page = get(&router, &format!("{path}/{}", analysis.id))
                .await
                .text();
            assert!(page.contains(words), "{page}");
        }
    }
    let nothing: Analysis = parsed(&send(&router, slices(1).post(ANALYSES)).await);
    assert!(nothing.left_out.is_none());
    let page = get(&router, &format!("/diagnosis/{}", nothing.id)).await;
    assert!(!page.text().contains("left out"), "{}", page.text());
}

#[tokio::test]
async fn what_is_no_number_of_slices_is_refused() {
    let router = default_router().await;
    for field in ["no_lungs", "unreadable", "passed_over", "by_hand"] {
        for bad in [
            "",
            " ",
            "-1",
            "+1",
            "1.5",
            "1e3",
            "NaN",
            "0x10",
            "٣",
            "100001",
            "18446744073709551616",
            "99999999999999999999999999999999999999999999999999999999999999999999999",
            "1\u{0}",
            "<script>alert(1)</script>",
            "Okonkwo^Amaranta",
        ] {
            for path in [ANALYSES, UPLOADS] {
                let request = slices(1).text(field, bad).post(path);
                let (status, error) = error_of(&router, request).await;
                assert_eq!(status, 400, "{field} {bad:?}: {error}");
                let expected = format!(
                    "'{field}' is no number of slices: expected a whole number from 0 to 100000"
                );
                assert_eq!(error, expected);
            }
        }
        // Longer than anything that is looked at, and a number as far as it is.
        let long = "0".repeat(1 << 20) + "7";
        let answer = send(&router, slices(1).text(field, &long).post(ANALYSES)).await;
        assert!(parsed::<Analysis>(&answer).left_out.is_none());
    }
}

#[tokio::test]
async fn notes_and_positions_come_back_with_the_result() {
    let router = default_router().await;
    let form = || {
        slices(1).text("position", "-143.5").text(
            "notes",
            r#"["lossy_compression",{"gap":{"after":3,"missing":2}}]"#,
        )
    };
    let at_once = send(&router, form().post(ANALYSES)).await;
    let upload: Upload = parsed(&send(&router, form().post(UPLOADS)).await);
    let begun = start(&router, &upload.id).await;
    for answer in [at_once, begun] {
        let place = answer.header("location");
        get(&router, &format!("{place}/events")).await;
        let analysis: Analysis = parsed(&get(&router, place).await);
        let gap = Note::Gap {
            after: 3,
            missing: 2,
        };
        assert_eq!(analysis.notes, [Note::LossyCompression, gap]);
        let SliceResult::Read(slice) = &analysis.slices[0] else {
            panic!("{analysis:?}");
        };
        assert_eq!(slice.position_mm, Some(-143.5));
    }
}

#[tokio::test]
async fn what_is_no_note_or_position_is_refused() {
    let router = default_router().await;
    let many = format!("[{}]", vec![r#""lossy_compression""#; 33].join(","));
    let long = format!("[{}]", " ".repeat(8192));
    for bad in [
        "",
        "{}",
        "lossy_compression",
        r#"["<script>alert(1)</script>"]"#,
        r#"[{"gap":{"after":3}}]"#,
        r#"[{"gap":{"after":3,"missing":100001}}]"#,
        r#"[{"several_patients":{"patients":-1}}]"#,
        &many,
        &long,
    ] {
        let request = slices(1).text("notes", bad).post(ANALYSES);
        let (status, error) = error_of(&router, request).await;
        assert_eq!(status, 400, "{bad}: {error}");
        assert!(error.starts_with("'notes' are a JSON array"), "{error}");
    }
    for bad in ["", "here", "NaN", "inf", "10000.1", "-1e9", "1,5"] {
        let request = slices(1).text("position", bad).post(ANALYSES);
        let (status, error) = error_of(&router, request).await;
        assert_eq!(status, 400, "{bad}: {error}");
        assert!(error.starts_with("a 'position' is"), "{error}");
    }
}
