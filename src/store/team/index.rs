//! `index.age` in the state folder: the decrypted contents of the local cache. With it, opening a large vault decrypts
//! only what is new, and a single token is read without decrypting the rest.
//!
//! ```text
//! head       the vault, the part of the cache file that is covered, size of each section    JSON
//! rosters    position of each roster in the cache file
//! names      id, name and position (within `records`) of each credential
//! records    both parts of each record, with the hashes of the objects they were read from
//! objects    version, author, hash and position of each object in the cache file
//! ```
//!
//! The index is only a cache: if it is missing, damaged, or built from another cache file, it is rebuilt, and a record
//! is used only if the hashes of its objects still match. But it also says which objects passed verification, so nobody
//! else may be able to forge one. The member's recipient is public, and age does not authenticate the sender. So the
//! index is encrypted to a recipient that is never written down, because its key is derived from the member's private
//! key: without that key nobody can read an index or create one that opens. An index that was rolled back only names an
//! older state of the cache file; what was appended since is read and verified again.

use std::fs::{self, File, OpenOptions};
use std::io::{BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::iter;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use age::Encryptor;
use age::secrecy::ExposeSecret as _;
use age::stream::StreamReader;
use age::x25519;
use bech32::{Bech32, Hrp};
use hmac::{Hmac, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::cache::{Cache, CoveredPrefix};
use super::identity::MemberSecrets;
use super::index_rows::{self, NameRow, ObjectRow, Reader};
use super::record::{Content, Record};
use super::roster;
use super::view::View;
use crate::model::credential::CredentialId;
use crate::model::name::fold;
use crate::store::file::{disk, key};

const MAGIC: &[u8; 8] = b"crdidx1\n";

/// Domain separation: derives the key of the index from the member's key.
const PURPOSE: &[u8] = b"credenza-team-index-v1";

/// Longest head that is read, in bytes.
const MAX_HEAD: u32 = 64 << 10;

/// Largest index that is written, because a larger one could not be read.
const MAX_SIZE: usize = 240 << 20;

#[derive(Deserialize, Serialize)]
struct Head {
    vault: String,
    covered: CoveredPrefix,
    rosters: u64,
    names: u64,
    records: u64,
    objects: u64,
}

/// An open index of which only the head was read.
pub(super) struct Index {
    reader: StreamReader<BufReader<File>>,
    head: Head,
    /// Offset of the first section.
    start: u64,
}

fn path(folder: &Path) -> PathBuf {
    folder.join("index.age")
}

/// The key of a member's indexes, the same on every machine.
fn derived(key: &MemberSecrets) -> Option<x25519::Identity> {
    let secret = key.identity.to_string();
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()).ok()?;
    mac.update(PURPOSE);
    let bytes = Zeroizing::new(<[u8; 32]>::from(mac.finalize().into_bytes()));
    let text = bech32::encode_upper::<Bech32>(Hrp::parse("AGE-SECRET-KEY-").ok()?, &*bytes).ok()?;
    Zeroizing::new(text).parse().ok()
}

impl Index {
    /// Opens the index in this folder; `None` if there is none that this member wrote for this vault.
    pub(super) fn open(folder: &Path, key: &MemberSecrets, fingerprint: &str) -> Option<Self> {
        let (file, _) = disk::open(&path(folder)).ok()?;
        let size = file.metadata().ok()?.len();
        let mut reader = key::open_stream(file, &derived(key)?)?;
        let mut prefix = [0; 12];
        reader.read_exact(&mut prefix).ok()?;
        let length: u32 = u32::from_be_bytes(prefix.strip_prefix(MAGIC)?.try_into().ok()?);
        (length <= MAX_HEAD).then_some(())?;
        let mut head = vec![0; length as usize];
        reader.read_exact(&mut head).ok()?;
        let head: Head = serde_json::from_slice(&head).ok()?;
        let sections = [head.rosters, head.names, head.records, head.objects];
        let all = sections.iter().try_fold(0_u64, |all, section| all.checked_add(*section))?;
        (head.vault == fingerprint && all <= size).then_some(())?;
        Some(Self { reader, head, start: prefix.len() as u64 + u64::from(length) })
    }

    /// How much of the cache the index covers.
    pub(super) fn covered(&self) -> &CoveredPrefix {
        &self.head.covered
    }

    fn section(&mut self, from: u64, length: u64) -> Option<Zeroizing<Vec<u8>>> {
        self.reader.seek(SeekFrom::Start(self.start.checked_add(from)?)).ok()?;
        let mut bytes = Zeroizing::new(vec![0; usize::try_from(length).ok()?]);
        self.reader.read_exact(&mut bytes).ok()?;
        Some(bytes)
    }

    /// The rosters.
    pub(super) fn rosters(&mut self) -> Option<Vec<ObjectRow>> {
        let bytes = self.section(0, self.head.rosters)?;
        index_rows::objects(&bytes)
    }

    /// The ids, names and positions of the credentials.
    pub(super) fn names(&mut self) -> Option<Zeroizing<Vec<u8>>> {
        self.section(self.head.rosters, self.head.names)
    }

    pub(super) fn record(&mut self, name: &NameRow<'_>) -> Option<Record> {
        let end = name.offset.checked_add(name.length)?;
        (end <= self.head.records).then_some(())?;
        let records = self.head.rosters + self.head.names;
        let bytes = Arc::new(self.section(records + name.offset, name.length)?);
        let span = Reader::new(&bytes).record()?;
        Some(span.read(&bytes)).filter(|record| record.id == name.id)
    }

    /// All records and object rows.
    pub(super) fn whole(&mut self) -> Option<(Vec<Record>, Vec<ObjectRow>)> {
        let Head { rosters, names, records, objects, .. } = self.head;
        let bytes = Arc::new(self.section(rosters + names, records)?);
        let rows = self.section(rosters + names + records, objects)?;
        Some((index_rows::records(&bytes)?, index_rows::objects(&rows)?))
    }
}

/// The only credential with this id or full name. An exact match wins over a case-insensitive one.
pub(super) fn named<'a>(names: &[NameRow<'a>], word: &str) -> Option<NameRow<'a>> {
    let only = |is_it: &dyn Fn(&NameRow<'a>) -> bool| {
        let mut fits = names.iter().filter(|name| is_it(name));
        let first = fits.next()?;
        fits.next().is_none().then_some(*first)
    };
    if let Ok(id) = word.parse::<CredentialId>() {
        let id = id.to_string();
        return only(&|name| name.id == id);
    }
    only(&|name| name.name == word).or_else(|| {
        let key = fold(word);
        only(&|name| fold(name.name) == key)
    })
}

