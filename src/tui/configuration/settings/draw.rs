//! Draws the settings: the table, and below it the meaning of the selected one, or what is wrong with the file.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::Settings;
use super::editor::Editor;
use crate::engine::ops::settings::{Row as Setting, SettingsFile};
use crate::printable::printable;
use crate::problem::Problem;
use crate::tui::context::Context;
use crate::tui::present::in_full;
use crate::tui::widgets::fields::{Row, rows};
use crate::tui::widgets::list::{marker, window};
use crate::tui::widgets::pane::{indent, pane, split_top, text_in};
use crate::tui::widgets::spinner;

/// Widths of the fixed columns.
const NAME: usize = 24;
const FROM: usize = 24;

/// Width of the labels below the table.
const LABEL: u16 = 10;

/// Rows below the table: a blank one, then the details of the selected setting, down to when it takes effect.
const ABOUT: u16 = 6;

/// Longest value, and longest line of the file, that is shown.
const MAX: usize = 300;

impl Settings {
    pub(super) fn draw(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let inside = pane(cx.theme, frame, area, "Settings", Line::default());
        let Some(file) = &self.file else {
            frame.render_widget(Line::from(format!("{} Reading settings.toml.", spinner(cx))), inside);
            return;
        };
        if let Some((problem, line)) = &file.fault {
            rows(cx.theme, frame, inside, LABEL, &broken(cx, problem, line));
            return;
        }
        let (head, rest) = split_top(inside, 1);
        let room = usize::from(inside.width).saturating_sub(2 + NAME + FROM);
        let heading = format!("  {}{}FROM", text_in("SETTING", NAME), text_in("VALUE", room));
        frame.render_widget(Line::styled(heading, cx.theme.muted), head);
        let height = u16::try_from(file.rows.len()).unwrap_or(u16::MAX).min(rest.height.saturating_sub(ABOUT));
        let (list, foot) = split_top(rest, height);
        for (line, at) in list.rows().zip(window(self.selected, file.rows.len(), list.height)) {
            if let Some(row) = file.rows.get(at) {
                self.row_line(cx, frame, line, (row, at == self.selected));
            }
        }
        rows(cx.theme, frame, split_top(foot, 1).1, LABEL, &self.about(cx, file));
        if let Some(Editor::Words(picker)) = &self.editor {
            picker.draw(cx, frame, area);
        }
    }

    fn row_line(&self, cx: &Context<'_>, frame: &mut Frame<'_>, line: Rect, (row, chosen): (&Setting, bool)) {
        let room = usize::from(line.width).saturating_sub(2 + NAME + FROM);
        let text = |value: &str| {
            format!(
                "{}{}{}{}",
                marker(chosen),
                text_in(row.key.word(), NAME),
                text_in(value, room),
                text_in(&from(row), FROM)
            )
        };
        let style = if chosen { cx.theme.selected } else { cx.theme.text };
        match &self.editor {
            Some(Editor::Text(field)) if chosen => {
                frame.render_widget(Span::styled(text(""), cx.theme.text), line);
                let value = indent(line, u16::try_from(2 + NAME).unwrap_or_default());
                let width = value.width.saturating_sub(u16::try_from(FROM).unwrap_or_default());
                field.view(cx, frame, Rect { width, ..value }, true);
            }
            _ => frame.render_widget(Line::styled(text(&printable(&row.value, MAX)), style), line),
        }
    }

    /// The details of the selected setting, and warnings about the file.
    fn about(&self, cx: &Context<'_>, file: &SettingsFile) -> Vec<Row> {
        let Some(row) = file.rows.get(self.selected) else { return Vec::new() };
        let key = row.key;
        let mut text = vec![Row::new("", key.meaning()), Row::new("Default", key.default_word())];
        let words: Vec<&str> = key.choices().iter().map(|(word, _)| *word).collect();
        let takes = if words.is_empty() { key.example().to_owned() } else { words.join(", ") };
        text.push(Row::new("Values", takes));
        let is_in_use = cx.workspace.settings.agrees(key, &file.settings);
        text.push(match (key.is_felt_at_once(), is_in_use) {
            (true, _) => Row::new("Effect", "immediately; in a running agent, after it restarts"),
            (false, true) => Row::new("Effect", "the next time Credenza starts"),
            (false, false) => {
                Row::new("Effect", "saved; takes effect the next time Credenza starts").style(cx.theme.warn)
            }
        });
        if let Some(problem) = &self.failed {
            text.extend([Row::blank(), Row::new("", in_full(problem)).style(cx.theme.danger)]);
        } else if let Some(warning) = file.warnings.first() {
            text.extend([Row::blank(), Row::new("", printable(warning, MAX)).style(cx.theme.warn)]);
        }
        text.extend([Row::blank(), Row::new("File", file.path.display().to_string()).style(cx.theme.muted)]);
        text
    }
}

fn from(row: &Setting) -> String {
    match (row.variable, row.line) {
        (Some(variable), _) => format!("${variable}"),
        (None, Some(line)) => format!("settings.toml:{line}"),
        (None, None) => "default".to_owned(),
    }
}

/// The whole problem, with the faulty line.
fn broken(cx: &Context<'_>, problem: &Problem, line: &str) -> Vec<Row> {
    let mut text = vec![Row::blank(), Row::new("", in_full(problem)).style(cx.theme.danger), Row::blank()];
    if !line.is_empty() {
        text.extend([Row::new("The line", printable(line.trim(), MAX)), Row::blank()]);
    }
    text.push(Row::new(
        "",
        "Nothing is changed while the file is broken; the settings read at the start stay in use. Fix the file in an \
         editor, then press r.",
    ));
    text
}
