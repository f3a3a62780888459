//! Error responses of the three products, by their rows in the list of facts (M, P, E): the right message and advice,
//! and no unnecessary token request.

use credenza::engine::ops::integrations::test::{LoadTestReport, Step};
use credenza::problem::{Kind, NextStep, Problem};
use credenza::sandbox::Response;
use serde_json::json;

use super::stage::{ALL, Stage};

/// Runs a Test Run of one load for which the API gives these responses.
fn asked(stage: &Stage, load: &str, answers: Vec<Response>) -> LoadTestReport {
    let id = stage.integration("manageengine", &[load]);
    stage.sandbox.forget_seen();
    for answer in answers {
        stage.sandbox.script().call(answer);
    }
    stage.test(id).loads.remove(0)
}

fn problem(tested: &LoadTestReport) -> &Problem {
    &tested.failed.as_ref().unwrap().2
}

fn mdm(status: u16, code: &str, description: &str) -> Response {
    Response::json(&json!({ "error_code": code, "error_description": description })).with_status(status)
}

fn sdp(status: u16, code: u32, message: &str) -> Response {
    let messages = json!([{ "status_code": code, "type": "failed", "message": message }]);
    let body = json!({ "response_status": { "status_code": 4000, "status": "failed", "messages": messages } });
    Response::json(&body).with_status(status)
}

/// P4 as documented: the code is outside of the messages.
fn p4() -> Response {
    let body = json!({ "response_status": {
        "status_code": 4022, "status": "failed", "messages": [{ "message": "Invalid API Key" }],
    } });
    Response::json(&body).with_status(401)
}

fn ec(status: u16, message: &str) -> Response {
    let error = json!({ "code": status, "requestURI": "/api/1.4/som/computers", "message": message });
    Response::json(&json!({ "error": error })).with_status(status)
}

#[test]
fn m1_p1_e1_records_come_with_their_total_and_exact_ids() {
    let stage = Stage::new();
    let id = stage.integration("manageengine", &ALL);
    let tested = stage.test(id);
    assert!(tested.passed());
    let [mdm, sdp, ec] = tested.loads.as_slice() else { panic!("three") };
    assert_eq!(mdm.sample.as_ref().unwrap().total, Some(2));
    assert_eq!(sdp.sample.as_ref().unwrap().count, 3);
    let sample = ec.sample.as_ref().unwrap();
    assert_eq!(sample.total, Some(3));
    let ids = sample.fields.iter().find(|field| field.path == "resource_id").unwrap();
    assert_eq!((ids.kind.as_str(), ids.values[0].as_str()), ("number", "52549000000197007"));
    let steps: Vec<Step> = ec.steps.iter().map(|(step, ..)| *step).collect();
    assert_eq!(steps, Step::ALL);
    assert_eq!(stage.token_requests(), 1, "the consent's own exchange: the stored token was good");
    let seen = stage.sandbox.seen();
    let typed = seen.iter().filter(|seen| seen.host.starts_with("endpointcentral"));
    assert!(typed.clone().count() == 1 && typed.clone().all(|seen| seen.query("pagelimit") == Some("10")));
}

#[test]
fn m2_p4_e4_a_token_that_is_not_taken_is_renewed_once_and_then_a_person_is_asked() {
    for (load, refusal) in [
        ("mdm-devices", mdm(401, "COM0013", "Unauthorized")),
        ("sdp-assets", p4()),
        ("sdp-assets", sdp(401, 4022, "Invalid API Key")),
        ("ec-computers", ec(401, "INVALID_OAUTHTOKEN")),
        ("ec-computers", ec(401, "AUTHENTICATION_FAILED")),
    ] {
        let stage = Stage::new();
        let tested = asked(&stage, load, vec![refusal.clone(), refusal]);
        let problem = problem(&tested);
        assert_eq!(
            (tested.failed.as_ref().unwrap().0, problem.kind),
            (Step::Call, Kind::NeedsAuthentication),
            "{load}"
        );
        assert_eq!((stage.token_requests(), stage.calls()), (1, 2), "{load}: one refresh, one more try");
        assert!(problem.try_this.contains("MFA"), "a likely cause: {}", problem.try_this);
        assert_eq!(problem.step.as_deref(), Some(&NextStep::Authenticate { name: "manageengine".to_owned() }));
    }
}

