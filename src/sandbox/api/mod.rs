//! The products' APIs: who calls, with which scope, and where the call goes.

mod ec;
mod mdm;
mod sdp;

use serde_json::{Value, json};

use super::Shared;
use super::answer::Answer;
use super::ledger::Bearer;
use super::seen::Seen;
use super::zoho::{self, DataCenter, Product};
use crate::catalog::{Counted, Size};

/// Answers a call to a product's host.
pub(super) fn answer(shared: &Shared, asked: &Seen, product: Product, dc: &DataCenter) -> Answer {
    if let Some(answer) = shared.script.next_call() {
        return answer;
    }
    let bearer = bearer(shared, asked, dc);
    let without = bearer.is_some() && shared.script.is_without(product);
    match product {
        Product::Mdm if without => mdm::without(),
        Product::Sdp if without => sdp::without(),
        Product::Ec if without => ec::without(),
        Product::Mdm => mdm::answer(shared, asked, bearer.as_ref()),
        Product::Sdp => sdp::answer(shared, asked, bearer.as_ref()),
        Product::Ec => ec::answer(shared, asked, bearer.as_ref()),
    }
}

/// Whoever the token speaks for. The scheme is `Zoho-oauthtoken` in any case of letters; a token of another data center is
/// no token here.
fn bearer(shared: &Shared, asked: &Seen, dc: &DataCenter) -> Option<Bearer> {
    let (scheme, token) = asked.header("authorization")?.split_once(' ')?;
    let known = scheme.eq_ignore_ascii_case("Zoho-oauthtoken");
    let bearer = known.then(|| shared.ledger().bearer(token, shared.clock.now())).flatten()?;
    zoho::by_accounts(&bearer.realm).filter(|home| home.code == dc.code).map(|_| bearer)
}

/// Whether one of the scopes was granted; `SERVICE.module.ALL` covers its operations.
fn may(bearer: &Bearer, scope: &str) -> bool {
    let all = scope.rsplit_once('.').map(|(module, _)| format!("{module}.ALL"));
    bearer.scopes.iter().any(|granted| granted == scope || Some(granted) == all.as_ref())
}

/// Paging as a product documents it: exact here, whatever the catalog says.
fn counted(parameter: &str, first: u32, limit: &str, most: u32) -> Counted {
    let size = Size { parameter: limit.to_owned(), records: most };
    Counted { parameter: parameter.to_owned(), first, size, more: None, json: None }
}

/// The shared security filter's error.
fn filter_error(asked: &Seen, code: u16, message: &str) -> Answer {
    json_answer(&json!({ "error": { "code": code, "requestURI": asked.path, "message": message } })).with_status(code)
}

fn json_answer(body: &Value) -> Answer {
    Answer::status(200)
        .header("server", "ZGS")
        .header("content-type", "application/json;charset=UTF-8")
        .body(body.to_string().as_bytes())
}
