//! `settings.toml`: the user's settings. Missing keys have defaults; unknown ones cause a warning.
//!
//! ```toml
//! theme = "default"          # or another that comes with the program, or a file in the config folder's themes/
//! glyphs = "unicode"         # or "ascii"; by locale when absent
//! mouse = true
//! lock_after = "10m"         # "90s", "2h", or "never"
//! clear_clipboard_after = "30s"   # of secrets; or "never": only when the program ends
//! redirect_port = 53682      # or several, tried in this order: [53682, 53683]
//! proxy = "http://proxy.acme.example:3128"   # else HTTPS_PROXY, ALL_PROXY and NO_PROXY
//! audit = "required"         # refuses an action that cannot be logged; or "on"
//! ca_file = "/etc/ssl/acme.pem"              # in addition to the system's own
//! complete_names = true      # names of credentials in a readable file, for completion without an agent
//! catalog_key = "RWQ…"       # verifies catalog updates, in place of the release key
//! catalog_url = "https://updates.acme.example/catalog.json"
//! vault = "acme"             # a team vault of this machine; or "local"
//! ```

pub(crate) mod file;
pub(crate) mod key;

use std::fs::OpenOptions;
use std::io::{self, ErrorKind, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use jiff::SignedDuration;
use rustix::fs::OFlags;
use serde::Deserialize;

use crate::nearest::suggestion;
use crate::paths::Paths;
use crate::problem::{Kind, Problem};
use key::Key;

/// Largest settings file that is read, in bytes.
const MAX_SIZE: u64 = 64 << 10;

/// The active settings.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Settings {
    /// The name of a theme. It may not exist: the screens report that and use the default, and commands have no colors.
    pub theme: String,
    /// Line and column of the theme's name in the file.
    pub theme_place: Option<(usize, usize)>,
    /// The folder of the file; `None` if no file was read.
    pub folder: Option<PathBuf>,
    /// `None`: depends on the locale. `Some(true)`: ASCII only.
    pub ascii: Option<bool>,
    /// Mouse support.
    pub mouse: bool,
    /// Idle time after which the vault locks. `None`: never.
    pub lock_after: Option<SignedDuration>,
    /// Time after which a copied secret is removed from the clipboard. `None`: when the program ends.
    pub clear_clipboard_after: Option<SignedDuration>,
    /// Port of the loopback redirect URI.
    pub redirect_port: u16,
    /// Ports to try after it, in this order, if the provider accepts any loopback port.
    pub other_redirect_ports: Vec<u16>,
    /// Whether an action that cannot be written to the audit log is refused.
    pub audit_required: bool,
    /// Extra certificate authority, PEM.
    pub ca_file: Option<PathBuf>,
    /// Public key that verifies catalog updates, in place of the release key.
    pub catalog_key: Option<String>,
    /// The location of catalog updates, unless a command names one.
    pub catalog_url: Option<String>,
    /// Proxy URL; `None`: from the usual environment variables.
    pub proxy: Option<String>,
    /// Whether the names of the credentials are kept in a file that is not encrypted, for completion without an agent.
    pub complete_names: bool,
    /// The vault that is used unless a command names one. `None`: the local one.
    pub vault: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: "default".to_owned(),
            theme_place: None,
            folder: None,
            ascii: None,
            mouse: true,
            lock_after: Some(SignedDuration::from_mins(10)),
            clear_clipboard_after: Some(SignedDuration::from_secs(30)),
            redirect_port: 53682,
            other_redirect_ports: Vec::new(),
            audit_required: false,
            ca_file: None,
            catalog_key: None,
            catalog_url: None,
            proxy: None,
            complete_names: false,
            vault: None,
        }
    }
}

#[derive(Deserialize)]
#[allow(clippy::struct_field_names, reason = "the names of the TOML keys")]
struct File {
    theme: Option<toml::Spanned<toml::Value>>,
    glyphs: Option<String>,
    mouse: Option<bool>,
    lock_after: Option<String>,
    clear_clipboard_after: Option<String>,
    redirect_port: Option<Ports>,
    audit: Option<String>,
    proxy: Option<String>,
    ca_file: Option<PathBuf>,
    complete_names: Option<bool>,
    catalog_key: Option<String>,
    catalog_url: Option<String>,
    vault: Option<String>,
}

