//! Handles characters that arrive together: a paste into a terminal that does not mark pastes. In a list it does
//! nothing.

use jiff::SignedDuration;

use super::app::App;
use crate::secret::Secret;
use crate::tui::effect::{Effect, Notice};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Press, lookup};
use crate::tui::overlay::Overlay;

/// A key that comes this soon after a burst belongs to it: a long text arrives in several reads.
const TAIL: SignedDuration = SignedDuration::from_millis(50);

impl App {
    /// Whether typed characters are text on the present screen, not commands.
    pub(super) fn takes_text(&self) -> bool {
        match &self.overlay {
            Some(overlay) => matches!(overlay, Overlay::Palette(_)),
            None => self.top().captures_text(),
        }
    }

    /// Whether a single key is the end of a burst.
    pub(super) fn is_in_burst(&self, press: Press) -> bool {
        press.is_of_text()
            && self.last_burst.is_some_and(|at| {
                let since = at.duration_until(self.now);
                !since.is_negative() && since < TAIL
            })
    }

    /// Handles a key of a burst: as text where text can be typed. Elsewhere it may only move the selection, since a
    /// key that is held down looks like a burst too.
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

    /// Handles a paste that the terminal marked as one.
    pub(super) fn paste(&mut self, text: Secret) -> Vec<Effect> {
        self.touched();
        // An open overlay gets the paste; if it cannot use it, nobody does.
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
