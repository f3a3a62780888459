//! No save writes what is not opened again, and a vault that an older version locked so is opened by a restore.

use std::fs;

use credenza::clock::Clock;
use credenza::model::change::Change;
use credenza::model::credential::{Credential, CredentialId, Name, Setup};
use credenza::problem::{Kind, Problem};
use credenza::store::local::UnlockBy;
use credenza::store::{StoreError, Wait};

use super::suite::Factory as _;
use super::{InFile, passphrase};

/// Above this no file is read.
const LIMIT: u64 = 16 << 20;

struct Stage {
    file: InFile,
    id: CredentialId,
}

fn stage() -> Stage {
    let file = InFile::make(&Clock::settable("2026-11-23T10:00:00Z".parse().unwrap()));
    let one = Credential::new(Name::parse("A").unwrap(), "p", Setup::default(), file.clock.now());
    let id = one.id;
    file.open().commit(Change::Insert(Box::new(one)).into()).unwrap();
    Stage { file, id }
}

impl Stage {
    fn vault(&self) -> std::path::PathBuf {
        self.file.folder.path().join("data/vault.age")
    }

    fn identity(&self) -> age::x25519::Identity {
        let wrapped = age::scrypt::Identity::new("suite".to_owned().into());
        let text = fs::read(self.file.folder.path().join("data/identity.age")).unwrap();
        let text = String::from_utf8(age::decrypt(&wrapped, &text).unwrap()).unwrap();
        text.lines().find(|line| line.starts_with("AGE-SECRET-KEY-1")).unwrap().parse().unwrap()
    }

    /// Fills the vault until its file has `size` bytes, or up to 200 fewer, as a person does over the years.
    fn fill(&self, size: u64) {
        let identity = self.identity();
        let json = String::from_utf8(age::decrypt(&identity, &fs::read(self.vault()).unwrap()).unwrap()).unwrap();
        let filled = |filler: usize| json.replacen('{', &format!("{{\"filler\": \"{}\",", "x".repeat(filler)), 1);
        let sealed = |filler| age::encrypt(&identity.to_public(), filled(filler).as_bytes()).unwrap();
        let first = usize::try_from(size).unwrap() - json.len() - 8_192;
        let missing = usize::try_from(size).unwrap() - sealed(first).len();
        // age adds a stanza of random length to each header.
        let fits = |bytes: &Vec<u8>| (size - 200..=size).contains(&(bytes.len() as u64));
        let bytes = (0..1_000).map(|_| sealed(first + missing - 50)).find(fits).unwrap();
        fs::write(self.vault(), bytes).unwrap();
        fs::remove_file(self.file.folder.path().join("state/seen.json")).unwrap();
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), StoreError> {
        let name = |text: &str| Name::parse(text).unwrap();
        self.file.open().commit(Change::rename(self.id, &name(from), &name(to)).into()).map(drop)
    }
}

#[test]
fn a_save_that_could_not_be_opened_again_is_refused_before_the_old_file_is_touched() {
    let stage = stage();
    stage.fill(LIMIT - 200);
    let before = fs::read(stage.vault()).unwrap();
    let refused = stage.rename("A", "A name that is longer than the one before").unwrap_err();
    assert!(matches!(refused, StoreError::TooLarge { limit, credentials: 1, .. } if limit <= LIMIT), "{refused:?}");
    let problem = Problem::from(refused);
    assert_eq!(problem.kind, Kind::Storage);
    assert!(problem.what.contains("16.0 MiB") && problem.why.contains("1 credential."), "{problem}");
    assert_eq!(fs::read(stage.vault()).unwrap(), before);
    assert_eq!(stage.file.open().snapshot().unwrap().credentials.list.len(), 1);
}

/// The last bytes are left to answers: a vault that a person has filled is refreshed all the same.
#[test]
fn edits_leave_room_for_answers_and_nothing_is_spent_without_room() {
    let stage = stage();
    stage.fill(LIMIT - (50 << 10));
    assert!(matches!(stage.rename("A", "B"), Err(StoreError::TooLarge { .. })));
    let store = stage.file.open();
    let wait = || Wait { longest: std::time::Duration::from_secs(10), noticed: Box::leak(Box::new(|| ())) };
    store.reserve(wait()).unwrap();
    store.commit(Change::Throttled { id: stage.id, until: stage.file.clock.now() }.into()).unwrap();
    store.commit(Change::Remove { id: stage.id }.into()).unwrap();
    stage.fill(LIMIT - 1_000);
    assert!(matches!(stage.file.open().reserve(wait()), Err(StoreError::TooLarge { .. })));
}

#[test]
fn a_vault_that_an_older_version_locked_so_is_opened_by_a_restore() {
    for by_number in [false, true] {
        let stage = stage();
        stage.rename("A", "B").unwrap();
        let newest = fs::read(stage.vault()).unwrap();
        let kept = stage.file.folder.path().join("kept.age");
        fs::write(&kept, &newest).unwrap();
        stage.rename("B", "C").unwrap();
        let locked = vec![b'x'; usize::try_from(LIMIT).unwrap() + 165];
        fs::write(stage.vault(), &locked).unwrap();
        let local = stage.file.local();
        let passphrase = passphrase();
        let by = UnlockBy::Passphrase(&passphrase);
        assert!(local.unlock(by).is_err());
        local.may_restore().unwrap();
        let restored = if by_number { local.restore_generation(by, 3) } else { local.restore(by, Some(&kept)) };
        assert_eq!(restored.unwrap().snapshot().unwrap().credentials.list[0].name.as_str(), "B");
        assert_eq!(stage.file.open().snapshot().unwrap().credentials.list.len(), 1);
        let backups = fs::read_dir(stage.file.folder.path().join("data/backups")).unwrap();
        let sizes: Vec<u64> = backups.map(|entry| entry.unwrap().metadata().unwrap().len()).collect();
        assert!(sizes.contains(&(locked.len() as u64)), "the file it replaced is kept: {sizes:?}");
    }
}
