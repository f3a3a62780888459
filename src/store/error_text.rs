//! The messages for a store's errors.

use super::error::{Holder, LockKind, StoreError, Tampering};
use crate::model::record::Conflict;
use crate::problem::{Kind, NextStep, Problem};

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict(conflict) => conflict.into(),
            StoreError::UndoConflict(conflict) => {
                let problem = Self::from(conflict);
                Self { kind: Kind::Refused, ..problem }
            }
            StoreError::NothingToUndo => Self::new(Kind::NotFound, "There is nothing to undo."),
            StoreError::NothingToRedo => Self::new(Kind::NotFound, "There is nothing to redo.")
                .why("Only what was undone since the last edit can be redone."),
            StoreError::OtherStep { next } => {
                Self::new(Kind::Refused, "The vault was changed in the meantime, so nothing was undone.")
                    .why(format!("The last change is now: {next}."))
                    .try_this("Check it, then try again.")
            }
            StoreError::Busy { held, holder, waited, place } => busy(held, holder.as_ref(), waited.as_secs(), &place),
            StoreError::TooLarge { size, limit, credentials } => too_large(size, limit, credentials),
            StoreError::WrongPassphrase => Self::new(Kind::Locked, "Wrong passphrase.")
                .why("It does not open this vault.")
                .try_this("Try again. Upper and lower case matter, and so do spaces.")
                .step(NextStep::Recover { generation: None }),
            StoreError::NoVersion { number } => {
                Self::new(Kind::NotFound, format!("Version {number} is not among those that are kept."))
                    .step(NextStep::ListVersions)
            }
            StoreError::Tampered { place, path, about, what } => tampered(&place, &path, about.as_deref(), &what),
            StoreError::Unreachable { place, why } => {
                Self::new(Kind::Temporary, format!("The team's store {place} cannot be reached."))
                    .why(format!("{} Nothing was saved or refreshed.", sentence(&why)))
                    .try_this("Try again when it can be reached. Credentials that were read here can still be listed.")
            }
            StoreError::Unknown { place, why } => {
                Self::new(Kind::Temporary, format!("The team's store {place} did not confirm the change."))
                    .why(format!("{} The change may have been saved.", sentence(&why)))
                    .try_this("When the store can be reached, check whether the change is there before you repeat it.")
            }
            StoreError::Unusable(problem) => problem,
            error => of_file(error),
        }
    }
}

fn sentence(why: &str) -> String {
    let why = why.trim_end_matches(['.', ' ']);
    let mut letters = why.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
}

/// The problem with an object that is not the one a member wrote last.
fn tampered(place: &str, path: &str, about: Option<&str>, what: &Tampering) -> Problem {
    let object = about.map_or_else(|| path.to_owned(), |name| format!("{path} (\"{name}\")"));
    let (kind, what, why) = match what {
        Tampering::RolledBack { found, seen } => (
            Kind::RolledBack,
            format!("The store has an old {object}: revision {found}; this machine has seen {seen}."),
            "Its refresh token may already have been used, so this vault is not used.".to_owned(),
        ),
        Tampering::Vanished => (
            Kind::RolledBack,
            format!("{object} is missing, and no member deleted it."),
            "A deletion by a member leaves a signed record, and there is none.".to_owned(),
        ),
        Tampering::Forked { revision } => (
            Kind::RolledBack,
            format!("{object} exists in two versions with revision {revision}."),
            "The store may be showing different versions to different machines.".to_owned(),
        ),
        Tampering::Forged { why } => {
            (Kind::Refused, format!("{object} was not written by a member who may write it."), why.clone())
        }
    };
    let step = (kind == Kind::RolledBack).then_some(NextStep::AcceptStore { lost: false });
    Problem::new(kind, what)
        .why(format!("{why} The store is {place}."))
        .try_this("Find out who can write to the store, then ask the store's owner to restore the newest objects.")
        .step(step)
}

/// The problem with a vault file that cannot be opened, or that is the wrong one.
fn of_file(error: StoreError) -> Problem {
    match error {
        StoreError::RolledBack { found, seen, kept } => Problem::new(
            Kind::RolledBack,
            format!("The vault is an old version: {found}; this machine has seen {seen}."),
        )
        .why("An old file was restored or synced. Its refresh tokens may be used up, so none is used.")
        .try_this("Put the newer file back, or keep using this one.")
        .step(NextStep::UseOlderVault { newer: kept.then_some(seen) }),
        StoreError::Forked { generation, kept } => Problem::new(
            Kind::RolledBack,
            format!("The vault was changed in two places: version {generation} comes from the other copy."),
        )
        .why("Another copy was changed, perhaps on another machine.")
        .try_this("Choose the copy to keep; the other one is kept in the backups.")
        .step(NextStep::UseOlderVault { newer: kept }),
        StoreError::Forged { file, way_back } => {
            Problem::new(Kind::Refused, format!("This {file} does not have the secret of your vault."))
                .why("It was written before or after a host was removed, or it is forged.")
                .try_this(
                    "If a host was removed recently, unlock again, or replace this host's identity file. Otherwise \
                     find out who can write to the folder, and restore a backup.",
                )
                .step(NextStep::RestoreBackup { generation: way_back })
        }
        StoreError::Damaged { file, way_back } => Problem::new(
            Kind::Storage,
            format!("{file} is damaged: it is truncated, changed, or has extra data at the end."),
        )
        .why("It is not an intact age file.")
        .step(NextStep::RestoreBackup { generation: way_back }),
        StoreError::Unreadable { why, way_back } => Problem::new(Kind::Storage, "The vault's content cannot be read.")
            .why(format!("{why} The file is authentic but malformed; this is a bug. Nothing was changed."))
            .step(NextStep::RestoreBackup { generation: way_back }),
        StoreError::WrongIdentity { file, way_back: Some(number) } => Problem::new(
            Kind::Storage,
            format!("The identity does not open this vault: {file} belongs to another vault."),
        )
        .why("The identity opens the backups, so vault.age was put here by mistake.")
        .step(NextStep::RestoreBackup { generation: Some(number) }),
        StoreError::WrongIdentity { way_back: None, .. } => {
            Problem::new(Kind::Storage, "The identity does not open this vault.")
                .why("identity.age is older than the last recovery, or belongs to another vault.")
                .try_this("Put the right identity.age back, or use the recovery kit.")
                .step(NextStep::Recover { generation: None })
        }
        error => Problem::internal(error.to_string()),
    }
}

