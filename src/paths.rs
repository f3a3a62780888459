//! All files and folders the program uses. Each one is private from the moment it exists.

pub(crate) mod accounts;
mod private_group;
mod replace;

use std::fs::{self, DirBuilder, File};
use std::io::{self, Read as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use directories::ProjectDirs;

pub(crate) use replace::{
    NewFile, folder_of, replace_cache, replace_file, replace_file_keeping_mode, sync_folder, write_new, write_new_by,
};

use crate::problem::{Kind, NextStep, Problem};

/// Reads a whole file that the user named, if it has at most `max` bytes.
///
/// # Errors
/// An I/O error; `FileTooLarge` if the file is larger.
pub(crate) fn read_bounded(path: &Path, max: u64) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let size = file.metadata().map_or(0, |metadata| metadata.len()).min(max);
    // Allocated once, so that growing leaves no copies in memory. The size is 0 for files that the kernel generates.
    let mut bytes = Vec::with_capacity(usize::try_from(size + 1).unwrap_or_default());
    file.take(max + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > max {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(bytes)
}

/// Resolves a file name that the user typed into a field: makes it absolute, and replaces `~/` by the home folder.
///
/// # Errors
/// `Kind::Usage` if it is empty or there is no home folder.
pub fn typed(text: &str) -> Result<PathBuf, Problem> {
    let text = text.trim();
    let refused = |what: &str| Problem::new(Kind::Usage, what);
    let path = match text.strip_prefix("~/") {
        _ if text.is_empty() => return Err(refused("Type the path of a file.")),
        Some(rest) => {
            let home = directories::BaseDirs::new().ok_or_else(|| refused("There is no home folder."))?;
            home.home_dir().join(rest)
        }
        None => PathBuf::from(text),
    };
    std::path::absolute(&path).map_err(|_| refused("This is not the path of a file."))
}

/// The names of the `.toml` files in a folder, without that extension; none if the folder cannot be read.
#[must_use]
pub(crate) fn toml_names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path()).filter(|path| path.is_file());
    let tomls = paths.filter(|path| path.extension().is_some_and(|extension| extension == "toml"));
    let mut names: Vec<String> =
        tomls.filter_map(|path| path.file_stem().and_then(|stem| stem.to_str()).map(str::to_owned)).collect();
    names.sort();
    names
}

