//! Draws the form: the fields, a note or an error below a field, and a preview of the requests beside them.

use std::collections::BTreeMap;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr as _;

use super::super::results::ResultLabel;
use super::field::{FieldKind, FormField};
use super::{Form, choose};
use crate::catalog::{Provider, RecordType};
use crate::model::credential::Credential;
use crate::tui::context::Context;
use crate::tui::effect::Effect;
use crate::tui::keymap::Action;
use crate::tui::widgets::fields::{Row, rows};
use crate::tui::widgets::list::marker;
use crate::tui::widgets::pane::{
    cell, cut, indent, inner, more_below, pane, paragraph, share, split_top, wrapped_rows,
};

/// Width from which the preview of the requests is shown beside the form.
const WITH_HELP: u16 = 110;

/// Indentation below a heading.
const INDENT: u16 = 2;

/// Width of the labels.
const LABEL: u16 = 25;

impl Form {
    pub(super) fn draw(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let Some(provider) = cx.catalog.by_id(&self.provider) else { return };
        let wide = area.width >= WITH_HELP;
        let width = if wide { share(area.width, 13, 20) } else { area.width };
        let left = Rect { width, ..area };
        let state = match (self.pending, self.changed || self.is_new()) {
            (Some(_), _) => " saving… ",
            (None, true) => " not saved yet ",
            (None, false) => "",
        };
        let inside = pane(cx.theme, frame, left, &provider.name, Line::from(state));
        let (placed, is_cut) = self.placed(cx, inside);
        for (at, area) in placed {
            if let Some(slot) = self.slots.get(at) {
                self.draw_slot(cx, frame, area, provider, slot, at == self.focus);
            }
        }
        if is_cut {
            more_below(cx.theme, frame, left);
        }
        if wide {
            let inside = pane(cx.theme, frame, indent(area, width), "Requests", Line::default());
            rows(cx.theme, frame, inside, INDENT, &self.asked(cx, provider));
        }
    }

    /// The visible fields with their areas, and whether there are more below. If not all fit, fields before the focused
    /// one are left out.
    fn placed(&self, cx: &Context<'_>, inside: Rect) -> (Vec<(usize, Rect)>, bool) {
        let shown = self.shown(cx);
        let heights: Vec<u16> = shown.iter().map(|at| self.height_of(cx, *at, inside.width)).collect();
        let place = shown.iter().position(|at| *at == self.focus).unwrap_or_default();
        let needed =
            |skip: usize| heights.iter().take(place + 1).skip(skip).map(|rows| usize::from(*rows)).sum::<usize>();
        let skip = (0..=place).find(|skip| needed(*skip) <= usize::from(inside.height)).unwrap_or(place);
        let (mut rest, mut placed, mut is_cut) = (inside, Vec::new(), false);
        for (at, height) in shown.into_iter().zip(heights).skip(skip) {
            is_cut |= height > rest.height;
            let (own, below) = split_top(rest, height);
            if !own.is_empty() {
                placed.push((at, own));
            }
            rest = below;
        }
        (placed, is_cut)
    }

    /// Focuses the field under a click; on a checkbox, list or button it also acts like the key for it.
    pub(super) fn click(&mut self, cx: &Context<'_>, x: u16, y: u16) -> Vec<Effect> {
        let area = Rect { x: 0, y: 0, width: cx.size.0, height: cx.size.1.saturating_sub(3) };
        let width = if area.width >= WITH_HELP { share(area.width, 13, 20) } else { area.width };
        let (placed, _) = self.placed(cx, inner(Rect { width, ..area }));
        let Some((at, _)) = placed.into_iter().find(|(_, area)| area.contains((x, y).into())) else {
            return Vec::new();
        };
        self.focus = at;
        match self.focused() {
            Some(FieldKind::RecordType(_)) => self.act(cx, Action::Toggle),
            Some(of) if !of.is_text() => self.act(cx, Action::Accept),
            _ => Vec::new(),
        }
    }

    fn height_of(&self, cx: &Context<'_>, at: usize, width: u16) -> u16 {
        let Some(slot) = self.slots.get(at) else { return 0 };
        let note = self.note(cx, slot, at == self.focus);
        let note = note.map_or(0, |(note, _)| wrapped_rows(&note, width.saturating_sub(LABEL)));
        1 + note + u16::from(is_last_of_its_kind(slot))
    }