impl From<Conflict> for Problem {
    fn from(conflict: Conflict) -> Self {
        match conflict {
            Conflict::Gone { noun, name } => {
                let name = name.map_or_else(String::new, |name| format!(" \"{name}\""));
                Self::new(Kind::NotFound, format!("The {noun}{name} is no longer there."))
                    .why("It was deleted in the meantime.")
                    .try_this(format!("Undo brings a deleted {noun} back."))
            }
            Conflict::NameTaken { noun, name } => {
                Self::new(Kind::Usage, format!("Another {noun} has the name \"{name}\"."))
                    .why("Names are case-insensitive.")
                    .try_this("Choose another name.")
            }
            Conflict::Changed { noun, name, fields } => {
                let what: Vec<String> = fields.iter().map(|field| field_label(&field.field)).collect();
                let now = fields.iter().map(|field| {
                    format!("{}: yours is {}, stored is {}.", field_label(&field.field), field.wanted, field.stored)
                });
                let changed = format!("The {} of the {noun} \"{name}\" was changed elsewhere.", what.join(", "));
                Self::new(Kind::Refused, changed)
                    .why(now.collect::<Vec<_>>().join(" "))
                    .try_this("Nothing was saved. Check it, and make your change again.")
            }
            Conflict::Present { noun, name } => {
                Self::new(Kind::Refused, format!("The {noun} \"{name}\" already exists."))
            }
            Conflict::Unfit { field } => Self::new(
                Kind::Storage,
                format!("A step of undo contains a value that {} cannot have.", field_label(&field)),
            )
            .why("It was written by another version of the program.")
            .try_this("Nothing was changed."),
        }
    }
}

/// The label of a field on the screens: `client_id` is shown as `client id`.
fn field_label(field: &str) -> String {
    field.rsplit(':').next().unwrap_or(field).replace('_', " ")
}

fn busy(held: LockKind, holder: Option<&Holder>, seconds: u64, place: &str) -> Problem {
    let who = holder.map_or_else(String::new, |holder| {
        let since = holder.since.strftime("%H:%M:%S UTC");
        format!(" (PID {}, {}, since {since})", holder.pid, holder.program)
    });
    let plural = if seconds == 1 { "second" } else { "seconds" };
    match held {
        LockKind::Writing => Problem::new(
            Kind::Storage,
            format!("Another process has held the vault lock for more than {seconds} {plural}{who}."),
        )
        .why(format!("The lock file is {place}; normally it is held only during a save."))
        .try_this("Wait for that process or stop it, then try again."),
        LockKind::Lease => {
            Problem::new(Kind::Temporary, format!("Another process is using this credential at the provider{who}."))
                .why(format!("It took longer than {seconds} {plural}. A refresh token must not be used twice."))
                .try_this("Try again. If this happens again, check whether the provider responds.")
        }
    }
}

fn too_large(size: u64, limit: u64, credentials: usize) -> Problem {
    let mib = |bytes: u64| format!("{}.{} MiB", bytes >> 20, ((bytes & 0xf_ffff) * 10) >> 20);
    let of = format!("{credentials} {}", if credentials == 1 { "credential" } else { "credentials" });
    Problem::new(Kind::Storage, format!("The vault would have {}; the limit is {}.", mib(size), mib(limit)))
        .why(format!("It contains {of}. Nothing was saved; the file on disk was not changed."))
        .try_this("Delete credentials that are no longer used, or keep a second vault.")
        .step(NextStep::ChooseVaultFolder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::credential::Name;

    #[test]
    fn errors_that_need_another_process_at_the_right_moment_are_explained() {
        let name = Name::parse("Zoho").unwrap();
        for (error, kind, what) in [
            (
                StoreError::OtherStep { next: "delete Zoho".to_owned() },
                Kind::Refused,
                "The vault was changed in the meantime, so nothing was undone.",
            ),
            (
                StoreError::Conflict(Conflict::Present { noun: "credential", name }),
                Kind::Refused,
                "The credential \"Zoho\" already exists.",
            ),
        ] {
            let problem = Problem::from(error);
            assert_eq!((problem.kind, problem.what.as_str()), (kind, what));
        }
    }
}
