//! Imports from a file that the user names, and exports to one.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use tokio::sync::{mpsc, watch};
use zeroize::Zeroizing;

use super::entry::ImportChoices;
use super::export::{Export, encrypted, template};
use super::formats::{Options, read};
use super::import::{Import, import};
use super::sealed::{Sealed, import_payload, import_sealed, is_payload, read_recent};
use crate::engine::blocking::blocking;
use crate::engine::ops::credentials;
use crate::engine::ops::token::{Request, access_token};
use crate::engine::session::Session;
use crate::model::credential::CredentialId;
use crate::paths;
use crate::problem::{Kind, NextStep, Problem};
use crate::secret::Secret;

/// Largest file that is imported, in bytes.
const MAX: u64 = 256 << 20;

/// Largest key file, in bytes.
const MAX_KEY: u64 = 64 << 10;

#[derive(Clone, Debug)]
pub struct ImportFile {
    pub path: PathBuf,
    /// The age identity that decrypts it, if it is encrypted.
    pub key_file: Option<PathBuf>,
    /// The format, if the user names it.
    pub options: Options,
    pub choices: ImportChoices,
    /// Whether to try the imported refresh tokens.
    pub tries_tokens: bool,
}

/// The result of an import.
#[derive(Debug)]
pub struct Imports {
    pub import: Import,
    /// The results of trying the refresh tokens, by the name of the credential.
    pub trials: Vec<(String, TokenTrial)>,
}

/// The result of trying a refresh token.
#[derive(Debug)]
pub enum TokenTrial {
    /// The provider accepted it.
    Works,
    /// The provider refused it, or it could not be tried.
    Failed(Problem),
    /// It was not tried.
    Untried,
}

/// A refresh token is being tried.
#[derive(Clone, Debug)]
pub struct TrialProgress {
    /// The name of the credential.
    pub name: String,
    /// Its number, starting at 1.
    pub number: usize,
    /// Number of refresh tokens to try.
    pub total: usize,
}

/// Credentials to export.
#[derive(Clone, Debug)]
pub struct ExportFile {
    pub ids: Vec<CredentialId>,
    /// The age recipient they are encrypted to; `None`: a template without secrets.
    pub recipient: Option<String>,
    /// Whether to include their tokens.
    pub with_tokens: bool,
    /// The file, which must not exist yet.
    pub path: PathBuf,
}

/// What an import of this file would do, without changing anything.
///
/// # Errors
/// As [`import`].
pub fn preview(session: &Session, file: &ImportFile) -> Result<Import, Problem> {
    import_from(session, file, true)
}

/// Imports the file, then tries the imported refresh tokens one after the other, until canceled.
///
/// # Errors
/// As [`import`]; a refresh token that does not work is not an error.
pub(crate) async fn import_file(
    session: &Session,
    file: ImportFile,
    reports: mpsc::Sender<TrialProgress>,
    canceled: watch::Receiver<bool>,
) -> Result<Imports, Problem> {
    let (own, tries) = (session.clone(), file.tries_tokens);
    let import = blocking(move || import_from(&own, &file, false)).await?;
    let with_token: Vec<_> = import.imported.iter().filter(|one| one.has_refresh_token).collect();
    let (total, mut trials) = (with_token.len(), Vec::new());
    for (one, number) in with_token.into_iter().zip(1..) {
        // The refresh tokens of a whole vault may still be in use by that vault.
        if !tries || import.of_vault || *canceled.borrow() {
            trials.push((one.name.clone(), TokenTrial::Untried));
            continue;
        }
        // A closed receiver is not an error.
        let _ = reports.send(TrialProgress { name: one.name.clone(), number, total }).await;
        let trial = match access_token(session, one.id, Request::default()).await {
            Ok(_) => TokenTrial::Works,
            Err(problem) => TokenTrial::Failed(problem),
        };
        trials.push((one.name.clone(), trial));
    }
    Ok(Imports { import, trials })
}

fn import_from(session: &Session, file: &ImportFile, dry_run: bool) -> Result<Import, Problem> {
    let identity = file.key_file.as_deref().map(identity).transpose()?;
    Content::of_file(&file.path, identity)?.import(session, &file.options, &file.choices, dry_run)
}

/// The bytes of a file to import, read once: a preview and the import use the same ones.
#[derive(Debug)]
pub struct Content {
    bytes: Zeroizing<Vec<u8>>,
    /// The content of `recent.age` beside a vault.
    recent: Option<Zeroizing<Vec<u8>>>,
    identity: Option<Secret>,
}

impl Content {
    /// Reads a file; `identity` decrypts it.
    ///
    /// # Errors
    /// `Kind::Usage` for a file that cannot be read or is too large.
    pub fn of_file(path: &Path, identity: Option<Secret>) -> Result<Self, Problem> {
        let content = bytes(path, MAX)?;
        let recent = match identity {
            Some(_) => read_recent(path, |beside| bytes(beside, MAX))?,
            None => None,
        };
        Ok(Self { bytes: content, recent, identity })
    }

