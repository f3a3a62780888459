//! A QR code in half blocks: two modules a cell, with the light ones drawn, so that phones can read it off a dark
//! terminal.

use qrcode::{Color, EcLevel, QrCode};

/// Widths of the quiet zone around the code, in modules: the standard asks for four; phones can read it with two.
const QUIET: [usize; 2] = [4, 2];

/// The rows, all of the same width; `None` if the code does not fit. The wider quiet zone is used if it fits too.
#[must_use]
pub(crate) fn qr(text: &str, columns: u16, rows: u16) -> Option<Vec<String>> {
    let code = QrCode::with_error_correction_level(text, EcLevel::L).ok()?;
    let modules = code.width();
    let quiet = QUIET.into_iter().find(|quiet| {
        let side = modules + 2 * quiet;
        side <= usize::from(columns) && side.div_ceil(2) <= usize::from(rows)
    })?;
    let colors = code.to_colors();
    let inside = |at: usize| at.checked_sub(quiet).filter(|at| *at < modules);
    let is_light = |x: usize, y: usize| match (inside(x), inside(y)) {
        (Some(x), Some(y)) => colors.get(y * modules + x) != Some(&Color::Dark),
        _ => true,
    };
    let side = modules + 2 * quiet;
    let cell = |x: usize, y: usize| match (is_light(x, y), y + 1 < side && is_light(x, y + 1)) {
        (true, true) => '█',
        (true, false) => '▀',
        (false, true) => '▄',
        (false, false) => ' ',
    };
    Some((0..side).step_by(2).map(|y| (0..side).map(|x| cell(x, y)).collect()).collect())
}

/// The same rows for paper, where ink is dark.
#[must_use]
pub(crate) fn on_paper(rows: &[String]) -> Vec<String> {
    let inverted = |cell| match cell {
        '█' => ' ',
        '▀' => '▄',
        '▄' => '▀',
        _ => '█',
    };
    rows.iter().map(|row| row.chars().map(inverted).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_fits_or_is_not_there() {
        let url = "https://www.google.com/device";
        let rows = qr(url, 80, 24).unwrap();
        // Version 2 is 25 modules wide; four of space on each side.
        assert_eq!((rows.len(), rows[0].chars().count()), (17, 33));
        assert_eq!(qr(url, 32, 24).unwrap()[0].chars().count(), 29);
        assert!(qr(url, 28, 24).is_none() && qr(url, 80, 14).is_none());
        assert!(qr(&"x".repeat(5_000), u16::MAX, u16::MAX).is_none(), "no QR code holds that");
    }

    /// A reader first looks for the three finder patterns in the corners.
    #[test]
    fn the_corners_are_marked() {
        let rows = qr("https://www.google.com/device", 80, 24).unwrap();
        assert!(rows[2].starts_with("████ ▄▄▄▄▄ ") && rows[2].ends_with(" ▄▄▄▄▄ ████"), "{}", rows[2]);
        assert!(rows[1].chars().all(|c| c == '█'), "{}", rows[1]);
        let paper = on_paper(&rows);
        assert!(paper[2].starts_with("    █▀▀▀▀▀█") && paper[1].chars().all(|c| c == ' '), "{}", paper[2]);
    }
}
