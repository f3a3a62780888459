//! Draws the steps of an import.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::{Import, Step, options};
use crate::engine::ops::notes;
use crate::engine::ops::transfer::file::{Imports, TokenTrial};
use crate::engine::ops::transfer::{Import as Preview, Imported, chosen_places, place_label};
use crate::printable::printable;
use crate::tui::context::Context;
use crate::tui::present::in_full;
use crate::tui::widgets::fields::{Row, rows, scrolled};
use crate::tui::widgets::pane::{pane, split_top};
use crate::tui::widgets::spinner;

/// Widths of the labels: of the form, and of the preview.
const LABEL: u16 = 15;
const WIDE: u16 = 20;

/// Longest text from the file that is shown on one line.
const MAX: usize = 400;

/// Text below the description of the focused field.
const ABOUT: &str = "You see a preview before anything is imported.";

impl Import {
    pub(super) fn draw(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let title = match &self.step {
            Step::Form | Step::Reading => "Import from a file",
            Step::Preview(_) => "What would be imported",
            Step::Consent(_) => "The file names hosts or addresses",
            Step::Running(_) => "Importing",
            Step::Done(_) => "Imported",
        };
        let inside = pane(cx.theme, frame, area, title, Line::default());
        match &self.step {
            Step::Form | Step::Reading => {
                let is_form = matches!(self.step, Step::Form);
                let rest = self.form.view(cx, frame, split_top(inside, 1).1, (LABEL, is_form));
                rows(cx.theme, frame, rest, LABEL, &self.rows(cx));
            }
            _ => scrolled(cx.theme, frame, (area, inside), WIDE, &self.rows(cx), self.top),
        }
    }

    /// The text of the step, without the fields.
    pub(super) fn rows(&self, cx: &Context<'_>) -> Vec<Row> {
        match &self.step {
            Step::Form => match &self.failed {
                Some(problem) => vec![Row::new("", in_full(problem)).style(cx.theme.danger)],
                None => {
                    [options::about(&self.form), ABOUT].map(|text| Row::new("", text).style(cx.theme.muted)).to_vec()
                }
            },
            Step::Reading => vec![Row::new("", format!("{} Reading the file.", spinner(cx)))],
            Step::Preview(preview) => self.preview_rows(cx, preview),
            Step::Consent(preview) => consent(cx, preview),
            Step::Running(None) => vec![Row::blank(), Row::new("", format!("{} Importing.", spinner(cx)))],
            Step::Running(Some(trying)) => {
                let name = printable(&trying.name, MAX);
                let count = format!("{} of {}", trying.number, trying.total);
                let text = format!("{} Trying refresh token {count}: {name}", spinner(cx));
                vec![
                    Row::blank(),
                    Row::new("", text),
                    Row::blank(),
                    Row::new("", "All credentials are in the vault. Press esc to stop trying tokens.")
                        .style(cx.theme.muted),
                ]
            }
            Step::Done(imports) => done(cx, imports),
        }
    }

    fn preview_rows(&self, cx: &Context<'_>, preview: &Preview) -> Vec<Row> {
        let counts = format!(
            "{} would be imported, {} in the vault already, {} left out.",
            preview.imported.len(),
            preview.known.len(),
            preview.left_out.len()
        );
        let mut text = vec![Row::new("", counts).style(cx.theme.heading)];
        if preview.imported.iter().any(|one| one.has_refresh_token) {
            text.push(Row::new(
                "Refresh tokens",
                match (preview.of_vault, self.tries_tokens) {
                    (true, _) => "not tested: the vault they come from may still use them",
                    (false, true) => "each refresh token is tested once after the import; press t to skip it",
                    (false, false) => "not tested; press t to test each one once after the import",
                },
            ));
        }
        for one in &preview.imported {
            text.push(Row::blank());
            text.extend(entry(cx, one));
        }
        text.extend(others(cx, preview));
        text
    }
}

