//! The private keys of a member or host: an age identity for decryption and an Ed25519 key for signatures.
//!
//! ```text
//! # credenza-team identity, format 1
//! # vault: <fingerprint>          only once the vault is known
//! # member: <id>
//! # name: Ana
//! # store: postgres://vault@db.acme.example/credenza
//! # signing key: <base64>
//! # store password: <base64>     only if the environment does not provide it
//! # public key: age1…
//! AGE-SECRET-KEY-1…
//! ```
//!
//! A person's `identity.age` is this text, encrypted with the passphrase or a key. A host has it as a plain file.

use std::fmt;

use age::secrecy::ExposeSecret as _;
use age::x25519;
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand::RngCore as _;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::audit::Key;
use crate::problem::{Kind, Problem};
use crate::secret::Secret;

/// Domain separation: derives the key of the audit log from the seed.
const LOG_PURPOSE: &[u8] = b"credenza-team-audit-log-v1";

const FORMAT_LINE: &str = "# credenza-team identity, format ";

const STORE_PASSWORD: &str = "store password";

/// The private keys.
pub(super) struct MemberSecrets {
    pub(super) identity: x25519::Identity,
    seed: Zeroizing<[u8; 32]>,
    signer: Ed25519KeyPair,
}

/// The contents of an identity file.
#[derive(Debug)]
pub(super) struct TeamIdentity {
    pub(super) key: MemberSecrets,
    /// The vault's fingerprint; `None` before it is known.
    pub(super) vault: Option<String>,
    pub(super) member: String,
    pub(super) name: String,
    /// The address of the store as the person typed it, without a password.
    pub(super) store: String,
    /// The password of the store, if the environment does not provide it.
    pub(super) store_password: Option<Secret>,
}

/// How to reach the store of a team.
#[derive(Clone, Copy, Debug)]
pub struct StoreAccess<'a> {
    /// The address as the person typed it, without a password.
    pub address: &'a str,
    /// The password, if the environment does not provide it.
    pub password: Option<&'a Secret>,
}

impl<'a> From<&'a str> for StoreAccess<'a> {
    fn from(address: &'a str) -> Self {
        Self { address, password: None }
    }
}

impl MemberSecrets {
    /// Generates random keys.
    pub(super) fn generate() -> Self {
        loop {
            let mut seed = Zeroizing::new([0; 32]);
            rand::rng().fill_bytes(&mut *seed);
            // Every 32-byte seed is valid, so this does not loop in practice.
            if let Some(key) = Self::of(x25519::Identity::generate(), seed) {
                return key;
            }
        }
    }

    fn of(identity: x25519::Identity, seed: Zeroizing<[u8; 32]>) -> Option<Self> {
        let signer = Ed25519KeyPair::from_seed_unchecked(&*seed).ok()?;
        Some(Self { identity, seed, signer })
    }

    /// The age recipient (`age1…`).
    pub(super) fn recipient(&self) -> String {
        self.identity.to_public().to_string()
    }

    /// The public Ed25519 key in base64.
    pub(super) fn signing_key(&self) -> String {
        STANDARD.encode(self.signer.public_key().as_ref())
    }

    /// The key that authenticates the audit log on this machine.
    pub(super) fn log_key(&self) -> Key {
        let digest = Sha256::new().chain_update(LOG_PURPOSE).chain_update(*self.seed).finalize();
        Key::new(digest.into())
    }

    /// An Ed25519 signature in base64.
    pub(super) fn sign(&self, message: &[u8]) -> String {
        STANDARD.encode(self.signer.sign(message).as_ref())
    }
}

/// The id of the member with these keys. Derived from the keys, so that both ends compute it without exchanging it.
pub(super) fn member_id(recipient: &str, signing_key: &str) -> String {
    let digest = Sha256::digest(format!("credenza-team-member-v1\n{recipient}\n{signing_key}"));
    let (first, _) = digest.split_at(16);
    let mut bytes = [0; 16];
    bytes.copy_from_slice(first);
    uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
}

/// Whether the signature of the message is valid for `signing_key`.
pub(super) fn verify_signature(signing_key: &str, message: &[u8], signature: &str) -> bool {
    let (Ok(key), Ok(signature)) = (STANDARD.decode(signing_key), STANDARD.decode(signature)) else { return false };
    UnparsedPublicKey::new(&ED25519, key).verify(message, &signature).is_ok()
}

