//! Converts a page of the documentation to plain text: aligns tables, drops links and markup.

use unicode_width::UnicodeWidthStr as _;

/// Width of a table; its widest columns are wrapped.
const WIDTH: usize = 100;

/// Narrowest column that is wrapped.
const LEAST: usize = 24;

/// Converts a page, or a section of it.
pub(super) fn plain(page: &str) -> String {
    let mut text = String::new();
    let mut table: Vec<Vec<String>> = Vec::new();
    let mut in_code = false;
    for line in page.lines().filter(|line| !line.starts_with("<!--")) {
        if line.starts_with("```") {
            in_code = !in_code;
        } else if in_code {
            text.extend(["    ", line, "\n"]);
        } else if line.starts_with('|') {
            table.push(cells(line));
        } else {
            text.push_str(&aligned(&std::mem::take(&mut table)));
            text.push_str(&inline(line.trim_start_matches('#').trim_start()));
            text.push('\n');
        }
    }
    text.push_str(&aligned(&table));
    text
}

/// The lines of a page from a heading to the next one of its level or above.
pub(super) fn section<'a>(page: &'a str, heading: &str) -> &'a str {
    let Some(start) = page.find(&format!("{heading}\n")) else { return page };
    let body = page.get(start..).unwrap_or_default();
    let end = body.get(heading.len()..).and_then(|rest| rest.find("\n## ").or_else(|| rest.find("\n# ")));
    end.and_then(|end| body.get(..heading.len() + end + 1)).unwrap_or(body)
}

fn cells(line: &str) -> Vec<String> {
    let row = line.trim().trim_start_matches('|').trim_end_matches('|').replace("\\|", "\u{1}");
    row.split('|').map(|cell| inline(cell.trim()).replace('\u{1}', "|")).collect()
}

/// Aligns the rows of a table, without the line below the headings.
fn aligned(rows: &[Vec<String>]) -> String {
    let is_rule = |row: &Vec<String>| row.iter().all(|cell| !cell.is_empty() && cell.chars().all(|c| c == '-'));
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| rows.iter().filter_map(|row| Some(row.get(column)?.width())).max().unwrap_or_default();
    let mut widths: Vec<usize> = (0..columns).map(width).collect();
    // Shrinks the widest column until the table fits.
    while 2 * columns + widths.iter().sum::<usize>() > WIDTH {
        match widths.iter_mut().filter(|width| **width > LEAST).max() {
            Some(widest) => *widest -= 1,
            None => break,
        }
    }
    let mut text = String::new();
    for row in rows.iter().filter(|row| !is_rule(row)) {
        let cell = |(column, width): (usize, &usize)| wrapped(row.get(column).map_or("", String::as_str), *width);
        let cells: Vec<Vec<String>> = widths.iter().enumerate().map(cell).collect();
        for at in 0..cells.iter().map(Vec::len).max().unwrap_or_default() {
            let mut line = "  ".to_owned();
            for (cell, width) in cells.iter().zip(&widths) {
                let part = cell.get(at).map_or("", String::as_str);
                line.push_str(part);
                line.push_str(&" ".repeat((width + 2).saturating_sub(part.width())));
            }
            text.extend([line.trim_end(), "\n"]);
        }
    }
    text
}

fn wrapped(text: &str, room: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.width() + 1 + word.width() <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Text without the markup of code, emphasis and links.
fn inline(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('[') {
        plain.push_str(before);
        let link = behind.split_once("](").and_then(|(words, target)| Some((words, target.split_once(')')?.1)));
        let (words, after) = link.unwrap_or(("[", behind));
        plain.push_str(words);
        rest = after;
    }
    plain.push_str(rest);
    plain.replace("**", "").replace('`', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_becomes_text_that_a_terminal_shows() {
        let page = "# Codes\n\nSee [here](x.md#y) for `kind`.\n\n| a | b |\n|---|---|\n| `one` | x \\| y |\n| 2 | **z** |\n\n<!-- x -->\n```sh\ncredenza list\n```\n";
        let text = "Codes\n\nSee here for kind.\n\n  a    b\n  one  x | y\n  2    z\n\n    credenza list\n";
        assert_eq!(plain(page), text);
        assert_eq!(section("# A\n\nx\n\n## B\n\ny\n\n## C\nz\n", "## B"), "## B\n\ny\n\n");
    }
}
