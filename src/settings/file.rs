//! `settings.toml` for the settings screen and for edits: each value with its source, and edits that leave the rest of
//! the file (comments, order, unknown keys) unchanged.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use toml_edit::{DocumentMut, Item, Value};

use super::key::{Key, Takes};
use super::{Fault, Settings, place_of_value, text, unreadable};
use crate::paths::{Paths, replace_file_keeping_mode};
use crate::problem::{Kind, Problem};

/// The environment variable that turns off the colors of every theme.
const NO_COLOR: &str = "NO_COLOR";

/// Environment variables that name a proxy, unless the file does.
const PROXY_VARIABLES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/// The current content of the file.
#[derive(Clone, Debug)]
pub struct SettingsFile {
    /// The path of the file.
    pub path: PathBuf,
    /// The effective settings; the defaults if the file is broken.
    pub settings: Settings,
    /// Every setting, in the order of [`Key::ALL`].
    pub rows: Vec<Row>,
    /// A sentence for each unknown key.
    pub warnings: Vec<String>,
    /// Why the file cannot be read, and the text of the faulty line. The file is not edited then.
    pub fault: Option<(Problem, String)>,
}

/// One setting.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Row {
    pub key: Key,
    /// The value as it may be shown: a proxy URL without its password.
    pub value: String,
    /// Whether a part of the value is hidden.
    pub is_masked: bool,
    /// The line of the file that sets it; `None`: it has its default.
    pub line: Option<usize>,
    /// The environment variable that takes precedence over the file.
    pub variable: Option<&'static str>,
}

impl SettingsFile {
    /// Reads the file.
    #[must_use]
    pub fn read(paths: &Paths) -> Self {
        match text(paths) {
            Ok(text) => Self::of(paths, &text),
            Err(problem) => Self { fault: Some((problem, String::new())), ..Self::of(paths, "") },
        }
    }

    fn of(paths: &Paths, text: &str) -> Self {
        let path = paths.settings();
        match Settings::parse(text) {
            Ok((settings, warnings)) => {
                let table: toml::Table = text.parse().unwrap_or_default();
                let rows = Key::ALL.map(|key| row(key, text, table.get(key.word()))).to_vec();
                Self { path, settings, rows, warnings, fault: None }
            }
            Err(fault) => {
                let line = fault.place.and_then(|(line, _)| text.lines().nth(line.saturating_sub(1)));
                let fault = Some((unreadable(paths, &fault.placed()), line.unwrap_or_default().to_owned()));
                Self { fault, ..Self::of(paths, "") }
            }
        }
    }

    /// Sets one setting to what the user typed, or back to its default, and returns the new state of the file. A faulty
    /// file is not edited.
    ///
    /// # Errors
    /// `Kind::Usage` if the value is not allowed, or the file is faulty; `Kind::Storage` if it cannot be written.
    pub fn set(paths: &Paths, key: Key, value: Option<&str>) -> Result<Self, Problem> {
        let before = text(paths)?;
        Settings::parse(&before).map_err(|fault| unreadable(paths, &fault.placed()))?;
        let broken = |_| Problem::internal("The settings could not be edited.");
        let mut document: DocumentMut = before.parse().map_err(broken)?;
        match value.map(str::trim).filter(|value| !value.is_empty()) {
            Some(typed) => put(&mut document, key.word(), parsed(key, typed)?),
            None => remove(&mut document, key.word()),
        }
        let after = document.to_string();
        Settings::parse(&after).map_err(|fault| refused(key, &fault))?;
        if after != before {
            replace(&paths.settings(), after.as_bytes())?;
        }
        Ok(Self::of(paths, &after))
    }
}

impl Settings {
    /// Copies one setting from `other`.
    pub fn take(&mut self, key: Key, other: &Self) {
        match key {
            Key::Theme => self.theme.clone_from(&other.theme),
            Key::Glyphs => self.ascii = other.ascii,
            Key::Mouse => self.mouse = other.mouse,
            Key::LockAfter => self.lock_after = other.lock_after,
            Key::ClearClipboardAfter => self.clear_clipboard_after = other.clear_clipboard_after,
            Key::RedirectPort => {
                self.redirect_port = other.redirect_port;
                self.other_redirect_ports.clone_from(&other.other_redirect_ports);
            }
            Key::Audit => self.audit_required = other.audit_required,
            Key::Proxy => self.proxy.clone_from(&other.proxy),
            Key::CaFile => self.ca_file.clone_from(&other.ca_file),
            Key::CatalogKey => self.catalog_key.clone_from(&other.catalog_key),
            Key::CatalogUrl => self.catalog_url.clone_from(&other.catalog_url),
            Key::CompleteNames => self.complete_names = other.complete_names,
            Key::Vault => self.vault.clone_from(&other.vault),
        }
    }

