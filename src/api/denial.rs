//! Finds errors in the body of a response with a success status: some APIs return 200 and an error.

use serde_json::value::RawValue;

use crate::oauth::FAILURE_WORDS;
use crate::raw_json::{at, elements, members, text_of};

/// Paths of an API's error message, best first. Unlike at a token endpoint, `description` and `reason` are not among
/// them, because a message turns a page without records into a refusal.
const MESSAGE_PATHS: [&str; 19] = [
    "error_description",
    "error.message",
    "response_status.messages.message",
    "message",
    "errors.message",
    "errorMessages",
    "errors.detail",
    "detail",
    "error",
    "errors",
    "msg",
    "errmsg",
    "errorMessage",
    "error_message",
    "meta.error_message",
    "status.message",
    "fault.faultstring",
    "title",
    "Message",
];

/// A member with one of these names and a value is an error. Names are compared in lower case and without `_` and `-`.
const ERRORS: [&str; 15] = [
    "error",
    "errors",
    "err",
    "errorcode",
    "errcode",
    "errno",
    "errortype",
    "errormessage",
    "errormessages",
    "errormsg",
    "errmsg",
    "errordescription",
    "errorlist",
    "fault",
    "exception",
];
/// Members that mean an error if false.
const SUCCESS: [&str; 6] = ["success", "ok", "succeeded", "successful", "issuccess", "issuccessful"];
/// Members that mean an error if `false`, but not if 0.
const FLAGS: [&str; 6] = ["result", "status", "valid", "isvalid", "authenticated", "isauthenticated"];
/// Members that mean an error if true.
const FAILED: [&str; 5] = ["iserror", "haserror", "haserrors", "failed", "failure"];
/// Members that may contain an HTTP status or a code of the API.
const CODES: [&str; 6] = ["code", "status", "statuscode", "httpstatus", "httpstatuscode", "httpcode"];
/// Members that may contain a word for the result.
const OUTCOMES: [&str; 4] = ["status", "result", "type", "outcome"];
/// Words of [`OUTCOMES`] that mean an error, in addition to [`FAILURE_WORDS`]. At a token endpoint they would be error
/// codes.
const DENIALS: [&str; 7] = ["errors", "nok", "unauthorized", "unauthenticated", "forbidden", "denied", "invalid"];
/// Members checked if the response is only a message, and words that make such a message an error.
const TEXTS: [&str; 6] = ["message", "msg", "detail", "title", "description", "reason"];
const REFUSALS: [&str; 10] = [
    "unauthor",
    "not authenticated",
    "unauthenticated",
    "authentication",
    "invalid token",
    "invalid_token",
    "expired",
    "forbidden",
    "denied",
    "not allowed",
];
/// Most members of a response that is only a message.
const MESSAGE_MEMBERS: usize = 4;

/// Levels of nesting at which an error is looked for.
const MAX_ERROR_DEPTH: usize = 8;
/// Members that wrap a response and describe it.
const AROUND: [&str; 5] = ["status", "meta", "header", "head", "responsestatus"];
/// Members that wrap a response and also hold records.
const WITHIN: [&str; 5] = ["response", "result", "data", "body", "d"];
/// Values that mean that there is no error.
const NO_ERROR: [&str; 9] = ["", "false", "0", "200", "none", "null", "ok", "success", "no error"];

/// An error in a response with a success status.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Denial {
    /// The evidence: "success is false".
    pub(super) what: String,
    /// The HTTP status that the error contains, if any.
    pub(super) status: Option<u16>,
}

/// How much of a response is searched for an error.
#[derive(Clone, Copy)]
pub(super) enum DenialScope {
    /// All of it: the response to a test call, a page without records.
    All,
    /// Only what cannot be the state of a record: the response has records.
    Plain,
}

/// An error in the body of a successful response. `known` are members that the catalog says are not errors.
pub(super) fn denial(json: &RawValue, known: &[&str], scope: DenialScope) -> Option<Denial> {
    let Some(top) = members(json) else { return list_denial(json, scope) };
    let top: Vec<_> = top.into_iter().filter(|(key, _)| !known.contains(&key.as_str())).collect();
    let said = definite(&top).or_else(|| if matches!(scope, DenialScope::All) { probable(&top) } else { None });
    said.or_else(|| top.iter().find_map(|(key, value)| wrapped(key, value, scope)))
}

/// Returns the API's own error message.
pub(super) fn error_message(json: &RawValue) -> Option<String> {
    let text = |path: &&str| at(json, path).filter(|value| value.get().starts_with('"')).and_then(text_of);
    MESSAGE_PATHS.iter().filter_map(text).find(|text| !text.trim().is_empty())
}

/// Whether a text means "none": the spellings of an absent value.
pub(super) fn is_no(text: &str) -> bool {
    let text = text.trim().to_ascii_lowercase();
    matches!(text.as_str(), "" | "false" | "0" | "null" | "none" | "nil" | "undefined" | "no" | "n" | "-1")
}

