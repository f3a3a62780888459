//! Credentials on their way to another vault: JSON, encrypted by age to somebody's recipient.
//!
//! ```json
//! { "format": "credenza-export", "version": 1, "credentials": [ … as in vault.age … ] }
//! ```

use age::{Encryptor, x25519};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::key::{self, Key, OpenFailure};
use super::stored::StoredCredential;
use crate::model::credential::Credential;
use crate::problem::{Kind, Problem};
use crate::secret::Secret;

const FORMAT: &str = "credenza-export";
const VERSION: u32 = 1;

#[derive(Deserialize, Serialize)]
struct Export {
    format: String,
    version: u32,
    credentials: Vec<StoredCredential>,
}

/// The credentials as they stand, encrypted to `recipient` (`age1...`).
///
/// # Errors
/// Usage when it is no recipient.
pub fn seal_credentials(credentials: &[Credential], recipient: &str) -> Result<Vec<u8>, Problem> {
    let recipient: x25519::Recipient = recipient.trim().parse().map_err(|_| {
        Problem::new(Kind::Usage, "This is not an age recipient.")
            .why("One starts with age1 and has 62 characters.")
            .try_this("Whoever is to open it makes one with: age-keygen")
    })?;
    let export = Export {
        format: FORMAT.to_owned(),
        version: VERSION,
        credentials: credentials.iter().map(StoredCredential::from).collect(),
    };
    // Sized ahead, so that growing leaves no copies of secrets behind.
    let mut json = Zeroizing::new(Vec::with_capacity(4_096 + credentials.len() * 16_384));
    serde_json::to_writer_pretty(&mut *json, &export)
        .map_err(|_| Problem::internal("The credentials could not be written as JSON."))?;
    let encryptor = Encryptor::with_recipients(std::iter::once(&recipient as &dyn age::Recipient))
        .map_err(|_| Problem::internal("There is no recipient to encrypt to."))?;
    key::seal(encryptor, &json)
}

/// The credentials of such a file.
///
/// # Errors
/// Usage when `identity` is none, or the file is no export; Locked when it does not fit; Storage for damage.
pub fn open_credentials(sealed: &[u8], identity: &Secret) -> Result<Vec<Credential>, Problem> {
    let identity = Key::from_identity(identity)?;
    let json = key::open(sealed, &identity).map_err(|failure| match failure {
        OpenFailure::Key => Problem::new(Kind::Locked, "The key does not open this file.")
            .why("It was encrypted to somebody else's recipient."),
        OpenFailure::Work | OpenFailure::Damaged => Problem::new(Kind::Storage, "The file is damaged.")
            .why("Every byte of it is authenticated, and some are not as they were written."),
    })?;
    // The parser's own words can quote a value.
    let export: Export = serde_json::from_slice(&json).map_err(|error| {
        Problem::new(Kind::Usage, "The file holds no exported credentials.").why(format!(
            "Line {}, column {} is not as it must be.",
            error.line(),
            error.column()
        ))
    })?;
    if export.format != FORMAT || export.version != VERSION {
        return Err(Problem::new(Kind::Usage, "The file is no export this version knows.").try_this("Use a newer one."));
    }
    Ok(export.credentials.into_iter().map(Credential::from).collect())
}
