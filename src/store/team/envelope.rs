//! The signed envelope of every object in a team's store.
//!
//! ```text
//! {"credenza":1,"vault":"<fingerprint>","path":"record/ID/setup","revision":3,"parent":"<sha256>","roster":2,
//!  "author":"<member id>","at":"<time>","signature":"<base64>"}        one line
//! <body>                                                              ciphertext, or public data
//! ```
//!
//! The signature covers all header fields and the hash of the body. `parent` is the hash of the whole previous object,
//! so an object that is moved to another path or rolled back is detected.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::backend::MAX_OBJECT;
use super::identity::{MemberSecrets, verify_signature};
use crate::problem::{Kind, Problem};
use crate::store::digest::hex_sha256;
use crate::store::error::Tampering;

/// Domain separation: keeps these signatures apart from other uses of the key.
const PURPOSE: &[u8] = b"credenza-team-object-v1";

/// The highest revision of an object, and number in a path. No vault reaches it, and what follows it can still be
/// computed, also after a restore.
pub(super) const MAX_REVISION: u64 = 1 << 62;

/// Longest header that is parsed, in bytes.
const MAX_HEADER: usize = 4 << 10;

const FORMAT: u32 = 1;

/// The signed header.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct Header {
    /// The version of the format.
    credenza: u32,
    /// The fingerprint of the vault; empty in `roster/0`, whose hash is the fingerprint.
    pub(super) vault: String,
    /// The path of the object.
    pub(super) path: String,
    /// Incremented with each write, independent of the store's versions.
    pub(super) revision: u64,
    /// Hash of the previous object; empty for the first one.
    pub(super) parent: String,
    /// The newest roster the author knew; the body is encrypted to its members.
    pub(super) roster: u64,
    /// The member id of the author.
    pub(super) author: String,
    /// The time of writing by the author's clock.
    pub(super) at: Timestamp,
    /// Ed25519 signature in base64.
    signature: String,
}

/// A parsed object. Its signature is not verified yet.
#[derive(Clone, Debug)]
pub(super) struct Envelope {
    pub(super) header: Header,
    /// SHA-256 of the whole object.
    pub(super) hash: String,
    bytes: Vec<u8>,
    body_at: usize,
}

/// The header fields to sign.
#[derive(Clone, Debug)]
pub(super) struct Statement<'a> {
    pub(super) vault: &'a str,
    pub(super) path: &'a str,
    pub(super) revision: u64,
    pub(super) parent: &'a str,
    pub(super) roster: u64,
    pub(super) author: &'a str,
    pub(super) at: Timestamp,
}

/// The error for bytes that [`Envelope::parse`] rejects, and for a signed object whose content is invalid.
pub(super) fn malformed() -> Tampering {
    Tampering::Forged { why: "It is not an object of this program.".to_owned() }
}

/// The error for a change of more records than one object can hold. Objects of single records are far smaller.
fn too_large() -> Problem {
    Problem::new(Kind::Storage, "The change is too large to be saved in one step. Nothing was saved.")
        .why(format!("It has more than {} MiB, the limit of a team's store.", MAX_OBJECT >> 20))
        .try_this("Change fewer credentials at a time: split an import into several files, for example.")
}

impl Envelope {
    /// Signs a body and builds the object.
    ///
    /// # Errors
    /// `Kind::Storage` if the object would be larger than [`MAX_OBJECT`]; `Kind::Internal`.
    pub(super) fn sign(statement: &Statement<'_>, body: &[u8], key: &MemberSecrets) -> Result<Self, Problem> {
        if body.len() > MAX_OBJECT - MAX_HEADER {
            return Err(too_large());
        }
        let mut header = Header {
            credenza: FORMAT,
            vault: statement.vault.to_owned(),
            path: statement.path.to_owned(),
            revision: statement.revision,
            parent: statement.parent.to_owned(),
            roster: statement.roster,
            author: statement.author.to_owned(),
            at: statement.at,
            signature: String::new(),
        };
        header.signature = key.sign(&header.signed(body));
        let mut bytes =
            serde_json::to_vec(&header).map_err(|_| Problem::internal("An object's header could not be written."))?;
        bytes.push(b'\n');
        let body_at = bytes.len();
        bytes.extend_from_slice(body);
        Ok(Self { header, hash: hex_sha256(&bytes), bytes, body_at })
    }

