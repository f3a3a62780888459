//! Creating a team vault, and asking to be let into one, on this machine.

use std::path::PathBuf;

use super::shared::members;
use crate::engine::audit::{Action, Note};
use crate::engine::ops::member_key::{self, Typed};
use crate::engine::ops::unlock::{self, VaultState, logged};
use crate::engine::{LOCAL, Session, VaultHere, Workspace};
use crate::model::change::Change;
use crate::model::credential::CredentialId;
use crate::model::integration::IntegrationChange;
use crate::model::transaction::{Edit, Transaction};
use crate::problem::{Kind, Problem};
use crate::secret::{Passphrase, Secret};
use crate::store::Contents;
use crate::store::local::{self, Admission, Joining, Lock, StoreAccess, UnlockBy, WORK_FACTOR};

/// How many records were moved.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Moved {
    pub credentials: usize,
    pub integrations: usize,
}

/// A step of creating or joining a vault.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum EntryStep {
    /// The self-test of the store: checks done so far, and in all.
    Testing(usize, usize),
    /// The vault is being created in the store.
    Creating,
    /// These records are being moved into it, in one save.
    Moving(Moved),
}

/// Called at each step; returning false cancels, as long as nothing has been created.
pub(crate) type Watch<'a> = &'a (dyn Fn(EntryStep) -> bool + Sync);

/// Ignores the steps.
pub(crate) const UNWATCHED: Watch<'static> = &|_| true;

/// Who creates or joins a vault.
#[derive(Clone, Copy, Debug)]
pub struct Newcomer<'a> {
    pub access: StoreAccess<'a>,
    /// The name in the team.
    pub name: &'a str,
    /// What locks the identity on this machine.
    pub lock: Lock<'a>,
}

/// A vault that was created.
#[derive(Debug)]
pub struct Founded {
    /// Its founder's.
    pub session: Session,
    /// What was moved into it.
    pub moved: Moved,
}

/// Refuses if this machine already has a vault of that name.
///
/// # Errors
/// `Kind::Refused`; as [`unlock::vault_state`] if its files are unusable.
pub(crate) fn must_be_free(workspace: &Workspace) -> Result<(), Problem> {
    match unlock::vault_state(workspace) {
        VaultState::Absent => Ok(()),
        VaultState::Unusable(problem) => Err(problem),
        VaultState::Locked { .. } => Err(Problem::new(
            Kind::Refused,
            format!("A vault named {} is already on this machine.", workspace.vault_name()),
        )
        .try_this("Use it, or choose another name for the new vault.")),
    }
}

/// The login name of the user.
#[must_use]
pub(crate) fn login_name() -> Option<String> {
    let names = ["USER", "LOGNAME"].into_iter().filter_map(|variable| std::env::var(variable).ok());
    names.into_iter().find(|name| !name.trim().is_empty())
}

/// Founds a team vault after a self-test of the store. With `from`, everything is moved into it from the vault on this
/// machine that the passphrase opens; that one keeps it as one step of undo and in its backups.
///
/// # Errors
/// `Kind::Usage` for an invalid address or name; `Kind::Refused` for a store that loses writes or already has a vault;
/// `Kind::Locked` for a wrong passphrase; `Kind::Temporary`.
pub(crate) fn found(
    workspace: &Workspace,
    founder: &Newcomer<'_>,
    from: Option<(&Workspace, &Passphrase)>,
    watch: Watch<'_>,
) -> Result<Founded, Problem> {
    must_be_free(workspace)?;
    let to_move = from.map(|(local, passphrase)| may_move(local, passphrase)).transpose()?;
    let session = logged(workspace, Action::Init, || {
        let backend = local::connect_new(&founder.access, &|done, total| watch(EntryStep::Testing(done, total)))?;
        watch(EntryStep::Creating);
        workspace.local().found_team(backend, trimmed(founder.access), founder.name, founder.lock)
    })?;
    let (Some((local, passphrase)), Some(counts)) = (from, to_move) else {
        return Ok(Founded { session, moved: Moved::default() });
    };
    watch(EntryStep::Moving(counts));
    let moved = move_from_local(&session, local, passphrase).map_err(|problem| not_moved(&session, &problem))?;
    Ok(Founded { session, moved })
}