/// One port, or several in the order in which they are tried.
#[derive(Deserialize)]
#[serde(untagged, expecting = "redirect_port must be a number from 1 to 65535, or a list of such numbers")]
enum Ports {
    One(u16),
    Several(Vec<u16>),
}

/// Settings that only affect the screens. An unknown theme is reported by the screens.
const APPEARANCE_KEYS: [Key; 2] = [Key::Glyphs, Key::Mouse];

/// Most ports that can be named.
const MAX_PORTS: usize = 16;

impl Settings {
    /// The ports of the loopback redirect URI, in the order in which they are tried.
    pub(crate) fn redirect_ports(&self) -> impl Iterator<Item = u16> {
        std::iter::once(self.redirect_port).chain(self.other_redirect_ports.iter().copied())
    }

    /// Reads `settings.toml`; a missing file means the defaults. Also returns warnings. An invalid value that affects
    /// only the look of the screens is a warning, and its default is used.
    ///
    /// # Errors
    /// `Kind::Usage`, with line and column, if the file is not TOML or another value is invalid: ignoring that value
    /// might lock later, log less, or bypass a proxy.
    pub fn load(paths: &Paths) -> Result<(Self, Vec<String>), Problem> {
        let text = text(paths)?;
        let (settings, warnings) = Self::lenient(&text).map_err(|fault| unreadable(paths, &fault.placed()))?;
        Ok((Self { folder: paths.settings().parent().map(Path::to_owned), ..settings }, warnings))
    }

    /// As [`parse`](Self::parse), but replaces invalid values of [`APPEARANCE_KEYS`] by their defaults.
    fn lenient(text: &str) -> Result<(Self, Vec<String>), Fault> {
        let (mut rest, mut wrong) = (text.to_owned(), Vec::new());
        loop {
            match Self::parse(&rest) {
                Ok((settings, warnings)) => {
                    // The position in the original text, because `rest` may lack lines.
                    let theme_place = settings.theme_place.and(place_of_value(text, Key::Theme));
                    return Ok((Self { theme_place, ..settings }, wrong.into_iter().chain(warnings).collect()));
                }
                Err(fault) => {
                    let is_at = |key: &Key| fault.place.is_some() && place_of_value(&rest, *key) == fault.place;
                    let key = APPEARANCE_KEYS.into_iter().find(is_at).ok_or_else(|| fault.clone())?;
                    let placed = Fault { place: place_of_value(text, key), what: fault.what };
                    wrong.push(format!("settings.toml: {} The default is used.", placed.placed()));
                    let mut document: toml_edit::DocumentMut = rest.parse().map_err(|_| placed)?;
                    document.remove(key.word());
                    rest = document.to_string();
                }
            }
        }
    }

    /// The vault that the file names. Does not parse a file that cannot name one, because that takes time;
    /// [`load`](Self::load) reports errors in the file.
    #[must_use]
    pub(crate) fn vault_in(paths: &Paths) -> Option<String> {
        let text = text(paths).ok().filter(|text| text.contains("vault"))?;
        Self::parse(&text).ok()?.0.vault
    }

    /// Parses the content of the file.
    fn parse(text: &str) -> Result<(Self, Vec<String>), Fault> {
        let at = |error: &toml::de::Error| Fault {
            place: Some(place(text, error.span().map_or(0, |span| span.start))),
            what: format!("{}.", error.message()),
        };
        let table: toml::Table = text.parse().map_err(|error| at(&error))?;
        let known = Key::ALL.map(Key::word);
        let warnings = table
            .keys()
            .filter(|key| !known.contains(&key.as_str()))
            .map(|key| {
                let hint = suggestion(key, known.iter().copied());
                format!("settings.toml has the unknown key {key}.{hint} Known keys: {}.", known.join(", "))
            })
            .collect();
        let file: File = toml::from_str(text).map_err(|error| at(&error))?;
        let theme_place = file.theme.as_ref().map(|theme| place(text, theme.span().start));
        let settings = file.settings();
        let settings = settings.map_err(|(key, what)| Fault { place: place_of_value(text, key), what })?;
        Ok((Self { theme_place, ..settings }, warnings))
    }
}

/// A mistake in the content of the file.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Fault {
    /// Line and column, from 1.
    place: Option<(usize, usize)>,
    what: String,
}