    /// Parses an object without verifying it; `None` if it does not have this format.
    pub(super) fn parse(bytes: Vec<u8>) -> Option<Self> {
        let end = bytes.iter().take(MAX_HEADER).position(|byte| *byte == b'\n')?;
        let header: Header = serde_json::from_slice(bytes.get(..end)?).ok()?;
        let is_possible = header.credenza == FORMAT && header.revision <= MAX_REVISION;
        is_possible.then(|| Self { hash: hex_sha256(&bytes), header, bytes, body_at: end + 1 })
    }

    /// Whether the signature was made with this key and matches the header and body.
    pub(super) fn is_signed_by(&self, signing_key: &str) -> bool {
        verify_signature(signing_key, &self.header.signed(self.body()), &self.header.signature)
    }

    pub(super) fn body(&self) -> &[u8] {
        self.bytes.get(self.body_at..).unwrap_or_default()
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl Header {
    /// The bytes to sign: each field is prefixed with its length, so no byte can move from one field to the next.
    fn signed(&self, body: &[u8]) -> Vec<u8> {
        let numbers = [self.revision.to_string(), self.roster.to_string(), self.at.to_string()];
        let digest = Sha256::digest(body);
        let parts: [&[u8]; 9] = [
            PURPOSE,
            self.vault.as_bytes(),
            self.path.as_bytes(),
            numbers[0].as_bytes(),
            self.parent.as_bytes(),
            numbers[1].as_bytes(),
            self.author.as_bytes(),
            numbers[2].as_bytes(),
            &digest,
        ];
        let mut signed = Vec::with_capacity(512);
        for part in parts {
            signed.extend_from_slice(&(part.len() as u64).to_be_bytes());
            signed.extend_from_slice(part);
        }
        signed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement() -> Statement<'static> {
        Statement {
            vault: "v",
            path: "record/a/setup",
            revision: 2,
            parent: "p",
            roster: 1,
            author: "ana",
            at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn an_object_that_no_store_would_return_is_not_signed() {
        let body = vec![b'x'; MAX_OBJECT];
        let refused = Envelope::sign(&statement(), &body, &MemberSecrets::generate()).unwrap_err();
        assert_eq!(refused.kind, Kind::Storage);
        assert_eq!(refused.why, "It has more than 64 MiB, the limit of a team's store.");
    }

    #[test]
    fn an_object_is_read_as_it_was_signed_and_every_change_of_it_is_noticed() {
        let key = MemberSecrets::generate();
        let sealed = Envelope::sign(&statement(), b"body", &key).unwrap();
        let read = Envelope::parse(sealed.bytes().to_vec()).unwrap();
        assert!(read.is_signed_by(&key.signing_key()) && read.body() == b"body" && read.header == sealed.header);
        assert!(!read.is_signed_by(&MemberSecrets::generate().signing_key()));
        let text = String::from_utf8(sealed.bytes().to_vec()).unwrap();
        for (from, to) in [
            ("\"revision\":2", "\"revision\":3"),
            ("record/a", "record/b"),
            ("\"vault\":\"v\"", "\"vault\":\"w\""),
            ("\"parent\":\"p\"", "\"parent\":\"\""),
            ("\"roster\":1", "\"roster\":2"),
            ("\"author\":\"ana\"", "\"author\":\"bob\""),
            ("body", "bodx"),
        ] {
            let changed = Envelope::parse(text.replacen(from, to, 1).into_bytes()).unwrap();
            assert!(!changed.is_signed_by(&key.signing_key()), "{from}");
        }
        assert!(Envelope::parse(b"{}\n".to_vec()).is_none() && Envelope::parse(Vec::new()).is_none());
    }
}