/// Creates a folder if it is missing, with mode 0700 from the start.
///
/// # Errors
/// An I/O error.
pub(crate) fn create_private(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// The four folders that contain everything else.
#[derive(Clone, Debug)]
pub struct Paths {
    config: PathBuf,
    data: PathBuf,
    state: PathBuf,
    runtime: PathBuf,
    /// Whether all are in one folder that the user named.
    is_named: bool,
    /// The folder of the audit log, if it is not the state folder.
    log: Option<PathBuf>,
}

impl Paths {
    /// `DIR/config`, `DIR/data` and `DIR/state`; without `dir`, the system's standard folders (XDG on Linux).
    ///
    /// # Errors
    /// `Kind::Usage` if there is no home folder.
    pub fn discover(dir: Option<&Path>) -> Result<Self, Problem> {
        if let Some(dir) = dir {
            if dir.as_os_str().is_empty() {
                let problem = Problem::new(Kind::Usage, "The name of the vault's folder is empty.");
                return Err(problem.step(NextStep::ChooseVaultFolder));
            }
            let dir = std::path::absolute(dir).map_err(|_| {
                Problem::new(Kind::Usage, "The vault's folder cannot be used.")
                    .why("Its name is not a valid path.")
                    .step(NextStep::ChooseVaultFolder)
            })?;
            let state = dir.join("state");
            return Ok(Self {
                config: dir.join("config"),
                data: dir.join("data"),
                runtime: state.join("agent"),
                state,
                is_named: true,
                log: None,
            });
        }
        let dirs = ProjectDirs::from("", "", "credenza").ok_or_else(|| {
            Problem::new(Kind::Usage, "There is no home folder to keep the vault in.")
                .why("HOME is not set, and the user database has no home folder for this user.")
                .try_this("Set HOME.")
                .step(NextStep::ChooseVaultFolder)
        })?;
        let state = dirs.state_dir().map_or_else(|| dirs.data_local_dir().join("state"), Path::to_path_buf);
        let runtime = dirs.runtime_dir().map_or_else(|| state.join("agent"), Path::to_path_buf);
        Ok(Self {
            config: dirs.config_dir().to_owned(),
            data: dirs.data_dir().to_owned(),
            state,
            runtime,
            is_named: false,
            log: None,
        })
    }

    /// The folders of an additional vault with the same settings: `vaults/NAME` in each folder.
    ///
    /// # Errors
    /// `Kind::Usage` if the name is not valid.
    pub fn of_vault(&self, name: &str) -> Result<Self, Problem> {
        if !Self::names_a_vault(name) {
            return Err(Problem::new(Kind::Usage, format!("\"{name}\" is not the name of a vault."))
                .why("It has 1 to 40 lower-case letters, digits, hyphens and underscores.")
                .try_this("The vault of this machine is called local."));
        }
        let below = |folder: &Path| folder.join("vaults").join(name);
        Ok(Self {
            config: self.config.clone(),
            data: below(&self.data),
            state: below(&self.state),
            runtime: below(&self.runtime),
            is_named: self.is_named,
            log: None,
        })
    }

    /// Whether these are the folders of an additional vault, see [`of_vault`](Self::of_vault).
    #[must_use]
    pub(crate) fn is_beside_default(&self) -> bool {
        self.data.parent().is_some_and(|folder| folder.ends_with("vaults"))
    }

    /// The name of the vault in these folders; `None` for the default one.
    #[must_use]
    pub(crate) fn vault_name(&self) -> Option<&str> {
        self.data.file_name().filter(|_| self.is_beside_default())?.to_str()
    }

    /// The folders of another vault of the same machine; without a name, those of the default one.
    ///
    /// # Errors
    /// As [`of_vault`](Self::of_vault).
    pub fn beside(&self, name: Option<&str>) -> Result<Self, Problem> {
        let mut default = Self { log: None, ..self.clone() };
        if self.is_beside_default() {
            let above = |folder: &Path| folder.ancestors().nth(2).unwrap_or(folder).to_path_buf();
            default.data = above(&self.data);
            default.state = above(&self.state);
            default.runtime = above(&self.runtime);
        }
        name.map_or(Ok(default.clone()), |name| default.of_vault(name))
    }

    /// Whether a vault can have this name: it has to be a valid folder name.
    #[must_use]
    pub(crate) fn names_a_vault(name: &str) -> bool {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c);
        (1..=40).contains(&name.len()) && name.chars().all(fits)
    }

    /// Names of the additional vaults.
    #[must_use]
    pub fn vaults(&self) -> Vec<String> {
        let folder = self.data.parent().filter(|folder| folder.ends_with("vaults"));
        let folder = folder.map_or_else(|| self.data.join("vaults"), Path::to_path_buf);
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.sort();
        names
    }

    /// `settings.toml`.
    #[must_use]
    pub fn settings(&self) -> PathBuf {
        self.config.join("settings.toml")
    }

    /// The user's own catalog files.
    #[must_use]
    pub fn catalog(&self) -> PathBuf {
        self.config.join("catalog")
    }

    /// The names of the credentials, for shell completion. Missing unless the settings allow it.
    #[must_use]
    pub fn names(&self) -> PathBuf {
        self.state.join("names")
    }

    /// The encrypted vault.
    #[must_use]
    pub fn vault(&self) -> PathBuf {
        self.data.join("vault.age")
    }

    /// The credentials that changed since a large vault was written.
    #[must_use]
    pub fn recent(&self) -> PathBuf {
        self.data.join("recent.age")
    }

    /// The same folders, with the audit log in `folder`.
    #[must_use]
    pub(crate) fn logging_in(self, folder: PathBuf) -> Self {
        Self { log: Some(folder), ..self }
    }

    /// The folder of the audit log: the state folder, or that of a team vault's host.
    #[must_use]
    pub(crate) fn log(&self) -> &Path {
        self.log.as_deref().unwrap_or(&self.state)
    }

    /// Whether a file with this name in the data folder is part of the vault.
    #[must_use]
    pub(crate) fn is_vault_name(&self, name: &std::ffi::OsStr) -> bool {
        [self.vault(), self.recent()].iter().any(|file| file.file_name() == Some(name))
    }

    /// The identity, encrypted with the passphrase.
    #[must_use]
    pub fn identity(&self) -> PathBuf {
        self.data.join("identity.age")
    }

    /// The file that is locked. Never replaced or deleted, because the lock is on its inode.
    #[must_use]
    pub fn lock(&self) -> PathBuf {
        self.data.join("lock")
    }

    /// One file per credential: its lock, and a note by the process that is spending its tokens.
    #[must_use]
    pub fn leases(&self) -> PathBuf {
        self.state.join("leases")
    }

    /// How far the system clock was off. Missing while it is right.
    #[must_use]
    pub fn clock(&self) -> PathBuf {
        self.state.join("clock.json")
    }

    /// Exists while a vault is being created.
    #[must_use]
    pub fn founding(&self) -> PathBuf {
        self.data.join("founding")
    }

    /// The folder of former versions of the vault.
    #[must_use]
    pub fn backups(&self) -> PathBuf {
        self.data.join("backups")
    }

    /// The folder that the user named, which contains the three folders.
    #[must_use]
    pub fn named(&self) -> Option<&Path> {
        let of_default = if self.is_beside_default() { self.data.parent()?.parent()? } else { self.data.as_path() };
        of_default.parent().filter(|_| self.is_named)
    }

    /// The folder of the vault's files.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The folder of what this machine has seen and recorded; contains no secrets.
    #[must_use]
    pub fn state(&self) -> &Path {
        &self.state
    }

    /// The folder of the agent's socket: in XDG_RUNTIME_DIR, else in the state folder; never in one that is shared with
    /// other users.
    #[must_use]
    pub fn runtime(&self) -> &Path {
        &self.runtime
    }

    /// Whether all folders are below one that the user named (`--dir`).
    #[must_use]
    pub(crate) fn is_named(&self) -> bool {
        self.is_named
    }

    /// Creates the agent's folder, with mode 0700 from the start, and checks that only this user can write to it and
    /// its parent.
    ///
    /// # Errors
    /// `Kind::Refused` if others could put a socket in its place, `Kind::Storage` if it cannot be created.
    pub(crate) fn create_runtime(&self) -> Result<(), Problem> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.runtime).map_err(|error| {
            Problem::new(Kind::Storage, format!("The folder {} cannot be created.", self.runtime.display()))
                .why(format!("The system says: {error}."))
        })?;
        for folder in [Some(self.runtime.as_path()), self.runtime.parent()].into_iter().flatten() {
            let metadata = fs::symlink_metadata(folder).map_err(|error| {
                Problem::new(Kind::Storage, format!("{} cannot be examined.", folder.display()))
                    .why(format!("The system says: {error}."))
            })?;
            own(folder, &metadata)?;
            if !metadata.is_dir() || others_can_write(&metadata) {
                return Err(Problem::new(Kind::Refused, format!("Others can write to {}.", folder.display()))
                    .why("They could replace the agent's socket with their own.")
                    .try_this(format!("chmod go-w '{}'", folder.display())));
            }
        }
        close(&self.runtime, 0o700)
    }

    /// Creates the folders that are missing, with mode 0700 from the start, and checks the existing ones.
    ///
    /// # Errors
    /// `Kind::Refused` if others could put files in their place, `Kind::Storage` if they cannot be created.
    pub fn create(&self) -> Result<(), Problem> {
        for folder in [&self.data, &self.backups(), &self.state] {
            DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|error| {
                Problem::new(Kind::Storage, format!("The folder {} cannot be created.", folder.display()))
                    .why(format!("The system says: {error}."))
                    .try_this("Create it yourself.")
                    .step(NextStep::ChooseVaultFolder)
            })?;
        }
        self.check()
    }

    /// Creates the folders that are missing if only the vault's two files were copied, such as to a new machine. Errors
    /// are ignored; the operation that needs the folder reports them.
    pub fn complete(&self) {
        if self.data.is_dir() {
            for folder in [&self.backups(), &self.state] {
                let _ = DirBuilder::new().recursive(true).mode(0o700).create(folder);
            }
        }
    }

    /// Refuses folders in which others could replace the vault (as ssh's StrictModes does), and removes the permission
    /// of others to read files of this program.
    ///
    /// # Errors
    /// `Kind::Refused`, with the folder and the command that fixes it.
    pub fn check(&self) -> Result<(), Problem> {
        for folder in [self.data.as_path(), self.state.as_path()] {
            if let Ok(metadata) = fs::metadata(folder) {
                own(folder, &metadata)?;
                if metadata.mode() & 0o077 != 0 {
                    close(folder, 0o700)?;
                }
            }
            if let Some(parent) = folder.parent()
                && let Ok(metadata) = fs::metadata(parent)
            {
                let sticky = metadata.mode() & 0o1000 != 0;
                if !sticky && others_can_write(&metadata) {
                    return Err(Problem::new(Kind::Refused, format!("Others can write to {}.", parent.display()))
                        .why("They could replace your vault with another.")
                        .try_this(format!("chmod go-w '{}'", parent.display()))
                        .step(NextStep::ChooseVaultFolder));
                }
            }
        }
        if fs::symlink_metadata(self.backups()).is_ok_and(|found| found.is_symlink()) {
            return Err(Problem::new(Kind::Refused, format!("{} is a symbolic link.", self.backups().display()))
                .why("Backups would be written wherever the link points.")
                .try_this("Replace it with a real folder that contains the files.")
                .step(NextStep::ChooseVaultFolder));
        }
        for file in [self.vault(), self.identity()] {
            if let Ok(metadata) = fs::symlink_metadata(&file)
                && metadata.is_file()
            {
                own(&file, &metadata)?;
                if metadata.mode() & 0o077 != 0 {
                    close(&file, 0o600)?;
                }
            }
        }
        Ok(())
    }
}

