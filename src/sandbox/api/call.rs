//! Handles a call to a product's API: checks the access token, and passes the call to the product.

use super::{ec, mdm, sdp};
use crate::sandbox::ledger::Bearer;
use crate::sandbox::recorded_request::RecordedRequest;
use crate::sandbox::response::Response;
use crate::sandbox::shared::Shared;
use crate::sandbox::zoho::{self, DataCenter, Product};

/// Responds to a call to a product's host.
pub(in crate::sandbox) fn respond(
    shared: &Shared,
    asked: &RecordedRequest,
    product: Product,
    dc: &DataCenter,
) -> Response {
    if let Some(response) = shared.script.next_call() {
        return response;
    }
    let bearer = bearer(shared, asked, dc);
    let without = bearer.is_some() && shared.script.is_without(product);
    match product {
        Product::Mdm if without => mdm::without(),
        Product::Sdp if without => sdp::without(),
        Product::Ec if without => ec::without(),
        Product::Mdm => mdm::respond(shared, asked, bearer.as_ref()),
        Product::Sdp => sdp::respond(shared, asked, bearer.as_ref()),
        Product::Ec => ec::respond(shared, asked, bearer.as_ref()),
    }
}

/// The account and scopes of the access token. The scheme `Zoho-oauthtoken` is case-insensitive; a token of another
/// data center is not valid here.
fn bearer(shared: &Shared, asked: &RecordedRequest, dc: &DataCenter) -> Option<Bearer> {
    let (scheme, token) = asked.header("authorization")?.split_once(' ')?;
    let known = scheme.eq_ignore_ascii_case("Zoho-oauthtoken");
    let bearer = known.then(|| shared.ledger().bearer(token, shared.clock.now())).flatten()?;
    zoho::by_accounts(&bearer.realm).filter(|home| home.code == dc.code).map(|_| bearer)
}
