//! CR-11: changes of the lock files by other programs.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use credenza::model::change::Change;
use credenza::problem::Kind;

use super::{credential, stage};
use crate::service::hold_lock;

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
        let problem = stage.vault.touch().unwrap_err();
        assert!(problem.kind == Kind::Storage && problem.what.contains("lock"), "{what}: {problem}");
        assert_eq!(stage.names(), ["one"], "{what}");
    }
    assert!(!elsewhere.exists(), "nothing was made at the end of the link");
}

#[test]
fn cr_11_a_lock_file_nobody_may_write_is_refused_or_for_root_used() {
    let stage = stage();
    fs::set_permissions(stage.paths.lock(), fs::Permissions::from_mode(0o444)).unwrap();
    match stage.vault.touch() {
        Ok(()) => assert!(rustix::process::geteuid().is_root()),
        Err(problem) => assert!(problem.what.contains("lock"), "{problem}"),
    }
}

#[test]
fn cr_11_who_waits_at_a_deleted_lock_file_takes_the_new_one() {
    let stage = stage();
    stage.add("one");
    let held = hold_lock(&stage.paths.lock());
    let other = stage.again().unwrap();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| other.touch());
        fs::remove_file(stage.paths.lock()).unwrap();
        waiting.join().unwrap().unwrap();
    });
    drop(held);
    assert!(stage.paths.lock().exists());
}

#[test]
fn cr_09_a_taken_lock_is_waited_for_and_then_its_holder_is_named() {
    let stage = stage();
    // A save leaves a note in the lock file, as every holder does.
    stage.add("one");
    let held = hold_lock(&stage.paths.lock());
    let insert = Change::Insert(Box::new(credential("two", stage.clock.now())));
    let problem = stage.again().unwrap().commit(insert).unwrap_err();
    assert_eq!(problem.kind, Kind::Storage);
    let named = format!("more than 10 seconds (PID {}, test, since 10:00:00 UTC)", std::process::id());
    assert!(problem.what.contains(&named) && problem.why.contains("lock"), "{problem}");
    drop(held);
    stage.vault.touch().unwrap();
}
