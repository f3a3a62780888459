//! The vault's files: what is refused, what is preserved, and what a save leaves behind.

mod content;
mod hostile;
mod hosts;
mod integrations;
mod kept;
mod lines;
mod locking;
mod pairs;
mod restoring;
mod saving;

use std::path::Path;

use crate::local_vault::{Vault, create_throwaway};
use credenza::clock::Clock;
use credenza::model::change::Change;
use credenza::model::credential::{Credential, CredentialId, Name, Setup};
use credenza::paths::Paths;
use credenza::secret::Passphrase;
use jiff::Timestamp;

/// A private folder with a vault that has a cheap work factor.
struct Stage {
    home: tempfile::TempDir,
    paths: Paths,
    clock: Clock,
    vault: Vault,
}

fn passphrase() -> Passphrase {
    Passphrase::new("CNRY-passphrase".to_owned())
}

fn stage() -> Stage {
    let home = crate::scratch::folder();
    let paths = Paths::discover(Some(home.path())).unwrap();
    let clock = Clock::settable("2026-11-23T10:00:00Z".parse().unwrap());
    let vault = create_throwaway(&paths, &passphrase(), &clock, 4).unwrap();
    Stage { home, paths, clock, vault }
}

impl Stage {
    fn add(&self, name: &str) -> CredentialId {
        let credential = credential(name, self.clock.now());
        let id = credential.id;
        self.vault.commit(Change::Insert(Box::new(credential))).unwrap();
        id
    }

    fn again(&self) -> Result<Vault, credenza::problem::Problem> {
        Vault::unlock(&self.paths, &passphrase(), &self.clock)
    }

    fn identity(&self) -> String {
        let wrapped = age::scrypt::Identity::new("CNRY-passphrase".to_owned().into());
        let text = age::decrypt(&wrapped, &std::fs::read(self.paths.identity()).unwrap()).unwrap();
        let text = String::from_utf8(text).unwrap();
        text.lines().find(|line| line.starts_with("AGE-SECRET-KEY-1")).unwrap().to_owned()
    }

    fn names(&self) -> Vec<String> {
        let snapshot = self.again().unwrap().snapshot().unwrap();
        snapshot.credentials.list.iter().map(|credential| credential.name.to_string()).collect()
    }
}

fn credential(name: &str, now: Timestamp) -> Credential {
    Credential::new(Name::parse(name).unwrap(), "manageengine", Setup::default(), now)
}

/// All files in a folder and its subfolders with their contents, sorted by path.
pub(crate) fn tree(folder: &Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(tree(&path));
        } else {
            files.push((path.clone(), std::fs::read(&path).unwrap()));
        }
    }
    files.sort();
    files
}
