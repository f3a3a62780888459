//! The update in force: stored in the data folder after its signature, in one file, and verified whenever it is read.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::OnceLock;

use super::bundle::{Bundle, MAX_BUNDLE};
use super::shipped_number;
use super::signature::VerifyingKey;
use crate::catalog::file::check;
use crate::catalog::provider::{Provider, Source};
use crate::paths::{read_bounded, replace_file};
use crate::problem::{Kind, Problem};

/// Its name in the data folder.
const FILE: &str = "catalog-update";
/// Lines of a `.minisig` file.
const SIGNATURE_LINES: usize = 4;
/// Largest signature, in bytes.
pub(crate) const MAX_SIGNATURE: u64 = 4 << 10;

/// The entries of an update, each parsed on first use.
#[derive(Clone, Debug, Default)]
pub(crate) struct Updated {
    number: u64,
    entries: BTreeMap<String, Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    text: String,
    parsed: OnceLock<Option<Box<Provider>>>,
}

impl Updated {
    pub(crate) fn of(bundle: Bundle) -> Self {
        let entries = bundle.files.into_iter().map(|(id, text)| (id, Entry { text, parsed: OnceLock::new() }));
        Self { number: bundle.number, entries: entries.collect() }
    }

    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    pub(crate) fn by_id(&self, id: &str) -> Option<&Provider> {
        let entry = self.entries.get(id)?;
        let parse = || {
            let mut provider = check(&entry.text, id).ok()?;
            provider.source = Source::Update(self.number);
            Some(Box::new(provider))
        };
        entry.parsed.get_or_init(parse).as_deref()
    }

    pub(crate) fn text(&self, id: &str) -> Option<&str> {
        self.entries.get(id).map(|entry| entry.text.as_str())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Provider> {
        self.entries.keys().filter_map(|id| self.by_id(id))
    }
}

/// Reads the update stored in `data`; `None` if there is none, or if this release ships entries that are as new.
///
/// # Errors
/// As [`Bundle::read`]; `Kind::Storage` if it cannot be read.
pub(crate) fn read_installed(data: &Path, key: Option<&str>) -> Result<Option<Bundle>, Problem> {
    let path = data.join(FILE);
    let bytes = match read_bounded(&path, MAX_BUNDLE + MAX_SIGNATURE) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unusable(&path, &error.to_string())),
    };
    let ends = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
    let (signature, content) = bytes.split_at(ends.take(SIGNATURE_LINES).last().unwrap_or_default());
    let key = VerifyingKey::of(key)?;
    let bundle = Bundle::read_unchecked(content, &String::from_utf8_lossy(signature), &key)?;
    Ok(Some(bundle).filter(|bundle| bundle.number > shipped_number()))
}

/// Stores an update that was read, in one atomic step.
///
/// # Errors
/// `Kind::Storage` if it cannot be written.
pub(crate) fn install(data: &Path, bytes: &[u8], signature: &str) -> Result<(), Problem> {
    let path = data.join(FILE);
    let lines = signature.lines().take(SIGNATURE_LINES).flat_map(|line| [line.as_bytes(), b"\n"]);
    let content: Vec<u8> = lines.chain([bytes]).flatten().copied().collect();
    replace_file(&path, &content).map_err(|error| unusable(&path, &error.to_string()))
}

fn unusable(path: &Path, why: &str) -> Problem {
    Problem::new(Kind::Storage, "The catalog update cannot be kept or read.")
        .why(format!("{}: {why}.", path.display()))
        .try_this("Install the update again.")
}
