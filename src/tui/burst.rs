//! Text that arrives as keys: a paste into a terminal that does not mark pastes. Over a list it does nothing.

use jiff::SignedDuration;

use super::app::App;
use crate::secret::Secret;
use crate::tui::effect::{Effect, Notice};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Press, lookup};
use crate::tui::overlay::Overlay;

/// A character so soon after a burst belongs to it: long text arrives in several reads.
const TAIL: SignedDuration = SignedDuration::from_millis(50);

impl App {
    /// Whether typed characters are text here, not commands.
    pub(super) fn takes_text(&self) -> bool {
        match &self.overlay {
            Some(overlay) => matches!(overlay, Overlay::Palette(_)),
            None => self.top().captures_text(),
        }
    }

    /// Whether a key that came alone is the end of a burst.
    pub(super) fn is_in_burst(&self, press: Press) -> bool {
        press.is_of_text()
            && self.last_burst.is_some_and(|at| {
                let since = at.duration_until(self.now);
                !since.is_negative() && since < TAIL
            })
    }

    /// A key of a burst: text where text is taken; elsewhere it may move the selection, as a key that is held down
    /// does, and nothing else.
    pub(super) fn burst(&mut self, press: Press) -> Vec<Effect> {
        if !press.is_of_text() || self.takes_text() {
            return self.key(press);
        }
        self.last_burst = Some(self.now);
        let action = lookup(self.top().keys(), press, false);
        if self.overlay.is_none() && action.is_some_and(moves) {
            return self.key(press);
        }
        self.touched();
        ignored()
    }

    /// A paste that the terminal marked as one.
    pub(super) fn paste(&mut self, text: Secret) -> Vec<Effect> {
        self.touched();
        // What is over a screen takes it, or nothing does.
        if let Some(overlay) = &mut self.overlay {
            return if overlay.paste(&text) { Vec::new() } else { ignored() };
        }
        if self.top().takes_paste() { self.input(Input::Paste(text)) } else { ignored() }
    }
}

fn moves(action: Action) -> bool {
    matches!(action, Action::Up | Action::Down | Action::PageUp | Action::PageDown | Action::First | Action::Last)
}

fn ignored() -> Vec<Effect> {
    let text = "Pasted text was ignored: there is no text field here.";
    vec![Effect::Notice(Notice::Refused(text.to_owned()))]
}
