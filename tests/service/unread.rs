//! A response to a spent refresh token that cannot be read: it is stored, and the token is not resent without a
//! request.

use std::collections::BTreeSet;

use credenza::engine::ops::token::Request;
use credenza::model::credential::Status;
use credenza::problem::{Kind, NextStep};

use super::{Fake, Home, Reply, ask, both, force, json, pair};

const AGAIN: Request = Request {
    min_ttl: jiff::SignedDuration::from_secs(60),
    force: true,
    again: true,
    lock_wait: credenza::engine::ops::token::LOCK_WAIT,
    kind: None,
};

/// Success responses that contain no readable token.
fn unreadable() -> Vec<Reply> {
    let kinds = ["application/json", "text/plain", "application/xml", "application/octet-stream"];
    let bodies = [
        "",
        "OK",
        "{}",
        "[]",
        "null",
        "true",
        "\"\"",
        "{\"access_token\":",
        "{\"access_token\":\"a9\",\"refresh_tok",
        "{\"access_token\":\"a9\",\"refresh_token\":{\"value\":\"r9\"}}",
        "{\"access_token\":\"a9\",\"refresh_token\":[\"r9\"]}",
        "{\"access_token\":\"a9\",\"refresh_token\":true}",
        "{\"access_token\":\"a9\",\"refresh_token\":\"a\\u0000b\"}",
        "{\"token\":\"a9\",\"renewal\":\"r9\"}",
        "{\"access_token\":null,\"refresh_token\":null}",
        "{'access_token':'a9','refresh_token':'r9'}",
        "<xml><access_token>a9</access_token></xml>",
        "access_token: a9\nrefresh_token: r9",
        "\u{1}\u{2}\u{3}",
        "{{{{{{{{",
    ];
    let status = [200, 201];
    let replies = bodies.iter().enumerate().flat_map(|(n, body)| {
        status.map(|status| {
            let kind = kinds[(n + usize::from(status)) % kinds.len()];
            let headers: &'static str = Box::leak(format!("content-type: {kind}\r\n").into_boxed_str());
            Reply::Http(status, headers, (*body).to_owned())
        })
    });
    replies.collect()
}

#[test]
fn a_spent_token_is_not_sent_again_by_itself_and_its_answer_is_kept() {
    let replies = unreadable();
    assert_eq!(replies.len(), 40);
    for reply in replies {
        let fake = Fake::start();
        let home = Home::with(&fake);
        home.pass(4_000);
        fake.script([reply.clone()]);
        let Reply::Http(status, _, body) = &reply else { panic!("each is an answer") };
        for _ in 0..3 {
            let problem = ask(&home, Request::default()).unwrap_err();
            assert_eq!(problem.kind, Kind::NeedsAuthentication, "{reply:?}: {problem}");
            assert!(problem.what.contains("could not be read"), "{reply:?}: {problem}");
            assert!(matches!(problem.step.as_deref(), Some(NextStep::SettleUnreadAnswer { .. })), "{problem}");
        }
        // A retry of an integration after a 401 is not a request of the user.
        assert_eq!(force(&home).unwrap_err().kind, Kind::NeedsAuthentication);
        assert_eq!(fake.requests().len(), 1, "{reply:?}");
        let stored = home.stored();
        assert_eq!((pair(&stored), stored.status(home.clock.now())), (both(0), Status::ResponseUnread));
        let kept = stored.unread.unwrap();
        assert_eq!((kept.status, kept.bytes().as_slice()), (*status, body.as_bytes()), "{reply:?}");
    }
}

#[test]
fn a_person_may_send_it_once_more_and_new_tokens_settle_it() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    home.pass(4_000);
    fake.script([json(200, "<xml/>"), json(200, "[]")]);
    assert_eq!(ask(&home, AGAIN).unwrap_err().kind, Kind::NeedsAuthentication);
    assert_eq!(ask(&home, AGAIN).unwrap_err().kind, Kind::NeedsAuthentication);
    assert_eq!(fake.requests().len(), 2);
    assert_eq!(home.stored().unread.unwrap().bytes().as_slice(), b"[]", "the last one");
    assert_eq!(ask(&home, AGAIN).unwrap().access.expose(), "a1", "a provider that allows it twice");
    let stored = home.stored();
    assert!(stored.unread.is_none());
    assert_eq!((pair(&stored), stored.status(home.clock.now())), (both(1), Status::Authenticated));
}

#[test]
fn the_stored_access_token_is_handed_out_while_it_lasts() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    fake.script([json(200, "")]);
    assert_eq!(force(&home).unwrap_err().kind, Kind::NeedsAuthentication);
    assert_eq!(ask(&home, Request::default()).unwrap().access.expose(), "a0");
    home.pass(4_000);
    assert_eq!(ask(&home, Request::default()).unwrap_err().kind, Kind::NeedsAuthentication);
    assert_eq!(fake.requests().len(), 1);
}

#[test]
fn a_refusal_and_trouble_of_the_network_are_no_unread_answers() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    home.pass(4_000);
    let page = Reply::Http(200, "content-type: text/html\r\n", "<!DOCTYPE html><title>Sign in</title>".to_owned());
    fake.script([page, Reply::Hangup, json(500, "{}")]);
    for _ in 0..3 {
        assert_eq!(ask(&home, Request::default()).unwrap_err().kind, Kind::Temporary);
        assert!(home.stored().unread.is_none());
    }
    assert_eq!(ask(&home, Request::default()).unwrap().access.expose(), "a1");
}

