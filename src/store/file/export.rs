//! Exports credentials for another vault: JSON, encrypted with age to a recipient.
//!
//! ```json
//! { "format": "credenza-export", "version": 1, "credentials": [ … as in vault.age … ] }
//! ```

use std::path::{Path, PathBuf};
use std::sync::Arc;

use age::{Encryptor, x25519};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::document::Document;
use super::key::{self, Key, OpenFailure};
use super::{payload, recent};
use crate::model::credential::{Credential, Credentials};
use crate::model::unreadable::Unreadable;
use crate::problem::{Kind, Problem};
use crate::secret::Secret;
use crate::store::stored::StoredCredential;

const FORMAT: &str = "credenza-export";
const VERSION: u32 = 1;

#[derive(Deserialize, Serialize)]
struct Export {
    format: String,
    version: u32,
    credentials: Vec<StoredCredential>,
}

/// Encrypts the current credentials to `recipient` (`age1...`).
///
/// # Errors
/// `Kind::Usage` if `recipient` is not an age recipient.
pub fn seal_credentials(credentials: &[Credential], recipient: &str) -> Result<Vec<u8>, Problem> {
    let recipient: x25519::Recipient = recipient.trim().parse().map_err(|_| {
        Problem::new(Kind::Usage, "This is not an age recipient.")
            .why("A recipient starts with age1 and has 62 characters.")
            .try_this("Create one with: age-keygen")
    })?;
    let export = Export {
        format: FORMAT.to_owned(),
        version: VERSION,
        credentials: credentials.iter().map(StoredCredential::from).collect(),
    };
    // Allocated large enough, so that growing leaves no copies of secrets in memory.
    let mut json = Zeroizing::new(Vec::with_capacity(4_096 + credentials.len() * 16_384));
    serde_json::to_writer_pretty(&mut *json, &export)
        .map_err(|_| Problem::internal("The credentials could not be written as JSON."))?;
    let encryptor = Encryptor::with_recipients(std::iter::once(&recipient as &dyn age::Recipient))
        .map_err(|_| Problem::internal("There is no recipient to encrypt to."))?;
    key::seal(encryptor, &[&json])
}

/// The content of an export.
#[derive(Debug, Default)]
pub struct OpenedExport {
    pub credentials: Vec<Credential>,
    /// Credentials that only another program version can read.
    pub unreadable: Vec<Unreadable>,
    /// Whether the file is a whole vault, which may still be in use.
    pub is_vault: bool,
}

/// The path of the `recent` file that may exist beside a vault file and complete it.
#[must_use]
pub(crate) fn recent_beside(vault: &Path) -> PathBuf {
    recent::path(vault)
}

/// Reads the credentials of an export, or of a whole vault, such as a backup with the `recent` file beside it.
///
/// # Errors
/// `Kind::Usage` if `identity` is not an age identity, or the file is neither an export nor a vault; `Kind::Locked` if
/// the identity does not open the file; `Kind::Storage` if the file is damaged.
pub(crate) fn open_credentials(
    sealed: &[u8],
    recent: Option<&[u8]>,
    identity: &Secret,
) -> Result<OpenedExport, Problem> {
    let identity = Key::from_identity(identity)?;
    let json = key::open(sealed, &identity).map_err(|failure| match failure {
        OpenFailure::Key => Problem::new(Kind::Locked, "The key does not open this file.")
            .why("It was encrypted for another recipient."),
        OpenFailure::Work | OpenFailure::Damaged => {
            Problem::new(Kind::Storage, "The file cannot be read.").why("It is not an intact age file.")
        }
    })?;
    if payload::is_payload(&json) {
        let mut document = payload::read(json, None)?;
        if let Some(recent) = recent {
            let mark = document.head.mark(sealed);
            recent::put_over(&mut document, &mark, Path::new("recent.age"), recent, &identity)?;
        }
        return Ok(opened(document));
    }
    // The parser's message is not shown, because it can quote a value.
    let export: Export = serde_json::from_slice(&json).map_err(|error| {
        Problem::new(Kind::Usage, "The file holds no exported credentials.").why(format!(
            "Line {}, column {} is malformed.",
            error.line(),
            error.column()
        ))
    })?;
    if export.format != FORMAT || export.version != VERSION {
        return Err(Problem::new(Kind::Usage, "The file is an export of a newer version.").try_this("Update Credenza."));
    }
    let credentials = export.credentials.into_iter().map(Credential::from).collect();
    Ok(OpenedExport { credentials, ..OpenedExport::default() })
}

/// Whether bytes are the decrypted payload of a vault.
#[must_use]
pub(crate) fn is_payload(json: &[u8]) -> bool {
    payload::is_payload(json)
}

/// Reads the credentials of a vault's decrypted payload.
///
/// # Errors
/// `Kind::Storage`, or `Kind::Refused` for a format of a later version.
pub(crate) fn open_payload(json: &[u8]) -> Result<OpenedExport, Problem> {
    payload::read(Zeroizing::new(json.to_vec()), None).map(opened)
}

fn opened(document: Document) -> OpenedExport {
    let Credentials { list, unreadable, .. } = Arc::unwrap_or_clone(document.contents.credentials);
    let credentials = list.into_iter().map(Arc::unwrap_or_clone).collect();
    OpenedExport { credentials, unreadable, is_vault: true }
}
