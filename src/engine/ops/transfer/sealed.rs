//! Credentials as a Credenza wrote them: an export, a vault or a backup of one, or a vault's decrypted payload. Anyone
//! who wrote the file is not known: it is checked as any other.

use std::collections::BTreeMap;
use std::path::Path;

use zeroize::Zeroizing;

use super::entry::{LeftOut, Placing};
use super::import::{Import, insert, named, nothing};
use super::places;
use crate::engine::ops::setup::checked_without_secret;
use crate::engine::session::Session;
use crate::model::credential::{Credential, Event, EventKind, Setup};
use crate::model::unreadable::Unreadable;
use crate::problem::{NextStep, Problem};
use crate::secret::Secret;
use crate::store::local::{self, Opened};

/// An encrypted file.
#[derive(Clone, Copy, Debug)]
pub struct Sealed<'a> {
    /// Its bytes.
    pub bytes: &'a [u8],
    /// Those that [`read_recent`] found beside it.
    pub recent: Option<&'a [u8]>,
}

/// The file beside a vault that belongs to it, read by `read`, where there is one. The vault is read first, as a save
/// replaces it first: a recent file that was written meanwhile belongs to another vault and says nothing.
///
/// # Errors
/// What `read` says.
pub fn read_recent(
    vault: &Path,
    read: impl FnOnce(&Path) -> Result<Zeroizing<Vec<u8>>, Problem>,
) -> Result<Option<Zeroizing<Vec<u8>>>, Problem> {
    let beside = local::recent_beside(vault);
    beside.exists().then(|| read(&beside)).transpose()
}

/// As [`import`](super::import), of a file that [`encrypted`](super::encrypted) wrote or of a vault, opened by an age
/// identity such as a recovery kit.
///
/// # Errors
/// As `import`; `Kind::Locked` when the identity does not fit.
pub fn import_sealed(
    session: &Session,
    sealed: Sealed<'_>,
    identity: &Secret,
    placing: &Placing,
    dry_run: bool,
) -> Result<Import, Problem> {
    import_opened(session, local::open_credentials(sealed.bytes, sealed.recent, identity)?, placing, dry_run)
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
pub fn import_payload(session: &Session, json: &[u8], placing: &Placing, dry_run: bool) -> Result<Import, Problem> {
    import_opened(session, local::open_payload(json)?, placing, dry_run)
}

fn import_opened(session: &Session, opened: Opened, placing: &Placing, dry_run: bool) -> Result<Import, Problem> {
    let now = session.workspace.clock.now();
    let Opened { credentials: all, unreadable, is_vault } = opened;
    let names = all.iter().map(|one| one.name.as_str()).chain(unreadable.iter().map(Unreadable::label));
    placing.check_only(&names.collect::<Vec<_>>())?;
    let unread = unreadable.iter().map(Unreadable::label).filter(|name| placing.is_chosen(name));
    let why = || "This version cannot read it.".to_owned();
    let mut left_out: Vec<LeftOut> = unread.map(|name| LeftOut { name: name.to_owned(), why: why() }).collect();
    let (mut credentials, mut known, mut step) = (Vec::new(), Vec::new(), None);
    for mut credential in all.into_iter().filter(|one| placing.is_chosen(one.name.as_str())) {
        let refresh = credential.tokens.as_ref().and_then(|tokens| tokens.refresh.as_deref());
        let owner = refresh.map(|token| session.store.refresh_token_owner(token)).transpose()?.flatten();
        if let Some(owner) = named(session, owner)? {
            known.push((credential.name.to_string(), owner));
            continue;
        }
        if let Err((why, next)) = check(session, &mut credential, placing) {
            step = step.or(next);
            left_out.push(LeftOut { name: credential.name.to_string(), why });
            continue;
        }
        // A name for this vault alone; an id of our own, so that two imports of one file are two credentials.
        let mut own = Credential::new(credential.name.clone(), credential.provider.clone(), Setup::default(), now);
        std::mem::swap(&mut own.id, &mut credential.id);
        credential.record(Event::new(now, EventKind::Created, "imported"));
        credentials.push(credential);
    }
    if credentials.is_empty() && known.is_empty() {
        return Err(nothing(&left_out, step));
    }
    // Variables are the file's, whatever the person named: none of them counts as theirs.
    let placing = Placing { variables: BTreeMap::new(), ..placing.clone() };
    Ok(Import { imported: insert(session, credentials, &placing, dry_run)?, known, left_out, of_vault: is_vault })
}

/// Checks what was entered elsewhere as if it were entered here. Without the provider in the catalog nothing can be
/// checked, and nothing is sent anywhere before there is one.
fn check(session: &Session, credential: &mut Credential, placing: &Placing) -> Result<(), (String, Option<NextStep>)> {
    if let Some(redirect) = &placing.redirect_uri {
        credential.setup.redirect_uri.clone_from(redirect);
    }
    let provider = session.provider(credential).ok();
    let (redirect, port) = (&credential.setup.redirect_uri, session.workspace.settings.redirect_port);
    if !redirect.is_empty() && !places::is_received(provider, redirect, placing, port) {
        return Err((places::why_not_received(redirect), Some(NextStep::NameRedirectUri)));
    }
    if let Some(provider) = provider {
        let setup = std::mem::take(&mut credential.setup);
        credential.setup = checked_without_secret(provider, setup)
            .map_err(|problem| (problem.to_string(), problem.step.map(|step| *step)))?;
    }
    Ok(())
}