    /// Whether both have the same value for one setting.
    #[must_use]
    pub(crate) fn agrees(&self, key: Key, other: &Self) -> bool {
        let mut taken = self.clone();
        taken.take(key, other);
        taken == *self
    }
}

fn row(key: Key, text: &str, value: Option<&toml::Value>) -> Row {
    let is_set = |name: &&str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let variable = match key {
        Key::Theme => Some(NO_COLOR).filter(is_set),
        Key::Proxy if value.is_none() => PROXY_VARIABLES.into_iter().find(is_set),
        _ => None,
    };
    let Some(value) = value else {
        return Row { key, value: key.default_word().to_owned(), is_masked: false, line: None, variable };
    };
    let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let shown = if key == Key::Proxy { without_password(&value) } else { value.clone() };
    let line = place_of_value(text, key).map(|(line, _)| line);
    Row { key, is_masked: shown != value, value: shown, line, variable }
}

/// Hides the password that the URL of a proxy may contain.
fn without_password(address: &str) -> String {
    match (address.split_once("://"), address.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://…@{host}"),
        (None, Some((_, host))) => format!("…@{host}"),
        _ => address.to_owned(),
    }
}

/// Converts what the user typed to the value for the file.
fn parsed(key: Key, typed: &str) -> Result<Value, Problem> {
    let wrong = || not_saved(key).why(format!("It takes {}.", key.example()));
    Ok(match key.takes() {
        Takes::Switch => Value::from(typed == "true"),
        Takes::Port => {
            let port: u16 = typed.parse().ok().filter(|port| *port > 0).ok_or_else(wrong)?;
            Value::from(i64::from(port))
        }
        Takes::Word | Takes::Text => Value::from(typed),
    })
}

fn not_saved(key: Key) -> Problem {
    Problem::new(Kind::Usage, format!("{} cannot have this value.", key.word()))
}

fn refused(key: Key, fault: &Fault) -> Problem {
    not_saved(key).why(&fault.what)
}

/// Replaces an existing value and keeps the comment after it, or adds the value at the end of the settings.
fn put(document: &mut DocumentMut, key: &str, mut value: Value) {
    if let Some(Item::Value(old)) = document.get_mut(key) {
        *value.decor_mut() = old.decor().clone();
        *old = value;
        return;
    }
    let is_first = document.iter().next().is_none();
    document.insert(key, Item::Value(value));
    if !is_first {
        return;
    }
    // The file contains only comments: they stay above the new value.
    let comments = document.trailing().as_str().unwrap_or_default().to_owned();
    if let Some(mut key) = document.key_mut(key) {
        key.leaf_decor_mut().set_prefix(comments);
        document.set_trailing("");
    }
}

/// Removes a value. Keeps the comments above and after it.
fn remove(document: &mut DocumentMut, key: &str) {
    let Some((name, Item::Value(value))) = document.get_key_value(key) else { return };
    let above = name.leaf_decor().prefix().and_then(|text| text.as_str()).unwrap_or_default();
    let behind = value.decor().suffix().and_then(|text| text.as_str()).unwrap_or_default().trim();
    let mut comments = if above.contains('#') { above.to_owned() } else { String::new() };
    if !behind.is_empty() {
        comments.push_str(behind);
        comments.push('\n');
    }
    let next = document.iter().skip_while(|(name, _)| *name != key).nth(1).map(|(name, _)| name.to_owned());
    document.remove(key);
    if comments.is_empty() {
        return;
    }
    let Some(next) = next else {
        let trailing = document.trailing().as_str().unwrap_or_default().to_owned();
        document.set_trailing(comments + &trailing);
        return;
    };
    if let Some(table) = document.get_mut(&next).and_then(Item::as_table_mut) {
        let before = table.decor().prefix().and_then(|text| text.as_str()).unwrap_or_default().to_owned();
        table.decor_mut().set_prefix(comments + &before);
    } else if let Some(mut key) = document.key_mut(&next) {
        let before = key.leaf_decor().prefix().and_then(|text| text.as_str()).unwrap_or_default().to_owned();
        key.leaf_decor_mut().set_prefix(comments + &before);
    }
}

