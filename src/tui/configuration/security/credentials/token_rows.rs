//! The tokens of a credential, one per row: the main tokens, then the additional sets.

use super::deadlines;
use crate::model::credential::{AuthFailure, Credential, TokenKind, Tokens};
use crate::tui::context::Context;
use crate::tui::widgets::fields::Row;
use crate::tui::widgets::relative_time;

pub(super) fn rows(cx: &Context<'_>, credential: &Credential) -> Vec<Row> {
    let Some(tokens) = &credential.tokens else { return Vec::new() };
    let provider = cx.catalog.by_id(&credential.provider);
    // If there is only one set of tokens, their kind is not shown.
    let main = provider.and_then(|provider| provider.flow.token_kind).filter(|_| !credential.token_sets.is_empty());
    let mut rows = pair(cx, credential, tokens, main);
    for (kind, set) in &credential.token_sets {
        rows.extend(pair(cx, credential, &set.tokens, Some(*kind)));
        if let Some(AuthFailure::Refused { at, code }) = &set.setback {
            let words = format!("{kind}, {}: {code}", relative_time::instant(cx, *at));
            rows.push(Row::new("Rejected", words).style(cx.theme.warn));
        }
    }
    rows
}

fn pair(cx: &Context<'_>, credential: &Credential, tokens: &Tokens, kind: Option<TokenKind>) -> Vec<Row> {
    let dots = if cx.theme.ascii { "********" } else { "••••••••" };
    let of = kind.map_or_else(String::new, |kind| format!("{kind}, "));
    let refresh = match (&tokens.refresh, tokens.refresh_expires_at) {
        (None, _) if credential.uses_client_credentials() => "none needed (client credentials)".to_owned(),
        (None, _) => "none".to_owned(),
        (Some(_), None) => format!("{dots}   {of}received {}", relative_time::instant(cx, tokens.received_at)),
        (Some(_), end) => format!("{dots}   {of}{}", relative_time::validity(cx, end)),
    };
    vec![
        Row::new("Access token", format!("{dots}   {of}{}", deadlines::access_token(cx, credential, tokens))),
        Row::new("Refresh token", refresh),
    ]
}

/// The commands that print the tokens, one for each kind.
pub(super) fn in_scripts(cx: &Context<'_>, credential: &Credential) -> Vec<Row> {
    let row = |label: &str, kind: &str| {
        Row::new(label, format!("credenza token \"{}\"{kind}", credential.name)).style(cx.theme.accent)
    };
    let sets =
        credential.token_sets.keys().map(|kind| row(&format!("For the {kind} token"), &format!(" --kind {kind}")));
    std::iter::once(row("In scripts", "")).chain(sets).collect()
}
