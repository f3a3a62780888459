//! The key hints below a screen: which of them are shown, and which one was clicked.

use unicode_width::UnicodeWidthStr as _;

use super::app::App;
use crate::tui::global_keys::GLOBAL_KEYS;
use crate::tui::keymap::{Action, Key};

/// A hint as it is drawn: the key, a space, the words, two spaces.
#[derive(Debug)]
pub(super) struct Hint {
    pub(super) press: String,
    pub(super) words: String,
    pub(super) action: Action,
    /// Whether the action is unavailable now, so that pressing the key only shows the reason.
    pub(super) is_refused: bool,
    /// Hints with a low rank are placed first.
    rank: u8,
}

impl Hint {
    fn width(&self) -> usize {
        self.press.width() + self.words.width() + 3
    }
}

impl App {
    /// The hints that fit, in the order of the keys. Hints for saving, going back, help and the main menu are dropped
    /// last; hints of unavailable keys are dropped first.
    pub(super) fn hints(&self, width: u16) -> Vec<Hint> {
        let is_back = |key: &&Key| key.action == Action::Back;
        let (back, own): (Vec<&Key>, Vec<&Key>) = self.top().keys().iter().partition(is_back);
        let shared = GLOBAL_KEYS.iter().filter(|key| self.is_hint_here(key));
        let (shared_back, shared): (Vec<&Key>, Vec<&Key>) = shared.partition(is_back);
        let mut hints: Vec<Hint> = own.into_iter().chain(back).filter_map(|key| self.hint(key, true)).collect();
        hints.extend(shared_back.into_iter().chain(shared).filter_map(|key| self.hint(key, false)));
        let mut by_rank: Vec<usize> = (0..hints.len()).collect();
        by_rank.sort_by_key(|at| hints.get(*at).map(|hint| hint.rank));
        // The space before the first hint takes a column; the two spaces after the last one may be cut.
        let mut room = usize::from(width) + 1;
        let mut fits = vec![false; hints.len()];
        for at in by_rank {
            let (Some(hint), Some(fits)) = (hints.get(at), fits.get_mut(at)) else { continue };
            if hint.width() <= room {
                room -= hint.width();
                *fits = true;
            }
        }
        let mut fits = fits.into_iter();
        hints.retain(|_| fits.next().unwrap_or_default());
        hints
    }

    /// The action whose hint is at this column.
    pub(super) fn hint_at(&self, x: u16) -> Option<Action> {
        let mut from = 1;
        for hint in self.hints(self.size.0) {
            let end = from + hint.width();
            if (from..end.saturating_sub(2)).contains(&usize::from(x)) {
                return Some(hint.action);
            }
            from = end;
        }
        None
    }

    /// Whether a global key has a hint here. It has none if the screen has a key for its action or uses all its keys
    /// itself, and going back has none if there is no screen to go back to.
    fn is_hint_here(&self, key: &Key) -> bool {
        let top = self.top();
        let taken = |press| top.keys().iter().any(|own| own.presses.contains(press));
        !key.hint.is_empty()
            && !top.keys().iter().any(|own| own.action == key.action)
            && !key.presses.iter().all(taken)
            && (key.action != Action::Back || self.stack.len() > 1)
    }

    /// The hint of a key; `None` if all its keys type characters.
    fn hint(&self, key: &Key, is_own: bool) -> Option<Hint> {
        let (top, cx) = (self.top(), self.context());
        let text = top.captures_text();
        let press = key.presses.iter().find(|press| !text || press.typed().is_none() || key.over_text)?;
        let words = top.hint(&cx, key.action).unwrap_or(key.hint).to_owned();
        let is_refused = top.refusal(&cx, key.action).is_some();
        let is_main = self.session.is_some() && self.stack.len() <= 2 && !text;
        let rank = match key.action {
            Action::Back | Action::Help => 0,
            Action::Palette if is_main => 1,
            _ if key.kept && !is_refused => 1,
            _ if is_refused => 4,
            _ => 3 - u8::from(is_own),
        };
        let press = press.label(self.theme.ascii);
        (!words.is_empty()).then_some(Hint { press, words, action: key.action, is_refused, rank })
    }
}
