//! CR-11: what is done to the lock file behind our back.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::time::Duration;

use credenza::model::change::Change;
use credenza::problem::Kind;

use super::{credential, stage};

#[test]
fn cr_11_a_lock_file_that_is_a_link_a_folder_or_a_pipe_is_refused_and_reading_goes_on() {
    let stage = stage();
    stage.add("one");
    let lock = stage.paths.lock();
    let elsewhere = stage.home.path().join("elsewhere");
    for what in ["link to a device", "link to nothing", "folder", "pipe"] {
        let _ = fs::remove_file(&lock);
        match what {
            "link to a device" => symlink("/dev/null", &lock).unwrap(),
            "link to nothing" => symlink(&elsewhere, &lock).unwrap(),
            "folder" => fs::create_dir(&lock).unwrap(),
            _ => {
                fs::remove_dir(&lock).unwrap();
                let (kind, mode) = (rustix::fs::FileType::Fifo, rustix::fs::Mode::RWXU);
                rustix::fs::mknodat(rustix::fs::CWD, &lock, kind, mode, 0).unwrap();
            }
        }
        let tried = stage.vault.exclusive(Duration::ZERO);
        if what == "pipe" {
            // A pipe can be locked as well as a file; what counts is that nobody waits for its other end.
            tried.unwrap();
        } else {
            assert_eq!(tried.unwrap_err().kind, Kind::Storage, "{what}");
        }
        assert_eq!(stage.names(), ["one"], "{what}");
    }
    assert!(!elsewhere.exists(), "nothing was made at the end of the link");
}

#[test]
fn cr_11_a_lock_file_nobody_may_write_is_refused_or_for_root_used() {
    let stage = stage();
    fs::set_permissions(stage.paths.lock(), fs::Permissions::from_mode(0o444)).unwrap();
    match stage.vault.exclusive(Duration::ZERO) {
        Ok(_) => assert!(rustix::process::geteuid().is_root()),
        Err(problem) => assert!(problem.what.contains("lock"), "{problem}"),
    }
}

#[test]
fn cr_11_who_waits_at_a_deleted_lock_file_takes_the_new_one() {
    let stage = stage();
    let held = stage.vault.exclusive(Duration::ZERO).unwrap();
    let other = stage.again().unwrap();
    let waited = std::thread::scope(|scope| {
        let waiting = scope.spawn(|| other.exclusive(Duration::from_secs(20)));
        fs::remove_file(stage.paths.lock()).unwrap();
        waiting.join().unwrap()
    });
    drop(waited.unwrap());
    drop(held);
    assert!(stage.paths.lock().exists());
}

#[test]
fn cr_11_who_lost_the_lock_file_saves_nothing_over_another() {
    let stage = stage();
    let mut robbed = stage.vault.exclusive(Duration::ZERO).unwrap();
    fs::remove_file(stage.paths.lock()).unwrap();
    let other = stage.again().unwrap();
    other.commit(Change::Insert(Box::new(credential("theirs", stage.clock.now())))).unwrap();
    let ours = || Change::Insert(Box::new(credential("ours", stage.clock.now())));
    let problem = robbed.commit(ours()).unwrap_err();
    assert!(problem.kind == Kind::Storage && problem.what.contains("deleted"), "{problem}");
    assert_eq!(stage.names(), ["theirs"]);
    drop(robbed);
    stage.vault.commit(ours()).unwrap();
    assert_eq!(stage.names(), ["theirs", "ours"]);
}
