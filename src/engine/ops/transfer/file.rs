//! Imports from a file that a person names, and exports to one: as the command does, for the screens.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use tokio::sync::{mpsc, watch};
use zeroize::Zeroizing;

use super::entry::Placing;
use super::export::{Export, encrypted, template};
use super::formats::{Options, read};
use super::import::{Import, import};
use super::sealed::{Sealed, import_payload, import_sealed, is_payload, read_recent};
use crate::engine::blocking::blocking;
use crate::engine::ops::credentials;
use crate::engine::ops::token::{Request, access_token};
use crate::engine::session::Session;
use crate::model::credential::CredentialId;
use crate::problem::{Kind, Problem};
use crate::secret::Secret;

/// Longest file that is read.
const MAX: u64 = 256 << 20;

/// Longest key file.
const MAX_KEY: u64 = 64 << 10;

/// A file to import.
#[derive(Clone, Debug)]
pub struct ImportFile {
    /// The file.
    pub path: PathBuf,
    /// The age identity that opens it, where it is encrypted.
    pub key_file: Option<PathBuf>,
    /// What a person says beside the file.
    pub placing: Placing,
    /// Whether the refresh tokens that come along are tried.
    pub tries_tokens: bool,
}

/// What became of an import.
#[derive(Debug)]
pub struct Imports {
    /// What came in.
    pub import: Import,
    /// What the refresh tokens proved, by the name of the credential.
    pub trials: Vec<(String, Trial)>,
}

/// What trying a refresh token came to.
#[derive(Debug)]
pub enum Trial {
    /// The provider took it.
    Works,
    /// The provider refused it, or it could not be tried.
    Failed(Problem),
    /// It was not tried.
    Untried,
}

/// A refresh token is being tried.
#[derive(Clone, Debug)]
pub struct Trying {
    /// The name of the credential.
    pub name: String,
    /// Which one it is, from 1.
    pub number: usize,
    /// Of so many.
    pub total: usize,
}

/// Credentials to export.
#[derive(Clone, Debug)]
pub struct ExportFile {
    /// Which.
    pub ids: Vec<CredentialId>,
    /// The age recipient they are encrypted to; `None`: a template without secrets.
    pub recipient: Option<String>,
    /// With their tokens.
    pub with_tokens: bool,
    /// The file, which must not exist yet.
    pub path: PathBuf,
}

/// What an import of this file would do. Nothing is changed.
///
/// # Errors
/// As [`import`].
pub fn preview(session: &Session, file: &ImportFile) -> Result<Import, Problem> {
    import_from(session, file, true)
}

/// Imports the file, then tries the refresh tokens that came along, one after the other, until it is told to stop.
///
/// # Errors
/// As [`import`]; a refresh token that does not work is none.
pub async fn import_file(
    session: &Session,
    file: ImportFile,
    reports: mpsc::Sender<Trying>,
    cancelled: watch::Receiver<bool>,
) -> Result<Imports, Problem> {
    let (own, tries) = (session.clone(), file.tries_tokens);
    let import = blocking(move || import_from(&own, &file, false)).await?;
    let with_token: Vec<_> = import.imported.iter().filter(|one| one.has_refresh_token).collect();
    let (total, mut trials) = (with_token.len(), Vec::new());
    for (one, number) in with_token.into_iter().zip(1..) {
        // Those of a vault may still be in use there.
        if !tries || import.of_vault || *cancelled.borrow() {
            trials.push((one.name.clone(), Trial::Untried));
            continue;
        }
        // Whether anybody listens is not the import's concern.
        let _ = reports.send(Trying { name: one.name.clone(), number, total }).await;
        let trial = match access_token(session, one.id, Request::default()).await {
            Ok(_) => Trial::Works,
            Err(problem) => Trial::Failed(problem),
        };
        trials.push((one.name.clone(), trial));
    }
    Ok(Imports { import, trials })
}

