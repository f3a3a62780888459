//! Who consented: the userinfo endpoint (OpenID Connect Core section 5.3).

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
    read(std::str::from_utf8(&answer.body).ok()?)
}

fn read(text: &str) -> Option<Account> {
    let top = Fields::json(text)?;
    let text = |name: &str| {
        let text = top.get(name).and_then(Value::text)?;
        Some(printable(text.trim(), MAX)).filter(|text| !text.is_empty())
    };
    Some(Account { subject: text("sub")?, label: LABELS.iter().find_map(|name| text(name))? })
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
    fn pr_16_an_account_cannot_command_the_terminal() {
        let account = read(r#"{"sub":"1","email":"\u001b]52;c;UFdO\u0007\u202eann"}"#).unwrap();
        assert!(account.label.chars().all(crate::printable::is_plain), "{}", account.label);
        let long = format!(r#"{{"sub":"{}"}}"#, "x".repeat(9_999));
        assert_eq!(read(&long).unwrap().subject.chars().count(), MAX);
    }
}
