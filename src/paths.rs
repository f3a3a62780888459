//! Every file and folder the program touches, private from the moment it exists.

pub(crate) mod accounts;
mod private_group;
mod replace;

use std::fs::{self, DirBuilder, File};
use std::io::{self, Read as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use directories::ProjectDirs;

pub(crate) use replace::{
    NewFile, create_new, folder_of, replace_cache, replace_file, replace_file_keeping_mode, sync_folder, write_new,
};

use crate::problem::{Kind, NextStep, Problem};

/// A whole file a person named, at most `max` bytes of it.
///
/// # Errors
/// The system's, or `FileTooLarge`.
pub(crate) fn read_bounded(path: &Path, max: u64) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let size = file.metadata().map_or(0, |metadata| metadata.len()).min(max);
    // At once, and without copies that growing would leave behind; a file of the kernel's says 0.
    let mut bytes = Vec::with_capacity(usize::try_from(size + 1).unwrap_or_default());
    file.take(max + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > max {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(bytes)
}

/// The file that a person typed into a field: absolute, with `~/` as the home folder.
///
/// # Errors
/// `Kind::Usage` where nothing was typed or there is no home folder.
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

/// The names of the files in a folder that end in `.toml`, without that ending; none where it cannot be read.
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

/// Makes a folder that is missing, 0700 from the start.
///
/// # Errors
/// The system's.
pub(crate) fn create_private(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// The three folders everything is below.
#[derive(Clone, Debug)]
pub struct Paths {
    config: PathBuf,
    data: PathBuf,
    state: PathBuf,
    runtime: PathBuf,
    /// Whether all lie below one folder that a person named.
    is_named: bool,
}

impl Paths {
    /// `DIR/config`, `DIR/data`, `DIR/state`; without `dir` the system's own places (XDG on Linux).
    ///
    /// # Errors
    /// Usage when there is no home folder to lie below.
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
        })
    }

    /// The folders of another vault beside the default one, with the same settings: below `vaults/NAME` of each.
    ///
    /// # Errors
    /// Usage for a name that is none.
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
        })
    }

    /// Whether these are the folders of another vault beside the default one, see [`of_vault`](Self::of_vault).
    #[must_use]
    pub(crate) fn is_beside_default(&self) -> bool {
        self.data.parent().is_some_and(|folder| folder.ends_with("vaults"))
    }

    /// The name of the vault of these folders; `None` for the default one.
    #[must_use]
    pub(crate) fn vault_name(&self) -> Option<&str> {
        self.data.file_name().filter(|_| self.is_beside_default())?.to_str()
    }

    /// The folders of another vault of the same machine; of the default one without a name.
    ///
    /// # Errors
    /// As [`of_vault`](Self::of_vault).
    pub fn beside(&self, name: Option<&str>) -> Result<Self, Problem> {
        let mut default = self.clone();
        if self.is_beside_default() {
            let above = |folder: &Path| folder.ancestors().nth(2).unwrap_or(folder).to_path_buf();
            default.data = above(&self.data);
            default.state = above(&self.state);
            default.runtime = above(&self.runtime);
        }
        name.map_or(Ok(default.clone()), |name| default.of_vault(name))
    }

    /// Whether a vault can have this name: it is one of a folder.
    #[must_use]
    pub(crate) fn names_a_vault(name: &str) -> bool {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c);
        (1..=40).contains(&name.len()) && name.chars().all(fits)
    }

    /// Names of the vaults beside the default one.
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

    /// The names of the credentials, for completion; not there unless the settings allow it.
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

    /// Whether a file of the data folder with this name is a part of the vault.
    #[must_use]
    pub(crate) fn is_vault_name(&self, name: &std::ffi::OsStr) -> bool {
        [self.vault(), self.recent()].iter().any(|file| file.file_name() == Some(name))
    }

    /// The identity, wrapped by the passphrase.
    #[must_use]
    pub fn identity(&self) -> PathBuf {
        self.data.join("identity.age")
    }

    /// The lock's target, never replaced or deleted.
    #[must_use]
    pub fn lock(&self) -> PathBuf {
        self.data.join("lock")
    }

    /// One file a credential: the lock and note of anyone who spends what it holds.
    #[must_use]
    pub fn leases(&self) -> PathBuf {
        self.state.join("leases")
    }

    /// How far the clock was off; not there while it is right.
    #[must_use]
    pub fn clock(&self) -> PathBuf {
        self.state.join("clock.json")
    }

    /// There while a vault is being made.
    #[must_use]
    pub fn founding(&self) -> PathBuf {
        self.data.join("founding")
    }

    /// Former versions.
    #[must_use]
    pub fn backups(&self) -> PathBuf {
        self.data.join("backups")
    }

    /// The folder that a person named, which all lie below.
    #[must_use]
    pub fn named(&self) -> Option<&Path> {
        let of_default = if self.is_beside_default() { self.data.parent()?.parent()? } else { self.data.as_path() };
        of_default.parent().filter(|_| self.is_named)
    }

    /// The folder of the vault.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The folder of what was seen, without secrets.
    #[must_use]
    pub fn state(&self) -> &Path {
        &self.state
    }

    /// The folder of the agent's socket: below XDG_RUNTIME_DIR, else in the state folder; never in one others share.
    #[must_use]
    pub fn runtime(&self) -> &Path {
        &self.runtime
    }

    /// Whether `XDG_RUNTIME_DIR` has no say in where [`runtime`](Self::runtime) is.
    #[must_use]
    pub(crate) fn is_named(&self) -> bool {
        self.is_named
    }

    /// Makes the agent's folder, 0700 from the start, and checks that it and the one above are ours alone.
    ///
    /// # Errors
    /// Refused when others could put a socket in its place, Storage when it cannot be made.
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

    /// Makes the folders that are missing, 0700 from the start, and checks those that are there.
    ///
    /// # Errors
    /// Refused when others could put files in their place, Storage when they cannot be made.
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

    /// Makes the folders beside the vault that a copy of its two files lacks, on a new machine say. What fails here is
    /// told by whatever needs the folder.
    pub fn complete(&self) {
        if self.data.is_dir() {
            for folder in [&self.backups(), &self.state] {
                let _ = DirBuilder::new().recursive(true).mode(0o700).create(folder);
            }
        }
    }

    /// Refuses folders in which others could replace the vault (as ssh's StrictModes does), and closes
    /// files of this program that others may read.
    ///
    /// # Errors
    /// Refused, naming the folder and the command that fixes it.
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

/// Refuses a file of secrets that is not ours alone, as ssh does with its keys.
///
/// # Errors
/// Usage where there is none, Refused with the command that fixes it.
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

/// Whether anybody but the user can write: a group of the user's own is nobody else.
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

/// Refuses what belongs to another user: a root shell with a person's HOME must not leave root's files in it.
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
