//! The user's own catalog files: the content of each, every error with its position, and whether it is in use.

use std::path::PathBuf;

use crate::catalog::{Catalog, Source};
use crate::engine::Workspace;
use crate::problem::Problem;

/// The folder and its files.
#[derive(Clone, Debug, Default)]
pub struct CatalogFiles {
    pub folder: PathBuf,
    /// Sorted by name.
    pub files: Vec<UserFile>,
    /// Problems of the folder itself.
    pub problems: Vec<Problem>,
}

#[derive(Clone, Debug)]
pub struct UserFile {
    pub path: PathBuf,
    /// Its entry, or its errors: "line 3, column 1: unknown key nme".
    pub content: Result<UserEntry, Vec<String>>,
    /// Whether this process uses the entry for its id.
    pub is_in_use: bool,
}

/// The entry of a file.
#[derive(Clone, Debug)]
pub struct UserEntry {
    /// Its catalog id.
    pub id: String,
    pub name: String,
    /// Warnings about hosts that look like other hosts.
    pub notes: Vec<String>,
}

/// Reads all catalog files of the user.
#[must_use]
pub fn read(workspace: &Workspace) -> CatalogFiles {
    let folder = workspace.paths.catalog();
    let (paths, problems) = Catalog::own_files(&folder);
    let files = paths.into_iter().map(|path| file(&workspace.catalog, path)).collect();
    CatalogFiles { folder, files, problems }
}

fn file(catalog: &Catalog, path: PathBuf) -> UserFile {
    let content = match Catalog::check_file(&path) {
        Err(problem) => Err(vec![format!("{} {}", problem.what, problem.why)]),
        Ok(Err(defects)) => {
            let place = |line, column, what: &str| format!("line {line}, column {column}: {what}");
            Err(defects.iter().map(|one| place(one.line, one.column, &one.message)).collect())
        }
        Ok(Ok(checked)) => {
            let (id, name) = (checked.provider.id, checked.provider.name);
            Ok(UserEntry { id, name, notes: checked.notes })
        }
    };
    let known = content.as_ref().ok().and_then(|entry| catalog.by_id(&entry.id));
    let is_in_use = known.is_some_and(|known| known.source == Source::User(path.clone()));
    UserFile { path, content, is_in_use }
}