/// Writes the index, unless another process is writing it. Returns how much of the cache it covers.
pub(super) fn write(
    folder: &Path,
    key: &MemberSecrets,
    fingerprint: &str,
    cache: &Cache,
    view: &View,
) -> Option<CoveredPrefix> {
    let lock = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(folder.join("index.lock"));
    let lock = lock.ok()?;
    lock.try_lock().ok()?;
    let covered = cache.covered()?;
    let mut places = index_rows::Places::new();
    for (path, version, offset, length) in cache.places()? {
        if view.objects.get(&path).is_some_and(|known| known.version == version) {
            places.insert(path, (offset, length));
        }
    }
    let (mut names, mut records) = (Zeroizing::new(Vec::new()), Zeroizing::new(Vec::with_capacity(1 << 20)));
    for record in view.records.values() {
        let from = records.len();
        index_rows::put_record(&mut records, record)?;
        if let Content::Credential(credential) = &record.content {
            let (offset, length) = (from as u64, (records.len() - from) as u64);
            index_rows::put_name(
                &mut names,
                &NameRow { id: &record.id, name: credential.name.as_str(), offset, length },
            )?;
        }
    }
    let (mut rosters, mut objects) = (Vec::new(), Vec::new());
    for number in 0..view.objects.rosters.len() as u64 {
        index_rows::put_object(&mut rosters, &roster::path(number), view, &places)?;
    }
    for path in view.objects.by_path.keys() {
        index_rows::put_object(&mut objects, path, view, &places)?;
    }
    let head = Head {
        vault: fingerprint.to_owned(),
        covered: covered.clone(),
        rosters: rosters.len() as u64,
        names: names.len() as u64,
        records: records.len() as u64,
        objects: objects.len() as u64,
    };
    let head = serde_json::to_vec(&head).ok()?;
    let prefix = [MAGIC.as_slice(), &u32::try_from(head.len()).ok()?.to_be_bytes()].concat();
    let parts: [&[u8]; 6] = [&prefix, &head, &rosters, &names, &records, &objects];
    let recipient = derived(key)?.to_public();
    let encryptor = Encryptor::with_recipients(iter::once(&recipient as &dyn age::Recipient)).ok()?;
    let sealed = key::seal(encryptor, &parts).ok().filter(|sealed| sealed.len() < MAX_SIZE)?;
    replace(folder, &sealed)?;
    Some(covered)
}

/// Replaces the index; requires the lock. Removes the temporary file of a process that was killed. There is no fsync,
/// because a lost index is rebuilt.
fn replace(folder: &Path, sealed: &[u8]) -> Option<()> {
    let new = folder.join("index.new");
    let _ = fs::remove_file(&new);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new).ok()?;
    file.write_all(sealed).ok()?;
    fs::rename(&new, path(folder)).ok()
}
