//! The verified objects, and the rules of verification.
//!
//! **I-author**: an object is valid if its signer is a member whose role allows its path, both in the roster that the
//! object names and in the newest one. Of removed members, only the objects that the newest roster lists as inherited
//! are valid. **I-forward**: no object is older than one that this machine has seen (rollback), and no revision exists
//! in two versions (fork).

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use zeroize::Zeroizing;

use super::backend::Version;
use super::cache::{Entry, Place};
use super::envelope::{Envelope, MAX_REVISION};
use super::identity::{MemberSecrets, TeamIdentity};
use super::roster::{self, Roster};
use super::sealing;
use crate::store::error::Tampering;
use crate::store::members::Role;

/// An object whose signature and place in the history were verified.
#[derive(Debug)]
pub(super) struct VerifiedObject {
    /// The version to name in the next conditional write.
    pub(super) version: Version,
    pub(super) facts: HeaderFields,
    whole: Whole,
}

/// The header fields that are used most often, kept in memory.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct HeaderFields {
    pub(super) revision: u64,
    /// The number of the newest roster that the author knew.
    pub(super) roster: u64,
    pub(super) author: String,
    /// When it was signed, by the author's clock.
    pub(super) at: Timestamp,
    /// SHA-256 of the whole object.
    pub(super) hash: String,
}

/// Where the whole object is.
#[derive(Debug)]
enum Whole {
    Read(Envelope),
    /// In the local cache file.
    Kept(Place),
}

impl VerifiedObject {
    fn read(version: Version, envelope: Envelope) -> Self {
        let header = &envelope.header;
        let facts = HeaderFields {
            revision: header.revision,
            roster: header.roster,
            author: header.author.clone(),
            at: header.at,
            hash: envelope.hash.clone(),
        };
        Self { version, facts, whole: Whole::Read(envelope) }
    }

    /// An object that is read from the local cache on demand.
    pub(super) fn kept(version: Version, facts: HeaderFields, place: Place) -> Self {
        Self { version, facts, whole: Whole::Kept(place) }
    }

    /// The whole object; `None` if the local cache is damaged.
    pub(super) fn envelope(&self) -> Option<Cow<'_, Envelope>> {
        match &self.whole {
            Whole::Read(envelope) => Some(Cow::Borrowed(envelope)),
            Whole::Kept(place) => {
                let envelope = Envelope::parse(place.read()?)?;
                (envelope.hash == self.facts.hash).then_some(Cow::Owned(envelope))
            }
        }
    }
}

/// All verified objects by path, and the rosters.
#[derive(Clone, Debug, Default)]
pub(super) struct Objects {
    pub(super) by_path: BTreeMap<String, Arc<VerifiedObject>>,
    pub(super) rosters: Vec<Arc<Roster>>,
    /// Ids of the records of which an object changed since they were last decrypted.
    pub(super) touched: BTreeSet<String>,
}

/// Hashes, by path, of objects that were verified before.
pub(super) type VerifiedHashes = HashMap<String, String>;

impl Objects {
    /// The newest roster.
    pub(super) fn roster(&self) -> Option<&Arc<Roster>> {
        self.rosters.last()
    }

    pub(super) fn get(&self, path: &str) -> Option<&Arc<VerifiedObject>> {
        self.by_path.get(path)
    }

    /// The object's hash; empty if it does not exist.
    pub(super) fn hash(&self, path: &str) -> String {
        self.get(path).map_or_else(String::new, |known| known.facts.hash.clone())
    }

    /// The decrypted body; `None` if the object does not exist, or is not encrypted to this member.
    pub(super) fn open(&self, path: &str, own: &TeamIdentity) -> Option<Zeroizing<Vec<u8>>> {
        sealing::open(self.get(path)?.envelope()?.body(), &own.key)
    }

    /// Adds a verified object.
    pub(super) fn put(&mut self, version: Version, envelope: Envelope) {
        let path = envelope.header.path.clone();
        self.put_known(path, VerifiedObject::read(version, envelope));
    }

    /// As [`put`](Self::put), for an object that was verified before.
    pub(super) fn put_known(&mut self, path: String, known: VerifiedObject) {
        self.touched.extend(record_id(&path).map(str::to_owned));
        self.by_path.insert(path, Arc::new(known));
    }

    /// Verifies an object from the local cache and adds it. Ignores it if it is older than the known one, or invalid.
    pub(super) fn put_cached(
        &mut self,
        entry: Entry,
        fingerprint: &str,
        key: &MemberSecrets,
        vouched: &VerifiedHashes,
    ) {
        let Some(envelope) = Envelope::parse(entry.bytes).filter(|envelope| envelope.header.path == entry.path) else {
            return;
        };
        if let Some(known) = self.get(&entry.path) {
            if known.facts.revision > envelope.header.revision {
                return;
            }
            if known.facts.hash == envelope.hash {
                if known.version != entry.version {
                    self.put(entry.version, envelope);
                }
                return;
            }
        }
        if entry.path == roster::path(self.rosters.len() as u64) {
            // An invalid roster is ignored here, and read from the store again.
            let _ = self.take_roster(entry.version, envelope, fingerprint, key);
            return;
        }
        let is_verified = vouched.get(&entry.path) == Some(&envelope.hash);
        if is_verified || self.verify_signature(&entry.path, &envelope, fingerprint).is_ok() {
            self.put(entry.version, envelope);
        }
    }

