//! `identity.age`: the vault's age identity, encrypted with the passphrase.
//!
//! The plaintext is an ordinary age identity file, so `age -d -i identity.age vault.age` works with the standard tool:
//!
//! ```text
//! # credenza identity, format 1
//! # vault: 5f0c…            the vault's id
//! # pin: 9b1e…              SHA-256 of the secret inside the vault's payload, in hex
//! # public key: age1…
//! AGE-SECRET-KEY-1…
//! ```
//!
//! **I-pin**: anyone who knows the recipient can write a `vault.age` that the identity opens, but only someone who once
//! opened the real vault knows its secret. A payload whose secret does not have this hash is refused.

#[cfg(test)]
mod vectors;

use std::fs::File;
use std::io::{BufReader, Read as _, Seek as _, Write as _};

use age::secrecy::{ExposeSecret as _, SecretString};
use age::stream::StreamReader;
use age::{Decryptor, Encryptor, scrypt, x25519};
use zeroize::Zeroizing;

use super::work_factor;
use crate::problem::{Kind, NextStep, Problem};
use crate::secret::{Passphrase, Secret};
use crate::store::error::StoreError;

/// Longest age header that is parsed, in bytes: room for hundreds of recipients.
const MAX_HEADER: usize = 64 << 10;

/// Number of bytes within which a header usually ends.
const FIRST_PART: usize = 4 << 10;

/// How an X25519 identity of age begins, and its length in characters.
const IDENTITY: &str = "AGE-SECRET-KEY-1";
const IDENTITY_LENGTH: usize = 74;

const FORMAT_LINE: &str = "# credenza identity, format ";

/// The opened identity file.
pub(super) struct Key {
    pub(super) identity: x25519::Identity,
    pub(super) vault_id: String,
    /// Lower-case hex. There are two only while a host is being removed, see `hosts.rs`.
    pub(super) pins: Vec<String>,
}

impl Key {
    /// A random identity for a new vault.
    pub(super) fn generate(vault_id: String, pin: String) -> Self {
        Self { identity: x25519::Identity::generate(), vault_id, pins: vec![pin] }
    }

    /// The text of an age identity file: `identity.age` contains it encrypted, and a host's own file as it is.
    pub(super) fn plain(&self) -> Zeroizing<String> {
        let identity = self.identity.to_string();
        let mut text = Zeroizing::new(String::with_capacity(512));
        text.push_str(FORMAT_LINE);
        text.push_str("1\n# vault: ");
        text.push_str(&self.vault_id);
        for pin in &self.pins {
            text.push_str("\n# pin: ");
            text.push_str(pin);
        }
        text.push_str("\n# public key: ");
        text.push_str(&self.identity.to_public().to_string());
        text.push('\n');
        text.push_str(identity.expose_secret());
        text.push('\n');
        text
    }

    /// The bytes of `identity.age`. Takes as long as scrypt does.
    pub(super) fn wrap(&self, passphrase: &Passphrase, log_n: u8) -> Result<Vec<u8>, Problem> {
        wrap(self.plain().as_bytes(), passphrase, log_n)
    }

    /// Opens the bytes of `identity.age`. Takes as long as scrypt does, once for each spelling of the passphrase.
    pub(super) fn unwrap(bytes: &[u8], passphrase: &Passphrase) -> Result<Self, StoreError> {
        Ok(Self::parse(&unwrap(bytes, passphrase)?)?)
    }

    /// Parses an age identity that belongs to one of the vault's recipients, such as a recovery kit's. The text may be
    /// the whole sheet of a kit, which has the identity in groups on several lines.
    pub(super) fn from_identity(text: &Secret) -> Result<x25519::Identity, Problem> {
        let text = text.without_spaces();
        let text = text.expose();
        let is_start =
            |at: &usize| text.get(*at..*at + IDENTITY.len()).is_some_and(|head| head.eq_ignore_ascii_case(IDENTITY));
        let start = (0..text.len()).find(is_start).unwrap_or(text.len());
        text.get(start..start + IDENTITY_LENGTH).unwrap_or_default().parse().map_err(|_| {
            Problem::new(Kind::Usage, "This is not an age identity.")
                .why(format!("An age identity starts with {IDENTITY} and has {IDENTITY_LENGTH} characters."))
                .try_this("Type or paste it from the recovery kit again.")
        })
    }

