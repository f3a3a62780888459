//! Uses the key file that opens a member's identity instead of a passphrase.

use std::path::Path;
use std::sync::Mutex;

use crate::engine::Workspace;
use crate::engine::audit::{Action, PendingEntry};
use crate::paths::Paths;
use crate::problem::{Kind, Problem};
use crate::secret::{Passphrase, Secret};
use crate::store::local::{self, UnlockBy};
pub(crate) use crate::store::local::{KeyKind, KeyPrompts, Lock, MemberKey, WORK_FACTOR};

/// The key file that opens the team vault of this workspace; `None` for a passphrase.
#[must_use]
pub(crate) fn of(workspace: &Workspace) -> Option<MemberKey> {
    local::member_key(&workspace.paths)
}

/// As [`of`], for the vault in these folders.
#[must_use]
pub(crate) fn at(paths: &Paths) -> Option<MemberKey> {
    local::member_key(paths)
}

/// The kind of key in a file that is to lock an identity.
///
/// # Errors
/// `Kind::Usage` for a file without a key that can decrypt; `Kind::Refused` for a private key that others can read.
pub(crate) fn kind(file: &Path) -> Result<KeyKind, Problem> {
    local::key_kind(file)
}

/// Opens the vault with what was typed in advance: a passphrase, a PIN or nothing, as its lock requires.
pub(super) fn typed<T>(
    workspace: &Workspace,
    passphrase: &Passphrase,
    open: impl FnOnce(UnlockBy<'_>) -> Result<T, Problem>,
) -> Result<T, Problem> {
    match of(workspace) {
        None => open(UnlockBy::Passphrase(passphrase)),
        Some(MemberKey { kind: Err(problem), .. }) => Err(problem),
        Some(key) => open(UnlockBy::KeyFile(&key.file, &Typed::new(passphrase))),
    }
}

/// Whether the key that opens the vault may have to be touched each time.
#[must_use]
pub(crate) fn asks_a_person(workspace: &Workspace) -> bool {
    of(workspace).is_some_and(|key| matches!(key.kind, Ok(KeyKind::Plugin { .. })))
}

/// Whether a file named to open the vault is a member's key file, not a host's identity file.
#[must_use]
pub(crate) fn is_meant(workspace: &Workspace, file: &Path) -> bool {
    workspace.local().is_team() && !local::Local::is_team_identity(file)
}

/// Locks a member's identity with another passphrase or key.
///
/// # Errors
/// `Kind::Refused` if the vault is not a team's; `Kind::Locked` if the old lock cannot be opened; those of a new lock.
pub(crate) fn change_lock<'a>(
    workspace: &Workspace,
    old: impl Into<Lock<'a>>,
    new: impl Into<Lock<'a>>,
) -> Result<(), Problem> {
    if !workspace.local().is_team() {
        return Err(Problem::new(Kind::Refused, "Only a member of a team can use a key file.")
            .why(format!("{} is the vault of this machine; its passphrase opens it.", workspace.vault_place())));
    }
    let note = PendingEntry::begin(workspace, Action::Passphrase, None)?;
    note.end(workspace.local().change_member_lock(old, new).map_err(Problem::from))
}

/// Answers prompts with what was typed in advance, and only once: repeating a wrong PIN could lock the key.
#[derive(Debug)]
pub(super) struct Typed(Mutex<Option<Secret>>);

impl Typed {
    pub(super) fn new(passphrase: &Passphrase) -> Self {
        Self(Mutex::new(Some(Secret::clone(passphrase)).filter(|typed| !typed.is_empty())))
    }
}

impl KeyPrompts for Typed {
    fn show(&self, _: &str) {}

    fn secret(&self, question: &str) -> Result<Secret, Problem> {
        let typed = self.0.lock().ok().and_then(|mut typed| typed.take());
        typed.ok_or_else(|| {
            Problem::new(Kind::Locked, "The key asks for more than was typed.").why(format!("It asks: {question}"))
        })
    }

    fn text(&self, question: &str) -> Result<String, Problem> {
        Err(cannot_answer(question))
    }

    fn choose(&self, question: &str, _: &str, _: Option<&str>) -> Result<bool, Problem> {
        Err(cannot_answer(question))
    }
}

fn cannot_answer(question: &str) -> Problem {
    Problem::new(Kind::Locked, "The key asks a question that cannot be answered here.")
        .why(format!("It asks: {question}"))
        .try_this("Unlock with a command in a terminal.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_text_answers_one_question_for_a_secret_and_no_other_question() {
        let typed = Typed::new(&Passphrase::new("1234".to_owned()));
        assert_eq!(typed.secret("PIN?").unwrap().expose(), "1234");
        let again = typed.secret("PIN, once more?").unwrap_err();
        assert_eq!((again.kind, again.what.as_str()), (Kind::Locked, "The key asks for more than was typed."));
        assert_eq!(again.why, "It asks: PIN, once more?");
        let asked =
            [typed.text("Slot?").map(drop).unwrap_err(), typed.choose("Erase?", "yes", None).map(drop).unwrap_err()];
        for (problem, question) in asked.into_iter().zip(["Slot?", "Erase?"]) {
            assert_eq!(problem.what, "The key asks a question that cannot be answered here.");
            assert_eq!(problem.why, format!("It asks: {question}"));
            assert_eq!(problem.try_this, "Unlock with a command in a terminal.");
        }
        assert_eq!(Typed::new(&Passphrase::default()).secret("PIN?").unwrap_err().kind, Kind::Locked);
    }
}
