//! The shipped themes: every role is readable on common backgrounds and in common palettes.

use credenza::tui::theme::{Depth, ROLES, Theme, shipped_names};
use ratatui::style::{Color, Modifier, Style};

use super::Stage;
use super::scenes::SCENES;

/// A terminal's background and its 16 colors.
struct Palette {
    name: &'static str,
    background: u32,
    colors: [u32; 16],
}

/// xterm, the Linux console, and Solarized with both of its backgrounds; the first two on black and on white.
#[rustfmt::skip]
const PALETTES: [Palette; 6] = [
    Palette { name: "xterm on black", background: 0x00_0000, colors: XTERM },
    Palette { name: "xterm on white", background: 0xff_ffff, colors: XTERM },
    Palette { name: "console on black", background: 0x00_0000, colors: CONSOLE },
    Palette { name: "console on white", background: 0xff_ffff, colors: CONSOLE },
    Palette { name: "Solarized dark", background: 0x00_2b36, colors: SOLARIZED },
    Palette { name: "Solarized light", background: 0xfd_f6e3, colors: SOLARIZED },
];

/// Backgrounds of other terminals, which change only the background; themes with their own colors are tested on them.
const BACKGROUNDS: [u32; 10] = [
    0x07_3642, 0x1e_1e1e, 0x28_2a36, 0x28_2828, 0x2e_3440,
    0x30_0a24, // dark: Solarized, VS Code, Dracula, Gruvbox, Nord, Ubuntu
    0xee_e8d5, 0xfb_f1c7, 0xf5_f5f5, 0xfa_fafa, // light
];

#[rustfmt::skip]
const XTERM: [u32; 16] = [
    0x00_0000, 0xcd_0000, 0x00_cd00, 0xcd_cd00, 0x00_00ee, 0xcd_00cd, 0x00_cdcd, 0xe5_e5e5,
    0x7f_7f7f, 0xff_0000, 0x00_ff00, 0xff_ff00, 0x5c_5cff, 0xff_00ff, 0x00_ffff, 0xff_ffff,
];
#[rustfmt::skip]
const CONSOLE: [u32; 16] = [
    0x00_0000, 0xaa_0000, 0x00_aa00, 0xaa_5500, 0x00_00aa, 0xaa_00aa, 0x00_aaaa, 0xaa_aaaa,
    0x55_5555, 0xff_5555, 0x55_ff55, 0xff_ff55, 0x55_55ff, 0xff_55ff, 0x55_ffff, 0xff_ffff,
];
#[rustfmt::skip]
const SOLARIZED: [u32; 16] = [
    0x07_3642, 0xdc_322f, 0x85_9900, 0xb5_8900, 0x26_8bd2, 0xd3_3682, 0x2a_a198, 0xee_e8d5,
    0x00_2b36, 0xcb_4b16, 0x58_6e75, 0x65_7b83, 0x83_9496, 0x6c_71c4, 0x93_a1a1, 0xfd_f6e3,
];

/// The linear value of a color channel from 0 to 1, as in WCAG 2.
fn linear(value: u32) -> f64 {
    let value = f64::from(value & 0xff) / 255.0;
    if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
}

fn luminance(color: u32) -> f64 {
    0.2126 * linear(color >> 16) + 0.7152 * linear(color >> 8) + 0.0722 * linear(color)
}

/// The contrast ratio, from 1 (the same color) to 21 (black on white).
fn contrast(one: u32, other: u32) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn is_dark(color: u32) -> bool {
    luminance(color) < 0.18
}

