//! One credential as JSON, the same in `list`, `show`, `add` and `rename`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::catalog::Provider;
use crate::engine::Workspace;
use crate::mask::Masks;
use crate::model::credential::{AuthFailure, Credential, TokenKind};
use crate::model::integration::Integrations;

/// ```json
/// { "id": "…", "name": "Zoho EU", "integration": "manageengine", "grant_type": "authorization_code",
///   "status": "authenticated", "owner": "", "tags": [], "expires_on": "2027-02-01",
///   "access_token_expires_at": "2026-11-23T11:00:00Z", "authenticated_at": "…", "created_at": "…" }
/// ```
/// `grant_type` comes from the integration's catalog entry; it is `null` if that entry no longer exists. `grant` is its
/// former name. Times are RFC 3339 UTC, `null` if unknown. Status is one of `authenticated`, `expiring_soon`,
/// `needs_reauthentication`, `probably_needs_reauthentication`, `answer_unreadable`, `revoked`, `not_authenticated`.
pub(super) fn json(credential: &Credential, workspace: &Workspace) -> Value {
    let grant = workspace.catalog.by_id(&credential.provider).map(|provider| provider.grant.code());
    json!({
        "id": credential.id,
        "name": credential.name,
        "integration": credential.provider,
        "grant": grant,
        "grant_type": grant,
        "status": credential.status(workspace.clock.now()).code(),
        "owner": credential.details.owner,
        "tags": credential.details.tags,
        "expires_on": credential.details.expires_on,
        "access_token_expires_at":
            credential.tokens.as_ref().and_then(|tokens| tokens.expires_at).map(whole_seconds),
        "authenticated_at": credential.authenticated_at(),
        "created_at": credential.created_at,
    })
}

/// Without the fraction of a second, which some date parsers reject (`jq fromdateiso8601`).
pub(super) fn whole_seconds(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

/// The same with everything that is not secret, for `show`. `captured` is what the provider's responses contained: a
/// site, a tenant, the address of an API. `secrets` are the names of the secrets the credential has: a key, token or
/// password, and secret variables. `account` is `{"subject", "label"}` or `null`; `tested` is
/// `{"at", "by": "test"|"person", "host"}` or `null`; `quota` is `{"used", "of", "window_seconds", "frees_at"}` if the
/// provider limits the number of access tokens, else `null`; `integrations` are the names of the integrations that use
/// the credential. `token_sets` are the kinds of tokens, the main one first, if one consent returns several; else it is
/// empty.
pub(super) fn details(credential: &Credential, integrations: &Integrations, workspace: &Workspace) -> Value {
    let mut value = json(credential, workspace);
    let tokens = credential.tokens.as_ref();
    let why = match &credential.setback {
        Some(AuthFailure::Refused { code, .. }) => Some(code.as_str()),
        Some(AuthFailure::Revoked { .. }) => Some("revoked"),
        None => None,
    };
    let provider = workspace.catalog.by_id(&credential.provider);
    let quota = provider.and_then(|provider| provider.quota(credential, workspace.clock.now()));
    // A provider may echo a secret that was sent to it as a site or a tenant.
    let masks = Masks::of(&credential.secrets());
    let captured = tokens.into_iter().flat_map(|tokens| &tokens.captured);
    let captured: BTreeMap<&String, String> =
        captured.map(|(name, value)| (name, masks.conceal(value, usize::MAX).to_string())).collect();
    let more = json!({
        "description": credential.details.description,
        "browser": credential.details.browser,
        "client_id": credential.setup.client.id,
        "has_client_secret": credential.setup.client.secret.is_some(),
        "secrets": credential.setup.secrets.keys().collect::<Vec<_>>(),
        "account": credential.account,
        "tested": credential.proof,
        "variables": credential.setup.variables,
        "redirect_uri": credential.setup.redirect_uri,
        "scopes": credential.setup.scopes,
        "granted_scopes": tokens.and_then(|tokens| tokens.scopes.clone()),
        "has_access_token": tokens.is_some(),
        "has_refresh_token": tokens.is_some_and(|tokens| tokens.refresh.is_some()),
        "token_sets": provider.map(|provider| token_sets(credential, provider, workspace)).unwrap_or_default(),
        "refresh_token_expires_at": tokens.and_then(|tokens| tokens.refresh_expires_at).map(whole_seconds),
        "captured": captured,
        "refused": why,
        "unread_answer": credential.any_unread().map(|answer| json!({
            "at": answer.at, "status": answer.status, "content_type": answer.content_type,
        })),
        "endpoints": credential.endpoints,
        "quota": quota.map(|quota| json!({
            "used": quota.used, "of": quota.of, "window_seconds": quota.window.as_secs(), "frees_at": quota.frees_at,
        })),
        "integrations": integrations.using(credential.id).map(|one| &one.name).collect::<Vec<_>>(),
        "history": credential.history,
    });
    if let (Value::Object(value), Value::Object(more)) = (&mut value, more) {
        value.extend(more);
    }
    value
}

/// `{"kind", "status", "access_token_expires_at", "has_refresh_token", "refresh_token_expires_at", "granted_scopes"}`.
fn token_sets(credential: &Credential, provider: &Provider, workspace: &Workspace) -> Vec<Value> {
    let Some(main) = provider.flow.token_kind.filter(|_| credential.tokens.is_some()) else { return Vec::new() };
    let one = |(kind, set): (Option<TokenKind>, Cow<'_, Credential>)| {
        let tokens = set.tokens.as_ref()?;
        Some(json!({
            "kind": kind.unwrap_or(main),
            "status": set.status_of_main(workspace.clock.now()).code(),
            "access_token_expires_at": tokens.expires_at.map(whole_seconds),
            "has_refresh_token": tokens.refresh.is_some(),
            "refresh_token_expires_at": tokens.refresh_expires_at.map(whole_seconds),
            "granted_scopes": tokens.scopes,
        }))
    };
    credential.each_kind().filter_map(one).collect()
}