fn not_moved(session: &Session, problem: &Problem) -> Problem {
    let vault = session.workspace.vault_name();
    Problem::new(problem.kind, format!("The team vault {vault} was created, but the credentials were not moved."))
        .why(format!("{} {}", problem.what, problem.why))
        .try_this(format!("They are still in the local vault. Export them to a file and import it into {vault}."))
}

/// Moves everything from the vault on this machine into a team vault that was just made.
fn move_from_local(session: &Session, from: &Workspace, passphrase: &Passphrase) -> Result<Moved, Problem> {
    let contents = from.local().whole(passphrase)?;
    let moved = counted(&contents);
    let note = Note::begin(&session.workspace, Action::Import, None)?;
    let ids: Vec<CredentialId> = contents.credentials.list.iter().map(|one| one.id).collect();
    let removed = ids.into_iter().map(|id| Edit::Credential(Change::Remove { id }));
    let integrations = contents.integrations.list.iter().map(|one| one.id);
    let removed: Vec<Edit> =
        integrations.map(|id| Edit::Integration(IntegrationChange::Remove { id })).chain(removed).collect();
    let filled = || {
        members(session)?.fill(contents)?;
        // Two vaults with the same refresh tokens would take them from each other.
        let store = from.local().unlock(UnlockBy::Passphrase(passphrase))?;
        if !removed.is_empty() {
            let plural = if moved.credentials == 1 { "" } else { "s" };
            let label = format!("move {} credential{plural} to a team vault", moved.credentials);
            store.commit(Transaction { edits: removed, label: Some(label) })?;
        }
        Ok(moved)
    };
    note.end(filled())
}

/// Whether the vault on this machine is there and this passphrase opens it.
fn may_move(from: &Workspace, passphrase: &Passphrase) -> Result<Moved, Problem> {
    Ok(counted(&from.local().whole(passphrase)?))
}

pub(super) fn counted(contents: &Contents) -> Moved {
    Moved { credentials: contents.credentials.list.len(), integrations: contents.integrations.list.len() }
}

/// Makes an identity on this machine for somebody who asks to be let in, and the code that an admin adds.
///
/// # Errors
/// As [`found`]; NotFound where there is no vault.
pub(crate) fn join(
    workspace: &Workspace,
    newcomer: &Newcomer<'_>,
    watch: Watch<'_>,
) -> Result<(Admission, Joining), Problem> {
    must_be_free(workspace)?;
    let mut note = Note::begin(workspace, Action::Init, None)?;
    let joined = || {
        let goes_on = |done, total| watch(EntryStep::Testing(done, total));
        let backend = local::connect_to_join(&newcomer.access, &goes_on)?;
        let access = trimmed(newcomer.access);
        let asked = workspace.local().join_team(backend, access, newcomer.name, newcomer.lock)?;
        let joining = asked.joining()?;
        Ok((asked, joining))
    };
    let joined: Result<(Admission, Joining), Problem> = joined();
    if let Ok((_, joining)) = &joined {
        note.keyed(&joining.log_key);
    }
    note.end(joined)
}

/// Whether a vault did not open because no admin has let this machine in yet.
#[must_use]
pub(crate) fn is_waiting(problem: &Problem) -> bool {
    // No other vault asks to be authenticated when it is opened.
    problem.kind == Kind::NeedsAuthentication
}

/// Opens what waits to be let in on this machine, by what a person typed beforehand.
///
/// # Errors
/// As [`unlock::unlock`].
pub(crate) fn asked(workspace: &Workspace, passphrase: &Passphrase) -> Result<(Admission, Joining), Problem> {
    let asked = member_key::typed(workspace, passphrase, |by| Ok(workspace.local().asked_to_join(by)?))?;
    let joining = asked.joining()?;
    Ok((asked, joining))
}

