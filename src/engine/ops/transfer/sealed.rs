//! Imports of encrypted exports. Whoever wrote one is not known: it is checked as any other file.

use super::entry::{LeftOut, Placing};
use super::import::{Import, insert, named, nothing};
use super::places;
use crate::engine::ops::setup::checked_without_secret;
use crate::engine::session::Session;
use crate::model::credential::{Credential, Event, EventKind, Setup};
use crate::problem::{NextStep, Problem};
use crate::secret::Secret;
use crate::store::local;

/// As [`import`](super::import), of a file that [`encrypted`](super::encrypted) wrote, opened by an age identity.
///
/// # Errors
/// As `import`; `Kind::Locked` when the identity does not fit.
pub fn import_sealed(
    session: &Session,
    sealed: &[u8],
    identity: &Secret,
    placing: &Placing,
    dry_run: bool,
) -> Result<Import, Problem> {
    let now = session.workspace.clock.now();
    let (mut credentials, mut known, mut left_out, mut step) = (Vec::new(), Vec::new(), Vec::new(), None);
    for mut credential in local::open_credentials(sealed, identity)? {
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
    Ok(Import { imported: insert(session, credentials, placing, dry_run)?, known, left_out })
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
