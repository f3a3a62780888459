//! What every screen offers to the loop that runs it.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::tui::context::Context;
use crate::tui::effect::{Effect, FlowId};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key};

/// What every screen offers. A trait for the compiler's sake; screens are held in an enum, never boxed.
pub trait View {
    /// Its part of the breadcrumb, without the parts before: "Add credential".
    fn title(&self, cx: &Context<'_>) -> String;
    /// Its table of keys as things stand.
    fn keys(&self) -> &'static [Key];
    /// What the footer calls an action as things stand, where it is not what the table of keys says.
    fn hint(&self, _cx: &Context<'_>, _action: Action) -> Option<&'static str> {
        None
    }
    /// Whether a text field has the focus.
    fn captures_text(&self) -> bool {
        false
    }
    /// Whether it takes pasted text; without a field that has the focus, too.
    fn takes_paste(&self) -> bool {
        self.captures_text()
    }
    /// Why this action cannot be done now; `None` when it can. Dims the hint, and is shown when the key is pressed.
    fn refusal(&self, _cx: &Context<'_>, _action: Action) -> Option<&'static str> {
        None
    }
    /// Whether something on it moves by itself: a spinner (`Spinner`) or a countdown (`Countdown`).
    fn motion(&self) -> Motion {
        Motion::Still
    }
    /// The work whose news this screen waits for.
    fn waits_for(&self) -> Option<FlowId> {
        None
    }
    /// Whether news of this work is for it: more than one piece may be under way.
    fn awaits(&self, id: FlowId) -> bool {
        self.waits_for() == Some(id)
    }
    /// Whether a credential that was added or authenticated above it is what it asked for: it is gone back to.
    fn asks_for_credential(&self) -> bool {
        false
    }
    /// It is on top again, the vault has changed, or the terminal has the focus again: what is outside of the vault is
    /// to be read again.
    fn reread(&mut self, _cx: &Context<'_>) -> Vec<Effect> {
        Vec::new()
    }
    /// Why it cannot be left for another part of the program now: something under way, something not saved. Where the
    /// person is asked once, it lets go the second time.
    fn holds(&mut self, _cx: &Context<'_>) -> Option<String> {
        None
    }
    /// Rebuilds what it has made of the vault, if the vault or a status has changed (`cx.tally.version`). Called after
    /// each message, also below other screens.
    fn prepare(&mut self, _cx: &Context<'_>) {}
    /// "step 2 of 3", right of the breadcrumb.
    fn step(&self) -> Option<&'static str> {
        None
    }
    /// What the help says first: about the focused field, as heading and text.
    fn about(&self, _cx: &Context<'_>) -> Vec<(String, String)> {
        Vec::new()
    }
    /// Whether it is a box over the screen it was opened from.
    fn is_dialog(&self) -> bool {
        false
    }
    /// Takes an input; no I/O, no clock but `cx.now`.
    fn update(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect>;
    /// Draws the body. The same state and context draw the same cells.
    fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect);
}

/// How often a screen has to be drawn although nothing happened.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Motion {
    /// Never.
    #[default]
    Still,
    /// Once a second.
    Countdown,
    /// Ten times a second.
    Spinner,
}