impl Fault {
    /// "Line 2, column 9: invalid type."
    fn placed(&self) -> String {
        match self.place {
            Some((line, column)) => format!("Line {line}, column {column}: {}", self.what),
            None => self.what.clone(),
        }
    }
}

/// Reads the text of the file; empty if it does not exist.
fn text(paths: &Paths) -> Result<String, Problem> {
    let failed = |error: io::Error| unreadable(paths, &format!("The system says: {error}."));
    // Non-blocking, so that opening a named pipe does not wait for a writer.
    let nonblocking = OFlags::NONBLOCK.bits().cast_signed();
    let mut file = match OpenOptions::new().read(true).custom_flags(nonblocking).open(paths.settings()) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(String::new()),
        Err(error) => return Err(failed(error)),
    };
    let metadata = file.metadata().map_err(failed)?;
    if !metadata.is_file() || metadata.len() > MAX_SIZE {
        return Err(unreadable(paths, "It is not a regular file of at most 64 KiB."));
    }
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(failed)?;
    Ok(text)
}

fn unreadable(paths: &Paths, why: &str) -> Problem {
    Problem::new(Kind::Usage, format!("{} cannot be read.", paths.settings().display()))
        .why(why)
        .try_this("Fix the file, or move it away: without it the defaults are used.")
}

impl File {
    fn settings(self) -> Result<Settings, Wrong> {
        let default = Settings::default();
        let theme = self.theme.map_or(default.theme, |theme| match theme.into_inner() {
            toml::Value::String(name) => name,
            other => other.to_string(),
        });
        let glyphs = one_of(Key::Glyphs, self.glyphs)?;
        let audit = one_of(Key::Audit, self.audit)?;
        let lock_after = duration(Key::LockAfter, self.lock_after, default.lock_after, 10)?;
        let clear_after = self.clear_clipboard_after;
        let clear_clipboard_after = duration(Key::ClearClipboardAfter, clear_after, default.clear_clipboard_after, 1)?;
        if let Some(name) = self.vault.as_ref().filter(|name| !Paths::names_a_vault(name)) {
            let what = format!("vault is \"{name}\"; write local, or 1 to 40 lower-case letters, digits, - and _.");
            return Err((Key::Vault, what));
        }
        let (redirect_port, other_redirect_ports) = ports(self.redirect_port, default.redirect_port)?;
        Ok(Settings {
            theme,
            theme_place: None,
            folder: None,
            ascii: glyphs.map(|glyphs| glyphs == "ascii"),
            mouse: self.mouse.unwrap_or(default.mouse),
            lock_after,
            clear_clipboard_after,
            redirect_port,
            other_redirect_ports,
            audit_required: audit.is_some_and(|audit| audit == "required"),
            ca_file: self.ca_file,
            catalog_key: self.catalog_key,
            catalog_url: self.catalog_url,
            proxy: self.proxy,
            complete_names: self.complete_names.unwrap_or(default.complete_names),
            vault: self.vault,
        })
    }
}

/// A key, and what is wrong with its value.
type Wrong = (Key, String);

/// The first port and the others. A single 0 has always meant the default.
fn ports(value: Option<Ports>, default: u16) -> Result<(u16, Vec<u16>), Wrong> {
    match value {
        None | Some(Ports::One(0)) => Ok((default, Vec::new())),
        Some(Ports::One(port)) => Ok((port, Vec::new())),
        Some(Ports::Several(ports)) => match ports.split_first() {
            Some((first, others)) if !ports.contains(&0) && ports.len() <= MAX_PORTS => Ok((*first, others.to_vec())),
            _ => {
                let what = format!("redirect_port must name 1 to {MAX_PORTS} ports, each from 1 to 65535.");
                Err((Key::RedirectPort, what))
            }
        },
    }
}

fn one_of(key: Key, value: Option<String>) -> Result<Option<String>, Wrong> {
    let known: Vec<&str> = key.choices().iter().map(|(word, _)| *word).collect();
    match value {
        Some(value) if !known.contains(&value.as_str()) => {
            let hint = suggestion(&value, known.iter().copied());
            Err((key, format!("{} must be one of {}.{hint}", key.word(), known.join(", "))))
        }
        value => Ok(value),
    }
}