fn number(color: Color, colors: &[u32; 16]) -> u32 {
    const NAMED: [Color; 16] = [
        Color::Black,
        Color::Red,
        Color::Green,
        Color::Yellow,
        Color::Blue,
        Color::Magenta,
        Color::Cyan,
        Color::Gray,
        Color::DarkGray,
        Color::LightRed,
        Color::LightGreen,
        Color::LightYellow,
        Color::LightBlue,
        Color::LightMagenta,
        Color::LightCyan,
        Color::White,
    ];
    let levels = [0_u32, 95, 135, 175, 215, 255];
    match color {
        Color::Rgb(r, g, b) => u32::from(r) << 16 | u32::from(g) << 8 | u32::from(b),
        Color::Indexed(index @ 232..) => (8 + 10 * (u32::from(index) - 232)) * 0x01_0101,
        Color::Indexed(index @ 16..) => {
            let at = usize::from(index) - 16;
            levels[at / 36] << 16 | levels[at / 6 % 6] << 8 | levels[at % 6]
        }
        Color::Indexed(index) => colors[usize::from(index)],
        named => colors[NAMED.iter().position(|known| *known == named).unwrap()],
    }
}

fn roles(theme: &Theme) -> [(&'static str, Style); 11] {
    let Theme { text, muted, heading, ok, warn, danger, accent, selected, matched, key, picture, .. } = *theme;
    let styles = [text, muted, heading, ok, warn, danger, accent, selected, matched, key, picture];
    std::array::from_fn(|at| (ROLES[at], styles[at]))
}

/// The minimum contrast of a theme on a background; `None` if the theme is not meant for it.
fn wanted(theme: &str, depth: Depth, background: u32) -> Option<f64> {
    let own_colors = depth != Depth::Basic;
    match (theme, is_dark(background)) {
        ("dark" | "high-contrast-dark", false) | ("light" | "high-contrast-light", true) => None,
        ("high-contrast-dark" | "high-contrast-light", _) if own_colors => Some(7.0),
        ("dark" | "light", _) if own_colors => Some(4.5),
        _ => Some(2.7),
    }
}

/// All roles with insufficient contrast on the background or on the selected row.
fn weak(theme: &str, depth: Depth, palette: &Palette) -> Vec<String> {
    let Some(least) = wanted(theme, depth, palette.background) else { return Vec::new() };
    let styles = Theme::shipped(theme, depth, false);
    let mut weak = Vec::new();
    let mut held = |role: &str, front: u32, back: u32, least: f64| {
        let contrast = contrast(front, back);
        if contrast < least {
            weak.push(format!("{theme} ({depth:?}) on {}: {role} has {contrast:.2}, at least {least}", palette.name));
        }
    };
    for (role, style) in roles(&styles) {
        let front = style.fg.map(|color| number(color, &palette.colors));
        let back = style.bg.map_or(palette.background, |color| number(color, &palette.colors));
        if let Some(front) = front {
            held(role, front, back, least);
        }
        // On the selected row, if it is not reversed: the cells keep their foreground colors.
        if let (Some(front), Some(row)) = (front, styles.selected.bg)
            && style.bg.is_none()
        {
            held(&format!("{role} in the selected row"), front, number(row, &palette.colors), 3.0);
        }
    }
    weak
}

#[test]
fn every_role_of_every_shipped_theme_can_be_read() {
    let mut all = Vec::new();
    for theme in shipped_names() {
        for depth in [Depth::Full, Depth::Indexed, Depth::Basic] {
            for palette in &PALETTES {
                all.extend(weak(theme, depth, palette));
            }
            if depth == Depth::Basic {
                continue;
            }
            for background in BACKGROUNDS {
                let palette = Palette { name: &format!("#{background:06x}").leak()[..], background, ..PALETTES[0] };
                all.extend(weak(theme, depth, &palette));
            }
        }
    }
    assert!(all.is_empty(), "\n{}\n", all.join("\n"));
}

#[test]
fn no_shipped_theme_writes_in_a_color_that_a_palette_has_for_its_background() {
    for theme in shipped_names() {
        for depth in [Depth::Full, Depth::Indexed, Depth::Basic] {
            for (role, style) in roles(&Theme::shipped(theme, depth, false)) {
                let is_palette = matches!(style.fg, Some(Color::DarkGray | Color::Black | Color::Indexed(..16)));
                assert!(!is_palette, "{theme}: {role}");
                let is_basic = !matches!(style.fg, Some(Color::Rgb(..) | Color::Indexed(16..)));
                assert!(depth != Depth::Basic || is_basic, "{theme}: {role} has a color that 16 colors do not have");
            }
        }
    }
}

#[test]
fn a_selected_row_is_marked_in_every_theme_and_its_status_is_no_block() {
    for theme in shipped_names() {
        for depth in [Depth::Full, Depth::Indexed, Depth::Basic] {
            let styles = Theme::shipped(theme, depth, false);
            let marks = styles.selected.bg.is_some() || styles.selected.add_modifier.contains(Modifier::REVERSED);
            assert!(marks, "{theme} {depth:?}");
            let mut stage = SCENES.iter().find(|(name, _)| *name == "credentials").unwrap().1(styles.clone());
            let buffer = stage.resize(80, 24).buffer();
            let mut count = 0;
            for row in buffer.area.rows() {
                let cells: Vec<_> = row.columns().map(|at| &buffer[(at.x, at.y)]).collect();
                let is_selected =
                    cells.iter().any(|cell| cell.symbol() == ">") && cells.iter().any(|cell| cell.symbol() == "│");
                if !is_selected {
                    continue;
                }
                count += 1;
                // Without the borders of the pane.
                let inside = &cells[2..cells.len() - 2];
                let backgrounds: std::collections::BTreeSet<String> = inside
                    .iter()
                    .map(|cell| {
                        if cell.modifier.contains(Modifier::REVERSED) {
                            format!("reversed {:?} {:?}", cell.fg, cell.bg)
                        } else {
                            format!("{:?}", cell.bg)
                        }
                    })
                    .collect();
                assert_eq!(backgrounds.len(), 1, "{theme} {depth:?}: {backgrounds:?}");
            }
            assert_eq!(count, 1, "{theme} {depth:?}: one row is selected");
        }
    }
}

/// How people without red or green receptors see colors: Machado, Oliveira and Fernandes 2009, severity 1, on linear
/// values.
const BLINDNESS: [[[f64; 3]; 3]; 2] = [
    [[0.152_286, 1.052_583, -0.204_868], [0.114_503, 0.786_281, 0.099_216], [-0.003_882, -0.048_116, 1.051_998]],
    [[0.367_322, 0.860_646, -0.227_968], [0.280_085, 0.672_501, 0.047_413], [-0.011_820, 0.042_940, 0.968_881]],
];

fn seen(color: u32, matrix: &[[f64; 3]; 3]) -> [f64; 3] {
    let linear = [linear(color >> 16), linear(color >> 8), linear(color)];
    std::array::from_fn(|row| {
        (0..3).map(|at| matrix[row][at] * linear[at]).sum::<f64>().clamp(0.0, 1.0).powf(1.0 / 2.4)
    })
}

#[test]
fn states_of_the_color_blind_theme_differ_for_those_who_do_not_see_red_or_green() {
    let closest = |theme: &Theme| {
        let states = [theme.ok, theme.warn, theme.danger].map(|style| number(style.fg.unwrap(), &XTERM));
        let mut closest = f64::MAX;
        for matrix in &BLINDNESS {
            for (one, other) in [(0, 1), (0, 2), (1, 2)] {
                let pairs = seen(states[one], matrix).into_iter().zip(seen(states[other], matrix));
                closest = closest.min(pairs.map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt());
            }
        }
        closest
    };
    let (ours, usual) = (
        closest(&Theme::shipped("color-blind", Depth::Full, false)),
        closest(&Theme::shipped("default", Depth::Full, false)),
    );
    assert!(ours > 0.4 && ours > usual, "{ours} here, {usual} in the default theme");
}

#[test]
fn a_theme_that_comes_later_changes_colors_and_no_text() {
    let mut stage = Stage::full(Theme::shipped("default", Depth::Indexed, false));
    let before = stage.frame();
    let light = Theme::shipped("light", Depth::Indexed, false);
    stage.send(credenza::tui::message::Message::Theme(Box::new(light.clone())));
    assert_eq!(stage.frame(), before);
    let colors: Vec<Color> = stage.buffer().content.iter().map(|cell| cell.fg).collect();
    assert!(colors.contains(&light.warn.fg.unwrap()), "{colors:?}");
}
