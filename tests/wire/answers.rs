//! What a token response may contain: rows PR-04, 05, 10 to 14 and 16; CR-14 and CR-19.

use credenza::catalog::{ErrorClass, ErrorRule, OAuthProfile};
use credenza::model::credential::Tokens;
use credenza::oauth::token::{TokenError, type_note};
use credenza::problem::Kind;
use jiff::SignedDuration;

use super::fake::{Fake, OLD_ACCESS, OLD_REFRESH, exchange, json, now, refresh, reply, shown};

pub(super) async fn refreshed(body: impl AsRef<[u8]>) -> Result<Tokens, TokenError> {
    refresh(&Fake::saying(json(body)), OAuthProfile::default()).await
}

pub(super) fn refresh_token(tokens: &Tokens) -> &str {
    tokens.refresh.as_ref().unwrap().expose()
}

fn rule(code: &str, class: ErrorClass) -> ErrorRule {
    ErrorRule { code: code.to_owned(), path: None, status: None, class, hint: "The hint of the catalog.".to_owned() }
}

/// The body of an unreadable response, which is kept.
fn kept(error: &TokenError) -> Vec<u8> {
    shown(error);
    match error {
        TokenError::Unreadable { response, .. } => response.bytes().to_vec(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn pr_04_bad_encodings_cost_no_more_than_the_words_they_are_in() {
    let text = r#"{"access_token":"CNRY-new","refresh_token":"CNRY-new"}"#;
    let wide = |unit: fn(u16) -> [u8; 2]| "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(unit).collect();
    let latin = text.replace('}', ",\"name\":\"Jos\u{0}\"}").replace('\0', "@");
    let latin: Vec<u8> = latin.bytes().map(|byte| if byte == b'@' { 0xe9 } else { byte }).collect();
    let marked = ["\u{feff}", text].concat().into_bytes();
    for body in [wide(u16::to_le_bytes), wide(u16::to_be_bytes), latin, marked, format!("{text}\0").into_bytes()] {
        assert_eq!(refresh_token(&refreshed(&body).await.unwrap()), "CNRY-new");
    }
    let nul = text.replace("CNRY-new\"}", "CNRY\u{0}\"}").into_bytes();
    let unmarked: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for body in [nul, unmarked, vec![0xff; 100]] {
        assert_eq!(kept(&refreshed(&body).await.unwrap_err()), body);
    }
}

#[tokio::test]
async fn a_type_that_is_not_bearer_is_kept_and_told() {
    let typed = |word: &str| format!(r#"{{"access_token":"a2","refresh_token":"r2","token_type":{word}}}"#);
    for word in ["\"Bearer\"", "\"bearer\"", "\"BEARER\"", "\"BearerToken\"", "\"Bearer Token\"", "\"\"", "null"] {
        let tokens = refreshed(typed(word)).await.unwrap();
        assert_eq!((tokens.unknown_type(), type_note(None, &tokens)), (None, None), "{word}");
    }
    assert_eq!(refreshed(r#"{"access_token":"a2"}"#).await.unwrap().unknown_type(), None, "none is bearer");
    for (word, proof) in [("mac", true), ("DPoP", true), ("pop", true), ("bot", false), ("urn:x:jwt", false)] {
        let tokens = refreshed(typed(&format!("\"{word}\""))).await.unwrap();
        assert_eq!((tokens.unknown_type(), tokens.needs_proof()), (Some(word), proof));
        assert!(type_note(None, &tokens).unwrap().contains(word), "told once");
        assert_eq!(type_note(Some(word), &tokens), None);
        let named = OAuthProfile { token_types: vec![word.to_lowercase()], ..OAuthProfile::default() };
        let tokens = refresh(&Fake::saying(json(typed(&format!("\"{word}\"")))), named).await.unwrap();
        assert_eq!(tokens.unknown_type(), None, "{word}: the catalog names it");
    }
}

#[tokio::test]
async fn tokens_are_found_in_whatever_surrounds_them() {
    let tokens = r#"{"access_token":"a2","refresh_token":"r2","expires_in":3600}"#;
    let form = "access_token=a2&refresh_token=r2&expires_in=3600";
    for body in [
        format!("Notice: Undefined index: x in /srv/oauth.php on line 7\n{tokens}"),
        format!("<br />\n<b>Warning</b>: {{main}}() in <b>/srv</b><br />\n{tokens}"),
        format!("{tokens}\n<!-- generated in 3 ms -->"),
        format!("{tokens}{{\"debug\":true}}"),
        format!(")]}}',\n{tokens}"),
        format!("callback({tokens});"),
        format!("[{tokens}]"),
        format!("{{\"data\":{tokens}}}"),
        format!("{{\"success\":true,\"result\":{{\"oauth\":[{tokens}]}}}}"),
        serde_json::to_string(tokens).unwrap(),
        tokens.replace("access_token", "accessToken").replace("refresh_token", "refreshToken"),
        tokens.replace("\"a2\"", "\" a2\\r\\n\"").replace("\"r2\"", "\"r2\\n\""),
        tokens.replace('}', ",\"id_token\":\"ey"),
        form.to_owned(),
        format!("{form}\n"),
    ] {
        let read = refreshed(&body).await.unwrap_or_else(|error| panic!("{body}: {error:?}"));
        assert_eq!((read.access.expose(), refresh_token(&read)), ("a2", "r2"), "{body}");
        assert_eq!(read.expires_at, Some(now() + SignedDuration::from_hours(1)), "{body}");
    }
    let number = refreshed(r#"{"access_token":17,"refresh_token":1234567890123456789}"#).await.unwrap();
    assert_eq!((number.access.expose(), refresh_token(&number)), ("17", "1234567890123456789"));
    let long = "r".repeat(200 * 1024);
    let read = refreshed(format!(r#"{{"access_token":"a2","refresh_token":"{long}"}}"#)).await.unwrap();
    assert_eq!(refresh_token(&read), long);
    let many = format!(r#"{{"id_token":"{}","access_token":"a2","refresh_token":"r2"}}"#, "x".repeat(900 * 1024));
    assert_eq!(refresh_token(&refreshed(many).await.unwrap()), "r2");
}

#[tokio::test]
async fn an_answer_without_a_token_that_can_be_read_is_kept_whole() {
    for body in [
        String::new(),
        "OK".to_owned(),
        "{\"access_token\":\"a2\",\"refresh_tok".to_owned(),
        r#"{"access_token":"a2","refresh_token":{"value":"r2"}}"#.to_owned(),
        r#"{"access_token":"a2","refresh_token":"line\nbreak"}"#.to_owned(),
        format!(r#"{{"access_token":"a2","refresh_token":"{}"}}"#, "r".repeat(300 * 1024)),
        "<token><access>a2</access><refresh>r2</refresh></token>".to_owned(),
        "access a2 refresh r2".to_owned(),
        "[".repeat(60_000),
        "{\"a\":".repeat(12_000),
        "[]".to_owned(),
        "null".to_owned(),
        "{}".to_owned(),
    ] {
        assert_eq!(kept(&refreshed(&body).await.unwrap_err()), body.as_bytes());
    }
}

#[tokio::test]
async fn a_refusal_that_repeats_what_was_sent_brings_no_tokens() {
    let sent = format!(r#"{{"refresh_token":"{OLD_REFRESH}","access_token":"a2"}}"#);
    for (status, body) in [
        ("400 Bad Request", format!(r#"{{"error":"invalid_grant","request":{sent}}}"#)),
        ("200 OK", format!(r#"{{"error":"invalid_grant","request":{sent}}}"#)),
        ("400 Bad Request", format!(r#"{{"message":"invalid_grant","errors":["invalid_grant"],"body":{sent}}}"#)),
    ] {
        let fake = Fake::saying(reply(status, &[("Content-Type", "application/json")], &body));
        let error = refresh(&fake, OAuthProfile::default()).await.unwrap_err();
        assert!(matches!(error, TokenError::Reauthenticate { .. }), "{body}: {error:?}");
    }
    let page = format!("<html><body>Error: {sent}</body></html>");
    for (status, body) in
        [("500 Oops", page.clone()), ("200 OK", page), ("400 Bad Request", format!("Bad request: {sent}"))]
    {
        let fake = Fake::saying(reply(status, &[("Content-Type", "text/html")], body));
        assert!(
            matches!(refresh(&fake, OAuthProfile::default()).await.unwrap_err(), TokenError::Temporary { .. }),
            "{status}"
        );
    }
}

#[tokio::test]
async fn a_dead_grant_is_known_by_more_than_one_word() {
    for (status, body) in [
        ("400 Bad Request", r#"{"error":"interaction_required","error_description":"AADSTS50079"}"#),
        ("400 Bad Request", r#"{"error":"consent_required"}"#),
        ("400 Bad Request", r#"{"error":"login_required"}"#),
        ("200 OK", r#"{"error":"bad_refresh_token"}"#),
        ("200 OK", r#"{"ok":false,"error":"invalid_refresh_token"}"#),
        ("403 Forbidden", r#"{"error":"unauthorized_client","error_description":"refresh_token is invalid"}"#),
        ("400 Bad Request", r#"{"error":"invalid_grant: Token is expired or invalid."}"#),
        ("400 Bad Request", r#"{"code":400,"error_code":"refresh_token_not_found","msg":"Invalid Refresh Token"}"#),
        ("400 Bad Request", r#"{"status":"BAD_REFRESH_TOKEN","message":"missing or invalid refresh token"}"#),
        ("400 Bad Request", r#"{"errors":[{"errorType":"invalid_grant","message":"Refresh token invalid"}]}"#),
        ("400 Bad Request", r#"{"error":"invalid_request","error_description":"invalid refresh token"}"#),
        ("401 Unauthorized", r#"{"message":"The refresh token has been revoked"}"#),
        ("400 Bad Request", "Warning: x\n{\"error\":\"invalid_grant\"}"),
        ("400 Bad Request", "error=invalid_grant&error_description=gone"),
    ] {
        let fake = Fake::saying(reply(status, &[("Content-Type", "application/json")], body));
        let error = refresh(&fake, OAuthProfile::default()).await.unwrap_err();
        shown(&error);
        assert!(matches!(error, TokenError::Reauthenticate { .. }), "{body}: {error:?}");
    }
    let latin = [br#"{"error":"invalid_grant","error_description":""#.as_slice(), &[0xfc], br#""}"#].concat();
    let fake = Fake::saying(reply("400 Bad Request", &[("Content-Type", "application/json")], latin));
    assert!(matches!(refresh(&fake, OAuthProfile::default()).await.unwrap_err(), TokenError::Reauthenticate { .. }));
    // An error that says nothing about the grant does not end it.
    for (status, body) in [
        ("503 Unavailable", r#"{"error":"unknown_error"}"#),
        ("403 Forbidden", "<html><title>Blocked</title></html>"),
        ("500 Oops", r#"{"error":"refresh token service failed"}"#),
    ] {
        let fake = Fake::saying(reply(status, &[], body));
        let error = refresh(&fake, OAuthProfile::default()).await.unwrap_err();
        assert!(matches!(error, TokenError::Temporary { sent: true, .. }), "{body}: {error:?}");
    }
    for body in
        [r#"{"error":"unknown_error"}"#, r#"{"error":"invalid_token"}"#, r#"{"fault":{"code":"x"},"message":"no"}"#]
    {
        let error =
            refresh(&Fake::saying(reply("401 Unauthorized", &[], body)), OAuthProfile::default()).await.unwrap_err();
        assert!(matches!(error, TokenError::Unclear { .. }), "{body}: {error:?}");
    }
}

#[tokio::test]
async fn a_rule_of_the_catalog_looks_anywhere_in_the_answer_and_at_the_status() {
    let at = |path: &str, code: &str, status| ErrorRule {
        path: (!path.is_empty()).then(|| path.to_owned()),
        status,
        ..rule(code, ErrorClass::Reauthenticate)
    };
    let apigee = r#"{"fault":{"faultstring":"x","detail":{"errorcode":"Invalid-Refresh-Token: gone"}}}"#;
    let listed = r#"{"problems":[{"n":1},{"kind":"GRANT_ENDED"}]}"#;
    for (rules, status, body, ends) in [
        (vec![at("fault.detail.errorcode", "invalid_refresh_token", None)], "401 Unauthorized", apigee, true),
        (vec![at("fault.detail.errorcode", "something_else", None)], "401 Unauthorized", apigee, false),
        (vec![at("problems.kind", "grant_ended", None)], "400 Bad Request", listed, true),
        (vec![at("problems.kind", "grant_ended", Some(403))], "400 Bad Request", listed, false),
        (vec![at("sub", "77", None)], "200 OK", r#"{"error":"odd","sub":77}"#, true),
        (vec![at("", "odd", Some(403))], "403 Forbidden", r#"{"error":"odd"}"#, true),
        (vec![at("", "odd", Some(403))], "400 Bad Request", r#"{"error":"odd"}"#, false),
        (vec![at("", "", Some(410))], "410 Gone", r#"{"error":"whatever"}"#, true),
        (vec![at("", "", Some(410))], "400 Bad Request", r#"{"error":"whatever"}"#, false),
    ] {
        let flow = OAuthProfile { errors: rules, ..OAuthProfile::default() };
        let error = refresh(&Fake::saying(reply(status, &[], body)), flow).await.unwrap_err();
        assert_eq!(matches!(error, TokenError::Reauthenticate { .. }), ends, "{status} {body}: {error:?}");
    }
}

#[tokio::test]
async fn pr_05_nesting_and_crowds_do_no_harm() {
    let crowd = "\"k\":1,".repeat(5_000);
    assert!(refreshed(format!("{{{crowd}\"x\":1}}")).await.is_err());
    // Deep nesting must not prevent the rotated refresh token next to it from being read.
    let bomb = "[".repeat(15_000) + &"]".repeat(15_000);
    let tokens = refreshed(format!(r#"{{"scope":{bomb},"refresh_token":"r2","access_token":"a2"}}"#)).await.unwrap();
    assert_eq!((tokens.access.expose(), refresh_token(&tokens)), ("a2", "r2"));
}

#[tokio::test]
async fn pr_10_a_login_page_is_no_token_answer() {
    let page = format!("<html><title>Sign\u{9b}2J in</title>\u{1b}[2J<b>{}</b>", "word ".repeat(400));
    let fake = Fake::saying(reply("200 OK", &[("Content-Type", "text/html;charset=UTF-8")], &page));
    let error = refresh(&fake, OAuthProfile::default()).await.unwrap_err();
    let said = shown(&error);
    assert!(said.contains("not a token response") && said.contains("Sign"), "{said}");
    let problem = error.problem();
    assert!(!problem.why.contains("<b>") && problem.why.chars().count() < 300, "{problem}");
}

#[tokio::test]
async fn pr_10_json_is_read_whatever_its_content_type() {
    let body = r#"{"access_token":"a2"}"#;
    for kind in ["text/plain;charset=UTF-8", "application/json-evil", "text/html", "", "\u{7f}"] {
        let fake = Fake::saying(reply("200 OK", &[("Content-Type", kind)], body));
        // The last value is not a valid header, so the response is not read.
        let read = refresh(&fake, OAuthProfile::default()).await;
        assert_eq!(read.is_ok(), kind != "\u{7f}", "{kind}");
    }
    assert!(refresh(&Fake::saying(reply("200 OK", &[], body)), OAuthProfile::default()).await.is_ok());
}

#[tokio::test]
async fn pr_10_a_form_is_read_as_one() {
    let form = "access_token=a%2B2&scope=a,b&token_type=bearer&expires_in=60";
    let bytes = reply("200 OK", &[("Content-Type", "application/x-www-form-urlencoded")], form);
    let tokens = refresh(&Fake::saying(bytes), OAuthProfile::default()).await.unwrap();
    assert_eq!(tokens.access.expose(), "a+2");
    assert_eq!(tokens.expires_at, Some(now() + SignedDuration::from_secs(60)));
    let refusal = reply("200 OK", &[], "error=bad_verification_code&error_description=The+code+is+old");
    let error = refresh(&Fake::saying(refusal), OAuthProfile { form_answer: true, ..OAuthProfile::default() })
        .await
        .unwrap_err();
    assert!(shown(&error).contains("The code is old"), "{error:?}");
}

#[tokio::test]
async fn pr_11_an_error_with_status_200_is_an_error() {
    let error = refreshed(r#"{"error":"invalid_grant","error_description":"gone"}"#).await.unwrap_err();
    assert!(matches!(&error, TokenError::Reauthenticate { code, .. } if code == "invalid_grant"), "{error:?}");
    assert!(shown(&error).contains("gone"));
    assert_eq!(error.problem().kind, Kind::NeedsAuthentication);
    let error = refreshed(r#"{"status":"failure"}"#).await.unwrap_err();
    assert!(matches!(error, TokenError::Unclear { .. }), "{error:?}");
    // Error codes are compared in the form in which the catalog writes them: lower case, with underscores for spaces.
    let rules = vec![
        rule("invalid_code", ErrorClass::Reauthenticate),
        rule("access_denied", ErrorClass::Throttled),
        rule("invalid_client", ErrorClass::Temporary),
    ];
    let flow = OAuthProfile { errors: rules, throttle_wait: 600, ..OAuthProfile::default() };
    let asked = |body: &'static str| {
        let flow = flow.clone();
        async move { refresh(&Fake::saying(json(body)), flow).await.unwrap_err() }
    };
    let error = asked(r#"{"error":"Invalid Code"}"#).await;
    assert!(matches!(error, TokenError::Reauthenticate { .. }), "{error:?}");
    assert!(shown(&error).contains("The hint of the catalog."));
    let error = asked(r#"{"error":"Access Denied","status":"failure"}"#).await;
    let until = now() + SignedDuration::from_mins(10);
    assert!(matches!(&error, TokenError::Throttled { until: at, .. } if *at == until), "{error:?}");
    let error = asked(r#"{"error":"invalid_client"}"#).await;
    assert!(matches!(error, TokenError::Temporary { .. }), "the catalog goes before the RFC: {error:?}");
}

#[tokio::test]
async fn pr_13_a_rotated_refresh_token_outlives_any_other_field() {
    for rest in [
        "",
        r#","access_token":"""#,
        r#","access_token":true"#,
        r#","access_token":null"#,
        r#","access_token":"line\nbreak""#,
        r#","access_token":{"deep":1},"expires_in":1e999"#,
        r#","error":"server_error""#,
    ] {
        let tokens = refreshed(format!(r#"{{"refresh_token":"r2"{rest}}}"#)).await.unwrap();
        assert_eq!(refresh_token(&tokens), "r2", "{rest}");
        assert_eq!(tokens.access.expose(), OLD_ACCESS, "{rest}");
        assert_eq!(tokens.expires_at, Some(now()), "the old access token is not handed out as new: {rest}");
    }
}

#[tokio::test]
async fn pr_13_a_crowd_of_members_does_not_hide_the_tokens() {
    for count in [511, 513, 9_000] {
        let crowd = "\"k\":1,".repeat(count);
        for body in [
            format!(r#"{{{crowd}"access_token":"a2","refresh_token":"r2"}}"#),
            format!(r#"{{"access_token":"a2","refresh_token":"r2",{crowd}"x":1}}"#),
        ] {
            let tokens = refreshed(body).await.unwrap();
            assert_eq!((tokens.access.expose(), refresh_token(&tokens)), ("a2", "r2"), "{count}");
        }
    }
}

#[tokio::test]
async fn pr_13_odd_fields_have_a_defined_result() {
    for kind in ["", r#","token_type":"mac""#, r#","token_type":"bEaReR""#, r#","token_type":7"#] {
        let tokens = refreshed(format!(r#"{{"access_token":"a2"{kind}}}"#)).await.unwrap();
        assert_eq!((tokens.access.expose(), refresh_token(&tokens)), ("a2", OLD_REFRESH), "{kind}");
        assert_eq!(tokens.scopes.as_deref().map(<[String]>::len), Some(2), "what is not said stays: {kind}");
        assert!(tokens.captured.contains_key("api_domain"), "{kind}");
    }
    for scope in [r#""x y""#, r#""x,y""#, r#""x, y ""#, r#"["x","y"]"#, r#"["x y"]"#] {
        let tokens = refreshed(format!(r#"{{"access_token":"a2","scope":{scope}}}"#)).await.unwrap();
        assert_eq!(tokens.scopes.unwrap(), ["x", "y"], "{scope}");
    }
    // Without an old token pair, there is nothing to store.
    let error =
        exchange(&Fake::saying(json(r#"{"refresh_token":"CNRY-r2"}"#)), OAuthProfile::default()).await.unwrap_err();
    shown(&error);
    assert!(matches!(error, TokenError::Unusable { .. }), "{error:?}");
    for body in [r#"{"access_token":""}"#, r#"{"access_token":true}"#] {
        let error = exchange(&Fake::saying(json(body)), OAuthProfile::default()).await.unwrap_err();
        assert_eq!(kept(&error), body.as_bytes());
    }
}

#[tokio::test]
async fn pr_14_of_a_field_given_twice_the_last_counts_for_both_tokens() {
    let body = r#"{"access_token":"a1","refresh_token":"r1","access_token":"a2","refresh_token":"r2"}"#;
    for _ in 0..3 {
        let tokens = refreshed(body).await.unwrap();
        assert_eq!((tokens.access.expose(), refresh_token(&tokens)), ("a2", "r2"));
    }
}

#[tokio::test]
async fn pr_16_a_server_cannot_speak_to_the_terminal() {
    let hostile = "\u{1b}]52;c;aGk=\u{7}\u{1b}[2J\u{1b}[6n\u{9b}31m\u{202e}\u{200b}\u{2066}\r\n\u{0}end";
    let escaped = hostile.chars().fold(String::new(), |text, c| text + &format!("\\u{:04x}", u32::from(c)));
    for words in [escaped.clone(), format!("{escaped}{}", "x".repeat(50_000))] {
        let body =
            format!(r#"{{"error":"{escaped}","error_description":"{words}","error_uri":"javascript:alert(1)"}}"#);
        let error = refreshed(&body).await.unwrap_err();
        let said = shown(&error);
        assert!(said.contains("\\u{1b}"), "escaped, not swallowed: {said}");
        assert!(!said.contains("javascript:"), "{said}");
        assert!(error.problem().why.chars().count() <= 310);
    }
}

#[tokio::test]
async fn cr_14_a_troubled_server_leaves_the_tokens_alone() {
    for (status, headers, wait) in [
        ("500 Internal Server Error", None, None),
        ("502 Bad Gateway", None, None),
        ("503 Service Unavailable", None, None),
        ("503 Service Unavailable", Some("30"), Some(30)),
        ("429 Too Many Requests", None, Some(60)),
        ("429 Too Many Requests", Some("7"), Some(7)),
        ("429 Too Many Requests", Some("99999999999999"), Some(86_400)),
        ("429 Too Many Requests", Some("soon"), Some(60)),
    ] {
        let headers: Vec<(&str, &str)> = headers.map(|wait| ("Retry-After", wait)).into_iter().collect();
        let error = refresh(&Fake::saying(reply(status, &headers, "{}")), OAuthProfile::default()).await.unwrap_err();
        shown(&error);
        match (&error, wait) {
            (TokenError::Throttled { until, .. }, Some(wait)) => {
                assert_eq!(*until, now() + SignedDuration::from_secs(wait), "{status}");
            }
            (TokenError::Temporary { sent: true, .. }, None) => {}
            (other, _) => panic!("{status}: {other:?}"),
        }
        assert_eq!(error.problem().kind, Kind::Temporary, "{status}");
    }
}

#[tokio::test]
async fn cr_19_fewer_scopes_and_a_moved_host_are_reported_as_they_came() {
    let flow = OAuthProfile {
        capture_token: vec![("api_domain".to_owned(), "api_domain".to_owned())],
        ..OAuthProfile::default()
    };
    let body = r#"{"access_token":"a2","scope":"a.read","api_domain":"https://api.elsewhere.example"}"#;
    let tokens = refresh(&Fake::saying(json(body)), flow).await.unwrap();
    assert_eq!(tokens.scopes.unwrap(), ["a.read"]);
    assert_eq!(tokens.captured.get("api_domain").map(String::as_str), Some("https://api.elsewhere.example"));
}
