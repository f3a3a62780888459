//! Draws the form: the tab in front, the note or error under each field, help beside.

use std::collections::BTreeMap;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::slot::{Of, Slot};
use super::{Form, Purpose, choose};
use crate::catalog::Provider;
use crate::model::credential::MAIN_SECRET;
use crate::tui::configuration::security::credentials::add;
use crate::tui::context::Context;
use crate::tui::widgets::fields;
use crate::tui::widgets::list::marker;
use crate::tui::widgets::pane::{cell, cut, indent, pane, paragraph, share, split_top};

/// From this width on the console's steps stand beside.
const WITH_HELP: u16 = 110;

/// Columns of the labels.
const LABEL: u16 = 28;

impl Form {
    pub(super) fn draw(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let wide = area.width >= WITH_HELP;
        let width = if wide { share(area.width, 13, 20) } else { area.width };
        let information = self.slots.get(self.focus).is_some_and(|slot| slot.of.is_information());
        let title = if information { "[ INFORMATION ]   AUTHORIZATION" } else { "INFORMATION   [ AUTHORIZATION ]" };
        let state = match (self.pending, self.changed || self.purpose == Purpose::New) {
            (Some(_), _) => " saving… ",
            (None, true) => " not saved yet ",
            (None, false) => "",
        };
        let inside = pane(cx.theme, frame, Rect { width, ..area }, title, Line::from(state));
        let mut rest = if information { inside } else { self.draw_fixed(cx, frame, inside) };
        let shown = self.slots.iter().enumerate().filter(|(_, slot)| slot.of.is_information() == information);
        let shown: Vec<_> = shown.collect();
        let place = shown.iter().position(|(at, _)| *at == self.focus).unwrap_or_default();
        // Two rows a field: where not all fit, those before the focused one give way.
        let skip = (place + 1).saturating_sub(usize::from(rest.height / 2));
        for (at, slot) in shown.into_iter().skip(skip) {
            rest = self.draw_slot(cx, frame, rest, slot, at == self.focus);
        }
        if let Some(provider) = cx.catalog.by_id(&self.provider).filter(|_| wide) {
            let inside = pane(cx.theme, frame, indent(area, width), &provider.name, Line::default());
            let text = add::described(cx, provider, &self.variables(provider));
            fields::rows(cx.theme, frame, inside, add::STEP, &text);
        }
    }

    /// What the fields hold as they stand: what is not a value yet is left out.
    fn variables(&self, provider: &Provider) -> BTreeMap<String, String> {
        let value = |slot: &Slot| {
            let Of::Variable(name) = &slot.of else { return None };
            Some((name.clone(), provider.variable(name)?.normalize(slot.field.text()).ok()?.value))
        };
        self.slots.iter().filter_map(value).collect()
    }

    /// What the provider wants registered is before the client fields.
    fn draw_fixed(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) -> Rect {
        let Some(provider) = cx.catalog.by_id(&self.provider) else { return area };
        if area.height < 14 {
            return area;
        }
        let mut rows = vec![
            fields::Row::new("Authorization type", &provider.grant_label),
            fields::Row::new("SaaS", &provider.name),
        ];
        if !self.redirect_uri.is_empty() {
            let note = format!("{}register this at the provider; ctrl-y copies it", " ".repeat(usize::from(LABEL)));
            rows.push(fields::Row::new("Redirect URI", self.redirect_uri.clone()));
            rows.push(fields::Row::new("", note).style(cx.theme.muted));
        }
        rows.push(fields::Row::blank());
        fields::rows(cx.theme, frame, area, LABEL, &rows)
    }

