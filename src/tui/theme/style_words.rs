//! Parses the words of a style: `bold #1a7f37`, `white on 24`, `dim`.

use ratatui::style::{Color, Modifier, Style};

use super::depth::Depth;
use crate::nearest::suggestion;

/// The colors of the terminal's palette, by their numbers.
const NAMES: [(&str, Color); 16] = [
    ("black", Color::Black),
    ("red", Color::Red),
    ("green", Color::Green),
    ("yellow", Color::Yellow),
    ("blue", Color::Blue),
    ("magenta", Color::Magenta),
    ("cyan", Color::Cyan),
    ("white", Color::Gray),
    ("bright-black", Color::DarkGray),
    ("bright-red", Color::LightRed),
    ("bright-green", Color::LightGreen),
    ("bright-yellow", Color::LightYellow),
    ("bright-blue", Color::LightBlue),
    ("bright-magenta", Color::LightMagenta),
    ("bright-cyan", Color::LightCyan),
    ("bright-white", Color::White),
];

const MODIFIERS: [(&str, Modifier); 5] = [
    ("bold", Modifier::BOLD),
    ("dim", Modifier::DIM),
    ("italic", Modifier::ITALIC),
    ("underlined", Modifier::UNDERLINED),
    ("reversed", Modifier::REVERSED),
];

/// A style as written, for any color depth.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct StyleWords {
    foreground: Option<Color>,
    background: Option<Color>,
    modifiers: Modifier,
}

#[derive(Debug, Eq, PartialEq)]
pub(super) struct WrongWord {
    /// Byte offset of the word.
    pub(super) offset: usize,
    /// One sentence, which suggests the nearest valid word.
    pub(super) why: String,
}

impl StyleWords {
    /// Reads the words of a style.
    pub(super) fn parse(text: &str) -> Result<Self, WrongWord> {
        let mut style = Self::default();
        let mut behind_on = None;
        let mut offset = 0;
        for word in text.split(' ') {
            let at = offset;
            offset += word.len() + 1;
            if word.is_empty() {
                continue;
            }
            if let Some((_, modifier)) = MODIFIERS.iter().find(|(name, _)| *name == word) {
                style.modifiers |= *modifier;
            } else if word == "on" {
                behind_on = Some(at);
            } else {
                let color = color(word).ok_or_else(|| WrongWord { offset: at, why: unknown(word) })?;
                let side = if behind_on.take().is_some() { &mut style.background } else { &mut style.foreground };
                *side = Some(color);
            }
        }
        match behind_on {
            Some(offset) => Err(WrongWord { offset, why: "A color must follow \"on\".".to_owned() }),
            None => Ok(style),
        }
    }

    /// The style for a terminal; `None` if the terminal lacks one of its colors.
    pub(super) fn style(self, depth: Depth) -> Option<Style> {
        let mut style = Style::new().add_modifier(self.modifiers);
        // The terminal's own color is left unset, so that the style below shows.
        if let Some(color) = self.foreground.filter(|color| *color != Color::Reset) {
            style.fg = Some(depth.fit(color)?);
        }
        if let Some(color) = self.background.filter(|color| *color != Color::Reset) {
            style.bg = Some(depth.fit(color)?);
        }
        Some(style)
    }
}

fn color(word: &str) -> Option<Color> {
    if word == "default" {
        return Some(Color::Reset);
    }
    if let Some(hex) = word.strip_prefix('#') {
        let channel = |at: usize, digits: usize| {
            let text = hex.get(at * digits..(at + 1) * digits)?;
            u8::from_str_radix(text, 16).ok().map(|value| if digits == 1 { value * 17 } else { value })
        };
        let digits = match hex.len() {
            3 => 1,
            6 => 2,
            _ => return None,
        };
        return Some(Color::Rgb(channel(0, digits)?, channel(1, digits)?, channel(2, digits)?));
    }
    let named = NAMES.iter().find(|(name, _)| *name == word).map(|(_, color)| *color);
    named.or_else(|| word.parse().ok().map(Color::Indexed))
}

fn unknown(word: &str) -> String {
    let words = NAMES.iter().map(|(name, _)| *name).chain(MODIFIERS.iter().map(|(name, _)| *name));
    let hint = suggestion(word, words.chain(["default", "on"]));
    let hint =
        if hint.is_empty() { " Write #rrggbb, a number up to 255, or a name such as cyan.".to_owned() } else { hint };
    format!("\"{word}\" is not a color.{hint}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_colors_and_modifiers() {
        let style = |text: &str| StyleWords::parse(text).unwrap().style(Depth::Full).unwrap();
        assert_eq!(style("default"), Style::new());
        assert_eq!(style("bold #1a7f37 on 24"), Style::new().fg(Color::Rgb(26, 127, 55)).bg(Color::Indexed(24)).bold());
        assert_eq!(style("#fa0"), Style::new().fg(Color::Rgb(255, 170, 0)));
        assert_eq!(style("dim reversed"), Style::new().dim().reversed());
        assert_eq!(style("bright-black"), Style::new().fg(Color::DarkGray));
        assert_eq!(StyleWords::parse("#fff on black").unwrap().style(Depth::Basic), None);
    }

    #[test]
    fn a_wrong_word_is_named_with_its_place_and_the_nearest_right_one() {
        let wrong = |text: &str| StyleWords::parse(text).unwrap_err();
        let slip = wrong("bold gren");
        assert_eq!((slip.offset, slip.why.as_str()), (5, "\"gren\" is not a color. Did you mean \"green\"?"));
        assert!(wrong("#12345").why.contains("#rrggbb") && wrong("300").why.contains("255"));
        assert_eq!(wrong("red on").offset, 4);
    }
}
