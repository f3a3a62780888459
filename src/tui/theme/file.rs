//! Reads a theme file: a style for each role, styles for 16 colors, and the themes to use on a dark or a light
//! background.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::depth::Depth;
use super::roles::{ROLES, Theme};
use super::style_words::StyleWords;
use crate::nearest::suggestion;
use crate::settings::place;

/// The table with styles for 16 colors.
const BASIC: &str = "basic";

/// A theme as written in its file.
#[derive(Debug, Default)]
pub(super) struct ThemeFile {
    styles: BTreeMap<&'static str, StyleWords>,
    basic: BTreeMap<&'static str, StyleWords>,
    /// The theme to use instead on a dark background.
    pub(super) on_dark: Option<String>,
    /// The theme to use instead on a light background.
    pub(super) on_light: Option<String>,
}

/// An error in a file, and its place.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Mistake {
    pub(super) line: usize,
    pub(super) column: usize,
    /// One or two sentences.
    pub(super) why: String,
}

impl ThemeFile {
    pub(super) fn parse(text: &str) -> Result<Self, Mistake> {
        let at = |offset: usize, why: String| {
            let (line, column) = place(text, offset);
            Mistake { line, column, why }
        };
        let table = DeTable::parse(text)
            .map_err(|error| at(error.span().map_or(0, |span| span.start), format!("{}.", error.message())))?;
        let mut file = Self::default();
        file.read(table.get_ref(), false).map_err(|(offset, why)| at(offset, why))?;
        Ok(file)
    }

    /// Reads the keys of one table; an error has its byte offset.
    fn read(&mut self, table: &DeTable<'_>, is_basic: bool) -> Result<(), (usize, String)> {
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            if let (BASIC, false, DeValue::Table(below)) = (name, is_basic, value.get_ref()) {
                self.read(below, true)?;
                continue;
            }
            let role = ROLES.iter().find(|role| **role == name).copied();
            match (name, role) {
                (_, Some(role)) => {
                    let styles = if is_basic { &mut self.basic } else { &mut self.styles };
                    styles.insert(role, style(value)?);
                }
                ("on_dark", None) if !is_basic => self.on_dark = Some(word(value)?.to_owned()),
                ("on_light", None) if !is_basic => self.on_light = Some(word(value)?.to_owned()),
                _ => {
                    let known = ROLES.into_iter().chain(["on_dark", "on_light", BASIC]);
                    let hint = suggestion(name, known);
                    let hint = if hint.is_empty() { format!(" Use {}.", ROLES.join(", ")) } else { hint };
                    return Err((key.span().start, format!("\"{name}\" is not a role.{hint}")));
                }
            }
        }
        Ok(())
    }

    /// Applies the file's styles over those of another theme, for a terminal with this color depth.
    pub(super) fn over(&self, mut theme: Theme, depth: Depth) -> Theme {
        let basic = if depth == Depth::Basic { Some(&self.basic) } else { None };
        for (role, words) in self.styles.iter().chain(basic.into_iter().flatten()) {
            if let (Some(place), Some(style)) = (theme.role_mut(role), words.style(depth)) {
                *place = style;
            }
        }
        theme
    }
}

fn word<'a>(value: &'a Spanned<DeValue<'_>>) -> Result<&'a str, (usize, String)> {
    let text = value.get_ref().as_str();
    text.ok_or_else(|| (value.span().start, "This must be text in quotes, such as \"bold cyan\".".to_owned()))
}

fn style(value: &Spanned<DeValue<'_>>) -> Result<StyleWords, (usize, String)> {
    // The offset is relative to the text inside the quotes.
    StyleWords::parse(word(value)?).map_err(|wrong| (value.span().start + 1 + wrong.offset, wrong.why))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::style::{Color, Style};

    fn mistake(text: &str) -> (usize, usize, String) {
        let mistake = ThemeFile::parse(text).unwrap_err();
        (mistake.line, mistake.column, mistake.why)
    }

    #[test]
    fn a_file_names_what_it_changes() {
        let file = ThemeFile::parse("accent = \"#fff\"\nok = \"cyan\"\n[basic]\naccent = \"bold\"\n").unwrap();
        let before = Theme { muted: Style::new().dim(), ..Theme::default() };
        let full = file.over(before.clone(), Depth::Full);
        assert_eq!((full.accent.fg, full.muted), (Some(Color::Rgb(255, 255, 255)), before.muted));
        let basic = file.over(before, Depth::Basic);
        assert_eq!((basic.accent, basic.ok.fg), (Style::new().bold(), Some(Color::Cyan)));
    }

    #[test]
    fn a_mistake_is_told_with_its_line_and_column() {
        assert_eq!(
            mistake("ok = \"green\"\nwran = \"red\""),
            (2, 1, "\"wran\" is not a role. Did you mean \"warn\"?".to_owned())
        );
        let (line, column, why) = mistake("\nok = \"bold gren\"");
        assert_eq!((line, column), (2, 12));
        assert!(why.ends_with("Did you mean \"green\"?"), "{why}");
        assert_eq!(mistake("ok = 3").1, 6);
        assert_eq!(mistake("ok = ").0, 1);
        assert!(mistake("[basic]\non_dark = \"x\"").2.contains("not a role"));
    }
}
