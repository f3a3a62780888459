//! What the pane beside the table shows about the selected credential.

use super::details::{history, refused_each_time, unread};
use super::{deadlines, integration, scopes, secrets, usage};
use crate::model::credential::{AuthFailure, Credential, Status};
use crate::tui::context::Context;
use crate::tui::widgets::fields::Row;
use crate::tui::widgets::relative_time;

pub(super) fn summary(cx: &Context<'_>, credential: &Credential) -> Vec<Row> {
    let status = credential.status(cx.now);
    let (glyph, style) = cx.theme.status(status);
    let mut rows = vec![Row::new("", format!("{glyph} {}", status.word())).style(style), Row::blank()];
    rows.extend(remedy(cx, credential));
    let provider = cx.catalog.by_id(&credential.provider);
    rows.extend(provider.into_iter().flat_map(|provider| deadlines::announcement(cx, provider, credential)));
    rows.push(Row::new("Integration", integration(cx, credential)));
    for (name, value) in &credential.setup.variables {
        let variable = provider.and_then(|provider| provider.variable(name));
        let label = variable.map_or(name.as_str(), |variable| &variable.label);
        let choice = variable.and_then(|variable| variable.choice(value));
        let words = choice.map_or_else(|| value.clone(), |choice| format!("{value} ({})", choice.label));
        rows.push(Row::new(label, words));
    }
    if credential.is_static_secret() {
        rows.extend(secrets::rows(cx, credential));
        rows.extend(secrets::proof(cx, credential));
        return rows;
    }
    rows.push(Row::new("Client ID", credential.setup.client.id.short()));
    // Always the same number of dots, so that the length of the secret is not revealed.
    let mask = if cx.theme.ascii { "********" } else { "••••••••" };
    let secret = if credential.setup.client.secret.is_some() { mask } else { "none (public client)" };
    rows.push(Row::new("Client secret", secret));
    if let Some(tokens) = &credential.tokens {
        rows.push(Row::new("Access token", deadlines::access_token(cx, credential, tokens)));
        let refresh = match (&tokens.refresh, tokens.refresh_expires_at) {
            (None, _) if credential.uses_client_credentials() => "none needed (client credentials)".to_owned(),
            (None, _) => "none: sign in again when the access token expires".to_owned(),
            (Some(_), Some(end)) => relative_time::validity(cx, Some(end)),
            (Some(_), None) => format!("received {}", relative_time::instant(cx, tokens.received_at)),
        };
        rows.push(Row::new("Refresh token", refresh));
    }
    rows.push(Row::new("Scopes", scopes::in_words(credential)));
    rows
}

/// More rows from the details page, shown if there is room: which integrations use the credential, deadlines, history.
pub(super) fn more(cx: &Context<'_>, credential: &Credential) -> Vec<Row> {
    let mut rows = vec![Row::blank()];
    rows.extend(usage::by_integrations(cx, credential.id));
    rows.extend(deadlines::deadlines(cx, credential));
    rows.extend([Row::blank(), Row::new("", "History").style(cx.theme.heading)]);
    rows.extend(history(cx, credential));
    rows
}

/// Why the credential does not work and what to do; empty if it works.
fn remedy(cx: &Context<'_>, credential: &Credential) -> Vec<Row> {
    let credential = &*credential.decisive(cx.now);
    let why = match (credential.status(cx.now), &credential.setback) {
        (Status::Authenticated, _) => return Vec::new(),
        (Status::NotAuthenticated, _) if credential.is_static_secret() => "It has not been tested yet.".to_owned(),
        (Status::NotAuthenticated, _) => "It has not been authenticated yet.".to_owned(),
        (Status::ExpiringSoon, _) => "Soon it can only be renewed by signing in again.".to_owned(),
        (Status::Revoked, _) => "You revoked its tokens at the provider.".to_owned(),
        (Status::ProbablyNeedsReauthentication, _) => refused_each_time(credential),
        (Status::ResponseUnread, _) => unread(cx, credential),
        (_, Some(AuthFailure::Refused { at, code })) if credential.is_static_secret() => {
            format!("{code}: rejected by the provider, {}.", relative_time::instant(cx, *at))
        }
        (_, Some(AuthFailure::Refused { at, code })) => {
            format!("{code}: the provider rejected the refresh token, {}.", relative_time::instant(cx, *at))
        }
        _ => "Its tokens have expired.".to_owned(),
    };
    let provider = cx.catalog.by_id(&credential.provider);
    let panel = if provider.is_some_and(|provider| !provider.panels.is_empty()) {
        " On its page, m shows help with MFA."
    } else {
        ""
    };
    if credential.is_static_secret() {
        let act = match credential.status(cx.now) {
            Status::NotAuthenticated => "Press a to test it.",
            Status::ExpiringSoon => "Create a new one in the provider's console, then press E to enter it.",
            _ => "Press E to enter a new one, or a to test this one again.",
        };
        return vec![Row::new("Why", why).style(cx.theme.warn), Row::new("What to do", act), Row::blank()];
    }
    let act = if credential.tokens.is_some() { "Press a to authenticate again." } else { "Press a to authenticate." };
    vec![Row::new("Why", why).style(cx.theme.warn), Row::new("What to do", format!("{act}{panel}")), Row::blank()]
}
