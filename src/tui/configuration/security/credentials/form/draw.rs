//! Draws the form: the selected tab, a note or an error below each field, and help beside the form.

use std::collections::BTreeMap;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::field::{FieldKind, FormField};
use super::layout::{LABEL, TABS};
use super::{Form, Purpose, choose};
use crate::catalog::Provider;
use crate::model::credential::MAIN_SECRET;
use crate::tui::configuration::security::credentials::setup_help;
use crate::tui::context::Context;
use crate::tui::widgets::fields;
use crate::tui::widgets::list::marker;
use crate::tui::widgets::pane::{cell, cut, indent, more_below, pane, pane_beside, paragraph, split_top};

impl Form {
    pub(super) fn draw(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let layout = self.layout(cx, area);
        let state = match (self.pending, self.changed || self.purpose == Purpose::New) {
            (Some(_), _) => " saving… ",
            (None, true) => " not saved yet ",
            (None, false) => "",
        };
        let inside = pane(cx.theme, frame, layout.pane, TABS[usize::from(!self.is_information())], Line::from(state));
        if !self.is_information() {
            fields::rows(cx.theme, frame, layout.fixed, LABEL, &self.fixed(cx, inside.height));
        }
        for (at, area) in &layout.slots {
            if let Some(slot) = self.slots.get(*at) {
                self.draw_slot(cx, frame, *area, slot, *at == self.focus);
            }
        }
        if layout.is_cut {
            more_below(cx.theme, frame, layout.pane);
        }
        if let (Some(provider), Some(beside)) = (cx.catalog.by_id(&self.provider), layout.beside) {
            let inside = pane_beside(cx.theme, frame, beside, &provider.name, Line::default());
            let text = setup_help::described(cx, provider, &self.variables(provider));
            fields::rows(cx.theme, frame, inside, setup_help::STEP, &text);
            if fields::height(inside, setup_help::STEP, &text) > inside.height {
                more_below(cx.theme, frame, beside);
            }
        }
    }

    /// The current values of the fields; invalid ones are left out.
    pub(super) fn variables(&self, provider: &Provider) -> BTreeMap<String, String> {
        let value = |slot: &FormField| {
            let FieldKind::Variable(name) = &slot.of else { return None };
            Some((name.clone(), provider.variable(name)?.normalize(slot.field.text()).ok()?.value))
        };
        self.slots.iter().filter_map(value).collect()
    }

    /// What has to be registered at the provider, shown above the client fields if there is room.
    pub(super) fn fixed(&self, cx: &Context<'_>, height: u16) -> Vec<fields::Row> {
        let Some(provider) = cx.catalog.by_id(&self.provider).filter(|_| height >= 14) else { return Vec::new() };
        let mut rows = vec![
            fields::Row::new("Authorization type", &provider.grant_label),
            fields::Row::new("SaaS", &provider.name),
        ];
        let uri = self.redirect_uri(cx);
        if !uri.is_empty() {
            let advice = format!("{} (F2 shows where)", provider.redirect_advice(&uri));
            let notes = [advice, provider.redirect_sureness_of(&uri)];
            rows.push(fields::Row::new("Redirect URI", uri));
            let note = |text: String| {
                fields::Row::new("", format!("{}{text}", " ".repeat(usize::from(LABEL)))).style(cx.theme.muted)
            };
            rows.extend(notes.map(note));
        }
        rows.push(fields::Row::blank());
        rows
    }

    fn draw_slot(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect, slot: &FormField, focused: bool) {
        let (line, rest) = split_top(area, 1);
        let style = if focused { cx.theme.accent.patch(cx.theme.heading) } else { cx.theme.muted };
        if slot.of.is_button() {
            let style = if focused { cx.theme.selected } else { Style::new() };
            let key = if slot.of == FieldKind::AuthenticateButton { "  F5" } else { "" };
            let spans = vec![
                Span::raw(marker(focused)),
                Span::styled(slot.label.clone(), style),
                Span::styled(key, cx.theme.muted),
            ];
            frame.render_widget(Line::from(spans), line);
            if focused && !line.is_empty() {
                frame.set_cursor_position((line.x, line.y));
            }
            return;
        }
        let label = cell(&format!("{}{}", marker(focused), slot.label), usize::from(LABEL - 1));
        frame.render_widget(Span::styled(label, style), line);
        self.draw_value(cx, frame, indent(line, LABEL), slot, focused);
        if let Some((note, style)) = self.note_or_error(cx, slot) {
            paragraph(frame, indent(rest, LABEL), &note, style);
        }
    }

    /// The note or the error below a field.
    pub(super) fn note_or_error(&self, cx: &Context<'_>, slot: &FormField) -> Option<(String, Style)> {
        match &slot.error {
            Some(error) => Some((format!("{} {error}", if cx.theme.ascii { "x" } else { "✗" }), cx.theme.danger)),
            None => self.note(cx, slot).map(|note| (note, cx.theme.muted)),
        }
    }

    /// Draws a text field, or the chosen value of a list.
    fn draw_value(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect, slot: &FormField, focused: bool) {
        let FieldKind::Variable(name) = &slot.of else { return slot.field.view(cx, frame, area, focused) };
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

    fn note(&self, cx: &Context<'_>, slot: &FormField) -> Option<String> {
        if let Some(note) = slot.field.note() {
            return Some(note);
        }
        match &slot.of {
            FieldKind::Name => Some("1 to 80 characters, unique in this vault".to_owned()),
            FieldKind::ClientSecret if self.has_client_secret && slot.field.is_empty() => {
                Some("The stored one is kept unless you type another.".to_owned())
            }
            FieldKind::Secret(name) if self.kept.contains(name) && slot.field.is_empty() => {
                Some("The stored one is kept unless you type another.".to_owned())
            }
            FieldKind::Secret(name) if name == MAIN_SECRET => {
                let provider = cx.catalog.by_id(&self.provider)?;
                let dots = if cx.theme.ascii { "****" } else { "••••" };
                Some(format!("sent as {}", provider.sends(dots, &self.variables(provider)).join(", ")))
            }
            FieldKind::Scopes => Some(self.note_of_scopes(cx, slot)),
            FieldKind::Variable(name) => {
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
    fn note_of_scopes(&self, cx: &Context<'_>, slot: &FormField) -> String {
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