impl TeamIdentity {
    pub(super) fn access(&self) -> StoreAccess<'_> {
        StoreAccess { address: &self.store, password: self.store_password.as_ref() }
    }

    /// The text of the identity file.
    pub(super) fn plain(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(1_024));
        text.push_str(FORMAT_LINE);
        text.push('1');
        let seed = Zeroizing::new(STANDARD.encode(*self.key.seed));
        let recipient = self.key.recipient();
        let vault = self.vault.as_deref().map(|vault| ("vault", vault));
        let password = self.store_password.as_ref().map(|password| Zeroizing::new(STANDARD.encode(password.expose())));
        let password = password.as_ref().map(|password| (STORE_PASSWORD, password.as_str()));
        let fields =
            [("member", self.member.as_str()), ("name", &self.name), ("store", &self.store), ("signing key", &seed)];
        for (key, value) in vault.into_iter().chain(fields).chain(password).chain([("public key", recipient.as_str())])
        {
            for part in ["\n# ", key, ": ", value] {
                text.push_str(part);
            }
        }
        text.push('\n');
        text.push_str(self.key.identity.to_string().expose_secret());
        text.push('\n');
        text
    }

    /// Parses the text of an identity file.
    ///
    /// # Errors
    /// `Kind::Storage` if it is not an identity file, or has a later format.
    pub(super) fn parse(text: &[u8]) -> Result<Self, Problem> {
        let text = std::str::from_utf8(text).map_err(|_| damaged("It is not text."))?;
        match text.lines().find_map(|line| line.strip_prefix(FORMAT_LINE)).map(str::trim) {
            Some("1") => {}
            Some(format) => {
                let what = format!("The team identity has format {format}; this version supports 1.");
                return Err(Problem::new(Kind::Storage, what).try_this("Use the newer version that wrote it."));
            }
            None => return Err(damaged("It is not an identity of a team vault.")),
        }
        let field = |name: &str| {
            let value = text.lines().find_map(|line| line.strip_prefix("# ")?.strip_prefix(name)?.strip_prefix(": "));
            value.map(|value| value.trim().to_owned())
        };
        let identity = text.lines().map(str::trim).find(|line| line.starts_with("AGE-SECRET-KEY-1"));
        let identity =
            identity.and_then(|line| line.parse().ok()).ok_or_else(|| damaged("It contains no identity."))?;
        let seed = field("signing key").map(Zeroizing::new).and_then(|text| STANDARD.decode(&*text).ok());
        let seed = seed.map(Zeroizing::new).and_then(|seed| <[u8; 32]>::try_from(seed.as_slice()).ok());
        let key = seed.and_then(|seed| MemberSecrets::of(identity, Zeroizing::new(seed)));
        Ok(Self {
            key: key.ok_or_else(|| damaged("It contains no signing key."))?,
            vault: field("vault"),
            member: field("member").ok_or_else(|| damaged("It does not name its member."))?,
            name: field("name").unwrap_or_default(),
            store: field("store").unwrap_or_default(),
            store_password: match field(STORE_PASSWORD).map(Zeroizing::new) {
                Some(text) => Some(decoded(&text).ok_or_else(|| damaged("It contains no password of the store."))?),
                None => None,
            },
        })
    }
}

fn decoded(text: &str) -> Option<Secret> {
    let bytes = Zeroizing::new(STANDARD.decode(text).ok()?);
    std::str::from_utf8(&bytes).ok().map(|text| Secret::new(text.to_owned()))
}

fn damaged(why: &str) -> Problem {
    Problem::new(Kind::Storage, "The identity of the team vault cannot be read.")
        .why(why)
        .try_this("Restore it from your own backup, or join the vault again.")
}

impl fmt::Debug for MemberSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("MemberSecrets").field(&self.recipient()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_read_as_it_was_written() {
        for (vault, password) in [(None, None), (Some("f".repeat(64)), Some("line\n# store: break"))] {
            let written = TeamIdentity {
                key: MemberSecrets::generate(),
                vault,
                member: "m".to_owned(),
                name: "Ana Q".to_owned(),
                store: "s3://b/p".to_owned(),
                store_password: password.map(|text: &str| Secret::new(text.to_owned())),
            };
            let read = TeamIdentity::parse(written.plain().as_bytes()).unwrap();
            assert_eq!(
                (read.vault, read.member, read.name, read.store),
                (written.vault.clone(), written.member.clone(), written.name.clone(), written.store.clone())
            );
            let kept = read.store_password.as_ref().map(Secret::expose);
            assert_eq!((kept, format!("{written:?}").contains("break")), (password, false));
            assert_eq!(read.key.signing_key(), written.key.signing_key());
            assert_eq!(read.key.recipient(), written.key.recipient());
        }
        for wrong in ["", "# credenza identity, format 1\n", "# credenza-team identity, format 2\n"] {
            assert!(TeamIdentity::parse(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}
