//! Creates and joins team vaults on this machine.

use std::path::PathBuf;

use super::shared::members;
use crate::engine::audit::{Action, PendingEntry};
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
use crate::store::local::{self, JoinRequest, JoinTicket, Lock, StoreAccess, UnlockBy, WORK_FACTOR};

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

/// What a new member needs: a name, access to the store, and what protects the identity.
#[derive(Clone, Copy, Debug)]
pub struct MemberSetup<'a> {
    pub access: StoreAccess<'a>,
    /// The name in the team.
    pub name: &'a str,
    /// What locks the identity on this machine.
    pub lock: Lock<'a>,
}

/// A new vault.
#[derive(Debug)]
pub struct CreatedVault {
    /// The session of its founder.
    pub session: Session,
    /// The records that were moved into it.
    pub moved: Moved,
}

/// Refuses if this machine already has a vault of this name.
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
        .try_this(match workspace.paths.vault_name() {
            Some(_) => "Use it, or choose another name for the new vault.".to_owned(),
            None => format!("Use it, or move {} away first.", workspace.paths.data().display()),
        })),
    }
}

/// The login name of the user.
#[must_use]
pub(crate) fn login_name() -> Option<String> {
    let names = ["USER", "LOGNAME"].into_iter().filter_map(|variable| std::env::var(variable).ok());
    names.into_iter().find(|name| !name.trim().is_empty())
}

/// Creates a team vault after a self-test of the store. With `from`, moves all records from the local vault into it;
/// the passphrase has to open that vault. The local vault keeps them as one undo step and in its backups.
///
/// # Errors
/// `Kind::Usage` for an invalid address or name; `Kind::Refused` for a store that loses writes or already has a vault;
/// `Kind::Locked` for a wrong passphrase; `Kind::Temporary`.
pub(crate) fn found(
    workspace: &Workspace,
    founder: &MemberSetup<'_>,
    from: Option<(&Workspace, &Passphrase)>,
    watch: Watch<'_>,
) -> Result<CreatedVault, Problem> {
    must_be_free(workspace)?;
    let to_move = from.map(|(local, passphrase)| may_move(local, passphrase)).transpose()?;
    let session = logged(workspace, Action::Init, || {
        let backend = local::connect_new(&founder.access, &|done, total| watch(EntryStep::Testing(done, total)))?;
        watch(EntryStep::Creating);
        workspace.local().found_team(backend, trimmed(founder.access), founder.name, founder.lock)
    })?;
    let (Some((local, passphrase)), Some(counts)) = (from, to_move) else {
        return Ok(CreatedVault { session, moved: Moved::default() });
    };
    watch(EntryStep::Moving(counts));
    let moved = move_from_local(&session, local, passphrase).map_err(|problem| not_moved(&session, &problem))?;
    Ok(CreatedVault { session, moved })
}

fn not_moved(session: &Session, problem: &Problem) -> Problem {
    let vault = session.workspace.vault_name();
    Problem::new(problem.kind, format!("The team vault {vault} was created, but the credentials were not moved."))
        .why(format!("{} {}", problem.what, problem.why))
        .try_this(format!("They are still in the local vault. Export them to files and import these into {vault}."))
}

