//! The account that consented, from the userinfo endpoint (OpenID Connect Core section 5.3).

use http::Method;
use url::Url;
use zeroize::Zeroizing;

use super::claims;
use super::http::{BodyLimit, Http, Request};
use crate::model::credential::{Account, Tokens};

/// Requests the account that the access token belongs to; `None` if the provider does not say, for whatever reason,
/// because a consent without the scope for it is just as good.
pub async fn account(http: &Http, url: &Url, tokens: &Tokens) -> Option<Account> {
    let value = Zeroizing::new(format!("Bearer {}", tokens.access.expose()));
    let headers = vec![("Authorization".to_owned(), value)];
    let request = Request { method: Method::GET, url, headers, body: None, secrets: vec![(*tokens.access).clone()] };
    let response = http.send(request, BodyLimit::Token).await.ok().filter(|response| response.status == 200)?;
    claims::account(&response.text(), &response)
}
