//! Settings and credentials of the environment: variables and files in the home directory.

use std::collections::BTreeMap;
use std::fmt;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::paths;
use crate::problem::{Kind, Problem};
use crate::secret::Secret;

const MAX_FILE: u64 = 1024 * 1024;

/// The variables and the home directory, of this process or as set by a test.
#[derive(Clone, Default)]
pub struct Platform {
    variables: BTreeMap<String, String>,
    home: PathBuf,
    password: Option<Secret>,
}

impl fmt::Debug for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Platform").field("home", &self.home).finish_non_exhaustive()
    }
}

impl Platform {
    /// The environment of this process.
    #[must_use]
    pub(crate) fn of_process() -> Self {
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        let home = directories::BaseDirs::new().map(|folders| folders.home_dir().to_owned()).unwrap_or_default();
        Self { variables: std::env::vars_os().filter_map(text).collect(), home, password: None }
    }

    /// An environment for a test.
    #[must_use]
    pub fn new<'a>(home: &Path, variables: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        Self { variables: variables.into_iter().map(owned).collect(), home: home.to_owned(), password: None }
    }

    /// Sets a password that the caller keeps; it takes precedence over files and variables. It is the password of a
    /// PostgreSQL role, an S3 access key as `ID:SECRET`, or the key or shared access signature of an Azure account.
    #[must_use]
    pub fn with_password(mut self, password: Secret) -> Self {
        self.password = Some(password);
        self
    }

    pub(super) fn password(&self) -> Option<&Secret> {
        self.password.as_ref()
    }

    /// A variable that is set and not empty.
    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The file named by a variable, or else the default path in the home directory.
    pub(super) fn file(&self, variable: &str, usual: &str) -> PathBuf {
        self.variable(variable).map_or_else(|| self.home.join(usual), PathBuf::from)
    }
}

/// Reads a settings or credentials file; `None` if it does not exist.
pub(super) fn read(path: &Path) -> Result<Option<Zeroizing<String>>, Problem> {
    let unreadable = |why: &str| {
        Problem::new(Kind::Usage, format!("The file {} cannot be read.", path.display()))
            .why(why)
            .try_this("Correct the file or its permissions.")
    };
    let bytes = match paths::read_bounded(path, MAX_FILE) {
        Ok(bytes) => Zeroizing::new(bytes),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(None),
        Err(error) => return Err(unreadable(&format!("{error}."))),
    };
    let text = std::str::from_utf8(&bytes).map_err(|_| unreadable("It is not UTF-8 text."))?;
    Ok(Some(Zeroizing::new(text.to_owned())))
}
