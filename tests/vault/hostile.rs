//! VF: corrupt, foreign, forged and incomplete files.

use std::fs;

use crate::local_vault::Vault;
use crate::scratch::is_thorough;
use credenza::problem::Kind;
use credenza::secret::Passphrase;
use credenza::store::local::Presence;

use super::{passphrase, stage, tree};

/// Positions in a file: all of them, or the first and the last ones and a part of those between.
fn positions(length: usize) -> impl Iterator<Item = usize> {
    let is_near_an_end = move |at: usize| at < 48 || at + 48 >= length;
    (0..length).filter(move |at| is_thorough() || is_near_an_end(*at) || at.is_multiple_of(11))
}

#[test]
fn vf_01_truncation_at_every_length_is_refused_and_nothing_is_rewritten() {
    let stage = stage();
    let whole = fs::read(stage.paths.vault()).unwrap();
    for length in positions(whole.len()) {
        fs::write(stage.paths.vault(), &whole[..length]).unwrap();
        let before = tree(stage.home.path());
        let problem = stage.again().unwrap_err();
        assert_eq!(problem.kind, Kind::Storage, "at {length}: {problem}");
        assert_eq!(before, tree(stage.home.path()), "at {length}");
    }
}

#[test]
fn vf_02_a_flipped_bit_anywhere_is_refused() {
    let stage = stage();
    let whole = fs::read(stage.paths.vault()).unwrap();
    for at in positions(whole.len()) {
        for bit in [0x01, 0x80] {
            let mut flipped = whole.clone();
            flipped[at] ^= bit;
            fs::write(stage.paths.vault(), &flipped).unwrap();
            assert!(stage.again().is_err(), "byte {at}, bit {bit:#x}");
        }
    }
}

#[test]
fn vf_03_appended_data_is_refused() {
    let stage = stage();
    let whole = fs::read(stage.paths.vault()).unwrap();
    for extra in [&b"\n"[..], b"x", &whole] {
        fs::write(stage.paths.vault(), [&whole, extra].concat()).unwrap();
        let problem = stage.again().unwrap_err();
        assert!(problem.to_string().contains("extra data"), "{problem}");
    }
}

#[test]
fn vf_04_what_is_no_vault_is_refused_without_waiting() {
    let stage = stage();
    let path = stage.paths.vault();
    let refused = || stage.again().unwrap_err().kind;
    for content in [&b""[..], b"\x7fELF", b"-----BEGIN CERTIFICATE-----\n", b"\x1f\x8b\x08"] {
        fs::write(&path, content).unwrap();
        assert_eq!(refused(), Kind::Storage);
    }
    fs::File::create(&path).unwrap().set_len(1 << 30).unwrap();
    assert_eq!(refused(), Kind::Storage);
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert_eq!(refused(), Kind::Storage);
    fs::remove_dir(&path).unwrap();
    rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    assert_eq!(refused(), Kind::Storage);
}

#[test]
fn vf_08_a_header_stuffed_with_stanzas_is_refused() {
    let stage = stage();
    let mut stuffed = b"age-encryption.org/v1\n".to_vec();
    for _ in 0..100_000 {
        stuffed.extend_from_slice(b"-> x AAAA\n\n");
    }
    stuffed.extend_from_slice(b"--- AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n");
    fs::write(stage.paths.vault(), stuffed).unwrap();
    assert_eq!(stage.again().unwrap_err().kind, Kind::Storage);
}

#[test]
fn vf_17_a_restored_old_file_is_shown_for_what_it_is() {
    let stage = stage();
    stage.add("one");
    let old = fs::read(stage.paths.vault()).unwrap();
    stage.add("two");
    fs::write(stage.paths.vault(), old).unwrap();
    let problem = stage.again().unwrap_err();
    assert_eq!((problem.kind, problem.kind.exit_code()), (Kind::RolledBack, 7));
    assert!(problem.what.contains("an old version: 2; this machine has seen 3"), "{problem}");
    // A handle that was already open does not use the old version either.
    assert_eq!(stage.vault.snapshot().unwrap_err().kind, Kind::RolledBack);
}

#[test]
fn vf_19_the_identity_of_another_vault_is_called_so() {
    let (one, other) = (stage(), stage());
    fs::copy(other.paths.identity(), one.paths.identity()).unwrap();
    let problem = one.again().unwrap_err();
    assert!(problem.what.contains("does not open this vault"), "{problem}");
}

#[test]
fn vf_19_a_vault_forged_for_our_recipient_is_refused() {
    // An attacker knows the recipient (it is public) and creates a vault that the identity can decrypt.
    let stage = stage();
    let identity = stage.identity();
    let recipient = identity.parse::<age::x25519::Identity>().unwrap().to_public();
    let json =
        br#"{"format":1,"vault_id":"V","generation":9,"written_at":"2026-11-23T10:00:00Z","vault_secret":"guess",
        "recipients":[],"credentials":[]}"#;
    fs::write(stage.paths.vault(), age::encrypt(&recipient, json).unwrap()).unwrap();
    let problem = stage.again().unwrap_err();
    assert_eq!(problem.kind, Kind::Refused);
    assert!(problem.why.contains("forged"), "{problem}");
}

#[test]
fn vf_20_half_a_vault_is_named_and_never_made_anew() {
    let stage = stage();
    let kept = fs::read(stage.paths.identity()).unwrap();
    fs::remove_file(stage.paths.identity()).unwrap();
    for missing in ["identity.age", "vault.age"] {
        let Presence::Unusable(problem) =
            credenza::store::local::Local::at(&stage.paths, &stage.clock, "test").presence()
        else {
            panic!("usable")
        };
        assert!(problem.why.contains(missing), "{problem}");
        let refused = Vault::create(&stage.paths, &passphrase(), &stage.clock).unwrap_err();
        assert_eq!(refused, problem);
        if missing == "identity.age" {
            fs::write(stage.paths.identity(), &kept).unwrap();
            fs::remove_file(stage.paths.vault()).unwrap();
        }
    }
}

#[test]
fn vf_21_a_stray_temporary_file_is_swept_and_never_adopted() {
    let stage = stage();
    let stray = stage.paths.data().join(".new-dead");
    fs::write(&stray, "half a vault").unwrap();
    assert!(stage.again().is_ok());
    assert!(stray.exists(), "reading takes no lock and removes nothing");
    stage.add("one");
    assert!(!stray.exists());
}

#[test]
fn pp_01_a_wrong_passphrase_is_called_so_and_changes_nothing() {
    let stage = stage();
    let before = tree(stage.home.path());
    for wrong in ["", " ", "CNRY- passphrase", "cnry-passphrase"] {
        let wrong = Passphrase::new(wrong.to_owned());
        let problem = Vault::unlock(&stage.paths, &wrong, &stage.clock).unwrap_err();
        assert_eq!((problem.kind, problem.what.as_str()), (Kind::Locked, "Wrong passphrase."));
    }
    assert_eq!(before, tree(stage.home.path()));
}
