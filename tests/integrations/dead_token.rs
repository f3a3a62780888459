//! An API refuses an access token that has not expired, or whose expiry is unknown: it is refreshed once, and never
//! handed out again.

use credenza::engine::ops::{token, token_by_name, verify};
use credenza::model::change::Change;
use credenza::model::credential::{Credential, CredentialId};
use credenza::problem::{Kind, Problem};
use credenza::sandbox::Response;
use serde_json::json;

use super::stage::Stage;

fn refusal() -> Response {
    Response::json(&json!({ "error_code": "COM0013", "error_description": "Unauthorized" })).with_status(401)
}

fn test(stage: &Stage, id: CredentialId) -> Result<verify::VerifyReport, Problem> {
    stage.runtime.block_on(verify::test(&stage.session, id, false, async |_| ()))
}

fn stored(stage: &Stage, id: CredentialId) -> Credential {
    stage.vault().snapshot().unwrap().credentials.by_id(id).unwrap().clone()
}

fn access(stage: &Stage, id: CredentialId) -> String {
    stored(stage, id).tokens.unwrap().access.expose().to_owned()
}

/// Changes the tokens of a credential.
fn altered(stage: &Stage, id: CredentialId, change: impl FnOnce(&mut credenza::model::credential::Tokens)) {
    let mut tokens = stored(stage, id).tokens.unwrap();
    change(&mut tokens);
    stage.vault().commit(Change::Refreshed { id, tokens: Box::new(tokens), spent: None }).unwrap();
}

#[test]
fn a_test_renews_a_refused_token_once_and_asks_again() {
    for end_is_known in [true, false] {
        let stage = Stage::new();
        let id = stage.credential("manageengine", "Zoho");
        if !end_is_known {
            altered(&stage, id, |tokens| tokens.expires_at = None);
        }
        let before = access(&stage, id);
        let asked = stage.token_requests();
        stage.sandbox.script().call(refusal());
        test(&stage, id).unwrap();
        assert_eq!((stage.token_requests() - asked, stage.calls()), (1, 2));
        assert_ne!(access(&stage, id), before);
        test(&stage, id).unwrap();
        assert_eq!(stage.token_requests() - asked, 1, "the new one is good");
    }
}

#[test]
fn a_new_token_that_is_refused_too_calls_a_person() {
    let stage = Stage::new();
    let id = stage.credential("manageengine", "Zoho");
    let asked = stage.token_requests();
    for _ in 0..2 {
        stage.sandbox.script().call(refusal());
    }
    let problem = test(&stage, id).unwrap_err();
    assert_eq!(problem.kind, Kind::NeedsAuthentication, "{problem}");
    assert_eq!((stage.token_requests() - asked, stage.calls()), (1, 2));
    assert!(stored(&stage, id).tokens.unwrap().refresh.is_some());
}

#[test]
fn what_no_refresh_can_help_costs_none() {
    let stage = Stage::new();
    let id = stage.credential("manageengine", "Zoho");
    let asked = stage.token_requests();
    let scope = json!({ "error_code": "COM0013", "error_description": "INVALID_OAUTHSCOPE" });
    for answer in
        [Response::json(&scope).with_status(401), Response::status(403), Response::status(404), Response::status(500)]
    {
        stage.sandbox.script().call(answer);
        test(&stage, id).unwrap_err();
    }
    let before = access(&stage, id);
    altered(&stage, id, |tokens| tokens.refresh = None);
    stage.sandbox.script().call(refusal());
    assert_eq!(test(&stage, id).unwrap_err().kind, Kind::NeedsAuthentication);
    assert_eq!((stage.token_requests() - asked, access(&stage, id)), (0, before), "there is no other token to be had");
}

#[test]
fn a_token_that_was_refreshed_for_the_call_is_not_refreshed_again() {
    let stage = Stage::new();
    let id = stage.credential("manageengine", "Zoho");
    let asked = stage.token_requests();
    stage.clock.set(stage.clock.now() + jiff::SignedDuration::from_hours(2));
    stage.sandbox.script().call(refusal());
    test(&stage, id).unwrap_err();
    assert_eq!(stage.token_requests() - asked, 1, "for the stored one had ended");

    let integration = stage.integration("manageengine", &["mdm-devices"]);
    stage.clock.set(stage.clock.now() + jiff::SignedDuration::from_hours(2));
    let asked = stage.token_requests();
    stage.sandbox.script().call(refusal());
    assert_eq!(stage.sync(integration).first_problem().unwrap().kind, "needs_authentication");
    assert_eq!(stage.token_requests() - asked, 1, "in a sync as well");
}

#[test]
fn a_refused_token_is_never_given_again_whatever_comes_of_the_refresh() {
    for of_integration in [false, true] {
        let stage = Stage::new();
        let integration = stage.integration("manageengine", &["mdm-devices"]);
        let id = stage.vault().snapshot().unwrap().credentials.list[0].id;
        let before = access(&stage, id);
        stage.sandbox.script().call(refusal());
        stage.sandbox.script().token(Response::status(503));
        if of_integration {
            assert!(!stage.test(integration).passed());
        } else {
            assert_eq!(test(&stage, id).unwrap_err().kind, Kind::Temporary);
        }
        let given = |request| token_by_name::find(&stage.session, &id.to_string(), request).unwrap().1.unwrap();
        assert_eq!(access(&stage, id), before, "the refresh did not bring another");
        assert!(given(token::Request::default()).is_none(), "of the integration: {of_integration}");
        let lenient = token::Request { min_ttl: jiff::SignedDuration::ZERO, ..token::Request::default() };
        assert!(given(lenient).is_none());
        let next = stage.runtime.block_on(token::access_token(&stage.session, id, lenient)).unwrap();
        assert_ne!(next.access.expose(), before);
    }
}

#[test]
fn a_success_that_says_no_is_no_success() {
    let stage = Stage::new();
    let id = stage.credential("google-workspace", "Google");
    for body in [
        json!({ "error": "token expired" }),
        json!({ "code": 401, "message": "invalid token" }),
        json!({ "data": null, "errors": [{ "message": "Not authenticated" }] }),
        json!({ "success": false }),
        json!({ "ok": false }),
        json!({ "status": "error", "message": "x" }),
        json!({ "message": "Unauthorized" }),
    ] {
        stage.sandbox.script().call(Response::json(&body));
        let problem = test(&stage, id).unwrap_err();
        assert_eq!(problem.kind, Kind::Temporary, "{body}: {problem}");
    }
    test(&stage, id).unwrap();
}