fn trimmed(access: StoreAccess<'_>) -> StoreAccess<'_> {
    StoreAccess { address: access.address.trim(), ..access }
}

/// Signs in at a store that is to be used, so that a missing password is known before anything else is asked.
///
/// # Errors
/// As [`found`]; with [`NextStep::GiveStorePassword`](crate::problem::NextStep) where a password would help.
pub(crate) fn reach(access: &StoreAccess<'_>) -> Result<(), Problem> {
    Ok(local::reach(access)?)
}

/// A team vault that is to be created or joined, as a form describes it.
#[derive(Debug)]
pub struct Entry {
    /// Its name on this machine.
    pub vault: String,
    /// The store.
    pub address: String,
    /// The person's name in the team; empty for the login name.
    pub name: String,
    /// Where the platform has no place for it.
    pub store_password: Option<Secret>,
    /// The key that locks the identity instead of the passphrase.
    pub key_file: Option<PathBuf>,
    /// What locks the identity, or answers to what the key asks; of the local vault if its records are moved.
    pub passphrase: Passphrase,
    /// Whether everything is moved from the local vault.
    pub moves: bool,
}

/// A vault that was created from a form.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NewVault {
    /// For the list of vaults.
    pub here: VaultHere,
    /// Hash of the first list of members: which vault it is.
    pub fingerprint: String,
    /// What was moved into it.
    pub moved: Moved,
}

/// What a machine shows that asked to be let in.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Asked {
    /// For the list of vaults.
    pub here: VaultHere,
    /// The code for an admin, and what is compared.
    pub joining: Joining,
}

impl Entry {
    /// As [`found`].
    ///
    /// # Errors
    /// As [`found`].
    pub(crate) fn create(&self, workspace: &Workspace, watch: Watch<'_>) -> Result<NewVault, Problem> {
        let at = workspace.of_vault(&self.vault)?;
        let local = self.moves.then(|| workspace.of_vault(LOCAL)).transpose()?;
        let from = local.as_ref().map(|local| (local, &self.passphrase));
        let founded = self.as_newcomer(|founder| found(&at, founder, from, watch))?;
        let fingerprint = members(&founded.session)?.team_state()?.fingerprint;
        Ok(NewVault { here: here(&at), fingerprint, moved: founded.moved })
    }

    /// As [`join`].
    ///
    /// # Errors
    /// As [`join`].
    pub(crate) fn join(&self, workspace: &Workspace, watch: Watch<'_>) -> Result<(Admission, Asked), Problem> {
        let at = workspace.of_vault(&self.vault)?;
        let (admission, joining) = self.as_newcomer(|newcomer| join(&at, newcomer, watch))?;
        Ok((admission, Asked { here: here(&at), joining }))
    }

    fn as_newcomer<T>(&self, act: impl FnOnce(&Newcomer<'_>) -> Result<T, Problem>) -> Result<T, Problem> {
        let name = match self.name.trim() {
            "" => login_name().ok_or_else(|| Problem::new(Kind::Usage, "A name in the team is needed."))?,
            name => name.to_owned(),
        };
        let nothing = Passphrase::default();
        // What opens the local vault is no answer to what a key asks for.
        let typed = Typed::new(if self.moves { &nothing } else { &self.passphrase });
        let lock = match &self.key_file {
            Some(file) => {
                member_key::kind(file)?;
                Lock::KeyFile(file, &typed)
            }
            None => Lock::Passphrase(&self.passphrase, WORK_FACTOR),
        };
        let access = StoreAccess { address: &self.address, password: self.store_password.as_ref() };
        act(&Newcomer { access, name: &name, lock })
    }
}

/// A vault as the list of vaults has it.
pub(crate) fn here(workspace: &Workspace) -> VaultHere {
    VaultHere { name: workspace.vault_name().to_owned(), place: workspace.vault_place() }
}
