//! Frames in ASCII, and frames without color.

use credenza::tui::theme::Theme;
use ratatui::style::Color;

use super::scenes::SCENES;
use super::{SIZES, Stage, compare, golden};
use crate::scratch::is_thorough;

fn scene(name: &str, theme: Theme) -> Stage {
    SCENES.iter().find(|(known, _)| *known == name).unwrap().1(theme)
}

/// Both sizes, or the smaller one.
fn sizes() -> &'static [(u16, u16)] {
    if is_thorough() { &SIZES } else { &SIZES[..1] }
}

#[test]
fn tt_04_ascii_frames_have_no_glyph_of_ours_outside_ascii() {
    for (name, make) in SCENES {
        let mut stage = make(Theme::colored(true));
        for &(width, height) in sizes() {
            // Except for names that the user entered, and for characters that name a key.
            let frame = stage.resize(width, height).frame().replace(['日', '本', '語', 'Ａ'], "");
            let foreign: String = frame.chars().filter(|c| !c.is_ascii()).collect();
            assert!(foreign.is_empty(), "{name} shows {foreign}\n{frame}");
        }
    }
    for name in
        ["credentials", "unlock", "waiting", "form_authorization", "device_code", "sync_running", "integrations"]
    {
        let mut stage = scene(name, Theme::colored(true));
        compare(&format!("frames/{name}-ascii-80x24"), &stage.resize(80, 24).frame());
    }
}

/// A status is shown as a glyph and a word, so the text is the same without color.
#[test]
fn tt_04_no_color_sets_no_color_in_any_cell_and_says_the_same() {
    for (name, make) in SCENES {
        let mut stage = make(Theme::plain(false));
        for &(width, height) in sizes() {
            let buffer = stage.resize(width, height).buffer();
            let colored = buffer
                .content
                .iter()
                .find(|cell| [cell.fg, cell.bg, cell.underline_color].iter().any(|color| *color != Color::Reset));
            assert_eq!(colored, None, "{name}");
        }
        golden(name, &mut stage);
    }
}

#[test]
fn tt_12_a_box_over_wide_text_leaves_no_half_character_beside_it() {
    let mut stage = Stage::full(Theme::colored(false));
    stage.keys("?");
    // The box is centered, so each width puts its left edge on another column of the wide name.
    for width in 80..=130 {
        let buffer = stage.resize(width, 40).buffer();
        for row in buffer.area.rows() {
            for at in row.columns() {
                let wide = unicode_width::UnicodeWidthStr::width(buffer[(at.x, at.y)].symbol()) > 1;
                let next = buffer.cell((at.x + 1, at.y)).map(ratatui::buffer::Cell::symbol);
                assert!(!wide || next == Some(" "), "{width} columns: {next:?} over half a character");
            }
        }
    }
}
