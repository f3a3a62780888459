//! The programs that Credenza is compared with, and which of them are not installed.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The programs that were found on this machine.
pub(crate) struct Peers {
    /// Prints a line and exits.
    pub(crate) hello: PathBuf,
    /// Shows a list of lines with the same screen library, and does nothing else.
    pub(crate) mini: PathBuf,
    /// Implementations of the age format, the preferred one first.
    pub(crate) age: Vec<PathBuf>,
    pub(crate) fzf: Option<PathBuf>,
    pub(crate) curl: Option<PathBuf>,
}

/// The programs that the rows use, and what each is compared for.
const WANTED: [(&str, &str); 6] = [
    ("age", "opening and saving"),
    ("rage", "opening and saving"),
    ("fzf", "keys on the screens"),
    ("curl", "a refresh"),
    ("oidc-token", "a token from an agent"),
    ("pass", "a list and a save"),
];

impl Peers {
    /// Locates the installed programs and builds those of `benches/peers`.
    pub(crate) fn found(scratch: &Path) -> Self {
        let (hello, mini) = built(scratch);
        let age = ["rage", "age"].into_iter().filter_map(which).collect();
        Self { hello, mini, age, fzf: which("fzf"), curl: which("curl") }
    }

    /// The names of the programs that are not installed, with what each is for.
    pub(crate) fn missing() -> Vec<String> {
        let missing = WANTED.iter().filter(|(name, _)| which(name).is_none());
        missing.map(|(name, purpose)| format!("{name} ({purpose})")).collect()
    }
}

/// The file name of a program, for the report.
pub(crate) fn named(program: &Path) -> String {
    program.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Builds the hello world and the minimal screen program in the release profile.
fn built(scratch: &Path) -> (PathBuf, PathBuf) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    // In the target folder of the program itself if possible, so that they are built only once.
    let target = root.join("target/peers");
    let target = if std::fs::create_dir_all(&target).is_ok() { target } else { scratch.join("peers") };
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build
        .args(["build", "--quiet", "--release", "--locked", "--manifest-path"])
        .arg(root.join("benches/peers/Cargo.toml"));
    assert!(build.arg("--target-dir").arg(&target).status().unwrap().success(), "benches/peers could not be built");
    (target.join("release/hello"), target.join("release/mini"))
}

pub(crate) fn which(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}
