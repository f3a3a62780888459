//! Who consented: the userinfo endpoint (OpenID Connect Core section 5.3).

use http::Method;
use url::Url;
use zeroize::Zeroizing;

use super::claims;
use super::http::{Cap, Http, Request};
use crate::model::credential::{Account, Tokens};

/// The account the access token speaks for; `None` where the provider does not tell, for whatever reason: a consent
/// without the scope for it is none the worse.
pub async fn account(http: &Http, url: &Url, tokens: &Tokens) -> Option<Account> {
    let value = Zeroizing::new(format!("Bearer {}", tokens.access.expose()));
    let headers = vec![("Authorization".to_owned(), value)];
    let request = Request { method: Method::GET, url, headers, body: None, secrets: vec![(*tokens.access).clone()] };
    let answer = http.send(request, Cap::Token).await.ok().filter(|answer| answer.status == 200)?;
    claims::account(&answer.text(), &answer)
}
