//! WP and FP: what a save leaves on disk, and who can read it.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

use crate::local_vault::Vault;
use credenza::model::change::Change;
use credenza::model::credential::Name;
use credenza::problem::Kind;
use credenza::secret::Secret;

use super::{credential, stage};

#[test]
fn wp_12_a_linked_vault_is_refused_and_the_link_stays() {
    let stage = stage();
    let real = stage.home.path().join("real.age");
    fs::rename(stage.paths.vault(), &real).unwrap();
    std::os::unix::fs::symlink(&real, stage.paths.vault()).unwrap();
    assert!(stage.again().unwrap_err().why.contains("symbolic link"));
    assert!(stage.vault.commit(Change::Insert(Box::new(credential("x", stage.clock.now())))).is_err());
    assert!(fs::symlink_metadata(stage.paths.vault()).unwrap().is_symlink());
}

#[test]
fn wp_14_files_are_private_from_the_start() {
    let stage = stage();
    stage.add("one");
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().mode() & 0o7777;
    assert_eq!(mode(stage.paths.data()), 0o700);
    assert_eq!(mode(&stage.paths.backups()), 0o700);
    for file in [stage.paths.vault(), stage.paths.identity(), stage.paths.lock()] {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

#[test]
fn wp_16_each_save_keeps_the_generation_before_and_every_backup_opens() {
    let stage = stage();
    for n in 0..12 {
        stage.add(&format!("credential {n}"));
    }
    let mut backups: Vec<_> = fs::read_dir(stage.paths.backups()).unwrap().map(|entry| entry.unwrap().path()).collect();
    backups.sort();
    assert_eq!(backups.len(), 10);
    assert!(backups[9].to_string_lossy().contains("vault-000000000012-20261123.age"));
    fs::copy(&backups[9], stage.paths.vault()).unwrap();
    fs::remove_file(stage.paths.state().join("seen.json")).unwrap();
    assert_eq!(stage.names().len(), 11);
}

#[test]
fn cr_07_two_handles_on_one_vault_lose_nothing() {
    let stage = stage();
    let id = stage.add("one");
    let other = stage.again().unwrap();
    other.commit(Change::Insert(Box::new(credential("two", stage.clock.now())))).unwrap();
    let name = |text: &str| Name::parse(text).unwrap();
    stage.vault.commit(Change::rename(id, &name("one"), &name("first"))).unwrap();
    assert_eq!(stage.names(), ["first", "two"]);
    let late = other.commit(Change::rename(id, &name("one"), &name("mine"))).unwrap_err();
    assert_eq!(late.kind, Kind::Refused);
    assert_eq!(other.snapshot().unwrap().generation, stage.vault.snapshot().unwrap().generation);
}

/// A reader that reads the file's version before the recorded one would mistake a save in between for a rollback.
#[test]
fn vf_17_a_reader_beside_a_writer_never_sees_a_rollback() {
    let stage = stage();
    let identity = Secret::new(stage.identity());
    let saving = std::sync::atomic::AtomicBool::new(true);
    let reads = std::thread::scope(|scope| {
        let reader = || {
            let mut reads = 0;
            while saving.load(std::sync::atomic::Ordering::Relaxed) {
                Vault::unlock_with_identity(&stage.paths, &identity, &stage.clock).unwrap();
                reads += 1;
            }
            reads
        };
        let readers: Vec<_> = (0..3).map(|_| scope.spawn(reader)).collect();
        for n in 0..60 {
            stage.add(&format!("credential {n}"));
        }
        saving.store(false, std::sync::atomic::Ordering::Relaxed);
        readers.into_iter().map(|reader| reader.join().unwrap()).sum::<usize>()
    });
    assert!(reads > 30, "too few reads to prove anything: {reads}");
}

#[test]
fn fp_01_files_others_can_read_are_closed() {
    let stage = stage();
    for file in [stage.paths.vault(), stage.paths.identity()] {
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    }
    stage.paths.check().unwrap();
    assert_eq!(fs::metadata(stage.paths.identity()).unwrap().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(stage.paths.vault()).unwrap().mode() & 0o777, 0o600);
}

#[test]
fn fp_02_a_parent_that_others_can_write_is_refused() {
    let stage = stage();
    fs::set_permissions(stage.home.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let problem = stage.paths.check().unwrap_err();
    assert_eq!(problem.kind, Kind::Refused);
    assert!(problem.try_this.starts_with("chmod go-w"), "{problem}");
}

#[test]
fn a_parent_that_only_the_users_private_group_can_write_is_fine() {
    let stage = stage();
    let id = |what: &str| {
        let output = std::process::Command::new("id").arg(what).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    let group = fs::metadata(stage.home.path()).unwrap().gid().to_string();
    let fields = |file: &str| -> Vec<Vec<String>> {
        let text = fs::read_to_string(file).unwrap_or_default();
        text.lines().map(|line| line.split(':').map(str::to_owned).collect()).collect()
    };
    let (user, groups) = (id("-un"), fields("/etc/group"));
    let primary = fields("/etc/passwd").into_iter().filter(|entry| entry.get(3) == Some(&group)).count();
    let private = primary == 1
        && groups
            .iter()
            .any(|entry| entry[0] == user && entry[2] == group && (entry[3].is_empty() || entry[3] == user));
    fs::set_permissions(stage.home.path(), fs::Permissions::from_mode(0o775)).unwrap();
    assert_eq!(stage.paths.check().is_ok(), private, "group {group} of {user}");
    if rustix::process::geteuid().is_root() {
        for shared in [1, 100, 54321] {
            std::os::unix::fs::chown(stage.home.path(), None, Some(shared)).unwrap();
            assert_eq!(stage.paths.check().unwrap_err().kind, Kind::Refused, "group {shared}");
        }
    }
}

#[test]
fn fp_10_a_folder_of_another_user_is_refused() {
    let stage = stage();
    if rustix::process::geteuid().is_root() {
        std::os::unix::fs::chown(stage.paths.data(), Some(65534), None).unwrap();
        let problem = stage.paths.check().unwrap_err();
        assert_eq!(problem.kind, Kind::Refused);
        assert!(problem.why.contains("65534"), "{problem}");
    }
}

#[test]
fn wp_23_an_interrupted_first_run_can_be_run_again_and_half_a_vault_cannot() {
    let stage = stage();
    fs::remove_file(stage.paths.identity()).unwrap();
    fs::write(stage.paths.founding(), "").unwrap();
    let fresh = crate::local_vault::create_throwaway(&stage.paths, &super::passphrase(), &stage.clock, 4).unwrap();
    assert_eq!(fresh.snapshot().unwrap().generation, 1);
    assert!(!stage.paths.founding().exists());
    assert!(Vault::unlock(&stage.paths, &super::passphrase(), &stage.clock).is_ok());
}

#[test]
fn a_reservation_leaves_nothing_behind() {
    let stage = stage();
    let before = fs::read_dir(stage.paths.data()).unwrap().count();
    stage
        .vault
        .0
        .check_can_save(credenza::store::Wait { longest: std::time::Duration::ZERO, noticed: &mut || () })
        .unwrap();
    assert_eq!(fs::read_dir(stage.paths.data()).unwrap().count(), before);
}

#[test]
fn backups_behind_a_link_are_refused_and_nothing_is_written_there() {
    let stage = stage();
    let elsewhere = stage.home.path().join("elsewhere");
    fs::rename(stage.paths.backups(), &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, stage.paths.backups()).unwrap();
    let before = fs::read_dir(&elsewhere).unwrap().count();
    let problem = stage.paths.check().unwrap_err();
    assert!(problem.what.contains("backups is a symbolic link"), "{problem}");
    assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), before);
}
