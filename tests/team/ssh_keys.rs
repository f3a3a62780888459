//! Private keys of OpenSSH for the tests, made anew each time.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

fn string(into: &mut Vec<u8>, bytes: &[u8]) {
    into.extend_from_slice(&u32::try_from(bytes.len()).unwrap().to_be_bytes());
    into.extend_from_slice(bytes);
}

/// An ed25519 key without a passphrase, as `ssh-keygen` writes it (PROTOCOL.key of OpenSSH).
pub(crate) fn plain(folder: &Path, name: &str) -> PathBuf {
    let seed: [u8; 32] = rand::random();
    let pair = Ed25519KeyPair::from_seed_unchecked(&seed).unwrap();
    let public = pair.public_key().as_ref();
    let mut blob = Vec::new();
    string(&mut blob, b"ssh-ed25519");
    string(&mut blob, public);
    let mut private = vec![7; 8];
    string(&mut private, b"ssh-ed25519");
    string(&mut private, public);
    string(&mut private, &[&seed, public].concat());
    string(&mut private, b"ana@acme");
    let padding = (8 - private.len() % 8) % 8;
    private.extend((1..).take(padding));
    let mut key = b"openssh-key-v1\0".to_vec();
    for part in [b"none".as_slice(), b"none", b""] {
        string(&mut key, part);
    }
    key.extend_from_slice(&1u32.to_be_bytes());
    string(&mut key, &blob);
    string(&mut key, &private);
    let encoded = STANDARD.encode(key);
    let lines: Vec<&str> = encoded.as_bytes().chunks(70).map(|line| std::str::from_utf8(line).unwrap()).collect();
    let text =
        format!("-----BEGIN OPENSSH PRIVATE KEY-----\n{}\n-----END OPENSSH PRIVATE KEY-----\n", lines.join("\n"));
    private_file(folder, name, &text)
}

pub(crate) fn private_file(folder: &Path, name: &str, text: &str) -> PathBuf {
    let file = folder.join(name);
    fs::write(&file, text).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    file
}

/// A key that `ssh-keygen` makes; `None` where there is no such program.
pub(crate) fn made(folder: &Path, name: &str, kind: &[&str], passphrase: &str) -> Option<PathBuf> {
    let file = folder.join(name);
    let mut command = Command::new("ssh-keygen");
    command.args(["-q", "-a", "4", "-C", "ana@acme", "-N", passphrase, "-f"]).arg(&file).arg("-t").args(kind);
    match command.output() {
        Ok(made) => assert!(made.status.success(), "{made:?}"),
        Err(_) => return None,
    }
    Some(file)
}
