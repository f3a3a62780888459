//! Parsing a redirect or a paste: rows CB-01, 02, 04, 09, 18, 20, PR-21 and A1 to A4, without any network.

use credenza::oauth::redirect::{AuthorizationResponse, ExpectedResponse, parse_response};
use credenza::problem::{Kind, Problem};
use credenza::secret::Secret;
use url::form_urlencoded::byte_serialize;

const STATE: &str = "s3cret-state_0123456789";
const PLACE: &str = "http://localhost:8765/callback";

fn expected() -> ExpectedResponse {
    ExpectedResponse {
        redirect_uri: PLACE.to_owned(),
        state: Secret::new(STATE.to_owned()),
        issuer: None,
        capture: vec![("accounts_server".to_owned(), "accounts-server".to_owned())],
        bare_code: false,
    }
}

fn code(text: &str) -> String {
    match parse_response(&expected(), text).unwrap_or_else(|problem| panic!("{text}: {problem}")) {
        AuthorizationResponse::Code { code, .. } => code.expose().to_owned(),
        AuthorizationResponse::ConsoleCode(_) => panic!("nothing bare is expected: {text}"),
        denied @ AuthorizationResponse::Denied { .. } => panic!("{denied:?}"),
    }
}

fn ignored(text: &str) -> Problem {
    let problem = parse_response(&expected(), text).expect_err(text);
    let said = format!("{problem} {problem:?}");
    assert!(!said.contains(STATE) && !said.contains("CNRY"), "{said}");
    assert!(!problem.try_this.is_empty(), "{problem}");
    problem
}

#[test]
fn a1_state_first_a_hyphen_and_a_trailing_ampersand_are_normal() {
    let query = format!("state={STATE}&code=1000.ab.cd&location=us&accounts-server=https%3A%2F%2Faccounts.zoho.com&");
    for text in [query.clone(), format!("?{query}"), format!("{PLACE}?{query}"), format!("{PLACE}?{query}#")] {
        let Ok(AuthorizationResponse::Code { code, captured }) = parse_response(&expected(), &text) else {
            panic!("{text}")
        };
        assert_eq!(code.expose(), "1000.ab.cd");
        assert_eq!(captured.get("accounts_server").map(String::as_str), Some("https://accounts.zoho.com"));
        assert_eq!(captured.len(), 1, "nothing else is kept");
    }
}

#[test]
fn cb_01_a3_a_wrong_state_is_ignored() {
    for state in ["bad", "", "S3CRET-STATE_0123456789", "s3cret-state_012345678", "s3cret-state_01234567890"] {
        assert_eq!(ignored(&format!("{PLACE}?code=CNRY-x&state={state}")).kind, Kind::Refused, "{state}");
    }
}

#[test]
fn a_refusal_without_state_is_ignored_with_its_words() {
    for (query, words) in [
        ("error=invalid_request&error_description=bad+scope%1b[2J", ["invalid_request", "bad scope"]),
        ("?error=server_error", ["server_error", "Nothing was changed"]),
        ("error=access_denied&error_description=No%20consent&state=", ["access_denied", "No consent"]),
    ] {
        for text in [query.to_owned(), format!("{PLACE}?{}", query.trim_start_matches('?'))] {
            let problem = ignored(&text);
            assert!(problem.what.contains("no state") && problem.kind == Kind::Refused, "{problem}");
            assert!(words.iter().all(|word| problem.why.contains(word)), "{text}: {problem}");
            assert!(!problem.why.contains('\u{1b}'), "{problem:?}");
        }
    }
    let long = ignored(&format!("{PLACE}?error={}&error_description={}", "e".repeat(5_000), "d".repeat(5_000)));
    assert!(long.why.chars().count() < 450, "{long}");
}

#[test]
fn the_answer_of_a_private_scheme_can_be_pasted() {
    for (uri, answers) in [
        (
            "edu.kit.data.oidc-agent:/redirect",
            ["edu.kit.data.oidc-agent:/redirect?", "EDU.kit.data.oidc-agent:/redirect?"],
        ),
        ("com.acme.app://cb", ["com.acme.app://cb?", "com.acme.app://cb?scope=a&"]),
        ("com.acme.app:/oauth/back?x=1", ["com.acme.app:/oauth/back?x=1&", "com.acme.app:/oauth/back?"]),
    ] {
        let expected = ExpectedResponse { redirect_uri: uri.to_owned(), ..expected() };
        for answer in answers {
            let text = format!("{answer}code=c-1&state={STATE}");
            assert!(matches!(parse_response(&expected, &text), Ok(AuthorizationResponse::Code { .. })), "{text}");
        }
        for other in ["com.other.app:/redirect?", "com.acme.app://elsewhere?", "edu.kit.data.oidc-agent:/other?"] {
            let problem = parse_response(&expected, &format!("{other}code=c-1&state={STATE}")).unwrap_err();
            assert!(!problem.to_string().contains("null"), "{problem}");
        }
    }
}

