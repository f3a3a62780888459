//! The objects that were read and found good, and what makes one good.
//!
//! **I-author**: an object counts if a member signed it whose role allows its path, by the version of the members' list
//! that it names and by the newest one; of a member who was removed since, only what the list says was there then.
//! **I-forward**: no object is older than one that this machine has seen, and none of a revision is another one.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use zeroize::Zeroizing;

use super::backend::Version;
use super::cache::{Entry, Place};
use super::envelope::Envelope;
use super::identity::{MemberKey, TeamIdentity};
use super::roster::{self, Roster};
use super::sealing;
use crate::store::error::Tampering;
use crate::store::members::Role;

/// An object that was found good.
#[derive(Debug)]
pub(super) struct Known {
    /// What the next conditional write names.
    pub(super) version: Version,
    pub(super) facts: Facts,
    whole: Whole,
}

/// What is asked of an object most often.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Facts {
    pub(super) revision: u64,
    /// The version of the members' list that its author knew.
    pub(super) roster: u64,
    pub(super) author: String,
    /// When it was signed, by its author's clock.
    pub(super) at: Timestamp,
    /// Of the whole object.
    pub(super) hash: String,
}

/// The object itself.
#[derive(Debug)]
enum Whole {
    Read(Envelope),
    /// In the copy on this machine.
    Kept(Place),
}

impl Known {
    fn read(version: Version, envelope: Envelope) -> Self {
        let header = &envelope.header;
        let facts = Facts {
            revision: header.revision,
            roster: header.roster,
            author: header.author.clone(),
            at: header.at,
            hash: envelope.hash.clone(),
        };
        Self { version, facts, whole: Whole::Read(envelope) }
    }

    /// One that is read from the copy when it is asked for.
    pub(super) fn kept(version: Version, facts: Facts, place: Place) -> Self {
        Self { version, facts, whole: Whole::Kept(place) }
    }

    /// The object itself; `None` where the copy on this machine was damaged.
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

/// All of them, by path, and the versions of the members' list.
#[derive(Clone, Debug, Default)]
pub(super) struct Objects {
    pub(super) by_path: BTreeMap<String, Arc<Known>>,
    pub(super) rosters: Vec<Arc<Roster>>,
    /// Records of which an object was taken since they were read last, by id.
    pub(super) touched: BTreeSet<String>,
}

/// Hashes of objects that were found good before, by path.
pub(super) type Vouched = HashMap<String, String>;

impl Objects {
    /// The newest list of members.
    pub(super) fn roster(&self) -> Option<&Arc<Roster>> {
        self.rosters.last()
    }

    pub(super) fn get(&self, path: &str) -> Option<&Arc<Known>> {
        self.by_path.get(path)
    }

    /// The object's hash; empty if there is none.
    pub(super) fn hash(&self, path: &str) -> String {
        self.get(path).map_or_else(String::new, |known| known.facts.hash.clone())
    }

    /// What the body of an object decrypts to; `None` if there is none, or it is for others.
    pub(super) fn open(&self, path: &str, own: &TeamIdentity) -> Option<Zeroizing<Vec<u8>>> {
        sealing::open(self.get(path)?.envelope()?.body(), &own.key)
    }

    /// Takes an object that was checked.
    pub(super) fn put(&mut self, version: Version, envelope: Envelope) {
        let path = envelope.header.path.clone();
        self.put_known(path, Known::read(version, envelope));
    }

    /// As [`put`](Self::put).
    pub(super) fn put_known(&mut self, path: String, known: Known) {
        self.touched.extend(record_id(&path).map(str::to_owned));
        self.by_path.insert(path, Arc::new(known));
    }

    /// Takes an object from the copy on this machine, if a member wrote it; an older one than is known is left out.
    pub(super) fn put_cached(&mut self, entry: Entry, fingerprint: &str, key: &MemberKey, vouched: &Vouched) {
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
            // One that is wrong is read from the store again.
            let _ = self.take_roster(entry.version, envelope, fingerprint, key);
            return;
        }
        let is_vouched = vouched.get(&entry.path) == Some(&envelope.hash);
        if is_vouched || self.is_signed(&entry.path, &envelope, fingerprint).is_ok() {
            self.put(entry.version, envelope);
        }
    }

    /// The entry of an object in the copy on this machine; `None` where that was damaged.
    pub(super) fn entry(&self, path: &str) -> Option<Entry> {
        let known = self.get(path)?;
        let (version, bytes) = (known.version.clone(), known.envelope()?.bytes().to_vec());
        Some(Entry { path: path.to_owned(), version, bytes })
    }

    /// Checks the next version of the members' list and takes it. `fingerprint` is the hash of the first one.
    ///
    /// # Errors
    /// [`Tampering`].
    pub(super) fn take_roster(
        &mut self,
        version: Version,
        envelope: Envelope,
        fingerprint: &str,
        key: &MemberKey,
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
                return forged("It is not the list this vault was founded with.");
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

    /// Whether an object that was read at `path` is good, and not older than what is known.
    ///
    /// # Errors
    /// [`Tampering`].
    pub(super) fn check(&self, path: &str, envelope: &Envelope, fingerprint: &str) -> Result<(), Tampering> {
        self.is_signed(path, envelope, fingerprint)?;
        self.is_current(path, envelope)?;
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

    /// Whether a member of the list that the object names wrote it, and was allowed to.
    ///
    /// # Errors
    /// [`Tampering::Forged`].
    pub(super) fn is_signed(&self, path: &str, envelope: &Envelope, fingerprint: &str) -> Result<(), Tampering> {
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

    /// Whether its author may still write it, or the newest list of members says that it was there before.
    ///
    /// # Errors
    /// [`Tampering::Forged`].
    pub(super) fn is_current(&self, path: &str, envelope: &Envelope) -> Result<(), Tampering> {
        let Some(now) = self.roster() else { return Ok(()) };
        let is_inherited = now.inherited.get(path) == Some(&envelope.hash);
        if now.may_write(&envelope.header.author, path) || is_inherited {
            return Ok(());
        }
        Err(Tampering::Forged { why: "Its author is no longer a member who may write it.".to_owned() })
    }
}

/// The record that an object at this path is a part of.
fn record_id(path: &str) -> Option<&str> {
    path.strip_prefix("record/")?.split_once('/').map(|(id, _)| id)
}

/// Whether the program knows what is at a path.
pub(super) fn is_own(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match parts.as_slice() {
        ["head" | "rotation"] | ["record", _, "setup" | "tokens"] | ["lease" | "undo", _] => true,
        ["roster" | "change", number] | ["log", _, number] => is_number(number),
        _ => false,
    }
}

/// Whether an object never vanishes once it was there, and is read with the others.
pub(super) fn is_kept(path: &str) -> bool {
    is_own(path) && !["change/", "lease/", "log/"].iter().any(|prefix| path.starts_with(prefix))
}
