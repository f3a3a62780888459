//! Encrypts text to the keys in a file, and decrypts it with them.

use std::cell::RefCell;
use std::collections::HashSet;
use std::path::Path;

use age::secrecy::SecretString;
use age::{Callbacks, DecryptError, EncryptError, Encryptor, Identity as _, ssh};
use age_core::format::{FileKey, Stanza};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::parse::{self, KeyEntry, KeyKind};
use super::plugin::Plugin;
use super::prompts::KeyPrompts;
use crate::paths;
use crate::problem::{Kind, Problem};
use crate::store::file::key::{self, OpenFailure};

/// Largest key file that is read, in bytes.
const MAX_FILE: u64 = 64 << 10;

pub(in crate::store) struct KeyFile {
    /// The path, for messages.
    place: String,
    keys: Vec<KeyEntry>,
}

impl KeyFile {
    /// Reads a key file.
    ///
    /// # Errors
    /// `Kind::Usage` for a file without a key that can decrypt; `Kind::Refused` for a private key that others can read.
    pub(in crate::store) fn read(path: &Path) -> Result<Self, Problem> {
        let place = path.display().to_string();
        let unusable = |why: &str, try_this: &str| {
            Problem::new(Kind::Usage, format!("The key file {place} cannot be used.")).why(why).try_this(try_this)
        };
        let text = paths::read_bounded(path, MAX_FILE).map_err(|error| {
            unusable(&format!("{error}."), "Connect its drive, or enter the current path of the file.")
        })?;
        let keys = parse::keys(&Zeroizing::new(text)).map_err(|(why, try_this)| unusable(&why, try_this))?;
        // The file of a plugin's identity is not secret, so others may be able to read it.
        if keys.iter().any(|key| !matches!(key, KeyEntry::Plugin(_))) {
            paths::only_ours(path)?;
        }
        Ok(Self { place, keys })
    }

    /// The kind of the first key in the file.
    pub(in crate::store) fn kind(&self) -> KeyKind {
        self.keys.first().map_or(KeyKind::Age, KeyEntry::kind)
    }

    /// Encrypts to every key in the file, and proves that one of them decrypts the result, so a plugin may ask twice.
    ///
    /// # Errors
    /// `Kind::Locked` if a plugin fails, or the user does not respond.
    pub(in crate::store) fn seal(&self, text: &[u8], prompts: &dyn KeyPrompts) -> Result<Vec<u8>, Problem> {
        let work = KeyFileSession { file: self, prompts, problem: RefCell::new(None) };
        let recipients: Vec<KeyRecipient<'_>> = self.keys.iter().map(|key| KeyRecipient { key, work: &work }).collect();
        let encryptor = Encryptor::with_recipients(recipients.iter().map(|one| one as &dyn age::Recipient));
        let encryptor = encryptor.map_err(|_| {
            work.problem.take().unwrap_or_else(|| {
                Problem::new(Kind::Refused, format!("Nothing can be encrypted to the keys in {}.", self.place))
            })
        })?;
        let sealed = key::seal(encryptor, &[text])?;
        if self.open(&sealed, prompts)?.as_slice() != text {
            return Err(Problem::internal("What was encrypted did not decrypt to the same text."));
        }
        Ok(sealed)
    }

    /// Decrypts what [`seal`](Self::seal) encrypted.
    ///
    /// # Errors
    /// `Kind::Locked` for the wrong key, a wrong passphrase or PIN, or if the user does not respond; `Kind::Storage`
    /// for damaged bytes.
    pub(in crate::store) fn open(
        &self,
        sealed: &[u8],
        prompts: &dyn KeyPrompts,
    ) -> Result<Zeroizing<Vec<u8>>, Problem> {
        let work = KeyFileSession { file: self, prompts, problem: RefCell::new(None) };
        key::open(sealed, &work).map_err(|failure| match (work.problem.take(), failure) {
            (Some(problem), _) => problem,
            (None, OpenFailure::Damaged) => Problem::new(Kind::Storage, "identity.age cannot be read.")
                .why("It is not an age file, or bytes of it changed.")
                .try_this("Restore it from your own backup, or join the vault again."),
            (None, OpenFailure::Key | OpenFailure::Work) => {
                Problem::new(Kind::Locked, format!("The key in {} does not open this vault.", self.place))
                    .why("The vault is locked with another key.")
                    .try_this("Use that key, or the recovery kit.")
            }
        })
    }
}

