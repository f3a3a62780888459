//! The key file that unlocks a member's identity on this machine instead of a passphrase.

use std::path::{Path, PathBuf};

use super::identity_file;
use crate::paths::Paths;
use crate::problem::{Kind, Problem};
use crate::store::file::{KeyDescription, Presence, disk};
use crate::store::key_file::{KeyFile, KeyKind};

/// The key file of a team member on this machine.
#[derive(Clone, Debug)]
pub struct MemberKey {
    /// The last known path; empty if it is not known.
    pub file: PathBuf,
    /// The kind of key, or why it cannot be used.
    pub kind: Result<KeyKind, Problem>,
}

impl MemberKey {
    /// The key file of the team vault in these folders; `None` if a passphrase unlocks it.
    pub(in crate::store) fn of(paths: &Paths) -> Option<Self> {
        let file = identity_file::key_file(paths)?;
        let kind = if file.as_os_str().is_empty() {
            let problem = Problem::new(Kind::Locked, "The vault is opened by a key, and its file is not known.");
            Err(problem.try_this("Name the file of the key."))
        } else {
            KeyFile::read(&file).map(|keys| keys.kind())
        };
        Some(Self { file, kind })
    }

    /// The label of the prompt (if anything has to be typed) and a description of the key.
    #[must_use]
    pub fn words(&self) -> KeyDescription {
        let place = in_short(&self.file);
        let (label, about) = match &self.kind {
            Ok(KeyKind::Ssh { has_passphrase: true }) => (Some("Passphrase"), format!("SSH key {place}")),
            Ok(KeyKind::Ssh { .. }) => (None, format!("SSH key {place}")),
            Ok(KeyKind::Age) => (None, format!("age identity {place}")),
            Ok(KeyKind::Plugin { name }) => (Some("PIN"), format!("{name} key: touch it when it asks for it")),
            Err(problem) => (None, problem.what.clone()),
        };
        KeyDescription { label, about }
    }
}

/// The state of `identity.age` to show to a person: when it was written and what unlocks it.
pub(in crate::store) fn look(paths: &Paths) -> Presence {
    let path = paths.identity();
    match disk::look(&path) {
        Ok(Some((_, modified, size))) => {
            let key = MemberKey::of(paths).map(|key| key.words());
            Presence::Locked { path, modified, size, key }
        }
        Ok(None) => Presence::Unusable(
            Problem::new(Kind::Storage, "Half of the team vault is missing on this machine: identity.age is gone.")
                .why(format!("{} does not exist.", path.display()))
                .try_this("Restore it from your own backup of the folder, or join again under another name."),
        ),
        Err(problem) => Presence::Unusable(problem),
    }
}

/// The path with the home directory shortened to `~`.
fn in_short(file: &Path) -> String {
    let home = std::env::home_dir().filter(|home| !home.as_os_str().is_empty());
    match home.and_then(|home| file.strip_prefix(home).ok().map(Path::to_owned)) {
        Some(rest) => format!("~/{}", rest.display()),
        None => file.display().to_string(),
    }
}
