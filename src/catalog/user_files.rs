//! The user's own catalog files: only regular files, with a limited size; an invalid file never affects the others.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::file::{Defect, MAX_BYTES, check};
use super::provider::{Provider, Source};
use crate::problem::{Kind, NextStep, Problem};

/// Most files read from the folder.
const MAX_FILES: usize = 1_000;

/// Reads `*.toml` in `dir`, sorted by name. A missing folder means no files.
pub(super) fn read(dir: &Path) -> (Vec<Provider>, Vec<Problem>) {
    let (paths, mut problems) = list(dir);
    let mut providers: Vec<Provider> = Vec::new();
    for path in paths {
        match read_one(&path) {
            Ok(provider) => match providers.iter().find(|other| other.id == provider.id) {
                None => providers.push(provider),
                Some(other) => problems.push(twice(&path, other)),
            },
            Err(problem) => problems.push(problem),
        }
    }
    (providers, problems)
}

/// Reads one file as strictly as any other.
///
/// # Errors
/// `Kind::Usage`, naming file, line and column of the first defect.
pub(super) fn read_one(path: &Path) -> Result<Provider, Problem> {
    let text = text(path)?;
    let name = path.display().to_string();
    let mut provider = check(&text, &name).map_err(|defects| bad(path, &defects))?;
    provider.source = Source::User(path.to_owned());
    Ok(provider)
}

/// The text of a catalog file.
///
/// # Errors
/// `Kind::Usage` or `Kind::Refused` if it is not a regular file, too large, not ours, or not UTF-8.
pub(super) fn text(path: &Path) -> Result<String, Problem> {
    let refuse = |why: &str| Err(unreadable(Kind::Refused, path, why));
    let file = match open(path) {
        Ok(file) => file,
        Err(error) if is_link(path) && error.kind() == io::ErrorKind::NotFound => {
            return refuse("It is a symbolic link to a file that does not exist.");
        }
        Err(error) => return Err(unreadable(Kind::Usage, path, &words(error.kind()))),
    };
    if is_link(path) && !is_target_guarded(path) {
        return refuse(
            "It is a symbolic link into a folder in which another user could put another file in its place.",
        );
    }
    let metadata = file.metadata().map_err(|error| unreadable(Kind::Usage, path, &words(error.kind())))?;
    if !metadata.is_file() {
        return refuse("It is not a regular file.");
    }
    if metadata.len() > MAX_BYTES as u64 {
        return refuse(&format!("It has {} bytes; the limit for a catalog file is {MAX_BYTES}.", metadata.len()));
    }
    if !is_trusted(&metadata) {
        return refuse(
            "Another user could change where secrets are sent: the file belongs to someone else, or everyone can \
             write to it.",
        );
    }
    let mut bytes = Vec::with_capacity(MAX_BYTES.min(8 * 1024));
    // The file can grow after its size was read.
    let read = file.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes);
    read.map_err(|error| unreadable(Kind::Usage, path, &words(error.kind())))?;
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let line = error.as_bytes().split(|byte| *byte == b'\n').scan(0, |end, line| {
            *end += line.len() + 1;
            Some(*end)
        });
        let line = line.take_while(|end| *end <= good).count() + 1;
        unreadable(Kind::Usage, path, &format!("Line {line} is not UTF-8."))
    })
}

/// The files in the folder, by name, and the problems of the folder.
pub(super) fn list(dir: &Path) -> (Vec<PathBuf>, Vec<Problem>) {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return (Vec::new(), Vec::new()),
        Err(error) => return (Vec::new(), vec![unreadable(Kind::Usage, dir, &words(error.kind()))]),
    };
    if !fs::metadata(dir).is_ok_and(|metadata| is_trusted(&metadata)) {
        let why = "Another user could put files there: the folder belongs to someone else, or everyone can write to \
            it.";
        return (Vec::new(), vec![unreadable(Kind::Refused, dir, why)]);
    }
    let named = |path: &PathBuf| {
        let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        !hidden && path.extension().is_some_and(|extension| extension == "toml")
    };
    let mut paths: Vec<PathBuf> =
        entries.filter_map(Result::ok).map(|entry| entry.path()).filter(named).take(MAX_FILES + 1).collect();
    let mut problems = Vec::new();
    if paths.len() > MAX_FILES {
        paths.truncate(MAX_FILES);
        problems.push(unreadable(
            Kind::Usage,
            dir,
            &format!("It has more than {MAX_FILES} files; the rest were skipped."),
        ));
    }
    paths.sort();
    (paths, problems)
}

/// Opens without blocking on a FIFO. Follows links, because tools that keep the configuration elsewhere create them.
#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
    OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path)
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).open(path)
}

/// Whether a file belongs to this user or root, and is not writable by everybody.
#[cfg(unix)]
fn is_trusted(metadata: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let owner = metadata.uid();
    (owner == 0 || owner == rustix::process::geteuid().as_raw()) && metadata.mode() & 0o002 == 0
}

#[cfg(not(unix))]
fn is_trusted(_metadata: &Metadata) -> bool {
    true
}

/// Whether only this user can replace the target of a link: its folder is trusted, or sticky.
fn is_target_guarded(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let folder = fs::canonicalize(path).ok().and_then(|target| fs::metadata(target.parent()?).ok());
    folder.is_some_and(|folder| is_trusted(&folder) || folder.mode() & 0o1000 != 0)
}

fn is_link(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink())
}

fn words(kind: io::ErrorKind) -> String {
    match kind {
        io::ErrorKind::NotFound => "The file does not exist.".to_owned(),
        io::ErrorKind::PermissionDenied => "Permission is denied.".to_owned(),
        other => format!("The system says: {other}."),
    }
}

fn unreadable(kind: Kind, path: &Path, why: &str) -> Problem {
    Problem::new(kind, format!("The catalog's {} was rejected.", path.display())).why(why)
}

fn bad(path: &Path, defects: &[Defect]) -> Problem {
    let shown = path.display();
    let first = defects.first().map_or_else(
        || format!("{shown} is not a catalog file."),
        |defect| format!("{shown}:{}:{}: {}.", defect.line, defect.column, defect.message),
    );
    let more = match defects.len() {
        0 | 1 => String::new(),
        2 => " It has another error.".to_owned(),
        several => format!(" It has {} more errors.", several - 1),
    };
    Problem::new(Kind::Usage, first)
        .why(format!("The file was skipped; the other integrations are available.{more}"))
        .step(NextStep::CheckCatalogFile { path: shown.to_string() })
}

fn twice(path: &Path, other: &Provider) -> Problem {
    let first = match &other.source {
        Source::User(path) => path.display().to_string(),
        Source::BuiltIn | Source::Update(_) => "a shipped file".to_owned(),
    };
    unreadable(Kind::Usage, path, &format!("Its id {} is already used by {first}.", other.id))
}
