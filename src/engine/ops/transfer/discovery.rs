//! Finds files of other programs at the paths of `assets/import/places.toml`, and lists what each contains.
//!
//! Nothing is imported and no secret is kept, only the names of entries.

use std::path::{Path, PathBuf};

use directories::BaseDirs;
use serde::Deserialize;

use super::file::bytes;
use super::formats::{Options, read};
use crate::problem::Problem;

/// Largest file that is read; such files have a page or two.
const MAX: u64 = 1 << 20;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Places {
    place: Vec<Place>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    program: String,
    paths: Vec<String>,
}

/// A file of another program.
#[derive(Clone, Debug)]
pub struct FoundFile {
    pub program: String,
    pub path: PathBuf,
    /// The names of what can be imported, or why nothing can.
    pub entries: Result<Vec<String>, Problem>,
}

/// The existing files, in the order of the table. Blocks.
///
/// # Errors
/// `Kind::Internal` for a table that does not parse.
pub fn find() -> Result<Vec<FoundFile>, Problem> {
    let table: Places = toml::from_str(include_str!("../../../../assets/import/places.toml"))
        .map_err(|error| Problem::internal(error.to_string()))?;
    let Some(folders) = BaseDirs::new() else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for place in table.place {
        let paths = place.paths.iter().filter_map(|path| located(path, &folders));
        // Reading a pipe or a device could block.
        found.extend(paths.filter(|path| path.is_file()).map(|path| looked_into(&place.program, path)));
    }
    Ok(found)
}

fn looked_into(program: &str, path: PathBuf) -> FoundFile {
    FoundFile { program: program.to_owned(), entries: entries(&path), path }
}

fn entries(path: &Path) -> Result<Vec<String>, Problem> {
    let reading = read(&bytes(path, MAX)?, &Options::default())?;
    Ok(reading.entries.into_iter().map(|entry| entry.name).collect())
}

fn located(path: &str, folders: &BaseDirs) -> Option<PathBuf> {
    let (folder, rest) = path.split_once('/')?;
    match folder {
        "~" => Some(folders.home_dir().join(rest)),
        "<config>" => Some(folders.config_dir().join(rest)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_of_the_table_is_below_a_known_folder() {
        let table: Places = toml::from_str(include_str!("../../../../assets/import/places.toml")).unwrap();
        let folders = BaseDirs::new().unwrap();
        for path in table.place.iter().flat_map(|place| &place.paths) {
            assert!(located(path, &folders).is_some(), "{path}");
        }
        assert!(located("/etc/passwd", &folders).is_none());
    }

    #[test]
    fn of_a_file_the_names_are_kept_or_why_there_are_none() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            looked_into("Program", path)
        };
        let keys =
            file("credentials", "[dev]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = CNRY\n");
        assert_eq!(keys.entries.as_ref().unwrap(), &["dev"]);
        assert!(!format!("{keys:?}").contains("CNRY"));
        let tokens = file("hosts.yml", "github.com:\n    oauth_token: gho_CNRY\n    user: ana\n");
        assert!(!format!("{:?}", tokens.entries.unwrap_err()).contains("CNRY"));
    }
}
