//! Finds the error in a server's response: `error` as in RFC 6749 section 5.2, and the other places servers use.

use super::fields::{Fields, Value};

/// Members that may hold a code, besides `error`.
const CODES: [&str; 3] = ["error_code", "errorCode", "error_type"];
/// Members that may hold a code if the status or another member says that the request failed.
const CODES_OF_A_REFUSAL: [&str; 5] = ["status", "code", "type", "reason", "name"];
/// Members of an object in `error` or `errors` that may hold a code.
const INNER: [&str; 9] =
    ["errorType", "error_type", "error_code", "code", "type", "error", "status", "reason", "message"];
/// Members that may hold the description, best first.
const DESCRIPTIONS: [&str; 10] = [
    "error_description",
    "errorDescription",
    "message",
    "msg",
    "error_message",
    "detail",
    "details",
    "description",
    "title",
    "reason",
];
/// Values of a member such as `status` that say that a request failed, but not why.
pub(crate) const FAILURE_WORDS: [&str; 5] = ["failure", "failed", "fail", "error", "ko"];

/// A server's refusal in any form: code and description; `None` if the response is not a refusal.
pub(super) fn refusal_of(top: &Fields<'_>, status: u16) -> Option<(String, String)> {
    let described = || first(top, &DESCRIPTIONS).unwrap_or_default();
    if let Some((code, inner)) = said(top.get("error")) {
        return Some((code, if inner.is_empty() { described() } else { inner }));
    }
    if let Some(code) = first(top, &CODES) {
        return Some((code, described()));
    }
    if let Some((code, inner)) = errors_member(top.get("errors")) {
        return Some((code, if inner.is_empty() { described() } else { inner }));
    }
    let flag =
        |name: &str, wanted: &str| top.get(name).and_then(Value::scalar).is_some_and(|said| said.as_str() == wanted);
    let word = top.get("status").and_then(Value::text);
    let failed = word.is_some_and(|word| FAILURE_WORDS.contains(&word.to_lowercase().as_str()))
        || flag("success", "false")
        || flag("ok", "false")
        || top.get("code").and_then(Value::number).is_some_and(|code| (400.0..600.0).contains(&code));
    if !failed && status < 400 {
        return None;
    }
    let code = CODES_OF_A_REFUSAL.iter().find_map(|name| word_of(top.get(name)?)).filter(|code| !is_failure(code));
    let description = described();
    let description = if code.as_ref() == Some(&description) { String::new() } else { description };
    (failed || code.is_some() || !description.is_empty())
        .then(|| (code.unwrap_or_else(|| "failed".to_owned()), description))
}

/// Code and description in `error`, which is text or an object.
fn said(value: Option<Value<'_>>) -> Option<(String, String)> {
    let value = value?;
    match value.members() {
        Some(inner) => object(&inner),
        None => value.scalar().map(|text| (text.to_string(), String::new())),
    }
    .filter(|(code, _)| !matches!(code.trim(), "" | "false" | "0"))
}

/// The first entry of `errors`: a list of objects or texts, or an object.
fn errors_member(value: Option<Value<'_>>) -> Option<(String, String)> {
    let value = value?;
    let texts = || value.texts()?.into_iter().find(|text| !text.trim().is_empty()).map(|text| (text, String::new()));
    value.elements().iter().find_map(object).or_else(texts)
}

fn object(inner: &Fields<'_>) -> Option<(String, String)> {
    let code = INNER.iter().find_map(|name| word_of(inner.get(name)?))?;
    let description = first(inner, &DESCRIPTIONS).filter(|words| *words != code).unwrap_or_default();
    Some((code, description))
}

fn first(fields: &Fields<'_>, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| word_of(fields.get(name)?))
}

/// Text that is neither empty nor a number.
fn word_of(value: Value<'_>) -> Option<String> {
    value.text().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty() && text.parse::<f64>().is_err())
}

fn is_failure(code: &str) -> bool {
    FAILURE_WORDS.contains(&code.to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, status: u16) -> Option<(String, String)> {
        refusal_of(&Fields::json(text).unwrap(), status)
    }

    #[test]
    fn a_refusal_is_read_wherever_it_is_written() {
        for (text, status, code, description) in [
            (r#"{"error":"invalid_grant","error_description":"gone"}"#, 400, "invalid_grant", "gone"),
            (r#"{"error":{"code":400,"status":"INVALID","message":"no"}}"#, 400, "INVALID", "no"),
            (r#"{"error":{"type":"OAuthException","message":"no"}}"#, 200, "OAuthException", "no"),
            (
                r#"{"code":400,"error_code":"refresh_token_not_found","msg":"Invalid"}"#,
                400,
                "refresh_token_not_found",
                "Invalid",
            ),
            (r#"{"status":"BAD_REFRESH_TOKEN","message":"missing"}"#, 400, "BAD_REFRESH_TOKEN", "missing"),
            (r#"{"errors":[{"errorType":"invalid_grant","message":"x"}],"success":false}"#, 400, "invalid_grant", "x"),
            (
                r#"{"error":"invalid_request","reason":"Redirect URI mismatch."}"#,
                400,
                "invalid_request",
                "Redirect URI mismatch.",
            ),
            (r#"{"reason":"expired_grant"}"#, 400, "expired_grant", ""),
            (r#"{"errors":["expired"]}"#, 200, "expired", ""),
            (r#"{"errors":{"code":"expired"}}"#, 200, "expired", ""),
            (r#"{"ok":false,"error":"invalid_refresh_token"}"#, 200, "invalid_refresh_token", ""),
            (r#"{"status":"failure"}"#, 200, "failed", ""),
            (r#"{"success":false,"message":"no"}"#, 200, "failed", "no"),
            (r#"{"code":401,"message":"no"}"#, 200, "failed", "no"),
            (r#"{"message":"Forbidden"}"#, 403, "failed", "Forbidden"),
        ] {
            assert_eq!(read(text, status), Some((code.to_owned(), description.to_owned())), "{text}");
        }
        for (text, status) in [
            ("{}", 200),
            ("{}", 400),
            (r#"{"status":"success"}"#, 200),
            (r#"{"status":"ok","code":200,"message":"done"}"#, 200),
            (r#"{"error":"","errors":[]}"#, 200),
            (r#"{"error":null,"errors":null}"#, 200),
            (r#"{"error":false}"#, 200),
        ] {
            assert_eq!(read(text, status), None, "{text}");
        }
    }
}
