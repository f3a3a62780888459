//! Keeps the credentials' names in a file, for shell completion without an agent; only if the settings allow it.

use std::fs;

use crate::paths::{Paths, read_bounded, replace_cache};
use crate::settings::Settings;
use crate::store::Snapshot;

/// Largest file that is read, in bytes.
const MAX: u64 = 4 << 20;

/// Writes the names if they changed. If that fails, completion only lacks a name.
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
    let _ = replace_cache(&path, text.as_bytes());
}

/// Removes a file that an earlier setting allowed.
pub(super) fn forget(paths: &Paths, settings: &Settings) {
    if !settings.complete_names {
        // Usually there is none.
        let _ = fs::remove_file(paths.names());
    }
}

/// The names, if the settings allow the file.
#[must_use]
pub(crate) fn read(paths: &Paths) -> Vec<String> {
    let allowed = Settings::load(paths).is_ok_and(|(settings, _)| settings.complete_names);
    let text = if allowed { read_bounded(&paths.names(), MAX).unwrap_or_default() } else { Vec::new() };
    String::from_utf8_lossy(&text).lines().map(str::to_owned).collect()
}