#[test]
fn m2_p4_e4_a_token_that_only_had_to_be_renewed_goes_on() {
    for (load, refusal) in [
        ("mdm-devices", mdm(401, "COM0013", "Unauthorized")),
        ("sdp-assets", p4()),
        ("ec-computers", ec(401, "INVALID_OAUTHTOKEN")),
    ] {
        let stage = Stage::new();
        let tested = asked(&stage, load, vec![refusal]);
        assert!(tested.failed.is_none(), "{load}: {:?}", tested.failed);
        assert_eq!(stage.token_requests(), 1, "{load}");
    }
}

#[test]
fn m3_m4_pages_are_asked_for_by_limit_and_offset_and_none_is_no_error() {
    let stage = Stage::new();
    stage.sandbox.script().records(0);
    let id = stage.integration("manageengine", &["mdm-devices"]);
    stage.sandbox.forget_seen();
    let tested = stage.test(id);
    assert!(tested.passed() && tested.loads[0].sample.as_ref().unwrap().count == 0);
    let session = stage.sync(id);
    assert_eq!((session.counts().records, session.error_count()), (0, 0), "{session:?}");
    assert_eq!(stage.text("mdm-devices.ndjson"), "");
    for seen in stage.sandbox.seen() {
        assert!(seen.query("page").is_none() && seen.query("size").is_none());
        assert!(seen.query("limit").is_some() && seen.query("offset").is_some());
    }
}

#[test]
fn p2_p6_the_media_type_is_sent_and_a_status_is_read_as_list_and_as_object() {
    let stage = Stage::new();
    let id = stage.integration("manageengine", &["sdp-assets"]);
    assert!(stage.test(id).passed(), "the sandbox wants the media type, and answers with a list of statuses");
    let one = json!({
        "response_status": { "status_code": 2000, "status": "success" },
        "list_info": { "has_more_rows": false },
        "assets": [{ "id": "216826000000001001" }],
    });
    stage.sandbox.script().call(Response::json(&one));
    assert_eq!(stage.test(id).loads[0].sample.as_ref().unwrap().count, 1);
}

#[test]
fn p3_p5_a_refusal_says_what_it_means_whatever_its_status() {
    let rows: [(Response, Kind, &str, bool); 6] = [
        (sdp(200, 4002, "Forbidden"), Kind::NeedsAuthentication, "scope", false),
        (sdp(403, 4002, "Forbidden"), Kind::NeedsAuthentication, "scope", false),
        (sdp(429, 4015, "Too many"), Kind::Temporary, "by the minute", false),
        (sdp(404, 4007, "Invalid URL"), Kind::NotFound, "named portal", true),
        (sdp(400, 7001, "License"), Kind::NotFound, "license", true),
        (sdp(400, 4012, "Mandatory"), Kind::Usage, "parameters", false),
    ];
    for (answer, kind, cure, not_available) in rows {
        let stage = Stage::new();
        let tested = asked(&stage, "sdp-assets", vec![answer]);
        let problem = problem(&tested);
        assert_eq!((problem.kind, tested.not_available), (kind, not_available), "{problem}");
        assert!(problem.try_this.contains(cure), "{cure}: {problem}");
        assert!(problem.why.starts_with("HTTP "), "in the provider's words: {problem}");
        assert_eq!(stage.token_requests(), 0, "no refresh helps: {problem}");
    }
}

