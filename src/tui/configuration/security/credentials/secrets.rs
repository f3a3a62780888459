//! The secrets of a credential, as dots, and the evidence that they work.

use crate::engine::ops::setup::secret_fields;
use crate::model::credential::{AuthFailure, Credential, ProvenBy};
use crate::secret::Secret;
use crate::tui::context::Context;
use crate::tui::widgets::fields::Row;
use crate::tui::widgets::relative_time;

/// One row per secret, always with the same number of dots, so that its length is not revealed.
pub(super) fn rows(cx: &Context<'_>, credential: &Credential) -> Vec<Row> {
    let dots = if cx.theme.ascii { "********" } else { "••••••••" };
    let provider = cx.catalog.by_id(&credential.provider);
    let label = |name: &str| {
        let known = provider.and_then(|provider| secret_fields(provider).into_iter().find(|(known, _)| *known == name));
        known.map_or_else(|| name.to_owned(), |(_, label)| label.to_owned())
    };
    credential.setup.secrets.keys().map(|name| Row::new(&label(name), dots)).collect()
}

/// Where the secrets go in each call.
pub(super) fn sent(cx: &Context<'_>, credential: &Credential) -> Option<Row> {
    let dots = if cx.theme.ascii { "****" } else { "••••" };
    let provider = cx.catalog.by_id(&credential.provider)?;
    Some(Row::new("Sent as", provider.sends(dots, &credential.setup.variables).join(", ")))
}

/// The secret that `v` shows: the static secret if there is one, else the client secret.
pub(super) fn main(credential: &Credential) -> Option<&Secret> {
    credential.main_secret()
}

pub(super) fn main_label<'a>(cx: &Context<'a>, credential: &Credential) -> &'a str {
    let provider = cx.catalog.by_id(&credential.provider).filter(|_| credential.is_static_secret());
    provider.map_or("Client Secret", |provider| provider.secret_label())
}

/// When the secret last worked, and how this was established.
pub(super) fn proof(cx: &Context<'_>, credential: &Credential) -> Option<Row> {
    let words = match &credential.proof {
        Some(proof) => {
            let when = relative_time::instant(cx, proof.at);
            match (proof.by, &proof.host) {
                (ProvenBy::Person, _) => format!("not tested: the catalog has no test call ({when})"),
                (ProvenBy::Test, Some(host)) => format!("passed {when}, against {host}"),
                (ProvenBy::Test, None) => format!("passed {when}"),
            }
        }
        None if credential.is_static_secret() => match &credential.setback {
            Some(AuthFailure::Refused { at, code }) => format!("refused {}: {code}", relative_time::instant(cx, *at)),
            _ => "never".to_owned(),
        },
        None => return None,
    };
    Some(Row::new("Tested", words))
}
