//! Whether the terminal and the locale can show more than ASCII.

/// Whether the terminal has few characters and no mouse: the kernel's console, a VT, or one that does not say what it
/// is.
pub(in crate::tui) fn is_basic_terminal() -> bool {
    is_basic(&std::env::var("TERM").unwrap_or_default())
}

/// Whether to draw only ASCII if the settings do not specify it.
pub(super) fn are_ascii() -> bool {
    !draws_unicode(&locale()) || is_basic_terminal()
}

pub(super) fn is_basic(term: &str) -> bool {
    let family = term.split('-').next().unwrap_or_default();
    let is_vt = family.strip_prefix("vt").is_some_and(|number| number.parse::<u16>().is_ok());
    is_vt || matches!(family, "" | "dumb" | "unknown" | "linux" | "ansi" | "cons25")
}

/// The locale, from the first variable that is set in the order that POSIX defines.
fn locale() -> String {
    let set = |name: &&str| std::env::var(name).ok().filter(|value| !value.is_empty());
    ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(set).unwrap_or_default()
}

/// Whether the locale is UTF-8, and not one in which box-drawing characters may be two cells wide.
fn draws_unicode(locale: &str) -> bool {
    let lower = locale.to_lowercase();
    let wide = ["ja", "ko", "zh"].iter().any(|language| lower.starts_with(language));
    (lower.contains("utf-8") || lower.contains("utf8")) && !wide
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminals_that_draw_ascii_only_are_known_by_name() {
        for term in ["", "dumb", "linux", "linux-16color", "vt100", "vt102", "vt220", "vt220-w", "ansi", "unknown"] {
            assert!(is_basic(term), "{term}");
        }
        for term in ["xterm", "xterm-256color", "screen", "tmux-256color", "alacritty", "vte-256color", "foot", "vt"] {
            assert!(!is_basic(term), "{term}");
        }
    }

    #[test]
    fn tt_04_glyphs_follow_the_locale() {
        assert!(draws_unicode("en_US.UTF-8") && draws_unicode("C.utf8"));
        assert!(!draws_unicode("C") && !draws_unicode("") && !draws_unicode("ja_JP.UTF-8"));
    }
}
