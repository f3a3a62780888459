//! No save writes a file that cannot be opened again, and a vault that an older program made too large can be opened
//! after a restore. The limit is 1 MiB here, see `disk.rs`.

use std::fs;

use super::create;
use super::disk::MAX_SIZE;
use super::location::Location;
use super::vault::FileStore;
use crate::clock::Clock;
use crate::model::change::Change;
use crate::model::credential::{Credential, CredentialId, Name, Setup};
use crate::paths::Paths;
use crate::problem::{Kind, Problem};
use crate::secret::Passphrase;
use crate::store::contract::{Store as _, Wait};
use crate::store::error::StoreError;

struct Stage {
    folder: tempfile::TempDir,
    clock: Clock,
    id: CredentialId,
}

fn passphrase() -> Passphrase {
    Passphrase::new("limit".to_owned())
}

fn stage() -> Stage {
    let clock = Clock::settable("2026-11-23T10:00:00Z".parse().unwrap());
    let one = Credential::new(Name::parse("A").unwrap(), "p", Setup::default(), clock.now());
    let stage = Stage { folder: tempfile::tempdir().unwrap(), clock, id: one.id };
    let made = create(&stage.location(), &passphrase(), 1).unwrap();
    made.commit(Change::Insert(Box::new(one)).into()).unwrap();
    stage
}

impl Stage {
    fn location(&self) -> Location {
        let (paths, clock) = (Paths::discover(Some(self.folder.path())).unwrap(), self.clock.clone());
        Location { paths, clock, program: "limit".to_owned() }
    }

    fn open(&self) -> FileStore {
        FileStore::unlock(&self.location(), &passphrase()).unwrap()
    }

    fn vault(&self) -> std::path::PathBuf {
        self.folder.path().join("data/vault.age")
    }

    fn identity(&self) -> age::x25519::Identity {
        let wrapped = age::scrypt::Identity::new("limit".to_owned().into());
        let text = fs::read(self.folder.path().join("data/identity.age")).unwrap();
        let text = String::from_utf8(age::decrypt(&wrapped, &text).unwrap()).unwrap();
        text.lines().find(|line| line.starts_with("AGE-SECRET-KEY-1")).unwrap().parse().unwrap()
    }

    /// Fills the vault until its file has `size` bytes, or up to 200 fewer, as a user does over the years.
    fn fill(&self, size: u64) {
        let identity = self.identity();
        let json = String::from_utf8(age::decrypt(&identity, &fs::read(self.vault()).unwrap()).unwrap()).unwrap();
        let head = "\"head\":{";
        let filled = |filler: usize| json.replacen(head, &format!("{head}\"filler\":\"{}\",", "x".repeat(filler)), 1);
        let sealed = |filler| age::encrypt(&identity.to_public(), filled(filler).as_bytes()).unwrap();
        let first = usize::try_from(size).unwrap() - json.len() - 8_192;
        let missing = usize::try_from(size).unwrap() - sealed(first).len();
        // age adds a stanza of random length to each header.
        let fits = |bytes: &Vec<u8>| (size - 200..=size).contains(&(bytes.len() as u64));
        let bytes = (0..1_000).map(|_| sealed(first + missing - 50)).find(fits).unwrap();
        fs::write(self.vault(), bytes).unwrap();
        fs::remove_file(self.folder.path().join("state/seen.json")).unwrap();
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), StoreError> {
        let name = |text: &str| Name::parse(text).unwrap();
        self.open().commit(Change::rename(self.id, &name(from), &name(to)).into()).map(drop)
    }
}

#[test]
fn a_save_that_could_not_be_opened_again_is_refused_before_the_old_file_is_touched() {
    let stage = stage();
    stage.fill(MAX_SIZE - 200);
    let before = fs::read(stage.vault()).unwrap();
    let refused = stage.rename("A", "A name that is longer than the one before").unwrap_err();
    assert!(matches!(refused, StoreError::TooLarge { limit, credentials: 1, .. } if limit <= MAX_SIZE), "{refused:?}");
    let problem = Problem::from(refused);
    assert_eq!(problem.kind, Kind::Storage);
    assert!(problem.what.contains("1.0 MiB") && problem.why.contains("1 credential."), "{problem}");
    assert_eq!(fs::read(stage.vault()).unwrap(), before);
    assert_eq!(stage.open().snapshot().unwrap().credentials.list.len(), 1);
}

/// The last bytes are reserved for responses: a vault that a user has filled can still be refreshed.
#[test]
fn edits_leave_room_for_answers_and_nothing_is_spent_without_room() {
    let stage = stage();
    stage.fill(MAX_SIZE - (50 << 10));
    assert!(matches!(stage.rename("A", "B"), Err(StoreError::TooLarge { .. })));
    let store = stage.open();
    let wait = || Wait { longest: std::time::Duration::from_secs(10), noticed: Box::leak(Box::new(|| ())) };
    store.check_can_save(wait()).unwrap();
    store.commit(Change::Throttled { id: stage.id, until: stage.clock.now() }.into()).unwrap();
    store.commit(Change::Remove { id: stage.id }.into()).unwrap();
    stage.fill(MAX_SIZE - 1_000);
    assert!(matches!(stage.open().check_can_save(wait()), Err(StoreError::TooLarge { .. })));
}

#[test]
fn a_vault_that_an_older_version_locked_so_is_opened_by_a_restore() {
    for by_number in [false, true] {
        let stage = stage();
        stage.rename("A", "B").unwrap();
        let newest = fs::read(stage.vault()).unwrap();
        let kept = stage.folder.path().join("kept.age");
        fs::write(&kept, &newest).unwrap();
        stage.rename("B", "C").unwrap();
        let locked = vec![b'x'; usize::try_from(MAX_SIZE).unwrap() + 165];
        fs::write(stage.vault(), &locked).unwrap();
        assert!(FileStore::unlock(&stage.location(), &passphrase()).is_err());
        let store = FileStore::unlock_unread(&stage.location(), &passphrase()).unwrap();
        if by_number { store.restore(3) } else { store.restore_from(Some(&kept)) }.unwrap();
        assert_eq!(store.snapshot().unwrap().credentials.list[0].name.as_str(), "B");
        assert_eq!(stage.open().snapshot().unwrap().credentials.list.len(), 1);
        let backups = fs::read_dir(stage.folder.path().join("data/backups")).unwrap();
        let sizes: Vec<u64> = backups.map(|entry| entry.unwrap().metadata().unwrap().len()).collect();
        assert!(sizes.contains(&(locked.len() as u64)), "the file it replaced is kept: {sizes:?}");
    }
}
