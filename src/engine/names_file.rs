//! The names of the credentials in a file of their own, for completion where no agent runs: only if the settings allow it.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use crate::paths::{Paths, read_bounded};
use crate::settings::Settings;
use crate::store::Snapshot;

/// Longest file that is read, in bytes.
const MAX: u64 = 4 << 20;

/// Writes the names where they changed. A file that cannot be written is no reason to fail: completion lacks a name.
pub(super) fn keep(paths: &Paths, settings: &Settings, snapshot: &Snapshot) {
    if !settings.complete_names {
        return;
    }
    let mut names: Vec<&str> = snapshot.credentials.list.iter().map(|one| one.name.as_str()).collect();
    names.sort_unstable();
    let text = names.into_iter().fold(String::new(), |text, name| text + name + "\n");
    let path = paths.names();
    if read_bounded(&path, MAX).is_ok_and(|former| former == text.as_bytes()) {
        return;
    }
    let _ = write(&path, paths.state(), &text);
}

/// Readable by the owner only, and whole at any time.
fn write(path: &Path, folder: &Path, text: &str) -> Option<()> {
    let mut file = tempfile::NamedTempFile::new_in(folder).ok()?;
    file.write_all(text.as_bytes()).ok()?;
    file.persist(path).ok().map(drop)
}

/// Removes what an earlier setting allowed.
pub(super) fn forget(paths: &Paths, settings: &Settings) {
    if !settings.complete_names {
        // Most often there is none.
        let _ = fs::remove_file(paths.names());
    }
}

/// The names, if the settings allow to keep them.
#[must_use]
pub fn read(paths: &Paths) -> Vec<String> {
    let allowed = Settings::load(paths).is_ok_and(|(settings, _)| settings.complete_names);
    let text = if allowed { read_bounded(&paths.names(), MAX).unwrap_or_default() } else { Vec::new() };
    String::from_utf8_lossy(&text).lines().map(str::to_owned).collect()
}
