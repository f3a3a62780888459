//! `settings.toml`: what a person may choose.

use std::path::PathBuf;

use jiff::SignedDuration;

use crate::paths::Paths;
use crate::problem::Problem;

/// The settings in force. SKELETON (owner: service helper): `load` to be written, unknown keys warned about.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `[ui] theme = "default" | "high-contrast"`.
    pub theme: String,
    /// `None`: by locale. `Some(true)`: ASCII only.
    pub ascii: Option<bool>,
    /// Mouse support.
    pub mouse: bool,
    /// Idle time after which the vault locks. `None`: never.
    pub lock_after: Option<SignedDuration>,
    /// Port of the loopback redirect URI.
    pub redirect_port: u16,
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
            redirect_port: 53682,
            ca_file: None,
            proxy: None,
        }
    }
}

impl Settings {
    /// Reads `settings.toml`; absent means defaults. Gives warnings (unknown keys, with line) beside.
    ///
    /// # Errors
    /// With line and column when it is not TOML or a value has the wrong type.
    pub fn load(_paths: &Paths) -> Result<(Self, Vec<String>), Problem> {
        Ok((Self::default(), Vec::new()))
    }
}
