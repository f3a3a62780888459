//! `settings.toml`: what a person may choose. Absent keys have good values; unknown ones are warned about.
//!
//! ```toml
//! theme = "default"          # or "plain"
//! glyphs = "unicode"         # or "ascii"; by locale when absent
//! mouse = true
//! lock_after = "10m"         # "90s", "2h", or "never"
//! clear_clipboard_after = "30s"   # of secrets; or "never": only when the program ends
//! redirect_port = 53682
//! proxy = "http://proxy.acme.example:3128"   # else HTTPS_PROXY, ALL_PROXY and NO_PROXY
//! audit = "required"         # or "on": what is not logged is not done
//! ca_file = "/etc/ssl/acme.pem"              # beside the system's own
//! ```

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use jiff::SignedDuration;
use serde::Deserialize;

use crate::paths::Paths;
use crate::problem::{Kind, Problem};

/// A settings file is a page of text.
const MAX_SIZE: u64 = 64 << 10;

const KEYS: &[&str] =
    &["theme", "glyphs", "mouse", "lock_after", "clear_clipboard_after", "redirect_port", "audit", "proxy", "ca_file"];

/// The active settings.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Settings {
    /// `default` or `plain`.
    pub theme: String,
    /// `None`: by locale. `Some(true)`: ASCII only.
    pub ascii: Option<bool>,
    /// Mouse support.
    pub mouse: bool,
    /// Idle time after which the vault locks. `None`: never.
    pub lock_after: Option<SignedDuration>,
    /// Time after which a copied secret is taken from the clipboard. `None`: when the program ends.
    pub clear_clipboard_after: Option<SignedDuration>,
    /// Port of the loopback redirect URI.
    pub redirect_port: u16,
    /// Whether nothing is done that the audit log cannot tell.
    pub audit_required: bool,
    /// Extra certificate authority, PEM.
    pub ca_file: Option<PathBuf>,
    /// Proxy URL; `None`: the usual environment variables.
    pub proxy: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: "default".to_owned(),
            ascii: None,
            mouse: true,
            lock_after: Some(SignedDuration::from_mins(10)),
            clear_clipboard_after: Some(SignedDuration::from_secs(30)),
            redirect_port: 53682,
            audit_required: false,
            ca_file: None,
            proxy: None,
        }
    }
}

#[derive(Deserialize)]
#[allow(clippy::struct_field_names, reason = "the names of the TOML keys")]
struct File {
    theme: Option<String>,
    glyphs: Option<String>,
    mouse: Option<bool>,
    lock_after: Option<String>,
    clear_clipboard_after: Option<String>,
    redirect_port: Option<u16>,
    audit: Option<String>,
    proxy: Option<String>,
    ca_file: Option<PathBuf>,
}

impl Settings {
    /// Reads `settings.toml`; absent means defaults. Gives warnings beside.
    ///
    /// # Errors
    /// Usage, with line and column, when it is not TOML or a value is not one that is known.
    pub fn load(paths: &Paths) -> Result<(Self, Vec<String>), Problem> {
        let path = paths.settings();
        let unreadable = |why: String| {
            Problem::new(Kind::Usage, format!("{} cannot be read.", path.display()))
                .why(why)
                .try_this("Fix or remove the file; without it, the defaults are used.")
        };
        match fs::metadata(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok((Self::default(), Vec::new())),
            Ok(metadata) if !metadata.is_file() || metadata.len() > MAX_SIZE => {
                return Err(unreadable("It is not a file of at most 64 KiB.".to_owned()));
            }
            _ => {}
        }
        let text = fs::read_to_string(&path).map_err(|error| unreadable(format!("The system says: {error}.")))?;
        Self::parse(&text).map_err(unreadable)
    }

    /// The file's content, or where it is wrong.
    fn parse(text: &str) -> Result<(Self, Vec<String>), String> {
        let at = |error: &toml::de::Error| {
            let (line, column) = place(text, error.span().map_or(0, |span| span.start));
            format!("Line {line}, column {column}: {}.", error.message())
        };
        let table: toml::Table = text.parse().map_err(|error| at(&error))?;
        let warnings = table
            .keys()
            .filter(|key| !KEYS.contains(&key.as_str()))
            .map(|key| format!("settings.toml has the unknown key {key}. Known keys: {}.", KEYS.join(", ")))
            .collect();
        let file: File = toml::from_str(text).map_err(|error| at(&error))?;
        Ok((file.settings()?, warnings))
    }
}

impl File {
    fn settings(self) -> Result<Settings, String> {
        let default = Settings::default();
        let theme = one_of("theme", self.theme, &["default", "plain"])?.unwrap_or(default.theme);
        let glyphs = one_of("glyphs", self.glyphs, &["unicode", "ascii"])?;
        let audit = one_of("audit", self.audit, &["on", "required"])?;
        let lock_after = duration("lock_after", self.lock_after, default.lock_after, 10)?;
        let clear_after = self.clear_clipboard_after;
        let clear_clipboard_after = duration("clear_clipboard_after", clear_after, default.clear_clipboard_after, 1)?;
        Ok(Settings {
            theme,
            ascii: glyphs.map(|glyphs| glyphs == "ascii"),
            mouse: self.mouse.unwrap_or(default.mouse),
            lock_after,
            clear_clipboard_after,
            redirect_port: self.redirect_port.filter(|port| *port != 0).unwrap_or(default.redirect_port),
            audit_required: audit.is_some_and(|audit| audit == "required"),
            ca_file: self.ca_file,
            proxy: self.proxy,
        })
    }
}

fn one_of(key: &str, value: Option<String>, known: &[&str]) -> Result<Option<String>, String> {
    match value {
        Some(value) if !known.contains(&value.as_str()) => Err(format!("{key} must be one of {}.", known.join(", "))),
        value => Ok(value),
    }
}

/// A time of at least so many seconds, `None` for "never".
fn duration(
    key: &str,
    value: Option<String>,
    default: Option<SignedDuration>,
    least: i64,
) -> Result<Option<SignedDuration>, String> {
    let Some(text) = value else { return Ok(default) };
    if text == "never" {
        return Ok(None);
    }
    let wrong = || format!("{key} is \"{text}\"; write \"10m\", \"90s\", \"2h\" or \"never\".");
    let time: SignedDuration = text.parse().map_err(|_| wrong())?;
    if time < SignedDuration::from_secs(least) || time > SignedDuration::from_hours(24 * 7) {
        return Err(format!("{key} must be between {least} seconds and 7 days."));
    }
    Ok(Some(time))
}

fn place(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.rsplit('\n').next().unwrap_or_default();
    (before.matches('\n').count() + 1, line.chars().count() + 1)
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
    fn a_wrong_value_is_refused_with_its_place() {
        assert!(Settings::parse("\nmouse = 3").unwrap_err().starts_with("Line 2, column 9"));
        assert!(Settings::parse("mouse = ").unwrap_err().starts_with("Line 1, column"));
        assert!(Settings::parse("lock_after = \"soon\"").unwrap_err().contains("90s"));
        assert!(Settings::parse("theme = \"dark\"").unwrap_err().contains("plain"));
    }
}