/// Moves all records from the local vault into a team vault that was just created.
fn move_from_local(session: &Session, from: &Workspace, passphrase: &Passphrase) -> Result<Moved, Problem> {
    let contents = from.local().whole(passphrase)?;
    let moved = counted(&contents);
    let note = PendingEntry::begin(&session.workspace, Action::Import, None)?;
    let ids: Vec<CredentialId> = contents.credentials.list.iter().map(|one| one.id).collect();
    let removed = ids.into_iter().map(|id| Edit::Credential(Change::Remove { id }));
    let integrations = contents.integrations.list.iter().map(|one| one.id);
    let removed: Vec<Edit> =
        integrations.map(|id| Edit::Integration(IntegrationChange::Remove { id })).chain(removed).collect();
    let filled = || {
        members(session)?.fill(contents)?;
        // Both vaults would spend the same refresh tokens and so invalidate each other's, so the local copies are
        // deleted.
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

/// Checks that the local vault exists and that this passphrase opens it. Returns the number of records to move.
fn may_move(from: &Workspace, passphrase: &Passphrase) -> Result<Moved, Problem> {
    Ok(counted(&from.local().whole(passphrase)?))
}

pub(super) fn counted(contents: &Contents) -> Moved {
    Moved { credentials: contents.credentials.list.len(), integrations: contents.integrations.list.len() }
}

/// Creates an identity on this machine for a person who asks to join, and the code for an admin.
///
/// # Errors
/// As [`found`]; `Kind::NotFound` if the store has no vault.
pub(crate) fn join(
    workspace: &Workspace,
    newcomer: &MemberSetup<'_>,
    watch: Watch<'_>,
) -> Result<(JoinRequest, JoinTicket), Problem> {
    must_be_free(workspace)?;
    let mut note = PendingEntry::begin(workspace, Action::Init, None)?;
    let joined = || {
        let goes_on = |done, total| watch(EntryStep::Testing(done, total));
        let backend = local::connect_to_join(&newcomer.access, &goes_on)?;
        let access = trimmed(newcomer.access);
        let asked = workspace.local().join_team(backend, access, newcomer.name, newcomer.lock)?;
        let joining = asked.joining()?;
        Ok((asked, joining))
    };
    let joined: Result<(JoinRequest, JoinTicket), Problem> = joined();
    if let Ok((_, joining)) = &joined {
        note.keyed(&joining.log_key);
    }
    note.end(joined)
}

/// Whether a vault did not open because no admin has added this machine yet.
#[must_use]
pub(crate) fn is_waiting(problem: &Problem) -> bool {
    // No other failure to open a vault has this kind.
    problem.kind == Kind::NeedsAuthentication
}

/// Opens a pending request to join with a passphrase that was entered beforehand.
///
/// # Errors
/// As [`unlock::unlock`].
pub(crate) fn asked(workspace: &Workspace, passphrase: &Passphrase) -> Result<(JoinRequest, JoinTicket), Problem> {
    let asked = member_key::typed(workspace, passphrase, |by| Ok(workspace.local().asked_to_join(by)?))?;
    let joining = asked.joining()?;
    Ok((asked, joining))
}

fn trimmed(access: StoreAccess<'_>) -> StoreAccess<'_> {
    StoreAccess { address: access.address.trim(), ..access }
}

/// Signs in to a store before it is used, so that a missing password is noticed before anything else is asked.
///
/// # Errors
/// As [`found`]; with [`NextStep::GiveStorePassword`](crate::problem::NextStep) if a password would help.
pub(crate) fn reach(access: &StoreAccess<'_>) -> Result<(), Problem> {
    Ok(local::reach(access)?)
}

/// The input of the form that creates or joins a team vault.
#[derive(Debug)]
pub struct Entry {
    /// The name of the vault on this machine.
    pub vault: String,
    /// The address of the store.
    pub address: String,
    /// The name of the person in the team; empty for the login name.
    pub name: String,
    /// The password of the store, if the environment does not provide it.
    pub store_password: Option<Secret>,
    /// The key file that locks the identity instead of the passphrase.
    pub key_file: Option<PathBuf>,
    /// Locks the identity, or answers the prompts of the key. If records are moved, it is the passphrase of the local
    /// vault.
    pub passphrase: Passphrase,
    /// Whether all records are moved from the local vault.
    pub moves: bool,
}

/// A vault that was created from the form.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NewVault {
    /// The row for the list of vaults.
    pub here: VaultHere,
    /// Hash of `roster/0`, which identifies the vault.
    pub fingerprint: String,
    /// The records that were moved into it.
    pub moved: Moved,
}

/// What a machine shows while its request to join is pending.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Asked {
    /// The row for the list of vaults.
    pub here: VaultHere,
    /// The join code for an admin, and the words to compare.
    pub joining: JoinTicket,
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
    pub(crate) fn join(&self, workspace: &Workspace, watch: Watch<'_>) -> Result<(JoinRequest, Asked), Problem> {
        let at = workspace.of_vault(&self.vault)?;
        let (admission, joining) = self.as_newcomer(|newcomer| join(&at, newcomer, watch))?;
        Ok((admission, Asked { here: here(&at), joining }))
    }

    fn as_newcomer<T>(&self, act: impl FnOnce(&MemberSetup<'_>) -> Result<T, Problem>) -> Result<T, Problem> {
        let name = match self.name.trim() {
            "" => login_name().ok_or_else(|| Problem::new(Kind::Usage, "A name in the team is needed."))?,
            name => name.to_owned(),
        };
        let nothing = Passphrase::default();
        // The passphrase of the local vault must not be used to answer the prompts of the key.
        let typed = Typed::new(if self.moves { &nothing } else { &self.passphrase });
        let lock = match &self.key_file {
            Some(file) => {
                member_key::kind(file)?;
                Lock::KeyFile(file, &typed)
            }
            None => Lock::Passphrase(&self.passphrase, WORK_FACTOR),
        };
        let access = StoreAccess { address: &self.address, password: self.store_password.as_ref() };
        act(&MemberSetup { access, name: &name, lock })
    }
}

/// The row of a vault in the list of vaults.
pub(crate) fn here(workspace: &Workspace) -> VaultHere {
    VaultHere { name: workspace.vault_name().to_owned(), place: workspace.vault_place() }
}