    /// Reads the content of a pipe; `name` is used in errors.
    ///
    /// # Errors
    /// As [`of_file`](Self::of_file).
    pub(crate) fn of_pipe(pipe: impl io::Read, name: &str, identity: Option<Secret>) -> Result<Self, Problem> {
        Ok(Self { bytes: bounded(pipe, name, 0, MAX)?, recent: None, identity })
    }

    /// Imports it, or only returns what that would do.
    ///
    /// # Errors
    /// As [`import`].
    pub fn import(
        &self,
        session: &Session,
        options: &Options,
        choices: &ImportChoices,
        dry_run: bool,
    ) -> Result<Import, Problem> {
        if let Some(identity) = &self.identity {
            let recent = self.recent.as_ref().map(|recent| recent.as_slice());
            return import_sealed(session, Sealed { bytes: &self.bytes, recent }, identity, choices, dry_run);
        }
        if self.bytes.starts_with(b"age-encryption.org/") {
            return Err(Problem::new(Kind::Usage, "The file is encrypted.").step(NextStep::NameKeyFile));
        }
        if is_payload(&self.bytes) {
            return import_payload(session, &self.bytes, choices, dry_run);
        }
        import(session, read(&self.bytes, options)?, choices, dry_run)
    }
}

/// The text of a key file, without the trailing line break.
fn identity(path: &Path) -> Result<Secret, Problem> {
    let bytes = bytes(path, MAX_KEY)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| {
        Problem::new(Kind::Usage, format!("{} is not a key file.", path.display())).why("It is not UTF-8.")
    })?;
    let mut kept = Zeroizing::new(String::with_capacity(text.len()));
    kept.push_str(text.trim_end_matches(['\n', '\r']));
    Ok(Secret::from(kept))
}

/// Reads a file of at most `max` bytes.
pub(super) fn bytes(path: &Path, max: u64) -> Result<Zeroizing<Vec<u8>>, Problem> {
    let name = path.display().to_string();
    let file = File::open(path).map_err(|error| unreadable(&name, &error))?;
    let metadata = file.metadata().map_err(|error| unreadable(&name, &error))?;
    if metadata.is_dir() {
        return Err(Problem::new(Kind::Usage, format!("{name} is a folder.")));
    }
    bounded(file, &name, metadata.len(), max)
}

/// Reads at most `max` bytes; `size` is the expected number. Allocates once: growing would leave copies of secrets in
/// memory.
fn bounded(from: impl io::Read, name: &str, size: u64, max: u64) -> Result<Zeroizing<Vec<u8>>, Problem> {
    let mut bytes = Zeroizing::new(Vec::new());
    if size <= max {
        bytes.reserve_exact(usize::try_from(size).unwrap_or(0) + 1);
        from.take(max + 1).read_to_end(&mut bytes).map_err(|error| unreadable(name, &error))?;
    }
    if size > max || bytes.len() as u64 > max {
        let most = if max >= 1 << 20 { format!("{} MiB", max >> 20) } else { format!("{} KiB", max >> 10) };
        return Err(Problem::new(Kind::Usage, format!("{name} is too large.")).why(format!("At most {most} are read.")));
    }
    Ok(bytes)
}

fn unreadable(name: &str, error: &io::Error) -> Problem {
    Problem::new(Kind::Usage, format!("{name} cannot be read.")).why(format!("The system says: {error}."))
}

/// Exports to a new file, and returns the names of the exported credentials.
///
/// # Errors
/// `Kind::NotFound` for a credential that was deleted, `Kind::Usage` for text that is not a recipient, `Kind::Storage`
/// if the file exists or cannot be written.
pub(crate) fn export_file(session: &Session, file: &ExportFile) -> Result<Vec<String>, Problem> {
    let snapshot = credentials::snapshot(session)?;
    let found = |id: &CredentialId| {
        let credential = snapshot.credentials.by_id(*id).cloned();
        credential.ok_or_else(|| Problem::new(Kind::NotFound, "A credential was deleted in the meantime."))
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

/// Writes a new file that only its owner can read.
///
/// # Errors
/// `Kind::Storage` if the file exists or cannot be written.
pub(crate) fn write_new(path: &Path, bytes: &[u8]) -> Result<(), Problem> {
    paths::write_new(path, bytes).map_err(|error| {
        let problem = Problem::new(Kind::Storage, format!("{} could not be written.", path.display()));
        match error.kind() {
            io::ErrorKind::AlreadyExists => {
                problem.why("It already exists, and is not overwritten.").try_this("Choose another name for the file.")
            }
            _ => problem.why(format!("The system says: {error}.")),
        }
    })
}
