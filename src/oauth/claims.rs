//! Reads what a provider says about an account, and when a token that is a JWT expires (RFC 7519).
//!
//! No signature is verified: the text came from the provider itself over TLS (OpenID Connect Core section 3.1.3.7,
//! point 6), and it decides only which name is shown and compared, and how long a token is used.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use super::fields::{Fields, Value};
use super::http::Response;
use crate::model::credential::Account;
use crate::printable::printable;

/// Longest subject or label, in characters.
const MAX: usize = 255;

/// Claims shown as the account's name, best first.
const LABELS: [&str; 4] = ["email", "preferred_username", "name", "sub"];

/// The account in a userinfo response, plain or signed (OpenID Connect Core section 5.3.2), or in an ID token.
/// `response` is the response that contained it.
pub(super) fn account(text: &str, response: &Response) -> Option<Account> {
    let signed = payload(text);
    let top = Fields::json(signed.as_ref().map_or(text, |claims| claims.as_str()))?;
    let text = |name: &str| {
        // Some providers send the subject as a number.
        let text = top.get(name).and_then(Value::scalar)?;
        Some(printable(text.trim(), MAX)).filter(|text| !text.is_empty())
    };
    let label = LABELS.iter().find_map(|name| text(name))?;
    Some(Account { subject: text("sub")?, label: response.quote(&label, MAX) })
}

/// The expiry of a token that is a JWT, in seconds since 1970 (RFC 7519 section 4.1.4, RFC 9068 section 2.2).
pub(super) fn expires(token: &str) -> Option<f64> {
    Fields::json(&payload(token)?)?.get("exp")?.number()
}

/// The claims of a JWT in its compact form (RFC 7515 section 7.1).
fn payload(text: &str) -> Option<Zeroizing<String>> {
    let mut parts = text.trim().split('.');
    let (_, claims, _) = (parts.next()?, parts.next()?, parts.next()?);
    let bytes = URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?;
    parts.next().is_none().then(|| String::from_utf8(bytes).ok().map(Zeroizing::new))?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(text: &str) -> Option<Account> {
        super::account(text, &Response::made(200, "", b""))
    }

    #[test]
    fn the_best_known_name_is_the_label() {
        let found = account(r#"{"sub":"24","name":"Ann","email":"ann@acme.example","email_verified":true}"#).unwrap();
        assert_eq!((found.subject.as_str(), found.label.as_str()), ("24", "ann@acme.example"));
        assert_eq!(account(r#"{"sub":"24","email":""}"#).unwrap().label, "24");
        for nobody in ["", "{}", "[]", r#"{"sub":""}"#, r#"{"sub":null}"#, r#"{"email":"ann@acme.example"}"#, "<html>"]
        {
            assert_eq!(account(nobody), None, "{nobody}");
        }
    }

    #[test]
    fn a_number_and_a_signed_answer_are_account() {
        assert_eq!(account(r#"{"sub":24,"email":"ann@acme.example"}"#).unwrap().subject, "24");
        let claims = URL_SAFE_NO_PAD.encode(r#"{"sub":"24","email":"ann@acme.example"}"#);
        assert_eq!(account(&format!("eyJhbGciOiJub25lIn0.{claims}.c2ln\n")).unwrap().label, "ann@acme.example");
        for nobody in ["a.b", "a.b.c", "a.b.c.d", &format!("x.{claims}.y.z")] {
            assert_eq!(account(nobody), None, "{nobody}");
        }
    }

    #[test]
    fn pr_16_an_account_cannot_command_the_terminal() {
        let found = account(r#"{"sub":"1","email":"\u001b]52;c;UFdO\u0007\u202eann"}"#).unwrap();
        assert!(found.label.chars().all(crate::printable::is_plain), "{}", found.label);
        let long = format!(r#"{{"sub":"{}"}}"#, "x".repeat(9_999));
        assert_eq!(account(&long).unwrap().subject.chars().count(), MAX);
    }

    #[test]
    fn the_end_of_a_jwt_is_read_and_of_anything_else_is_none() {
        let token = |claims: &str| format!("eyJhbGciOiJub25lIn0.{}.c2ln", URL_SAFE_NO_PAD.encode(claims));
        assert_eq!(expires(&token(r#"{"exp":1800000000,"sub":"1"}"#)), Some(1_800_000_000.0));
        for other in ["opaque", "a.b.c", &token("{}"), &token(r#"{"exp":"soon"}"#), &token("[]")] {
            assert_eq!(expires(other), None, "{other}");
        }
    }
}
