//! Access to the members of the open vault, if it is a team vault.

use std::sync::Arc;

use crate::engine::Session;
use crate::problem::{Kind, Problem};
use crate::store::{Members, Store};

pub(super) fn members(session: &Session) -> Result<&dyn Members, Problem> {
    let store: &Arc<dyn Store> = &session.store;
    store.team().ok_or_else(|| {
        Problem::new(Kind::Refused, "No team shares this vault.")
            .why(format!("It is {}.", session.workspace.vault_place()))
            .try_this("Name a team vault, or create one.")
    })
}
