//! Pages that never end, contradict each other, break off, are hostile or lead to other hosts: the session reports each
//! of these.

use credenza::engine::ops::integrations::sync::Report;
use credenza::model::integration::{PartResult, SyncResult, SyncSession};
use credenza::sandbox::Response;
use serde_json::json;

use super::stage::{Stage, options};

/// Runs one load of a provider in one sandbox mode with this many records, while an output file already exists.
fn run(mode: &str, provider: &str, load: &str, records: u64) -> (Stage, SyncSession) {
    let stage = Stage::new();
    stage.sandbox.script().records(records);
    let id = stage.integration(provider, &[load]);
    std::fs::create_dir_all(stage.out()).unwrap();
    std::fs::write(stage.out().join(format!("{load}.ndjson")), "before\n").unwrap();
    stage.mode(mode);
    let session = stage.sync(id);
    (stage, session)
}

fn said(session: &SyncSession) -> String {
    let said = session.first_problem().unwrap_or_else(|| panic!("{session:?}"));
    format!("{} {} {}", said.what, said.why, said.try_this)
}

#[test]
fn pages_that_repeat_or_go_in_a_circle_end_and_leave_the_file_as_it_was() {
    let circles = [
        ("page-repeats", "manageengine", "mdm-devices"),
        ("page-repeats", "manageengine", "sdp-assets"),
        ("page-repeats", "manageengine", "ec-computers"),
        ("page-repeats", "zoom", "users"),
        ("cursor-loops", "slack", "users"),
        ("cursor-loops", "microsoft-entra", "users"),
        ("cursor-loops", "okta", "users"),
        ("cursor-loops", "manageengine", "ec-computers"),
        ("empty-pages", "google-workspace", "users"),
        ("empty-pages", "microsoft-entra", "devices"),
    ];
    for (mode, provider, load) in circles {
        let (stage, session) = run(mode, provider, load, 1_000);
        assert_eq!(session.result, Some(SyncResult::Failed), "{mode} {provider}: {session:?}");
        let said = said(&session);
        let words = ["The pages repeat.", "The pages form a loop.", "The pages do not end."];
        assert!(words.iter().any(|words| said.contains(words)), "{mode} {provider}: {said}");
        assert_eq!(stage.text(&format!("{load}.ndjson")), "before\n", "{mode} {provider}");
        assert!(stage.calls() <= 250, "{mode} {provider}: {} calls", stage.calls());
        assert!(session.counts().records > 0 || mode == "empty-pages", "{mode} {provider}: what came is counted");
        stage.sandbox.script().clear();
        let id = session.integration;
        let mended = stage.sync(id);
        assert_eq!((mended.result, mended.parts[0].resumed), (Some(SyncResult::Completed), false), "{mode} {provider}");
        assert_eq!(mended.counts().records, 1_000, "{mode} {provider}");
    }
}

#[test]
fn a_next_page_elsewhere_is_never_asked_and_gets_no_token() {
    for (provider, load) in [("microsoft-entra", "users"), ("okta", "users"), ("github", "members")] {
        let (stage, session) = run("next-elsewhere", provider, load, 1_000);
        assert_eq!(session.parts[0].result, PartResult::Failed, "{session:?}");
        assert_eq!(session.first_problem().unwrap().kind, "refused", "{session:?}");
        assert!(said(&session).contains("evil.invalid"), "{}", said(&session));
        assert!(stage.sandbox.seen().iter().all(|seen| !seen.host.contains("evil")), "{provider}");
        assert_eq!(stage.text(&format!("{load}.ndjson")), "before\n");
    }
}

#[test]
fn pr_06_a_redirect_is_not_followed_and_names_its_target() {
    let (stage, session) = run("api-redirect", "manageengine", "mdm-devices", 10);
    assert!(said(&session).contains("evil.invalid"), "{}", said(&session));
    assert_eq!(stage.calls(), 1, "and not asked again");
}