    /// The object as an entry of the local cache; `None` if it cannot be read because the cache is damaged.
    pub(super) fn entry(&self, path: &str) -> Option<Entry> {
        let known = self.get(path)?;
        let (version, bytes) = (known.version.clone(), known.envelope()?.bytes().to_vec());
        Some(Entry { path: path.to_owned(), version, bytes })
    }

    /// Verifies the next roster and adds it. `fingerprint` is the hash of `roster/0`.
    ///
    /// # Errors
    /// [`Tampering`].
    pub(super) fn take_roster(
        &mut self,
        version: Version,
        envelope: Envelope,
        fingerprint: &str,
        key: &MemberSecrets,
    ) -> Result<(), Tampering> {
        let number = self.rosters.len() as u64;
        let forged = |why: &str| Err(Tampering::Forged { why: why.to_owned() });
        let header = &envelope.header;
        if header.path != roster::path(number) {
            return forged("It was copied from another path: the signed path does not match.");
        }
        let Some(next) = Roster::read(&envelope, key) else { return forged("It is malformed.") };
        let signer = match self.rosters.last() {
            None if envelope.hash != fingerprint => {
                return forged("It is not this vault's original member list.");
            }
            None => next.member(&header.author),
            Some(_) if header.vault != fingerprint => return forged("It belongs to another vault."),
            Some(before) if header.parent != before.hash => return forged("It does not follow the list before it."),
            Some(before) => before.member(&header.author).filter(|member| member.role == Role::Admin),
        };
        match signer {
            None => forged("It was not signed by an admin of the previous list of members."),
            Some(signer) if !envelope.is_signed_by(&signer.signing_key) => forged("Its signature is wrong."),
            Some(_) => {
                self.put(version, envelope);
                self.rosters.push(Arc::new(next));
                Ok(())
            }
        }
    }

    /// Verifies an object that was read at `path`: its signature, and that it is neither rolled back nor forked.
    ///
    /// # Errors
    /// [`Tampering`].
    pub(super) fn check(&self, path: &str, envelope: &Envelope, fingerprint: &str) -> Result<(), Tampering> {
        self.verify_signature(path, envelope, fingerprint)?;
        self.verify_author_allowed(path, envelope)?;
        self.verify_succession(path, envelope)
    }

    /// Verifies that an object is neither older than the known one nor a fork of it.
    ///
    /// # Errors
    /// [`Tampering::RolledBack`], [`Tampering::Forked`].
    pub(super) fn verify_succession(&self, path: &str, envelope: &Envelope) -> Result<(), Tampering> {
        let header = &envelope.header;
        let Some(known) = self.get(path) else { return Ok(()) };
        let seen = known.facts.revision;
        if header.revision < seen {
            return Err(Tampering::RolledBack { found: header.revision, seen });
        }
        let is_same = envelope.hash == known.facts.hash;
        let follows = header.revision > seen + 1 || header.parent == known.facts.hash;
        if is_same || (header.revision > seen && follows) {
            Ok(())
        } else {
            Err(Tampering::Forked { revision: header.revision })
        }
    }

    /// Verifies the signature against the roster that the object names, and that its author was allowed to write there.
    ///
    /// # Errors
    /// [`Tampering::Forged`].
    pub(super) fn verify_signature(&self, path: &str, envelope: &Envelope, fingerprint: &str) -> Result<(), Tampering> {
        let forged = |why: &str| Err(Tampering::Forged { why: why.to_owned() });
        let header = &envelope.header;
        if header.path != path {
            return forged("It was copied from another path: the signed path does not match.");
        }
        if header.vault != fingerprint {
            return forged("It belongs to another vault.");
        }
        let Some(then) = usize::try_from(header.roster).ok().and_then(|number| self.rosters.get(number)) else {
            return forged("It names a list of members that does not exist.");
        };
        let Some(author) = then.member(&header.author) else { return forged("Its author was not a member.") };
        if !then.may_write(&header.author, path) {
            return forged("Its author may not write it.");
        }
        if !envelope.is_signed_by(&author.signing_key) {
            return forged("Its signature is wrong.");
        }
        Ok(())
    }

    /// Whether the author may still write the object, or the newest roster lists it as inherited.
    ///
    /// # Errors
    /// [`Tampering::Forged`].
    pub(super) fn verify_author_allowed(&self, path: &str, envelope: &Envelope) -> Result<(), Tampering> {
        let Some(now) = self.roster() else { return Ok(()) };
        let is_inherited = now.inherited.get(path) == Some(&envelope.hash);
        if now.may_write(&envelope.header.author, path) || is_inherited {
            return Ok(());
        }
        Err(Tampering::Forged { why: "Its author is no longer a member who may write it.".to_owned() })
    }
}

/// The id of the record that the object at this path belongs to.
fn record_id(path: &str) -> Option<&str> {
    path.strip_prefix("record/")?.split_once('/').map(|(id, _)| id)
}

/// Whether the path is one that this program uses.
pub(super) fn is_own(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    let is_number = |text: &str| {
        let is_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        is_digits && text.parse().is_ok_and(|number: u64| number <= MAX_REVISION)
    };
    match parts.as_slice() {
        ["head" | "rotation"] | ["record", _, "setup" | "tokens"] | ["lease" | "undo", _] => true,
        ["roster" | "change", number] | ["log", _, number] => is_number(number),
        _ => false,
    }
}

/// Whether objects at this path are never deleted and are read with the others (unlike changes, leases and logs).
pub(super) fn is_kept(path: &str) -> bool {
    is_own(path) && !["change/", "lease/", "log/"].iter().any(|prefix| path.starts_with(prefix))
}
