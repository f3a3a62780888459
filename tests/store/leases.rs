//! Leases of the file store: damage to their folder and files, and what other versions leave there.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::PathBuf;
use std::time::Duration;

use credenza::clock::Clock;
use credenza::model::change::Change;
use credenza::model::credential::{Credential, CredentialId, Name, Setup};
use credenza::problem::{Kind, Problem};
use credenza::store::{Lease, StoreError, Wait};
use jiff::Timestamp;

use super::InFile;
use super::suite::Factory as _;
use crate::service::hold_lock;

struct Stage {
    file: InFile,
    id: CredentialId,
}

fn stage() -> Stage {
    let clock = Clock::settable("2026-11-23T10:00:00Z".parse().unwrap());
    let file = InFile::make(&clock);
    let one = Credential::new(Name::parse("A").unwrap(), "p", Setup::default(), clock.now());
    let id = one.id;
    file.open().commit(Change::Insert(Box::new(one)).into()).unwrap();
    Stage { file, id }
}

impl Stage {
    fn state(&self) -> PathBuf {
        self.file.folder.path().join("state")
    }

    fn folder(&self) -> PathBuf {
        self.state().join("leases")
    }

    fn lease_file(&self) -> PathBuf {
        self.folder().join(self.id.to_string())
    }

    fn lease(&self) -> Result<Box<dyn Lease>, StoreError> {
        let wait = Wait { longest: Duration::from_millis(50), noticed: &mut || () };
        self.file.open().lease(self.id, wait)
    }

    fn refused(&self) -> Problem {
        self.lease().unwrap_err().into()
    }
}

#[test]
fn a_folder_that_others_chose_or_can_change_is_refused_with_its_place() {
    let stage = stage();
    let elsewhere = stage.file.folder.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    for what in ["link", "file", "open to others"] {
        match what {
            "link" => symlink(&elsewhere, stage.folder()).unwrap(),
            "file" => fs::write(stage.folder(), "").unwrap(),
            _ => {
                fs::create_dir(stage.folder()).unwrap();
                fs::set_permissions(stage.folder(), fs::Permissions::from_mode(0o777)).unwrap();
            }
        }
        let problem = stage.refused();
        assert!(problem.what.contains("leases") && !problem.try_this.is_empty(), "{what}: {problem}");
        let _ = fs::remove_file(stage.folder());
    }
    assert_eq!(fs::read_dir(elsewhere).unwrap().count(), 0, "nothing was made at the end of the link");
}

#[test]
fn a_lease_that_is_no_file_of_its_own_is_refused_with_its_place() {
    let stage = stage();
    drop(stage.lease().unwrap());
    let elsewhere = stage.file.folder.path().join("elsewhere");
    for what in ["link", "folder", "pipe"] {
        let _ = fs::remove_file(stage.lease_file());
        match what {
            "link" => symlink(&elsewhere, stage.lease_file()).unwrap(),
            "folder" => fs::create_dir(stage.lease_file()).unwrap(),
            _ => {
                fs::remove_dir(stage.lease_file()).unwrap();
                let (kind, mode) = (rustix::fs::FileType::Fifo, rustix::fs::Mode::RWXU);
                rustix::fs::mknodat(rustix::fs::CWD, stage.lease_file(), kind, mode, 0).unwrap();
            }
        }
        let problem = stage.refused();
        assert!(problem.what.contains(&stage.id.to_string()), "{what}: {problem}");
        assert_eq!(problem.kind, Kind::Storage, "{what}: {problem}");
    }
    assert!(!elsewhere.exists());
}

#[test]
fn a_lease_that_was_deleted_while_it_was_held_spends_nothing() {
    let stage = stage();
    let mut held = stage.lease().unwrap();
    fs::remove_file(stage.lease_file()).unwrap();
    let problem = Problem::from(held.record_spending().unwrap_err());
    assert!(problem.what.contains("deleted while it was held"), "{problem}");
}

#[test]
fn a_busy_lease_names_its_holder_and_nobody_who_is_gone() {
    let stage = stage();
    let held = stage.lease().unwrap();
    let StoreError::Busy { holder: Some(holder), place, .. } = stage.lease().unwrap_err() else { panic!("no holder") };
    assert_eq!((holder.pid, holder.program.as_str()), (std::process::id(), "suite"));
    assert_eq!(place, stage.lease_file());
    drop(held);
    // A process that died left its note, and another one holds the lock but has not written a note yet.
    let gone = r#"{"v":1,"pid":4194303,"program":"credenza token","since":"2026-11-23T09:00:00Z"}"#;
    fs::write(stage.lease_file(), gone).unwrap();
    let _other = hold_lock(&stage.lease_file());
    let busy = stage.lease().unwrap_err();
    assert!(matches!(&busy, StoreError::Busy { holder: None, .. }), "{busy:?}");
}

#[test]
fn a_note_of_a_later_version_or_a_torn_one_is_read_as_a_lost_answer() {
    let stage = stage();
    drop(stage.lease().unwrap());
    for text in [r#"{"v":9,"spending":{"at":1}}"#, r#"{"v":1,"pid":4121,"prog"#, "\u{0}x"] {
        fs::write(stage.lease_file(), text).unwrap();
        let mut lease = stage.lease().unwrap();
        assert!(lease.pending().is_some(), "{text:?}");
        lease.clear_spending();
        drop(lease);
        assert_eq!(stage.lease().unwrap().pending(), None);
    }
}

#[test]
fn a_mark_of_a_version_before_leases_is_moved_once() {
    let stage = stage();
    let seen = stage.state().join("seen.json");
    let since: Timestamp = "2026-11-23T09:59:00Z".parse().unwrap();
    let mut json: serde_json::Value = serde_json::from_slice(&fs::read(&seen).unwrap()).unwrap();
    json["pending"] = serde_json::json!([{ "id": stage.id, "since": since }]);
    fs::write(&seen, json.to_string()).unwrap();
    assert_eq!(stage.lease().unwrap().pending().unwrap().since, since);
    let after = fs::read_to_string(&seen).unwrap();
    assert!(!after.contains("pending"), "{after}");
    assert_eq!(stage.lease().unwrap().pending().unwrap().since, since, "it is in the lease now");
    assert_eq!(stage.file.open().snapshot().unwrap().credentials.list.len(), 1);
}

/// A release from before leases holds the vault lock during the request to its provider, and has recorded the pending
/// refresh.
#[test]
fn a_version_before_leases_that_is_spending_is_waited_for_and_then_told() {
    let stage = stage();
    let seen = stage.state().join("seen.json");
    let mut json: serde_json::Value = serde_json::from_slice(&fs::read(&seen).unwrap()).unwrap();
    json["pending"] = serde_json::json!([{ "id": stage.id, "since": "2026-11-23T09:59:58Z" }]);
    let without = fs::read(&seen).unwrap();
    fs::write(&seen, json.to_string()).unwrap();
    let older = hold_lock(&stage.file.folder.path().join("data/lock"));
    let problem = stage.refused();
    assert!(problem.what.contains("has held the vault lock"), "{problem}");
    // It saves the response and removes its record.
    fs::write(&seen, without).unwrap();
    drop(older);
    assert_eq!(stage.lease().unwrap().pending(), None);
}