fn wrapped(key: &str, value: &RawValue, scope: DenialScope) -> Option<Denial> {
    let name = name(key);
    let inner = members(value)?;
    let said = if AROUND.contains(&name.as_str()) {
        definite(&inner).or_else(|| probable(&inner))
    } else if WITHIN.contains(&name.as_str()) && matches!(scope, DenialScope::All) {
        definite(&inner)
    } else {
        None
    }?;
    Some(Denial { what: format!("{key}.{}", said.what), ..said })
}

/// Members that can only mean an error of the request.
fn definite(all: &[(String, &RawValue)]) -> Option<Denial> {
    all.iter().find_map(|(key, value)| {
        let name = name(key);
        let is_error = ERRORS.contains(&name.as_str()) && is_something(value, MAX_ERROR_DEPTH);
        let denied = SUCCESS.contains(&name.as_str()) && text_of(value).is_some_and(|text| is_denied(&text));
        let failed = FAILED.contains(&name.as_str()) && text_of(value).is_some_and(|text| text == "true");
        let status = text_of(value).and_then(|text| status(&text));
        let status = status.or_else(|| if is_error { members(value).and_then(|inner| code(&inner)) } else { None });
        let what = match text_of(value) {
            Some(text) if !value.get().starts_with('"') => format!("{key} is {text}"),
            _ => format!("it has {key}"),
        };
        (is_error || denied || failed).then_some(Denial { what, status: status.or_else(|| code(all)) })
    })
}

/// Members that mean an error, but that records also have: codes, states and messages.
fn probable(all: &[(String, &RawValue)]) -> Option<Denial> {
    let found = all.iter().find_map(|(key, value)| {
        let (name, text) = (name(key), text_of(value)?);
        let is = |names: &[&str]| names.contains(&name.as_str());
        let coded = is(&CODES) && (status(&text).is_some() || is_own_code(&text, all));
        let flagged = is(&FLAGS) && text == "false";
        let outcome = text.trim().to_ascii_lowercase();
        let failed = is(&OUTCOMES) && [&FAILURE_WORDS[..], &DENIALS].iter().any(|words| words.contains(&&*outcome));
        (coded || flagged || failed).then(|| Denial { what: format!("{key} is {text}"), status: status(&text) })
    });
    found.or_else(|| {
        let refuses = |text: &str| REFUSALS.iter().any(|word| text.to_ascii_lowercase().contains(word));
        let said = |(key, value): &(String, &RawValue)| {
            (TEXTS.contains(&name(key).as_str()) && refuses(&text_of(value)?)).then(|| key.clone())
        };
        let key = all.iter().filter(|_| all.len() <= MESSAGE_MEMBERS).find_map(said)?;
        Some(Denial { what: format!("it contains only {key}"), status: None })
    })
}

/// A list of errors instead of an object: each with a code and a message.
fn list_denial(json: &RawValue, scope: DenialScope) -> Option<Denial> {
    let first = *elements(json).filter(|_| matches!(scope, DenialScope::All))?.first()?;
    let inner = members(first)?;
    let has = |wanted: &[&str]| inner.iter().any(|(key, _)| wanted.contains(&name(key).as_str()));
    let is_error = has(&["errorcode", "error"]) && has(&["message", "msg", "detail"]);
    is_error.then(|| Denial { what: "it contains only errors".to_owned(), status: code(&inner) })
}

/// Whether the value contains anything that means an error. What is nested more than `depth` times counts as an error:
/// each level is read again, and a hostile server can nest 100,000 of them.
fn is_something(value: &RawValue, depth: usize) -> bool {
    let Some(below) = depth.checked_sub(1) else { return true };
    if let Some(members) = members(value) {
        return members.iter().any(|(_, value)| is_something(value, below));
    }
    if let Some(elements) = elements(value) {
        return elements.iter().any(|value| is_something(value, below));
    }
    text_of(value).is_some_and(|text| !NO_ERROR.contains(&text.trim().to_ascii_lowercase().as_str()))
}

fn is_denied(text: &str) -> bool {
    let text = text.trim().to_ascii_lowercase();
    matches!(&*text, "false" | "0" | "no") || FAILURE_WORDS.contains(&&*text)
}

fn code(all: &[(String, &RawValue)]) -> Option<u16> {
    let is_code = |key: &str| CODES.contains(&name(key).as_str());
    all.iter().filter(|(key, _)| is_code(key)).find_map(|(_, value)| status(&text_of(value)?))
}

fn status(text: &str) -> Option<u16> {
    text.trim().parse().ok().filter(|status| (400..600).contains(status))
}

/// Whether a text is an API's own code beside a message that does not say success.
fn is_own_code(text: &str, all: &[(String, &RawValue)]) -> bool {
    let said = all.iter().find(|(key, _)| ["message", "msg"].contains(&name(key).as_str()));
    let said = said.and_then(|(_, value)| text_of(value)).map(|text| text.trim().to_ascii_lowercase());
    text.trim().parse::<u64>().is_ok_and(|code| code >= 600)
        && said.is_some_and(|said| {
            !["success", "ok", "done", "succe"].iter().any(|fine| said.starts_with(fine)) && !said.is_empty()
        })
}