    fn draw_slot(
        &self,
        cx: &Context<'_>,
        frame: &mut Frame<'_>,
        area: Rect,
        provider: &Provider,
        slot: &FormField,
        focused: bool,
    ) {
        let (line, rest) = split_top(area, 1);
        let style = if focused { cx.theme.accent.patch(cx.theme.heading) } else { cx.theme.muted };
        let value = indent(line, LABEL);
        let label = cell(&format!("{}{}", marker(focused), slot.label), usize::from(LABEL - 1));
        let room = usize::from(value.width);
        let chosen = if focused { cx.theme.selected } else { Style::new() };
        match &slot.of {
            FieldKind::SaveButton => {
                let spans = vec![Span::raw(marker(focused)), Span::styled(slot.label.clone(), chosen)];
                frame.render_widget(Line::from(spans), line);
            }
            FieldKind::RecordType(id) => {
                frame.render_widget(Span::styled(label, style), line);
                let name = provider.load(id).map_or_else(|| id.clone(), |load| provider.load_label(load));
                let text = format!("[{}] {name}", if slot.chosen { "x" } else { " " });
                frame.render_widget(Span::styled(cut(&text, room), chosen), value);
            }
            FieldKind::Credential => {
                frame.render_widget(Span::styled(label, style), line);
                let (name, status, style) = self.credential.shown(cx);
                let text = cut(&name, room.saturating_sub(status.width())) + &status;
                frame.render_widget(Span::styled(text, chosen.patch(style)), value);
            }
            FieldKind::Format | FieldKind::AcceptGone => {
                frame.render_widget(Span::styled(label, style), line);
                let text = if slot.of == FieldKind::AcceptGone {
                    choose::gone_label(self.accept_gone)
                } else {
                    choose::format_label(self.format)
                };
                frame.render_widget(Span::styled(cut(text, room), chosen), value);
            }
            _ => {
                frame.render_widget(Span::styled(label, style), line);
                slot.field.view(cx, frame, value, focused);
                if slot.field.is_empty() && !focused {
                    frame.render_widget(Span::styled(cut(slot.hint, room), cx.theme.muted), value);
                }
            }
        }
        if focused && !slot.of.is_text() && !line.is_empty() {
            frame.set_cursor_position((line.x, line.y));
        }
        if let Some((note, style)) = self.note(cx, slot, focused) {
            paragraph(frame, indent(rest, LABEL), &note, style);
        }
    }

    /// The error of a field, or its help while it is focused and has no error.
    fn note(&self, cx: &Context<'_>, slot: &FormField, focused: bool) -> Option<(String, Style)> {
        if let Some(error) = &slot.error {
            return Some((format!("{} {error}", ResultLabel::bad(cx.theme, "").glyph), cx.theme.danger));
        }
        if !focused {
            return None;
        }
        let note = match &slot.of {
            FieldKind::RecordType(_) => "space: select or clear",
            FieldKind::Credential => self.credential.note(cx),
            FieldKind::Format | FieldKind::AcceptGone => "enter or space lists both",
            FieldKind::SaveButton => return None,
            _ => &slot.note,
        };
        let pasted = slot.field.note();
        let note = pasted.as_deref().unwrap_or(note).to_owned();
        (!note.is_empty()).then_some((note, cx.theme.muted))
    }

    /// Each selected record type with the URL of its request, which depends on the credential, or why it has none yet;
    /// then the help for the focused field.
    fn asked(&self, cx: &Context<'_>, provider: &Provider) -> Vec<Row> {
        let mut text = Vec::new();
        let credential = self.credential.stored(cx);
        for load in self.chosen(provider) {
            text.push(Row::new("", provider.load_label(load)).style(cx.theme.heading));
            match credential {
                None => {
                    text.push(
                        Row::new(" ", "The address is known once you choose a credential.").style(cx.theme.muted),
                    );
                }
                Some(credential) => text.extend(self.address(cx, provider, load, credential)),
            }
            text.push(Row::blank());
        }
        if let Some(slot) = self.slots.get(self.focus) {
            text.push(Row::new("", slot.label.trim_matches(['[', ']', ' ', '*'])).style(cx.theme.heading));
            text.push(Row::new("", slot.of.about()).style(cx.theme.muted));
        }
        text
    }

    fn address(&self, cx: &Context<'_>, provider: &Provider, load: &RecordType, credential: &Credential) -> Vec<Row> {
        let mut values: BTreeMap<String, String> = credential.setup.variables.clone();
        values.extend(credential.tokens.iter().flat_map(|tokens| tokens.captured.clone()));
        let mut text = vec![match provider.load_url(load, &values, &self.parameters(&[load])) {
            _ if provider.load_lacks_captured_value(load, &values) => {
                Row::new(" ", "The address is known after the credential is authenticated.").style(cx.theme.muted)
            }
            Ok(url) => Row::new(" ", url.to_string()).style(cx.theme.accent),
            Err(problem) => Row::new(" ", problem.what).style(cx.theme.warn),
        }];
        let granted = credential.tokens.as_ref().and_then(|tokens| tokens.scopes.as_ref());
        if let (Some(scope), Some(granted)) = (&load.scope, granted)
            && !granted.contains(scope)
        {
            let glyph = ResultLabel::warning(cx.theme, "").glyph;
            text.push(Row::new(" ", format!("{glyph} not granted: {scope}")).style(cx.theme.warn));
        }
        text
    }
}

/// Whether an empty row follows the field.
fn is_last_of_its_kind(slot: &FormField) -> bool {
    matches!(slot.of, FieldKind::Name | FieldKind::Credential | FieldKind::AcceptGone)
}