    /// Reads the text of an identity file written by Credenza.
    pub(super) fn parse(text: &[u8]) -> Result<Self, Problem> {
        let text = std::str::from_utf8(text).map_err(|_| damaged("It is not text."))?;
        let field = |name: &str| {
            let found = text.lines().find_map(|line| line.strip_prefix("# ")?.strip_prefix(name)?.strip_prefix(": "));
            found.map(|value| value.trim().to_owned())
        };
        let format = text.lines().find_map(|line| line.strip_prefix(FORMAT_LINE)).unwrap_or("1").trim();
        if format != "1" {
            return Err(Problem::new(
                Kind::Storage,
                format!("identity.age has format {format}; this version supports 1."),
            )
            .try_this("Use the newer version that wrote it."));
        }
        let identity = text.lines().map(str::trim).find(|line| line.starts_with(IDENTITY));
        let identity =
            identity.and_then(|line| line.parse().ok()).ok_or_else(|| damaged("It contains no identity."))?;
        let vault_id = field("vault").ok_or_else(|| damaged("It does not say which vault it opens."))?;
        let pins: Vec<String> =
            text.lines().filter_map(|line| line.strip_prefix("# pin: ")).map(|pin| pin.trim().to_owned()).collect();
        if pins.is_empty() {
            return Err(damaged("It does not contain the vault's pin."));
        }
        Ok(Self { identity, vault_id, pins })
    }
}

/// Parses the identity of a recovery kit.
pub(in crate::store) fn kit(text: &Secret) -> Result<x25519::Identity, Problem> {
    Key::from_identity(text)
}

/// Encrypts the text of an identity with a passphrase, which is normalized first so that it does not depend on the
/// keyboard: see [`Passphrase::chosen`].
pub(in crate::store) fn wrap(text: &[u8], passphrase: &Passphrase, log_n: u8) -> Result<Vec<u8>, Problem> {
    let log_n = work_factor::to_write(log_n);
    work_factor::must_fit(log_n)?;
    let mut recipient = scrypt::Recipient::new(SecretString::from(passphrase.chosen().expose().to_owned()));
    recipient.set_work_factor(log_n);
    let encryptor = Encryptor::with_recipients(std::iter::once(&recipient as &dyn age::Recipient))
        .map_err(|_| Problem::internal("The identity could not be wrapped."))?;
    seal(encryptor, &[text])
}

/// Whether a passphrase opens the bytes, according to their header.
pub(in crate::store) fn is_by_passphrase(bytes: &[u8]) -> bool {
    work_factor::of(bytes).is_some()
}

/// Decrypts what [`wrap`] encrypted.
pub(in crate::store) fn unwrap(bytes: &[u8], passphrase: &Passphrase) -> Result<Zeroizing<Vec<u8>>, StoreError> {
    if let Some(log_n) = work_factor::of(bytes).filter(|log_n| *log_n <= work_factor::MAX) {
        work_factor::must_fit(log_n)?;
    }
    let mut opened = Err(StoreError::WrongPassphrase);
    for spelling in passphrase.spellings() {
        opened = unwrap_by(bytes, &spelling);
        if !matches!(opened, Err(StoreError::WrongPassphrase)) {
            break;
        }
    }
    opened
}

fn unwrap_by(bytes: &[u8], passphrase: &Passphrase) -> Result<Zeroizing<Vec<u8>>, StoreError> {
    let mut identity = scrypt::Identity::new(SecretString::from(passphrase.expose().to_owned()));
    identity.set_max_work_factor(work_factor::MAX);
    open(bytes, &identity).map_err(|failure| match failure {
        OpenFailure::Key => StoreError::WrongPassphrase,
        OpenFailure::Work => Problem::new(Kind::Refused, "The identity file needs too much work to decrypt.")
            .why("Its scrypt work factor is above 20; Credenza writes 18.")
            .try_this("Restore identity.age from a backup.")
            .into(),
        OpenFailure::Damaged => damaged("It is not an age file, or bytes of it changed.").into(),
    })
}

/// Why age data could not be decrypted.
pub(in crate::store) enum OpenFailure {
    /// None of the identities matches.
    Key,
    /// The scrypt work factor is above the accepted maximum.
    Work,
    /// Not an age file, truncated, or changed.
    Damaged,
}

/// Whether these bytes contain the last line of an age header.
fn ends_header(bytes: &[u8]) -> bool {
    bytes.windows(4).any(|window| window == b"\n---")
}

/// Whether the bytes begin like an age file, with a complete header.
pub(super) fn is_sealed(bytes: &[u8]) -> bool {
    let header = bytes.get(..MAX_HEADER).unwrap_or(bytes);
    ends_header(header) && Decryptor::new_buffered(bytes).is_ok()
}

