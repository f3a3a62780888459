//! What is secret in a credential that was typed in, as dots, and what proves that it works.

use crate::engine::ops::setup::secret_fields;
use crate::model::credential::{Credential, ProvenBy, Setback};
use crate::secret::Secret;
use crate::tui::context::Context;
use crate::tui::widgets::fields::Row;
use crate::tui::widgets::when;

/// A row each: dots of one length, whatever they hide.
pub(super) fn rows(cx: &Context<'_>, credential: &Credential) -> Vec<Row> {
    let dots = if cx.theme.ascii { "********" } else { "••••••••" };
    let provider = cx.catalog.by_id(&credential.provider);
    let label = |name: &str| {
        let known = provider.and_then(|provider| secret_fields(provider).into_iter().find(|(known, _)| *known == name));
        known.map_or_else(|| name.to_owned(), |(_, label)| label.to_owned())
    };
    credential.setup.secrets.keys().map(|name| Row::new(&label(name), dots)).collect()
}

/// Where they go in each call.
pub(super) fn sent(cx: &Context<'_>, credential: &Credential) -> Option<Row> {
    let dots = if cx.theme.ascii { "****" } else { "••••" };
    let provider = cx.catalog.by_id(&credential.provider)?;
    Some(Row::new("Sent as", provider.sends(dots, &credential.setup.variables).join(", ")))
}

/// The one that `v` shows: what is typed in, else the client's.
pub(super) fn main(credential: &Credential) -> Option<&Secret> {
    credential.main_secret()
}

pub(super) fn main_label<'a>(cx: &Context<'a>, credential: &Credential) -> &'a str {
    let provider = cx.catalog.by_id(&credential.provider).filter(|_| credential.is_typed_in());
    provider.map_or("Client Secret", |provider| provider.secret_label())
}

/// When it was last seen to work, and who says so.
pub(super) fn proof(cx: &Context<'_>, credential: &Credential) -> Option<Row> {
    let words = match &credential.proof {
        Some(proof) => {
            let when = when::instant(cx, proof.at);
            match (proof.by, &proof.host) {
                (ProvenBy::Person, _) => format!("not tested: the catalog has no test call ({when})"),
                (ProvenBy::Test, Some(host)) => format!("passed {when}, by {host}"),
                (ProvenBy::Test, None) => format!("passed {when}"),
            }
        }
        None if credential.is_typed_in() => match &credential.setback {
            Some(Setback::Refused { at, code }) => format!("refused {}: {code}", when::instant(cx, *at)),
            _ => "never".to_owned(),
        },
        None => return None,
    };
    Some(Row::new("Tested", words))
}