#[test]
fn what_breaks_off_is_asked_for_again_and_then_told() {
    for (mode, words) in [("page-cut", "is not JSON, or is incomplete"), ("page-broken-off", "sent no usable response")]
    {
        let (stage, session) = run(mode, "manageengine", "ec-computers", 250);
        assert_eq!(session.result, Some(SyncResult::Failed), "{mode}");
        assert!(said(&session).contains(words), "{mode}: {}", said(&session));
        assert_eq!((stage.calls(), stage.text("ec-computers.ndjson").as_str()), (5, "before\n"), "{mode}");
    }
}

#[test]
fn pr_01_a_record_of_50_mb_is_not_read_and_not_asked_for_twice() {
    let (stage, session) = run("record-huge", "manageengine", "mdm-devices", 10);
    assert!(said(&session).contains("more than 8192 KiB"), "{}", said(&session));
    assert_eq!(stage.calls(), 1);
    assert_eq!(stage.text("mdm-devices.ndjson"), "before\n");
}

#[test]
fn pr_10_a_web_page_is_no_record() {
    let (_, session) = run("api-page", "manageengine", "mdm-devices", 10);
    assert!(said(&session).contains("the response is a web page instead of records"), "{}", said(&session));
}

#[test]
fn a_bad_moment_passes_and_a_wait_is_waited() {
    for mode in ["page-hiccup", "page-throttled"] {
        let stage = Stage::new();
        stage.sandbox.script().records(450);
        let id = stage.integration("manageengine", &["ec-computers"]);
        stage.mode(mode);
        let mut waits = 0;
        let session = stage.sync_watched(id, options(), |report, _| {
            waits += usize::from(matches!(report, Report::Waiting { seconds: 1, .. }));
        });
        let session = session.unwrap();
        assert_eq!((session.result, session.counts().records), (Some(SyncResult::Completed), 450), "{mode}");
        assert!(waits >= 1, "{mode}");
        assert_eq!(stage.records("ec-computers").len(), 450, "{mode}");
    }
}

#[test]
fn a_wait_that_is_too_long_is_left_to_the_next_run() {
    let stage = Stage::new();
    let id = stage.integration("manageengine", &["sdp-assets"]);
    let body = json!({ "response_status": { "status": "failed", "messages": [{ "status_code": 4015 }] } });
    stage.sandbox.script().call(Response::json(&body).with_status(429).header("retry-after", "3600"));
    let session = stage.sync(id);
    assert_eq!((session.first_problem().unwrap().kind.as_str(), stage.calls()), ("temporary", 1), "{session:?}");
    assert_eq!(stage.sync(id).result, Some(SyncResult::Completed));
}

#[test]
fn pr_05_a_deep_nesting_is_written_as_it_came() {
    let stage = Stage::new();
    let id = stage.integration("manageengine", &["mdm-devices"]);
    stage.mode("deep-nesting");
    let tested = stage.test(id);
    assert!(tested.passed(), "{:?}", tested.problem());
    let session = stage.sync(id);
    assert_eq!((session.result, session.counts().records), (Some(SyncResult::Completed), 2), "{session:?}");
    assert!(stage.text("mdm-devices.ndjson").len() > 200_000);
}

#[test]
fn pr_16_what_a_server_says_is_escaped_and_bounded() {
    let stage = Stage::new();
    let id = stage.integration("manageengine", &["ec-computers"]);
    let evil = format!("\u{1b}]52;c;x\u{7}\u{202e}{}", "x".repeat(1 << 20));
    let body = json!({ "error": { "message": evil } });
    stage.sandbox.script().call(Response::json(&body).with_status(400));
    let session = stage.sync(id);
    let text = serde_json::to_string(&session).unwrap();
    assert!(text.len() < 4_000 && !said(&session).chars().any(char::is_control), "{}", text.len());
    assert!(!text.contains("\\u001b") && !text.contains('\u{202e}'));
}

#[test]
fn a_total_that_lies_is_remarked_on_and_harms_nothing() {
    let (_, session) = run("total-lies", "manageengine", "ec-computers", 30);
    assert_eq!((session.result, session.counts().records), (Some(SyncResult::Completed), 30));
    assert_eq!(session.parts[0].remarks, ["The provider reported 300 records, but 30 were received."]);
}

