//! Imports files that this program wrote: an export, a vault or a backup of one, or a vault's decrypted payload. Their
//! author is unknown, so they are checked like any other file.

use std::collections::BTreeMap;
use std::path::Path;

use zeroize::Zeroizing;

use super::entry::{ImportChoices, SkippedPart};
use super::file_destinations;
use super::import::{Import, insert, named, nothing};
use crate::engine::ops::setup::checked_without_secret;
use crate::engine::session::Session;
use crate::model::credential::{Credential, Event, EventKind, Setup};
use crate::model::unreadable::Unreadable;
use crate::problem::{NextStep, Problem};
use crate::secret::Secret;
use crate::store::local::{self, OpenedExport};

/// An encrypted file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sealed<'a> {
    pub(super) bytes: &'a [u8],
    /// The `recent.age` beside it, see [`read_recent`].
    pub(super) recent: Option<&'a [u8]>,
}

/// Reads the `recent.age` beside a vault with `read`, if there is one. The vault must be read first, since a save
/// replaces it first: a recent file that was written in between does not belong to the vault that was read, and is
/// ignored.
///
/// # Errors
/// Those of `read`.
pub(super) fn read_recent(
    vault: &Path,
    read: impl FnOnce(&Path) -> Result<Zeroizing<Vec<u8>>, Problem>,
) -> Result<Option<Zeroizing<Vec<u8>>>, Problem> {
    let beside = local::recent_beside(vault);
    beside.exists().then(|| read(&beside)).transpose()
}

/// As [`import`](super::import), from a vault or from a file written by [`encrypted`](super::encrypted), decrypted
/// with an age identity such as a recovery kit.
///
/// # Errors
/// As `import`; `Kind::Locked` if the identity does not decrypt it.
pub(super) fn import_sealed(
    session: &Session,
    sealed: Sealed<'_>,
    identity: &Secret,
    choices: &ImportChoices,
    dry_run: bool,
) -> Result<Import, Problem> {
    import_opened(session, local::open_credentials(sealed.bytes, sealed.recent, identity)?, choices, dry_run)
}

/// Whether a file is the decrypted payload of a vault.
pub(super) fn is_payload(bytes: &[u8]) -> bool {
    local::is_payload(bytes)
}

/// As [`import_sealed`], for a vault that age has decrypted already.
///
/// # Errors
/// As `import`.
pub(super) fn import_payload(
    session: &Session,
    json: &[u8],
    choices: &ImportChoices,
    dry_run: bool,
) -> Result<Import, Problem> {
    import_opened(session, local::open_payload(json)?, choices, dry_run)
}

fn import_opened(
    session: &Session,
    opened: OpenedExport,
    choices: &ImportChoices,
    dry_run: bool,
) -> Result<Import, Problem> {
    let now = session.workspace.clock.now();
    let OpenedExport { credentials: all, unreadable, is_vault } = opened;
    let names = all.iter().map(|one| one.name.as_str()).chain(unreadable.iter().map(Unreadable::label));
    choices.check_only(&names.collect::<Vec<_>>())?;
    let unread = unreadable.iter().map(Unreadable::label).filter(|name| choices.is_chosen(name));
    let why = || "This version cannot read it.".to_owned();
    let mut left_out: Vec<SkippedPart> = unread.map(|name| SkippedPart { name: name.to_owned(), why: why() }).collect();
    let (mut credentials, mut known, mut step) = (Vec::new(), Vec::new(), None);
    for mut credential in all.into_iter().filter(|one| choices.is_chosen(one.name.as_str())) {
        if let Some(owner) = owner(session, &credential)? {
            known.push((credential.name.to_string(), owner));
            continue;
        }
        if let Err((why, next)) = check(session, &mut credential, choices) {
            step = step.or(next);
            left_out.push(SkippedPart { name: credential.name.to_string(), why });
            continue;
        }
        // A new id, so that two imports of one file are two credentials.
        let mut own = Credential::new(credential.name.clone(), credential.provider.clone(), Setup::default(), now);
        std::mem::swap(&mut own.id, &mut credential.id);
        credential.record(Event::new(now, EventKind::Created, "imported"));
        credentials.push(credential);
    }
    if credentials.is_empty() && known.is_empty() {
        return Err(nothing(&left_out, step));
    }
    // Variables come from the file even if the user named some, so none of them counts as confirmed.
    let choices = ImportChoices { variables: BTreeMap::new(), ..choices.clone() };
    Ok(Import { imported: insert(session, credentials, &choices, dry_run)?, known, left_out, of_vault: is_vault })
}

/// The credential of this vault that has, or had, one of its refresh tokens.
fn owner(session: &Session, credential: &Credential) -> Result<Option<String>, Problem> {
    for refresh in credential.all_tokens().filter_map(|tokens| tokens.refresh.as_deref()) {
        let owner = session.store.refresh_token_owner(refresh)?;
        if let Some(owner) = named(session, owner)? {
            return Ok(Some(owner));
        }
    }
    Ok(None)
}

/// Checks what was entered elsewhere as if it were entered here. If the catalog lacks the provider, nothing can be
/// checked, and nothing is sent anywhere until the catalog has it.
fn check(
    session: &Session,
    credential: &mut Credential,
    choices: &ImportChoices,
) -> Result<(), (String, Option<NextStep>)> {
    if let Some(redirect) = &choices.redirect_uri {
        credential.setup.redirect_uri.clone_from(redirect);
    }
    let provider = session.provider(credential).ok();
    let (redirect, port) = (&credential.setup.redirect_uri, session.workspace.settings.redirect_port);
    if !redirect.is_empty() && !file_destinations::is_received(provider, redirect, choices, port) {
        return Err((file_destinations::why_not_received(redirect), Some(NextStep::NameRedirectUri)));
    }
    if let Some(provider) = provider {
        let setup = std::mem::take(&mut credential.setup);
        credential.setup = checked_without_secret(provider, setup)
            .map_err(|problem| (problem.to_string(), problem.step.map(|step| *step)))?;
    }
    Ok(())
}
