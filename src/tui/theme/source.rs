//! Loads the theme that the settings name, and loads it again when its file or the known properties of the terminal
//! change.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::background::Background;
use super::depth::Depth;
use super::file::{Mistake, ThemeFile};
use super::roles::Theme;
use super::{glyphs, shipped};
use crate::nearest::suggestion;
use crate::paths::{read_bounded, toml_names};
use crate::problem::{Kind, Problem};
use crate::settings::Settings;

/// Largest theme file in bytes; a theme is about a page of text.
const MAX_SIZE: u64 = 64 << 10;

/// The folder of the user's own themes, beside the settings.
const FOLDER: &str = "themes";

/// The theme that is used if the chosen one cannot be loaded.
const DEFAULT: &str = "default";

/// The theme without colors.
const PLAIN: &str = "plain";

/// The name of the theme, and the known properties of the terminal.
#[derive(Clone, Debug)]
pub struct ThemeSource {
    name: String,
    /// Where the settings name the theme: file, line and column.
    named_at: Option<String>,
    /// The folder of the user's own theme files.
    folder: PathBuf,
    /// Names of the user's own themes.
    own: Vec<String>,
    ascii: bool,
    depth: Depth,
    background: Option<Background>,
}

impl ThemeSource {
    /// Chooses by settings, environment and locale. NO_COLOR overrides any theme.
    #[must_use]
    pub fn chosen(settings: &Settings) -> Self {
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let folder = settings.folder.clone().unwrap_or_default();
        let named_at = settings
            .theme_place
            .map(|(line, column)| format!("{}, line {line}, column {column}.", folder.join("settings.toml").display()));
        let own = settings.folder.as_deref().map(|folder| toml_names(&folder.join(FOLDER))).unwrap_or_default();
        Self {
            name: if plain { PLAIN.to_owned() } else { settings.theme.clone() },
            named_at,
            folder: folder.join(FOLDER),
            own,
            ascii: settings.ascii.unwrap_or_else(glyphs::are_ascii),
            depth: Depth::of_terminal(),
            background: Background::of_environment(),
        }
    }

    /// The source for other settings, on the same terminal.
    #[must_use]
    pub(crate) fn by_settings(&self, settings: &Settings) -> Self {
        Self { background: self.background, ..Self::chosen(settings) }
    }

    /// Loads the theme; if that fails, returns the default theme and the problem with the chosen one.
    #[must_use]
    pub fn load(&self) -> (Theme, Option<Problem>) {
        match self.read(&self.name).and_then(|file| self.for_background(file)) {
            Ok(file) => (self.over_default(&file), None),
            Err(problem) => (self.over_default(&ThemeFile::default()), Some(problem)),
        }
    }

    /// Whether the theme depends on the background.
    #[must_use]
    pub(crate) fn asks_for_background(&self) -> bool {
        self.name != PLAIN && !glyphs::is_basic_terminal()
    }

    /// Sets the background color that the terminal reported.
    pub(crate) fn set_background(&mut self, color: [u8; 3]) {
        self.background = Some(Background::of_color(color));
    }

    /// The folder of the user's own themes, which may not exist yet; `None` if themes are not read from a folder.
    #[must_use]
    pub fn watched(&self) -> Option<&Path> {
        (self.name != PLAIN && self.folder.is_absolute()).then_some(self.folder.as_path())
    }

    /// Whether this is the name of a theme file.
    #[must_use]
    pub(crate) fn is_theme(name: &OsStr) -> bool {
        Path::new(name).extension() == Some(OsStr::new("toml"))
    }

    /// Applies the file's styles over those of the default theme.
    fn over_default(&self, file: &ThemeFile) -> Theme {
        let name = match self.background {
            Some(Background::Dark) => "dark",
            Some(Background::Light) => "light",
            None => DEFAULT,
        };
        file.over(Theme::shipped(name, self.depth, self.ascii), self.depth)
    }

    /// The theme that a file names for this background; that theme's own references are ignored.
    fn for_background(&self, file: ThemeFile) -> Result<ThemeFile, Problem> {
        let other = match self.background {
            Some(Background::Dark) => file.on_dark.as_deref(),
            Some(Background::Light) => file.on_light.as_deref(),
            None => None,
        };
        match other {
            Some(name) => self.read(name),
            None => Ok(file),
        }
    }

    /// Reads the user's own theme file, or else the one that comes with the program.
    fn read(&self, name: &str) -> Result<ThemeFile, Problem> {
        if self.own.iter().any(|own| own == name) {
            let path = self.folder.join(format!("{name}.toml"));
            let text = read_bounded(&path, MAX_SIZE).map_err(|error| {
                Problem::new(Kind::Usage, "The theme file cannot be read.")
                    .why(format!("{}: {error}.", path.display()))
                    .try_this("The default theme is used.")
            })?;
            return ThemeFile::parse(&String::from_utf8_lossy(&text)).map_err(|mistake| wrong(&path, &mistake));
        }
        let text = shipped::text(name).ok_or_else(|| self.unknown(name))?;
        ThemeFile::parse(text).map_err(|mistake| wrong(Path::new(name), &mistake))
    }

    fn unknown(&self, name: &str) -> Problem {
        let mut known: Vec<&str> = shipped::names().collect();
        known.extend(self.own.iter().map(String::as_str));
        Problem::new(Kind::Usage, format!("There is no theme \"{name}\".{}", suggestion(name, known.iter().copied())))
            .why(self.named_at.as_deref().unwrap_or_default())
            .try_this(format!("Themes: {}. Your own go into {}.", known.join(", "), self.folder.display()))
    }
}

fn wrong(path: &Path, Mistake { line, column, why }: &Mistake) -> Problem {
    Problem::new(Kind::Usage, format!("The theme file has a mistake in line {line}, column {column}."))
        .why(format!("{}: {why}", path.display()))
        .try_this("The default theme is used.")
}
