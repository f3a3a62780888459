//! Who consented: the userinfo endpoint (OpenID Connect Core section 5.3).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::Method;
use url::Url;
use zeroize::Zeroizing;

use super::fields::{Fields, Value};
use super::http::{Cap, Http, Request};
use crate::model::credential::{Account, Tokens};
use crate::printable::printable;

/// Characters of a subject or a label.
const MAX: usize = 255;

/// What a person knows the account by, best first.
const LABELS: [&str; 4] = ["email", "preferred_username", "name", "sub"];

/// The account the access token speaks for; `None` where the provider does not tell, for whatever reason: a consent
/// without the scope for it is none the worse.
pub async fn account(http: &Http, url: &Url, tokens: &Tokens) -> Option<Account> {
    let value = Zeroizing::new(format!("Bearer {}", tokens.access.expose()));
    let headers = vec![("Authorization".to_owned(), value.clone())];
    let request = Request { method: Method::GET, url, headers, body: None, secrets: vec![value] };
    let answer = http.send(request, Cap::Token).await.ok().filter(|answer| answer.status == 200)?;
    read(&answer.text())
}

fn read(text: &str) -> Option<Account> {
    let signed = payload(text);
    let top = Fields::json(signed.as_deref().unwrap_or(text))?;
    let text = |name: &str| {
        // Some give the subject as a number.
        let text = top.get(name).and_then(Value::scalar)?;
        Some(printable(text.trim(), MAX)).filter(|text| !text.is_empty())
    };
    Some(Account { subject: text("sub")?, label: LABELS.iter().find_map(|name| text(name))? })
}

/// The claims of a signed answer (OpenID Connect Core section 5.3.2, RFC 7515 section 7.1). It came over TLS from the
/// endpoint itself, and decides only whose name is shown and compared.
fn payload(text: &str) -> Option<String> {
    let mut parts = text.trim().split('.');
    let (_, claims, _) = (parts.next()?, parts.next()?, parts.next()?);
    let bytes = URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?;
    parts.next().is_none().then(|| String::from_utf8(bytes).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_known_name_is_the_label() {
        let account = read(r#"{"sub":"24","name":"Ann","email":"ann@acme.example","email_verified":true}"#).unwrap();
        assert_eq!((account.subject.as_str(), account.label.as_str()), ("24", "ann@acme.example"));
        assert_eq!(read(r#"{"sub":"24","email":""}"#).unwrap().label, "24");
        for nobody in ["", "{}", "[]", r#"{"sub":""}"#, r#"{"sub":null}"#, r#"{"email":"ann@acme.example"}"#, "<html>"]
        {
            assert_eq!(read(nobody), None, "{nobody}");
        }
    }

    #[test]
    fn a_number_and_a_signed_answer_are_read() {
        assert_eq!(read(r#"{"sub":24,"email":"ann@acme.example"}"#).unwrap().subject, "24");
        let claims = URL_SAFE_NO_PAD.encode(r#"{"sub":"24","email":"ann@acme.example"}"#);
        assert_eq!(read(&format!("eyJhbGciOiJub25lIn0.{claims}.c2ln\n")).unwrap().label, "ann@acme.example");
        for nobody in ["a.b", "a.b.c", "a.b.c.d", &format!("x.{claims}.y.z")] {
            assert_eq!(read(nobody), None, "{nobody}");
        }
    }

    #[test]
    fn pr_16_an_account_cannot_command_the_terminal() {
        let account = read(r#"{"sub":"1","email":"\u001b]52;c;UFdO\u0007\u202eann"}"#).unwrap();
        assert!(account.label.chars().all(crate::printable::is_plain), "{}", account.label);
        let long = format!(r#"{{"sub":"{}"}}"#, "x".repeat(9_999));
        assert_eq!(read(&long).unwrap().subject.chars().count(), MAX);
    }
}