#[test]
fn e3_e5_an_error_at_http_200_fails_and_a_missing_scope_is_named() {
    let stage = Stage::new();
    let body =
        json!({ "message_type": "computers", "message_version": "1.4", "status": "error", "message_response": {} });
    let text =
        Response::status(200).header("content-type", "text/plain;charset=UTF-8").body(body.to_string().as_bytes());
    let tested = asked(&stage, "ec-computers", vec![text]);
    assert!(problem(&tested).why.contains("status is not success"), "{}", problem(&tested));

    let stage = Stage::new();
    let tested = asked(&stage, "ec-computers", vec![ec(401, "INVALID_OAUTHSCOPE")]);
    let problem = problem(&tested);
    assert_eq!((problem.kind, stage.token_requests()), (Kind::NeedsAuthentication, 0), "{problem}");
    assert!(problem.what.contains("is not allowed to read this") && problem.try_this.contains("scope"), "{problem}");
}

#[test]
fn e5_a_scope_that_was_not_granted_is_named() {
    let stage = Stage::new();
    let id = stage.integration("manageengine", &["ec-computers"]);
    let credential = stage.vault().snapshot().unwrap().credentials.list[0].clone();
    let mut tokens = credential.tokens.clone().unwrap();
    tokens.scopes = Some(vec!["SDPOnDemand.assets.ALL".to_owned()]);
    let change =
        credenza::model::change::Change::Refreshed { id: credential.id, tokens: Box::new(tokens), spent: None };
    stage.vault().commit(change).unwrap();
    stage.sandbox.script().call(ec(401, "INVALID_OAUTHSCOPE"));
    let tested = stage.test(id);
    let problem = problem(&tested.loads[0]);
    assert!(problem.why.contains("DesktopCentralCloud.SOM.READ was not granted"), "{problem}");
}

#[test]
fn e6_one_product_that_is_not_subscribed_does_not_fail_the_others() {
    for (mode, missing) in [("not-subscribed-mdm", 0), ("not-subscribed-sdp", 1), ("not-subscribed-ec", 2)] {
        let stage = Stage::new();
        stage.mode(mode);
        let id = stage.integration("manageengine", &ALL);
        let tested = stage.test(id);
        assert!(tested.passed(), "{mode}: {:?}", tested.problem());
        let missing_ones: Vec<usize> = (0..3).filter(|place| tested.loads[*place].not_available).collect();
        assert_eq!(missing_ones, [missing], "{mode}");
        let session = stage.sync(id);
        assert_eq!(session.result.unwrap().word(), "Completed with errors", "{mode}");
        let done = session.parts.iter().filter(|part| part.file.is_some()).count();
        assert_eq!((done, session.parts[missing].file.is_some()), (2, false), "{mode}: {session:?}");
    }
}

#[test]
fn a_refusal_of_all_of_them_is_the_token_s() {
    let stage = Stage::new();
    let id = stage.integration("manageengine", &ALL);
    stage.sandbox.reject_access_tokens();
    let tested = stage.test(id);
    assert!(!tested.passed() && tested.loads.iter().all(|one| !one.not_available));
    assert_eq!(tested.problem().unwrap().kind, Kind::NeedsAuthentication);
    let credential = stage.vault().snapshot().unwrap().credentials.list[0].id;
    stage.sign_in_again(credential);
    assert!(stage.test(id).passed(), "the second factor was finished this time");
}

#[test]
fn a_test_without_a_credential_says_where_to_choose_one() {
    let stage = Stage::new();
    let id = stage.integration("manageengine", &["mdm-devices"]);
    stage.edit(id, |setup| setup.credential = None);
    let tested = stage.test(id);
    let (step, _, problem) = tested.loads[0].failed.as_ref().unwrap();
    assert_eq!((*step, problem.kind), (Step::Credential, Kind::NotFound), "{problem}");
    assert!(matches!(problem.step.as_deref(), Some(NextStep::ChooseCredential { .. })), "{problem:?}");
}