/// Refuses a file of secrets that others can access, as ssh does with its keys.
///
/// # Errors
/// `Kind::Usage` if there is no such file, `Kind::Refused` with the command that fixes it.
pub(crate) fn only_ours(path: &Path) -> Result<(), Problem> {
    let metadata = fs::metadata(path).map_err(|error| {
        Problem::new(Kind::Usage, format!("{} cannot be opened.", path.display()))
            .why(format!("The system says: {error}."))
    })?;
    own(path, &metadata)?;
    if metadata.mode() & 0o077 != 0 {
        return Err(Problem::new(Kind::Refused, format!("Others can read {}.", path.display()))
            .why("Its content opens the vault.")
            .try_this(format!("chmod 600 '{}'", path.display())));
    }
    Ok(())
}

/// Whether anybody but the user can write to it. The user's own private group does not count as others.
fn others_can_write(metadata: &fs::Metadata) -> bool {
    let mode = metadata.mode();
    mode & 0o002 != 0 || (mode & 0o020 != 0 && !is_private_group(metadata.gid()))
}

fn is_private_group(gid: u32) -> bool {
    let read = |path: &str| {
        read_bounded(Path::new(path), accounts::MAX).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    };
    match (read("/etc/passwd"), read("/etc/group")) {
        (Ok(users), Ok(groups)) => private_group::is_private(&users, &groups, gid, rustix::process::geteuid().as_raw()),
        _ => false,
    }
}

