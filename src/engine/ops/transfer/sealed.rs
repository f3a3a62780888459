//! Credentials as Credenza itself wrote them: an export, a vault or a backup of one, or a vault's decrypted payload.

use super::entry::LeftOut;
use super::import::{Import, insert, named};
use crate::engine::session::Session;
use crate::model::credential::{Credential, Event, EventKind, Setup};
use crate::problem::{Kind, Problem};
use crate::secret::Secret;
use crate::store::local::{self, Opened};

/// As [`import`](super::import), of a file that [`encrypted`](super::encrypted) wrote or of a vault, opened by an age
/// identity such as a recovery kit. `only`: names in the file; empty: everything.
///
/// # Errors
/// As `import`; `Kind::Locked` when the identity does not fit.
pub fn import_sealed(
    session: &Session,
    sealed: &[u8],
    identity: &Secret,
    only: &[String],
    dry_run: bool,
) -> Result<Import, Problem> {
    import_opened(session, local::open_credentials(sealed, identity)?, only, dry_run)
}

/// Whether a file is the decrypted payload of a vault.
#[must_use]
pub fn is_payload(bytes: &[u8]) -> bool {
    local::is_payload(bytes)
}

/// As [`import_sealed`], of a vault that age has decrypted already.
///
/// # Errors
/// As `import`.
pub fn import_payload(session: &Session, json: &[u8], only: &[String], dry_run: bool) -> Result<Import, Problem> {
    import_opened(session, local::open_payload(json)?, only, dry_run)
}

fn import_opened(session: &Session, opened: Opened, only: &[String], dry_run: bool) -> Result<Import, Problem> {
    let now = session.workspace.clock.now();
    let Opened { credentials: all, unreadable, is_vault } = opened;
    let same = |one: &str, other: &str| one.to_lowercase() == other.to_lowercase();
    let is_chosen = |name: &str| only.is_empty() || only.iter().any(|only| same(only, name));
    let names: Vec<String> =
        all.iter().map(|one| one.name.to_string()).chain(unreadable.iter().map(|one| one.label().to_owned())).collect();
    if let Some(missing) = only.iter().find(|only| !names.iter().any(|name| same(name, only))) {
        return Err(Problem::new(Kind::NotFound, format!("The file has no entry named \"{missing}\"."))
            .why(format!("Its entries: {}.", names.join(", "))));
    }
    let (mut credentials, mut known) = (Vec::new(), Vec::new());
    for mut credential in all.into_iter().filter(|one| is_chosen(one.name.as_str())) {
        let refresh = credential.tokens.as_ref().and_then(|tokens| tokens.refresh.as_deref());
        let owner = refresh.map(|token| session.store.refresh_token_owner(token)).transpose()?.flatten();
        if let Some(owner) = named(session, owner)? {
            known.push((credential.name.to_string(), owner));
            continue;
        }
        // A name for this vault alone; an id of our own, so that two imports of one file are two credentials.
        let mut own = Credential::new(credential.name.clone(), credential.provider.clone(), Setup::default(), now);
        std::mem::swap(&mut own.id, &mut credential.id);
        if is_vault {
            // A command line is a property of the machine, not of the credential.
            credential.details.browser.clear();
        }
        credential.record(Event::new(now, EventKind::Created, "imported"));
        credentials.push(credential);
    }
    let why = || "This version cannot read it.".to_owned();
    let unread = unreadable.into_iter().filter(|one| is_chosen(one.label()));
    let left_out = unread.map(|one| LeftOut { name: one.label().to_owned(), why: why() }).collect();
    Ok(Import { imported: insert(session, credentials, dry_run)?, known, left_out, of_vault: is_vault })
}