/// One operation with the keys.
struct KeyFileSession<'a> {
    file: &'a KeyFile,
    prompts: &'a dyn KeyPrompts,
    /// The first problem that occurred.
    problem: RefCell<Option<Problem>>,
}

impl KeyFileSession<'_> {
    fn note(&self, problem: Problem) {
        self.problem.borrow_mut().get_or_insert(problem);
    }

    fn decrypted(&self, key: &KeyEntry, stanzas: &[Stanza]) -> Result<Option<FileKey>, Problem> {
        let identity = match key {
            KeyEntry::Age(identity) => return Ok(identity.unwrap_stanzas(stanzas).and_then(Result::ok)),
            KeyEntry::Plugin(identity) => return Plugin { identity, prompts: self.prompts }.unwrap(stanzas),
            KeyEntry::Ssh(identity) => identity,
        };
        let Some(stanza) = stanzas.iter().find(|stanza| is_for(stanza, identity)) else { return Ok(None) };
        if !matches!(**identity, ssh::Identity::Encrypted(_)) {
            return Ok(identity.unwrap_stanza(stanza).and_then(Result::ok));
        }
        let passphrase = self.prompts.secret(&format!("Passphrase of {}", self.file.place))?;
        let given = TypedPassphrase(SecretString::from(passphrase.expose().to_owned()));
        match ssh::Identity::clone(identity).with_callbacks(given).unwrap_stanza(stanza) {
            Some(Ok(file_key)) => Ok(Some(file_key)),
            _ => Err(Problem::new(Kind::Locked, format!("Wrong passphrase for the key {}.", self.file.place))
                .try_this("Try again. Upper and lower case matter, and so do spaces.")),
        }
    }
}

impl age::Identity for KeyFileSession<'_> {
    fn unwrap_stanza(&self, stanza: &Stanza) -> Option<Result<FileKey, DecryptError>> {
        self.unwrap_stanzas(std::slice::from_ref(stanza))
    }

    fn unwrap_stanzas(&self, stanzas: &[Stanza]) -> Option<Result<FileKey, DecryptError>> {
        for key in &self.file.keys {
            match self.decrypted(key, stanzas) {
                Ok(Some(file_key)) => return Some(Ok(file_key)),
                Ok(None) => {}
                Err(problem) => self.note(problem),
            }
        }
        None
    }
}

/// One key to encrypt to.
struct KeyRecipient<'a> {
    key: &'a KeyEntry,
    work: &'a KeyFileSession<'a>,
}

impl age::Recipient for KeyRecipient<'_> {
    fn wrap_file_key(&self, file_key: &FileKey) -> Result<(Vec<Stanza>, HashSet<String>), EncryptError> {
        match self.key {
            KeyEntry::Age(identity) => identity.to_public().wrap_file_key(file_key),
            KeyEntry::Ssh(identity) => {
                let recipient = ssh::Recipient::try_from(ssh::Identity::clone(identity));
                recipient.map_err(|_| EncryptError::MissingRecipients)?.wrap_file_key(file_key)
            }
            KeyEntry::Plugin(identity) => {
                let plugin = Plugin { identity, prompts: self.work.prompts };
                let stanzas = plugin.wrap(file_key).map_err(|problem| {
                    self.work.note(problem);
                    EncryptError::MissingRecipients
                })?;
                Ok((stanzas, HashSet::new()))
            }
        }
    }
}

/// Whether a stanza is for this SSH key, according to the short hash of the public key at its beginning. So the user is
/// not asked for the passphrase of another key.
fn is_for(stanza: &Stanza, identity: &ssh::Identity) -> bool {
    let Ok(recipient) = ssh::Recipient::try_from(identity.clone()) else { return false };
    let public = recipient.to_string();
    let Some((kind, encoded)) = public.split_once(' ') else { return false };
    let Ok(public) = STANDARD.decode(encoded) else { return false };
    let tag = Sha256::digest(public).first_chunk::<4>().map(|tag| STANDARD_NO_PAD.encode(tag));
    stanza.tag == kind && stanza.args.first() == tag.as_ref()
}

/// The passphrase of an SSH key, which the user has already typed.
#[derive(Clone)]
struct TypedPassphrase(SecretString);

impl Callbacks for TypedPassphrase {
    fn display_message(&self, _: &str) {}

    fn confirm(&self, _: &str, _: &str, _: Option<&str>) -> Option<bool> {
        None
    }

    fn request_public_string(&self, _: &str) -> Option<String> {
        None
    }

    fn request_passphrase(&self, _: &str) -> Option<SecretString> {
        Some(self.0.clone())
    }
}
