//! Extracts the part of a frame that a scene is about: its location in the program, its topmost box, and its key hints.
//!
//! This way, a change of the menu, of a table behind a dialog, or of the hints common to all screens affects only a few
//! scenes, and a reviewer can read all of their changes.

/// From here on, the hints are the same on every screen.
const COMMON_HINTS: &str = "F1 help";

/// Extracts the region from the text of a whole frame.
pub(super) fn region(frame: &str) -> String {
    let rows: Vec<Vec<char>> = frame.lines().map(columns).collect();
    let text = |row: &[char]| row.iter().filter(|c| **c != WIDE).collect::<String>().trim_end().to_owned();
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return String::new() };
    let place = text(first).split("   ").find(|part| !part.trim().is_empty()).unwrap_or_default().trim().to_owned();
    let hints = text(last);
    let hints = hints.split(COMMON_HINTS).next().unwrap_or_default().trim().to_owned();
    let mut lines = vec![place];
    lines.extend(topmost_box(&rows).iter().map(|row| text(row)));
    // An empty page is as high as the terminal, which is irrelevant to the scene.
    lines.dedup_by(|next, before| next == before && is_blank(next));
    lines.push(hints);
    lines.join("\n") + "\n"
}

/// Stands for the second column of a wide character.
const WIDE: char = '\0';

fn columns(line: &str) -> Vec<char> {
    let width = |c| unicode_width::UnicodeWidthChar::width(c).unwrap_or(0);
    line.chars().flat_map(|c| std::iter::once(c).chain((1..width(c)).map(|_| WIDE))).collect()
}

/// The rows of the last box that begins inside another one, or otherwise all rows between the first and the last.
fn topmost_box(rows: &[Vec<char>]) -> Vec<&[char]> {
    let corners = rows
        .iter()
        .enumerate()
        .flat_map(|(y, row)| row.iter().enumerate().filter(|(x, c)| **c == '╭' && *x > 0).map(move |(x, _)| (x, y)));
    let boxes: Vec<_> = corners
        .filter_map(|(left, top)| {
            let right = left + rows[top][left..].iter().position(|c| *c == '╮')?;
            let height = rows[top..].iter().position(|row| row.get(left) == Some(&'╰'))?;
            Some((left, right, top, top + height))
        })
        .collect();
    match boxes.last() {
        Some(&(left, right, top, bottom)) => {
            rows[top..=bottom].iter().map(|row| row.get(left..=right).unwrap_or_default()).collect()
        }
        None => rows[1..rows.len() - 1].iter().map(Vec::as_slice).collect(),
    }
}

/// Whether a row contains only a border and spaces.
fn is_blank(row: &str) -> bool {
    row.chars().all(|c| c == '│' || c == ' ')
}

#[test]
fn a_page_is_cut_without_what_other_scenes_have_too() {
    let frame = " A > B          locks in 10 min\n╭ B ───╮\n│ 日本 │\n│      │\n│      │\n╰──────╯\n\n x do it  F1 help  : go to\n";
    assert_eq!(region(frame), "A > B\n╭ B ───╮\n│ 日本 │\n│      │\n╰──────╯\n\nx do it\n");
}

#[test]
fn a_dialog_is_cut_without_what_is_behind_it() {
    let frame =
        " A\n╭ B ─────────╮\n│ 日本 ╭ C ╮ │\n│ behi │ d │ │\n│      ╰───╯ │\n╰────────────╯\n y yes  n no  F1 help\n";
    assert_eq!(region(frame), "A\n╭ C ╮\n│ d │\n╰───╯\ny yes  n no\n");
}
