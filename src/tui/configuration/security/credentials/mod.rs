//! Configuration > Security > Credentials: one file per screen.

pub(crate) mod add;
pub(crate) mod authenticate;
pub(crate) mod copy_menu;
mod curl;
mod deadlines;
pub(crate) mod delete;
pub(crate) mod details;
#[cfg(test)]
mod fixture;
pub(crate) mod form;
pub(crate) mod in_turn;
pub(crate) mod label;
pub(crate) mod rename;
mod scopes;
mod secrets;
mod setup_help;
mod summary;
pub(crate) mod table;
mod token_rows;
mod usage;

use crate::model::credential::{Credential, CredentialId};
use crate::problem::{Kind, Problem};
use crate::tui::context::Context;

/// The credential in the current snapshot.
fn present<'a>(cx: &Context<'a>, id: CredentialId) -> Result<&'a Credential, Problem> {
    cx.snapshot.credentials.by_id(id).ok_or_else(|| {
        Problem::new(Kind::NotFound, "The credential is no longer there.").try_this("Press u to restore a deleted one.")
    })
}

/// The provider's name, or its id if it is not in the catalog.
fn integration<'a>(cx: &Context<'a>, credential: &'a Credential) -> &'a str {
    cx.catalog.by_id(&credential.provider).map_or(&credential.provider, |provider| &provider.name)
}
