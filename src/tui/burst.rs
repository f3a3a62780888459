//! Handles characters that arrive together (a burst): a paste into a terminal that does not mark pastes. In a list it
//! is ignored.

use jiff::SignedDuration;

use super::app::App;
use crate::secret::Secret;
use crate::tui::effect::{Effect, Notice};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Press, lookup};
use crate::tui::overlay::Overlay;

/// A key that arrives this soon after a burst belongs to it, because a long text arrives in several reads.
const TAIL: SignedDuration = SignedDuration::from_millis(50);

impl App {
    /// Whether the current screen takes typed characters as text, not as commands.
    pub(super) fn takes_text(&self) -> bool {
        match &self.overlay {
            Some(overlay) => matches!(overlay, Overlay::Palette(_)),
            None => self.top().captures_text(),
        }
    }

    /// Whether a key that arrived alone still belongs to the last burst.
    pub(super) fn is_in_burst(&self, press: Press) -> bool {
        press.is_of_text()
            && self.last_burst.is_some_and(|at| {
                let since = at.duration_until(self.now);
                !since.is_negative() && since < TAIL
            })
    }

    /// Handles a key of a burst: as text where text can be typed. Elsewhere only keys that move the selection have an
    /// effect, because a key that is held down arrives as a burst too; other keys are ignored.
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

    /// Handles a bracketed paste.
    pub(super) fn paste(&mut self, text: Secret) -> Vec<Effect> {
        self.touched();
        // An open overlay gets the paste; if the overlay cannot use it, the screen below does not get it either.
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