#[test]
fn records_without_an_id_and_with_the_id_of_another_are_left_out_and_counted() {
    let (stage, session) = run("record-without-id", "manageengine", "ec-computers", 30);
    assert_eq!((session.result, session.counts().records), (Some(SyncResult::CompletedWithErrors), 29), "{session:?}");
    let error = &session.parts[0].errors[0];
    assert_eq!((error.page, error.place, error.why.as_str()), (1, 2, "It has no resource_id."));
    assert_eq!(stage.records("ec-computers").len(), 29);

    let (stage, session) = run("record-twice", "manageengine", "ec-computers", 30);
    assert_eq!((session.counts().records, session.counts().errors), (29, 1), "{session:?}");
    let error = &session.parts[0].errors[0];
    assert_eq!((error.place, error.id.as_str()), (2, "52549000000197007"), "{error:?}");
    assert!(error.why.contains("the first one is kept"));
    assert_eq!(stage.records("ec-computers").len(), 29);
}

#[test]
fn odd_bytes_cost_no_page_and_are_remarked_on_with_their_place() {
    let mut compressed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut compressed, br#"{"users":[{"id":"1"}]}"#).unwrap();
    let compressed = compressed.finish().unwrap();
    for (body, line, remark) in [
        (b"\xef\xbb\xbf{\"users\":[{\"id\":\"1\"}]}".to_vec(), r#"{"id":"1"}"#, None),
        (compressed, r#"{"id":"1"}"#, None),
        (
            b"{\"users\":[{\"id\":\"1\",\"name\":\"Jos\xe9\"}]}".to_vec(),
            "{\"id\":\"1\",\"name\":\"Jos\u{fffd}\"}",
            Some("Page 1: Byte 32 (0xe9) is not UTF-8"),
        ),
        (
            br#"{"users":[{"id":"1","x":NaN,"y":-Infinity}]}"#.to_vec(),
            r#"{"id":"1","x":null,"y":null}"#,
            Some("Page 1: NaN at byte 25 is not JSON (and 1 more)"),
        ),
        (br#"{"total":null}"#.to_vec(), "", Some("Page 1: The response has no list at users")),
    ] {
        let stage = Stage::new();
        let id = stage.integration("google-workspace", &["users"]);
        stage.sandbox.script().call(Response::status(200).header("content-type", "application/json").body(&body));
        let tested = stage.test(id);
        assert!(tested.passed(), "{:?}", tested.problem());
        assert_eq!(tested.loads[0].sample.as_ref().unwrap().notes.len(), usize::from(remark.is_some()));
        stage.sandbox.script().call(Response::status(200).header("content-type", "application/json").body(&body));
        let session = stage.sync(id);
        assert_eq!(session.result, Some(SyncResult::Completed), "{session:?}");
        assert_eq!(stage.text("users.ndjson").trim_end(), line);
        let remarks = &session.parts[0].remarks;
        assert_eq!(remarks.len(), usize::from(remark.is_some()), "{remarks:?}");
        assert!(remarks.first().is_none_or(|found| found.starts_with(remark.unwrap())), "{remarks:?}");
    }
}

#[test]
fn a_success_that_says_no_fails_in_the_server_s_words_and_a_401_in_it_is_one() {
    let stage = Stage::new();
    let id = stage.integration("manageengine", &["mdm-devices"]);
    stage.sandbox.script().records(3);
    stage.sync(id);
    let refused = json!({ "error": { "code": 401, "message": "Invalid Credentials" } });
    stage.sandbox.script().call(Response::json(&refused));
    let asked = stage.token_requests();
    assert_eq!(stage.sync(id).result, Some(SyncResult::Completed), "renewed, and asked again");
    assert_eq!(stage.token_requests(), asked + 1);
    for _ in 0..5 {
        stage
            .sandbox
            .script()
            .call(Response::json(&json!({ "errors": [{ "message": "Shard 7 is away" }], "devices": [] })));
    }
    let session = stage.sync(id);
    assert_eq!(session.result, Some(SyncResult::Failed));
    assert!(said(&session).contains("Shard 7 is away"), "{}", said(&session));
    assert_eq!(stage.records("mdm-devices").len(), 3);
}