fn name(key: &str) -> String {
    key.chars().filter(|c| !matches!(c, '_' | '-')).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str, scope: DenialScope) -> Option<Denial> {
        denial(&RawValue::from_string(text.to_owned()).unwrap(), &[], scope)
    }

    #[test]
    fn a_refusal_within_a_success_is_found_in_every_spelling() {
        for (text, status) in [
            (r#"{"error":"token expired"}"#, None),
            (r#"{"error":{"code":401,"message":"no"}}"#, Some(401)),
            (r#"{"error":true,"data":[]}"#, None),
            (r#"{"data":null,"errors":[{"message":"Not authenticated"}]}"#, None),
            (r#"{"errors":{"base":["no"]}}"#, None),
            (r#"{"Errors":["no"],"status":403}"#, Some(403)),
            (r#"{"code":401,"message":"invalid token"}"#, Some(401)),
            (r#"{"code":"403"}"#, Some(403)),
            (r#"{"status":500}"#, Some(500)),
            (r#"{"statusCode":429}"#, Some(429)),
            (r#"{"code":40014,"msg":"invalid access_token"}"#, None),
            (r#"{"success":false}"#, None),
            (r#"{"success":"false"}"#, None),
            (r#"{"success":0}"#, None),
            (r#"{"ok":false,"error":""}"#, None),
            (r#"{"status":false,"message":"x"}"#, None),
            (r#"{"status":"error"}"#, None),
            (r#"{"result":"FAILED"}"#, None),
            (r#"{"type":"error","id":"1"}"#, None),
            (r#"{"errcode":40001,"errmsg":"invalid credential"}"#, None),
            (r#"{"error_code":"E1"}"#, None),
            (r#"{"hasErrors":true}"#, None),
            (r#"{"fault":{"faultstring":"Invalid"}}"#, None),
            (r#"{"meta":{"code":400,"error_type":"OAuth"}}"#, Some(400)),
            (r#"{"status":{"code":401}}"#, Some(401)),
            (r#"{"response_status":{"status":"failed"}}"#, None),
            (r#"{"data":{"error":"expired"}}"#, None),
            (r#"{"message":"Unauthorized"}"#, None),
            (r#"{"detail":"Authentication credentials were not provided."}"#, None),
            (r#"[{"errorCode":"INVALID_SESSION_ID","message":"Session expired"}]"#, None),
        ] {
            let denial = said(text, DenialScope::All).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(denial.status, status, "{text}: {}", denial.what);
        }
    }

    #[test]
    fn what_speaks_of_no_error_is_none() {
        for text in [
            "{}",
            "[]",
            "7",
            r#"{"id":1,"name":"Ann","status":"active","type":"user","code":94107}"#,
            r#"{"error":null,"errors":[],"error_code":0,"error_message":""}"#,
            r#"{"error":false,"success":true,"ok":1}"#,
            r#"{"errors":{},"error":{"code":0,"message":""}}"#,
            r#"{"errcode":0,"errmsg":"ok"}"#,
            r#"{"code":200,"message":"done"}"#,
            r#"{"code":10000,"msg":"Success"}"#,
            r#"{"status":"success","code":0}"#,
            r#"{"message":"pong"}"#,
            r#"{"data":{"status":"failed","code":404}}"#,
            r#"[{"id":1,"message":"hello"}]"#,
        ] {
            assert_eq!(said(text, DenialScope::All), None, "{text}");
        }
    }

    #[test]
    fn beside_records_only_errors_and_flags_count() {
        for text in [r#"{"status":"failed","code":404}"#, r#"{"data":{"error":"x"}}"#, r#"{"message":"expired"}"#] {
            assert_eq!(said(text, DenialScope::Plain), None, "{text}");
        }
        for text in [r#"{"errors":[{"message":"timeout"}]}"#, r#"{"success":false}"#, r#"{"meta":{"code":500}}"#] {
            assert!(said(text, DenialScope::Plain).is_some(), "{text}");
        }
        let known = denial(
            &RawValue::from_string(r#"{"errors":[{"id":1}]}"#.to_owned()).unwrap(),
            &["errors"],
            DenialScope::All,
        );
        assert_eq!(known, None, "the list of records may be called so");
    }

    #[test]
    fn words_are_those_of_the_api() {
        let words_of = |text: &str| error_message(&RawValue::from_string(text.to_owned()).unwrap());
        assert_eq!(words_of(r#"{"errors":[{"detail":"one"},{"detail":"two"}]}"#).as_deref(), Some("one"));
        assert_eq!(words_of(r#"{"error":{"message":"why"},"title":"t"}"#).as_deref(), Some("why"));
        assert_eq!(words_of(r#"{"message":" ","error":"why"}"#).as_deref(), Some("why"));
        assert_eq!(words_of(r#"{"error":7,"message":" "}"#), None);
    }

    #[test]
    fn an_error_that_is_nested_without_end_is_one() {
        let deep = format!(r#"{{"error":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
        assert!(said(&deep, DenialScope::All).is_some());
        assert_eq!(said(r#"{"error":[[],{"a":[null]}],"data":[1]}"#, DenialScope::All), None);
    }
}