/// Replaces the file atomically. If it is a symbolic link, its target is replaced.
fn replace(path: &Path, bytes: &[u8]) -> Result<(), Problem> {
    let failed = |error: io::Error| {
        Problem::new(Kind::Storage, format!("{} could not be saved; it is as it was.", path.display()))
            .why(format!("The system says: {error}."))
    };
    let target = match fs::canonicalize(path) {
        Ok(target) => target,
        Err(error) if error.kind() == io::ErrorKind::NotFound => path.to_owned(),
        Err(error) => return Err(failed(error)),
    };
    replace_file_keeping_mode(&target, bytes).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# Mine.\ntheme = \"plain\" # at work\n\n# As the policy says.\nlock_after = \"2h\" # POL-7\n\
                        future = 1\n\n# Later.\n[more]\nx = 1\n";

    fn with(text: &str) -> (tempfile::TempDir, Paths) {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::discover(Some(folder.path())).unwrap();
        fs::create_dir_all(paths.settings().parent().unwrap()).unwrap();
        fs::write(paths.settings(), text).unwrap();
        (folder, paths)
    }

    fn content(paths: &Paths) -> String {
        fs::read_to_string(paths.settings()).unwrap()
    }

    #[test]
    fn a_file_that_cannot_be_replaced_is_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("config"), "").unwrap();
        let path = folder.path().join("config/settings.toml");
        let problem = replace(&path, b"").unwrap_err();
        assert_eq!(problem.kind, Kind::Storage);
        assert_eq!(problem.what, format!("{} could not be saved; it is as it was.", path.display()));
    }

    #[test]
    fn an_edit_changes_one_value_and_not_a_byte_beside_it() {
        let (_folder, paths) = with(FILE);
        let file = SettingsFile::set(&paths, Key::LockAfter, Some(" 5m ")).unwrap();
        assert_eq!(content(&paths), FILE.replace("2h", "5m"));
        assert_eq!(file.rows[3].line, Some(5));
        assert_eq!((file.rows[3].value.as_str(), file.warnings.len()), ("5m", 2));
        SettingsFile::set(&paths, Key::RedirectPort, Some("8080")).unwrap();
        let text = content(&paths);
        assert!(text.contains("future = 1\nredirect_port = 8080\n\n# Later.\n[more]"), "{text}");
    }

    #[test]
    fn a_reset_keeps_the_comments() {
        let (_folder, paths) = with(FILE);
        let file = SettingsFile::set(&paths, Key::LockAfter, None).unwrap();
        assert_eq!((file.rows[3].value.as_str(), file.rows[3].line), ("10m", None));
        assert_eq!(content(&paths), FILE.replace("lock_after = \"2h\" # POL-7", "# POL-7"));
        let (_folder, paths) = with("# Only.\nmouse = false\n");
        SettingsFile::set(&paths, Key::Mouse, None).unwrap();
        assert_eq!(content(&paths), "# Only.\n");
        SettingsFile::set(&paths, Key::Mouse, Some("false")).unwrap();
        assert_eq!(content(&paths), "# Only.\nmouse = false\n");
    }

    #[test]
    fn what_the_file_may_not_have_is_refused_and_a_broken_file_stays() {
        let (_folder, paths) = with("mouse = false\n");
        for (key, value) in [
            (Key::LockAfter, "soon"),
            (Key::LockAfter, "1s"),
            (Key::RedirectPort, "0"),
            (Key::RedirectPort, "70000"),
            (Key::Audit, "maybe"),
        ] {
            let problem = SettingsFile::set(&paths, key, Some(value)).unwrap_err();
            assert!(problem.what.starts_with(key.word()) && !problem.why.contains("Line"), "{problem:?}");
        }
        assert_eq!(content(&paths), "mouse = false\n");
        let (_folder, paths) = with("mouse = false\nlock_after = soon\n");
        let file = SettingsFile::read(&paths);
        let (problem, line) = file.fault.unwrap();
        assert!(problem.why.starts_with("Line 2, column 14") && line == "lock_after = soon", "{problem:?} {line}");
        SettingsFile::set(&paths, Key::Mouse, Some("true")).unwrap_err();
        assert_eq!(content(&paths), "mouse = false\nlock_after = soon\n");
    }

    #[test]
    fn a_link_stays_a_link_and_rights_stay() {
        use std::os::unix::fs::PermissionsExt as _;
        let (folder, paths) = with("");
        let target = folder.path().join("dotfiles.toml");
        fs::rename(paths.settings(), &target).unwrap();
        fs::set_permissions(&target, fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink(&target, paths.settings()).unwrap();
        SettingsFile::set(&paths, Key::Theme, Some("plain")).unwrap();
        assert!(fs::symlink_metadata(paths.settings()).unwrap().is_symlink());
        assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o640);
        assert_eq!(fs::read_to_string(&target).unwrap(), "theme = \"plain\"\n");
    }

    #[test]
    fn the_password_of_a_proxy_is_not_shown() {
        let (_folder, paths) = with("proxy = \"http://ann:s3cret@proxy.example:3128\"\n");
        let row = SettingsFile::read(&paths).rows[7].clone();
        assert!(row.is_masked && row.value == "http://…@proxy.example:3128", "{row:?}");
    }
}
