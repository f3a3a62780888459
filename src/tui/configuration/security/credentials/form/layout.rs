//! The positions of the form's tabs and fields, for drawing and for clicks.

use ratatui::layout::Rect;

use super::Form;
use super::field::FormField;
use crate::tui::context::Context;
use crate::tui::effect::Effect;
use crate::tui::keymap::Action;
use crate::tui::widgets::fields;
use crate::tui::widgets::pane::{indent, inner, share, split_top, wrapped_rows};

/// The tabs in the title of the frame, with INFORMATION or with AUTHORIZATION selected.
pub(super) const TABS: [&str; 2] = ["[ INFORMATION ]   AUTHORIZATION", "INFORMATION   [ AUTHORIZATION ]"];

/// Width from which the steps at the provider are shown beside the form.
const WITH_HELP: u16 = 110;

/// Width of the labels.
pub(super) const LABEL: u16 = 28;

/// Width of the border before the title of a frame.
const BEFORE_TITLE: u16 = 2;

/// The areas of the form.
pub(super) struct Layout {
    /// The frame of the fields.
    pub(super) pane: Rect,
    /// The help beside the form, if there is room.
    pub(super) beside: Option<Rect>,
    /// What has to be registered at the provider.
    pub(super) fixed: Rect,
    /// The visible fields, by index, with their areas.
    pub(super) slots: Vec<(usize, Rect)>,
    /// Whether there are more fields below.
    pub(super) is_cut: bool,
}

impl Form {
    pub(super) fn is_information(&self) -> bool {
        self.slots.get(self.focus).is_some_and(|slot| slot.of.is_information())
    }

    pub(super) fn layout(&self, cx: &Context<'_>, area: Rect) -> Layout {
        let wide = area.width >= WITH_HELP;
        let width = if wide { share(area.width, 13, 20) } else { area.width };
        let pane = Rect { width, ..area };
        let inside = inner(pane);
        let information = self.is_information();
        let fixed = if information { 0 } else { fields::height(inside, LABEL, &self.fixed(cx, inside.height)) };
        let (fixed, mut rest) = split_top(inside, fixed);
        let shown: Vec<(usize, u16)> = self
            .slots
            .iter()
            .enumerate()
            .filter(|(_, slot)| slot.of.is_information() == information)
            .map(|(at, slot)| (at, self.height_of(cx, slot, inside.width)))
            .collect();
        let place = shown.iter().position(|(at, _)| *at == self.focus).unwrap_or_default();
        let needed =
            |skip: usize| shown.iter().take(place + 1).skip(skip).map(|(_, rows)| usize::from(*rows)).sum::<usize>();
        // If not all fields fit, fields before the focused one are left out.
        let skip = (0..=place).find(|skip| needed(*skip) <= usize::from(rest.height)).unwrap_or(place);
        let (mut slots, mut is_cut) = (Vec::new(), false);
        for (at, rows) in shown.into_iter().skip(skip) {
            is_cut |= rows > rest.height;
            let (own, below) = split_top(rest, rows);
            if !own.is_empty() {
                slots.push((at, own));
            }
            rest = below;
        }
        Layout { pane, beside: wide.then(|| indent(area, width)), fixed, slots, is_cut }
    }

    /// Rows of a slot: one for a button; for a field, one plus its note or a blank row.
    fn height_of(&self, cx: &Context<'_>, slot: &FormField, width: u16) -> u16 {
        if slot.of.is_button() {
            return 1;
        }
        let width = width.saturating_sub(LABEL);
        1 + self.note_or_error(cx, slot).map_or(1, |(note, _)| wrapped_rows(&note, width)).max(1)
    }

    /// Focuses the field under a click; on a button or a list it also acts like Enter. A click on a tab selects it.
    pub(super) fn click(&mut self, cx: &Context<'_>, x: u16, y: u16) -> Vec<Effect> {
        let body = Rect { x: 0, y: 0, width: cx.size.0, height: cx.size.1.saturating_sub(3) };
        let layout = self.layout(cx, body);
        if y == 0 {
            return self.click_tab(cx, x);
        }
        let slot = layout.slots.into_iter().find(|(_, area)| area.contains((x, y).into()));
        let Some((at, _)) = slot else { return Vec::new() };
        self.focus = at;
        let acts = self.slots.get(at).is_some_and(|slot| slot.of.is_button()) || self.is_choice(cx);
        if acts { self.act(cx, Action::Accept) } else { Vec::new() }
    }

    fn click_tab(&mut self, cx: &Context<'_>, x: u16) -> Vec<Effect> {
        let title = TABS[usize::from(!self.is_information())];
        let second = title.find("   ").map_or(0, |at| at + 3);
        match x.checked_sub(BEFORE_TITLE).map(usize::from) {
            Some(at) if at < second => self.act(cx, Action::PreviousTab),
            Some(at) if at < title.len() => self.act(cx, Action::NextTab),
            _ => Vec::new(),
        }
    }
}