/// Decrypts age data. Nothing is returned before every byte has been authenticated.
pub(in crate::store) fn open(bytes: &[u8], identity: &dyn age::Identity) -> Result<Zeroizing<Vec<u8>>, OpenFailure> {
    // A header with very many stanzas takes the parser quadratic time, so it is refused before it is parsed.
    let header = bytes.get(..MAX_HEADER).unwrap_or(bytes);
    if !ends_header(header) {
        return Err(OpenFailure::Damaged);
    }
    let decryptor = Decryptor::new_buffered(bytes).map_err(|_| OpenFailure::Damaged)?;
    let mut reader = decryptor.decrypt(std::iter::once(identity)).map_err(|failure| match failure {
        age::DecryptError::NoMatchingKeys
        | age::DecryptError::DecryptionFailed
        | age::DecryptError::KeyDecryptionFailed => OpenFailure::Key,
        age::DecryptError::ExcessiveWork { .. } => OpenFailure::Work,
        _ => OpenFailure::Damaged,
    })?;
    // Allocated once: a growing buffer would leave copies of the plaintext in memory.
    let mut plain = Zeroizing::new(Vec::with_capacity(bytes.len()));
    reader.read_to_end(&mut plain).map_err(|_| OpenFailure::Damaged)?;
    Ok(plain)
}

/// Opens an age file for seeking; each chunk is authenticated when it is read. After `None`, [`open`] has to report
/// why.
pub(in crate::store) fn open_stream(
    mut file: File,
    identity: &dyn age::Identity,
) -> Option<StreamReader<BufReader<File>>> {
    let mut header = Vec::with_capacity(FIRST_PART);
    // A header with few recipients is short, so its end is looked for before more is read.
    let ends = [FIRST_PART, MAX_HEADER].into_iter().any(|size| {
        let read = (&file).take((size - header.len()) as u64).read_to_end(&mut header);
        read.is_ok() && ends_header(&header)
    });
    ends.then_some(())?;
    file.rewind().ok()?;
    let decryptor = Decryptor::new_buffered(BufReader::new(file)).ok()?;
    decryptor.decrypt(std::iter::once(identity)).ok()
}

/// Completes an encryption in memory. The plaintext is the concatenation of the parts.
pub(in crate::store) fn seal(encryptor: Encryptor, plain: &[&[u8]]) -> Result<Vec<u8>, Problem> {
    let failed = |_| Problem::internal("Encrypting in memory failed.");
    let size: usize = plain.iter().map(|part| part.len()).sum();
    let mut sealed = Vec::with_capacity(size + size / 1_000 + 8_192);
    let mut writer = encryptor.wrap_output(&mut sealed).map_err(failed)?;
    for part in plain {
        writer.write_all(part).map_err(failed)?;
    }
    writer.finish().map_err(failed)?;
    Ok(sealed)
}

/// Encrypts to these recipients, and proves that `identity` decrypts the result before anything on the disk is touched.
pub(super) fn seal_for<'a>(
    recipients: impl Iterator<Item = &'a str>,
    plain: &[&[u8]],
    identity: &x25519::Identity,
) -> Result<Vec<u8>, Problem> {
    let recipients: Vec<x25519::Recipient> = recipients.map(str::parse).collect::<Result<_, _>>().map_err(|_| {
        Problem::new(Kind::Refused, "The vault names a recipient of a kind this version cannot encrypt to.")
            .why("Saving would lock out that recipient.")
            .try_this("Use the version that added it.")
    })?;
    let recipients = recipients.iter().map(|recipient| recipient as &dyn age::Recipient);
    let encryptor = Encryptor::with_recipients(recipients)
        .map_err(|_| Problem::internal("The vault has no recipient to encrypt to."))?;
    let sealed = seal(encryptor, plain)?;
    match open(&sealed, identity) {
        Ok(back) if is_all_of(&back, plain) => Ok(sealed),
        _ => Err(Problem::new(Kind::Storage, "The encrypted vault did not decrypt to the same content.")
            .why(
                "The memory or processor may be faulty, or this identity is not a recipient. The file was not changed.",
            )
            .try_this("Check the machine's memory.")),
    }
}

fn is_all_of(mut whole: &[u8], parts: &[&[u8]]) -> bool {
    parts.iter().all(|part| {
        whole.strip_prefix(*part).is_some_and(|rest| {
            whole = rest;
            true
        })
    }) && whole.is_empty()
}

fn damaged(why: &str) -> Problem {
    Problem::new(Kind::Storage, "identity.age cannot be read.")
        .why(why)
        .try_this("Restore identity.age from your own backup of the folder, or use the recovery kit.")
        .step(NextStep::Recover { generation: None })
}