/// Parses a time of at least `least` seconds; `None` for "never".
fn duration(
    key: Key,
    value: Option<String>,
    default: Option<SignedDuration>,
    least: i64,
) -> Result<Option<SignedDuration>, Wrong> {
    let Some(text) = value else { return Ok(default) };
    if text == "never" {
        return Ok(None);
    }
    let word = key.word();
    let wrong = || (key, format!("{word} is \"{text}\"; write \"10m\", \"90s\", \"2h\" or \"never\"."));
    let time: SignedDuration = text.parse().map_err(|_| wrong())?;
    if time < SignedDuration::from_secs(least) || time > SignedDuration::from_hours(24 * 7) {
        return Err((key, format!("{word} must be between {least} seconds and 7 days.")));
    }
    Ok(Some(time))
}

/// Line and column of a byte of a text, both from 1.
pub(crate) fn place(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.rsplit('\n').next().unwrap_or_default();
    (before.matches('\n').count() + 1, line.chars().count() + 1)
}

/// Line and column at which the value of a key begins.
fn place_of_value(text: &str, key: Key) -> Option<(usize, usize)> {
    let table = toml::de::DeTable::parse(text).ok()?;
    let (_, value) = table.get_ref().iter().find(|(name, _)| name.get_ref() == key.word())?;
    Some(place(text, value.span().start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_file_is_the_defaults_and_an_unknown_key_a_warning() {
        assert_eq!(Settings::parse("").unwrap(), (Settings::default(), Vec::new()));
        let (settings, warnings) = Settings::parse("mouse = false\nlock_aftr = \"1m\"\nlock_after = \"90s\"").unwrap();
        assert!(!settings.mouse);
        assert_eq!(settings.lock_after, Some(SignedDuration::from_secs(90)));
        assert!(warnings[0].contains("lock_aftr"), "{warnings:?}");
    }

    #[test]
    fn one_port_or_several_in_their_order() {
        let ports =
            |text: &str| Settings::parse(text).map(|(settings, _)| settings.redirect_ports().collect::<Vec<_>>());
        assert_eq!(ports("redirect_port = 8765").unwrap(), [8765]);
        assert_eq!(ports("redirect_port = [8765, 8001, 9000]").unwrap(), [8765, 8001, 9000]);
        assert_eq!(ports("").unwrap(), [53682]);
        assert!(ports("redirect_port = []").unwrap_err().placed().contains("1 to 16"));
        assert!(ports("redirect_port = [0]").unwrap_err().placed().contains("65535"));
        assert!(ports("redirect_port = 70000").unwrap_err().placed().contains("65535"));
    }

    #[test]
    fn a_wrong_value_is_refused_with_its_place() {
        let refused = |text: &str| Settings::parse(text).unwrap_err().placed();
        assert!(refused("\nmouse = 3").starts_with("Line 2, column 9"));
        assert!(refused("mouse = ").starts_with("Line 1, column"));
        assert!(refused("lock_after = \"soon\"").contains("90s"));
        let audit = refused("# mine\n\n  audit = \"always\"");
        assert!(audit.starts_with("Line 3, column 11: audit") && audit.contains("required"), "{audit}");
    }

    #[test]
    fn a_wrong_look_is_told_with_its_place_and_the_rest_is_used() {
        let text = "glyphs = \"unicod\"\nmouse = 3\nlock_after = \"90s\"\ntheme = \"dark\"\n";
        let (settings, warnings) = Settings::lenient(text).unwrap();
        assert_eq!((settings.ascii, settings.mouse), (None, true));
        assert_eq!((settings.lock_after, settings.theme_place), (Some(SignedDuration::from_secs(90)), Some((4, 9))));
        let told = warnings.join("\n");
        assert!(told.contains("Line 1, column 10: ") && told.contains("Did you mean \"unicode\"?"), "{told}");
        assert!(told.contains("Line 2, column 9: ") && told.contains("The default is used."), "{told}");
        assert!(Settings::lenient("mouse = 3\nlock_after = \"soon\"").is_err(), "what protects is never guessed");
    }

    #[test]
    fn a_wrong_theme_is_remembered_with_its_place_and_stops_nothing() {
        for (text, theme) in [("theme = \"drak\"", "drak"), ("theme = 3", "3"), ("theme = [\"x\"]", "[\"x\"]")] {
            let (settings, warnings) = Settings::parse(&format!("\n{text}")).unwrap();
            assert_eq!((settings.theme.as_str(), settings.theme_place), (theme, Some((2, 9))));
            assert!(warnings.is_empty(), "{warnings:?}");
        }
    }
}