/// What servers put around a token response.
const AROUND: [(&str, &str); 20] = [
    ("", ""),
    ("\u{feff}", ""),
    ("\n\n \t", "\r\n"),
    ("Notice: Undefined index in /srv/x.php on line 3\n", ""),
    ("<br />\n<b>Warning</b>: x {y}<br />\n", ""),
    ("", "\n<!-- 0.03 s -->"),
    ("", "\0"),
    ("", "{\"debug\":1}"),
    ("{\"debug\":1}\n", ""),
    (")]}',\n", ""),
    ("while(1);", ""),
    ("callback(", ");"),
    ("[", "]"),
    ("{\"data\":", "}"),
    ("{\"result\":{\"token\":", "},\"success\":true}"),
    ("{\"authed_user\":", ",\"ok\":true}"),
    ("{\"tokens\":[", "]}"),
    ("{\"a\":{\"b\":{\"c\":", "}}}"),
    ("{\"error\":null,\"data\":", "}"),
    ("{\"errors\":[],\"status\":\"success\",\"body\":", "}"),
];

/// What servers put next to the tokens.
const BESIDE: [&str; 20] = [
    ",\"scope\":[\"a\",\"b\"]",
    ",\"name\":\"Jos\u{fffd}\"",
    ",\"n\":1e999",
    ",\"n\":NaN",
    ",\"id_token\":null",
    ",\"expires_in\":\"3600\"",
    ",\"expires\":\"never\"",
    ",\"token_type\":\"bearer\"",
    ",\"token_type\":7",
    ",\"x\":{\"y\":[[[]]]}",
    ",\"scope\":\"\"",
    ",\"message\":\"done\"",
    ",\"success\":true",
    ",\"status\":200",
    ",\"code\":0",
    ",\"user\":{\"access_token_count\":3}",
    ",\"a\":\"}\"",
    ",\"a\":\"\\\"\"",
    ",\"A\u{301}\":1",
    ",\"refresh_token_expires_in\":86400",
];

/// New tokens in the forms of success responses that real servers have been seen to send.
fn odd_forms(n: u32) -> Vec<String> {
    let (access, refresh) = (format!("a{n}"), format!("r{n}"));
    let inner = format!(r#""access_token":"{access}","refresh_token":"{refresh}","expires_in":3600"#);
    let plain = format!("{{{inner}}}");
    let mut forms: Vec<String> = AROUND.iter().map(|(before, after)| format!("{before}{plain}{after}")).collect();
    forms.extend(BESIDE.iter().map(|more| format!("{{{inner}{more}}}")));
    forms.extend([
        format!("access_token={access}&refresh_token={refresh}&expires_in=3600"),
        format!("refresh_token={refresh}&access_token={access}&expires_in=3600&scope=a+b\n"),
        serde_json::to_string(&plain).unwrap(),
        plain.replace('_', ""),
        plain.replace("access_token", "accessToken").replace("refresh_token", "refreshToken"),
        plain.replace("access_token", "AccessToken").replace("refresh_token", "RefreshToken"),
        plain.replace(':', " :\t").replace(',', " ,\n"),
        plain.replace(&format!("\"{refresh}\""), &format!("\"{refresh}\\n\"")),
        plain.replace(&format!("\"{access}\""), &format!("\" {access}\"")),
        format!("{{\"refresh_token\":\"{refresh}\"}}{plain}"),
        format!("{plain}{plain}"),
        format!("{{\"refresh_token\":\"old\",{inner}}}"),
        format!("{{{inner},\"id_token\":\"ey"),
        format!("{{{inner},\"groups\":[\"a\",\"b"),
        format!("{{\"id_token\":\"{}\",{inner}}}", "x".repeat(70_000)),
        format!("{{\"groups\":[{}],{inner}}}", vec!["\"g\""; 5_000].join(",")),
        format!("{{\"access_token\":\"{}\",\"refresh_token\":\"{refresh}\",\"expires_in\":3600}}", "a".repeat(20_000)),
        format!("{{{}{inner}}}", "\"k\":1,".repeat(3_000)),
        format!("{{\"k\":{}{},{inner}}}", "[".repeat(9_000), "]".repeat(9_000)),
        format!("HTTP/1.1 200 OK\r\n\r\n{plain}"),
    ]);
    forms
}

#[test]
fn no_grant_is_lost_to_an_odd_form_of_a_success() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    let count = u32::try_from(odd_forms(0).len()).unwrap();
    assert_eq!(count, 60);
    let mut seen = BTreeSet::new();
    // Seventeen and sixty have no common divisor, so every form is used, and they alternate.
    for n in 1..=count {
        let form = odd_forms(n).swap_remove(usize::try_from(n * 17 % count).unwrap());
        home.pass(4_000);
        fake.script([json(200, &form)]);
        let told = form.get(..form.len().min(200)).unwrap_or("(long)").to_owned();
        ask(&home, Request::default()).unwrap_or_else(|problem| panic!("{told}: {problem}"));
        assert_eq!(pair(&home.stored()).1, format!("r{n}"), "{told}");
        assert!(fake.requests().pop().unwrap().contains(&format!("refresh_token=r{}", n - 1)), "{told}");
        seen.insert(told);
    }
    assert_eq!(seen.len(), usize::try_from(count).unwrap());
}