#[test]
fn cb_02_a2_what_is_missing_empty_or_there_twice_is_ignored() {
    for query in [
        "code=CNRY-x".to_owned(),
        "code=CNRY-x&state".to_owned(),
        format!("state={STATE}"),
        format!("state={STATE}&code="),
        format!("state={STATE}&state={STATE}&code=CNRY-x"),
        format!("state={STATE}&state=b&code=CNRY-x"),
        format!("state={STATE}&code=CNRY-x&code=CNRY-x"),
        format!("state[]={STATE}&code=CNRY-x"),
        format!("state={STATE}&code[]=CNRY-x"),
        format!("State={STATE}&code=CNRY-x"),
        format!("state={STATE}&error=a&error=b"),
    ] {
        ignored(&format!("{PLACE}?{query}"));
    }
}

#[test]
fn cb_04_a4_a_refusal_with_the_right_state_ends_the_wait_escaped() {
    let words: String = byte_serialize("<script>\u{1b}[2J\u{202e}".as_bytes()).collect();
    let text = format!("{PLACE}?state={STATE}&error=access_denied&error_description={words}{}", "x".repeat(5_000));
    let Ok(AuthorizationResponse::Denied { error, description }) = parse_response(&expected(), &text) else {
        panic!("{text}")
    };
    assert_eq!(error, "access_denied");
    assert!(description.chars().all(credenza::printable::is_plain) && description.chars().count() <= 300);
    ignored(&format!("{PLACE}?error=access_denied"));
    ignored(&format!("{PLACE}?error=access_denied&state=bad"));
}

#[test]
fn cb_09_cb_20_another_place_is_not_ours() {
    let query = format!("?code=CNRY-x&state={STATE}");
    for place in [
        "http://localhost:8766/callback",
        "http://127.0.0.1:8765/callback",
        "https://localhost:8765/callback",
        "http://localhost:8765/callback/",
        "http://localhost:8765/",
        "http://localhost:8765//callback",
        "http://localhost:8765/Callback",
        "http://localhost.evil.example:8765/callback",
        "http://u@localhost:8765/callback",
        "http://evil.example/http://localhost:8765/callback",
    ] {
        assert_eq!(ignored(&format!("{place}{query}")).kind, Kind::Usage, "{place}");
    }
}

#[test]
fn cb_18_a_code_comes_through_byte_for_byte() {
    for (sent, read) in [
        ("a%2Bb", "a+b"),
        ("a+b", "a b"),
        ("a%252Bb", "a%2Bb"),
        ("4%2F0AX4.x~_-", "4/0AX4.x~_-"),
        ("%C3%A9", "\u{e9}"),
        ("1000.0123456789abcdef.0123456789abcdef", "1000.0123456789abcdef.0123456789abcdef"),
    ] {
        assert_eq!(code(&format!("{PLACE}?code={sent}&state={STATE}")), read, "{sent}");
    }
    let long = "x".repeat(10 * 1024);
    assert_eq!(code(&format!("{PLACE}?code={long}&state={STATE}")), long);
    for bad in ["%00", "a%0d%0ab", "a%0Ab", "%1b", "%ff", "%7f"] {
        ignored(&format!("{PLACE}?code=CNRY-{bad}&state={STATE}"));
    }
    ignored(&format!("{PLACE}?code={}&state={STATE}", "x".repeat(40 * 1024)));
}

#[test]
fn cb_20_a_paste_may_be_wrapped_but_not_guessed() {
    let url = format!("{PLACE}?code=1000.ab.cd&state={STATE}");
    assert_eq!(code(&format!("  {url}\r\n")), "1000.ab.cd");
    let (head, tail) = url.split_at(40);
    assert_eq!(code(&format!("{head}\n   {tail}\n")), "1000.ab.cd", "a terminal wraps what it copies");
    for bad in ["", "  \n ", "1000.ab.cd", "CNRY hello", "https://accounts.example.com/signin", "\u{1b}[200~"] {
        ignored(bad);
    }
    ignored(&url.replace("code=", "co\u{a0}de="));
    let bare = ExpectedResponse { bare_code: true, ..expected() };
    let Ok(AuthorizationResponse::ConsoleCode(code)) = parse_response(&bare, " 1000.ab.cd \n") else { panic!("bare") };
    assert_eq!(code.expose(), "1000.ab.cd");
    assert!(parse_response(&bare, &format!("{PLACE}?code=x&state=old")).is_err(), "a URL still needs its state");
    assert!(parse_response(&bare, "two words").is_err());
}

#[test]
fn pr_21_the_issuer_must_come_when_it_was_announced() {
    let expected = ExpectedResponse { issuer: Some("https://id.example.com".to_owned()), ..expected() };
    let said = |iss: &str| parse_response(&expected, &format!("{PLACE}?code=x&state={STATE}{iss}"));
    assert!(said("&iss=https%3A%2F%2Fid.example.com").is_ok());
    for iss in [
        "",
        "&iss=",
        "&iss=https%3A%2F%2Fid.example.com%2F",
        "&iss=https%3A%2F%2Fevil.example",
        "&iss=https%3A%2F%2Fid.example.com&iss=https%3A%2F%2Fid.example.com",
    ] {
        assert_eq!(said(iss).unwrap_err().kind, Kind::Refused, "{iss}");
    }
}