/// One credential of the preview.
fn entry(cx: &Context<'_>, one: &Imported) -> Vec<Row> {
    let row = |label: &str, value: &str| Row::new(label, printable(value, MAX));
    let mut text = vec![row("Name", &one.name).style(cx.theme.heading), row("Integration", &one.integration)];
    let names = cx.snapshot.credentials.list.iter().map(|credential| &credential.name);
    let alike = notes::on_name(&one.name, names.filter(|name| name.as_str() != one.name));
    text.extend(alike.map(|note| Row::new(" ", note).style(cx.theme.warn)));
    text.extend(one.token_host.as_ref().map(|host| row("Its secret goes to", host)));
    text.extend(one.endpoints.iter().map(|(name, url)| row(&place_label(name), url)));
    let rest = one.from_file.iter().filter(|(name, _)| !one.endpoints.contains_key(*name) && *name != "redirect_uri");
    text.extend(rest.map(|(name, value)| row(&place_label(name), value)));
    if !one.redirect_uri.is_empty() {
        text.push(row("Redirect URI", &one.redirect_uri));
    }
    if one.lacks_secret {
        text.push(row("Secret", "not in the file: to be entered later").style(cx.theme.warn));
    }
    if one.folded > 0 {
        text.push(row("Same client", &format!("{} more entries are merged into this one", one.folded)));
    }
    if !one.unread.is_empty() {
        text.push(row("Not imported", &one.unread.join(", ")).style(cx.theme.warn));
    }
    text
}

/// What is not imported, and why.
fn others(cx: &Context<'_>, preview: &Preview) -> Vec<Row> {
    let row = |label: &str, value: String| Row::new(label, printable(&value, MAX));
    let mut text = Vec::new();
    if !preview.known.is_empty() {
        text.extend([Row::blank(), Row::new("", "In the vault already").style(cx.theme.heading)]);
        text.extend(preview.known.iter().map(|(name, holder)| row("", format!("{name}, as {holder}"))));
    }
    if !preview.left_out.is_empty() {
        text.extend([Row::blank(), Row::new("", "Left out").style(cx.theme.heading)]);
        let line = |name: &str, why: &str| if name.is_empty() { why.to_owned() } else { format!("{name}: {why}") };
        text.extend(preview.left_out.iter().map(|one| row("", line(&one.name, &one.why)).style(cx.theme.warn)));
    }
    text
}

fn consent(cx: &Context<'_>, preview: &Preview) -> Vec<Row> {
    let mut text = vec![
        Row::blank(),
        Row::new("", "Secrets, codes or tokens would go to these places, which appear only in the file:"),
        Row::blank(),
    ];
    text.extend(
        chosen_places(preview).into_iter().map(|place| Row::new("", format!("  {place}")).style(cx.theme.warn)),
    );
    text.extend([
        Row::blank(),
        Row::new("", "If you trust these hosts, press y to import. Press n, esc or enter to cancel."),
    ]);
    text
}

fn done(cx: &Context<'_>, imports: &Imports) -> Vec<Row> {
    let mut text = vec![Row::new("", format!("Imported {}.", imports.import.imported.len())).style(cx.theme.ok)];
    for one in &imports.import.imported {
        let trial = imports.trials.iter().find(|(name, _)| *name == one.name).map(|(_, trial)| trial);
        let (next, style) = match trial {
            _ if one.lacks_secret => ("lacks its secret: enter it with E on its page".to_owned(), cx.theme.warn),
            Some(TokenTrial::Works) => ("its refresh token works".to_owned(), cx.theme.text),
            Some(TokenTrial::Failed(problem)) => (in_full(problem), cx.theme.danger),
            Some(TokenTrial::Untried) => ("its refresh token was not tested yet".to_owned(), cx.theme.text),
            None => ("press a on its page to authenticate or test it".to_owned(), cx.theme.text),
        };
        text.push(Row::new("", format!("{}: {next}", printable(&one.name, MAX))).style(style));
    }
    text.extend(others(cx, &imports.import));
    text
}