/// Refuses a file or folder of another user: a root shell with a user's HOME must not leave root's files in it.
fn own(path: &Path, metadata: &fs::Metadata) -> Result<(), Problem> {
    let us = rustix::process::geteuid().as_raw();
    if metadata.uid() == us {
        return Ok(());
    }
    Err(Problem::new(Kind::Refused, format!("{} belongs to another user.", path.display()))
        .why(format!("Its owner is user {}, and this process runs as user {us}.", metadata.uid()))
        .try_this("Run Credenza as that user (without sudo).")
        .step(NextStep::ChooseVaultFolder))
}

fn close(path: &Path, mode: u32) -> Result<(), Problem> {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).map_err(|error| {
        Problem::new(Kind::Refused, format!("Others can read {}.", path.display()))
            .why(format!("Its permissions could not be restricted: {error}."))
            .try_this(format!("chmod {mode:o} '{}'", path.display()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions_that_cannot_be_restricted_are_reported_with_the_command() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gone");
        let problem = close(&path, 0o600).unwrap_err();
        assert_eq!((problem.kind, problem.what), (Kind::Refused, format!("Others can read {}.", path.display())));
        assert!(problem.why.contains("No such file"), "{}", problem.why);
        assert_eq!(problem.try_this, format!("chmod 600 '{}'", path.display()));
    }
}