fn import_from(session: &Session, file: &ImportFile, dry_run: bool) -> Result<Import, Problem> {
    let bytes = bytes(&file.path, MAX)?;
    if let Some(key) = &file.key_file {
        let recent = read_recent(&file.path, |beside| self::bytes(beside, MAX))?;
        let sealed = Sealed { bytes: &bytes, recent: recent.as_ref().map(|recent| recent.as_slice()) };
        return import_sealed(session, sealed, &identity(key)?, &file.placing, dry_run);
    }
    if bytes.starts_with(b"age-encryption.org/") {
        return Err(Problem::new(Kind::Usage, "The file is encrypted.")
            .try_this("Name the key file with the age identity that opens it."));
    }
    if is_payload(&bytes) {
        return import_payload(session, &bytes, &file.placing, dry_run);
    }
    let reading = read(&bytes, &Options::default())?;
    import(session, reading, &file.placing, dry_run)
}

/// The text of a key file, without the line break at its end.
fn identity(path: &Path) -> Result<Secret, Problem> {
    let bytes = bytes(path, MAX_KEY)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| {
        Problem::new(Kind::Usage, format!("{} is not a key file.", path.display())).why("It is not UTF-8.")
    })?;
    let mut kept = Zeroizing::new(String::with_capacity(text.len()));
    kept.push_str(text.trim_end_matches(['\n', '\r']));
    Ok(Secret::from(kept))
}

/// A file of at most `max` bytes. Sized once: growing would leave copies of secrets behind.
fn bytes(path: &Path, max: u64) -> Result<Zeroizing<Vec<u8>>, Problem> {
    let failed = |error: io::Error| {
        Problem::new(Kind::Usage, format!("{} cannot be read.", path.display()))
            .why(format!("The system says: {error}."))
    };
    let file = File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if metadata.is_dir() {
        return Err(Problem::new(Kind::Usage, format!("{} is a folder.", path.display())));
    }
    let too_large = || {
        Problem::new(Kind::Usage, format!("{} is too large.", path.display()))
            .why(format!("At most {} KiB are read.", max >> 10))
    };
    if metadata.len() > max {
        return Err(too_large());
    }
    let mut bytes = Zeroizing::new(Vec::new());
    bytes.reserve_exact(usize::try_from(metadata.len()).unwrap_or(0) + 1);
    file.take(max + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > max {
        return Err(too_large());
    }
    Ok(bytes)
}

/// Exports to a new file, and gives the names of what is in it.
///
/// # Errors
/// `Kind::NotFound` for a credential that is gone, `Kind::Usage` for what is no recipient, `Kind::Storage` where the
/// file exists or cannot be written.
pub fn export_file(session: &Session, file: &ExportFile) -> Result<Vec<String>, Problem> {
    let snapshot = credentials::snapshot(session)?;
    let found = |id: &CredentialId| {
        let credential = snapshot.credentials.by_id(*id).cloned();
        credential.ok_or_else(|| Problem::new(Kind::NotFound, "A credential was deleted meanwhile."))
    };
    let chosen = file.ids.iter().map(found).collect::<Result<Vec<_>, _>>()?;
    if file.path.exists() {
        return Err(Problem::new(Kind::Refused, format!("{} exists already.", file.path.display()))
            .try_this("Name another file."));
    }
    let bytes = match &file.recipient {
        Some(recipient) => {
            let export = Export { credentials: &chosen, with_tokens: file.with_tokens };
            encrypted(session, export, recipient)?
        }
        None => template(session, &chosen)?.into_bytes(),
    };
    write_new(&file.path, &bytes)?;
    Ok(chosen.iter().map(|credential| credential.name.to_string()).collect())
}

/// Writes a file that must not exist yet, for its owner only.
///
/// # Errors
/// `Kind::Storage`.
pub fn write_new(path: &Path, bytes: &[u8]) -> Result<(), Problem> {
    let write = || -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(|error| {
        Problem::new(Kind::Storage, format!("{} could not be written.", path.display()))
            .why(format!("The system says: {error}."))
    })
}