    fn draw_slot(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect, slot: &Slot, focused: bool) -> Rect {
        let (line, rest) = split_top(area, 1);
        let style = if focused { cx.theme.accent.patch(cx.theme.heading) } else { cx.theme.muted };
        if slot.of.is_button() {
            let style = if focused { cx.theme.selected } else { Style::new() };
            let key = if slot.of == Of::AuthenticateButton { "  F5" } else { "" };
            let spans = vec![
                Span::raw(marker(focused)),
                Span::styled(slot.label.clone(), style),
                Span::styled(key, cx.theme.muted),
            ];
            frame.render_widget(Line::from(spans), line);
            if focused && !line.is_empty() {
                frame.set_cursor_position((line.x, line.y));
            }
            return rest;
        }
        let label = cell(&format!("{}{}", marker(focused), slot.label), usize::from(LABEL - 1));
        frame.render_widget(Span::styled(label, style), line);
        self.draw_value(cx, frame, indent(line, LABEL), slot, focused);
        let (note, style) = match (&slot.error, self.note(cx, slot)) {
            (Some(error), _) => (format!("{} {error}", if cx.theme.ascii { "x" } else { "✗" }), cx.theme.danger),
            (None, Some(note)) => (note, cx.theme.muted),
            (None, None) => return split_top(rest, 1).1,
        };
        let used = paragraph(frame, indent(rest, LABEL), &note, style);
        split_top(rest, used.max(1)).1
    }

    /// A field to type into; or what was chosen of a list.
    fn draw_value(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect, slot: &Slot, focused: bool) {
        let Of::Variable(name) = &slot.of else { return slot.field.view(cx, frame, area, focused) };
        let variable = cx.catalog.by_id(&self.provider).and_then(|provider| provider.variable(name));
        if variable.is_none_or(|variable| variable.choices.is_empty()) {
            return slot.field.view(cx, frame, area, focused);
        }
        let (text, style) = match slot.field.text() {
            "" => ("(not chosen)", cx.theme.muted),
            text => (text, cx.theme.text),
        };
        let style = if focused { cx.theme.selected } else { style };
        frame.render_widget(Span::styled(cut(text, area.width.into()), style), area);
        if focused && !area.is_empty() {
            frame.set_cursor_position((area.x, area.y));
        }
    }

    fn note(&self, cx: &Context<'_>, slot: &Slot) -> Option<String> {
        if let Some(note) = slot.field.note() {
            return Some(note);
        }
        match &slot.of {
            Of::Name => Some("1 to 80 characters, unique in this vault".to_owned()),
            Of::ClientSecret if self.has_client_secret && slot.field.is_empty() => {
                Some("The stored one is kept unless you type another.".to_owned())
            }
            Of::Secret(name) if self.kept.contains(name) && slot.field.is_empty() => {
                Some("The stored one is kept unless you type another.".to_owned())
            }
            Of::Secret(name) if name == MAIN_SECRET => {
                let provider = cx.catalog.by_id(&self.provider)?;
                let dots = if cx.theme.ascii { "****" } else { "••••" };
                Some(format!("sent as {}", provider.sends(dots, &self.variables(provider)).join(", ")))
            }
            Of::Scopes => Some(self.note_of_scopes(cx, slot)),
            Of::Variable(name) => {
                let variable = cx.catalog.by_id(&self.provider)?.variable(name)?;
                let found = variable.normalize(slot.field.text()).ok();
                let (label, note) = found.map_or((None, None), |found| (found.label, found.note));
                let total = variable.choices.len();
                let list = (total > 0).then(|| format!("enter or space lists all {total}"));
                let words: Vec<String> = [label, note, list].into_iter().flatten().collect();
                (!words.is_empty()).then(|| words.join(" · "))
            }
            _ => None,
        }
    }

    /// How many scopes there are, and which of them the catalog does not know.
    fn note_of_scopes(&self, cx: &Context<'_>, slot: &Slot) -> String {
        let text = slot.field.text();
        let count = choose::split(text).count();
        let mut note = format!("{count} scope{}", if count == 1 { "" } else { "s" });
        let Some(provider) = cx.catalog.by_id(&self.provider) else { return note };
        if let [first, rest @ ..] = provider.unknown_scopes(choose::split(text)).as_slice() {
            let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
            note = format!("{note} · not in the catalog: {}{more}", cut(first, 30));
        }
        if provider.names_scopes() { format!("{note} · enter lists them") } else { note }
    }
}
