//! The trait that every screen implements.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::tui::context::Context;
use crate::tui::effect::{Effect, OperationId};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key};

/// What every screen implements. Screens are variants of the enum `Screen`, never boxed.
pub(crate) trait View {
    /// Its part of the breadcrumb: "Add credential".
    fn title(&self, cx: &Context<'_>) -> String;
    /// Its keys in its current state.
    fn keys(&self) -> &'static [Key];
    /// The footer's word for an action in the current state; `None` for the one in the table of keys.
    fn hint(&self, _cx: &Context<'_>, _action: Action) -> Option<&'static str> {
        None
    }
    /// Whether a text field has the focus.
    fn captures_text(&self) -> bool {
        false
    }
    /// Whether it accepts pasted text, even while no field has the focus.
    fn takes_paste(&self) -> bool {
        self.captures_text()
    }
    /// Why this action cannot be done now; `None` if it can. Dims the hint, and is shown when the key is pressed.
    fn refusal(&self, _cx: &Context<'_>, _action: Action) -> Option<&'static str> {
        None
    }
    /// Whether something on it moves by itself: a spinner (`Spinner`) or a countdown (`Countdown`).
    fn redraw_rate(&self) -> RedrawRate {
        RedrawRate::Still
    }
    /// The operation whose events this screen waits for.
    fn waits_for(&self) -> Option<OperationId> {
        None
    }
    /// Whether events of this operation are for this screen; a screen may have several operations.
    fn awaits(&self, id: OperationId) -> bool {
        self.waits_for() == Some(id)
    }
    /// Whether to return to it once a credential was added or authenticated on a screen above it.
    fn asks_for_credential(&self) -> bool {
        false
    }
    /// Rereads data from outside the vault. Called when the screen is on top again, when the vault has changed, and
    /// when the terminal has regained focus.
    fn reread(&mut self, _cx: &Context<'_>) -> Vec<Effect> {
        Vec::new()
    }
    /// Why it cannot be closed for another main screen now: running work, or unsaved input. A screen that only asks
    /// for confirmation returns `None` the second time.
    fn holds(&mut self, _cx: &Context<'_>) -> Option<String> {
        None
    }
    /// Rebuilds its rows if the vault or a status has changed (`cx.tally.version`). Called after each message, even
    /// while another screen is above it.
    fn prepare(&mut self, _cx: &Context<'_>) {}
    /// The step of a flow, "step 2 of 3", shown to the right of the breadcrumb.
    fn step(&self) -> Option<&'static str> {
        None
    }
    /// Text at the beginning of the help about the focused field: headings and paragraphs.
    fn about(&self, _cx: &Context<'_>) -> Vec<(String, String)> {
        Vec::new()
    }
    /// Whether it is a box over the screen that opened it.
    fn is_dialog(&self) -> bool {
        false
    }
    /// Handles an input; without I/O, and with no clock but `cx.now`.
    fn update(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect>;
    /// Draws the body. The same state and context draw the same cells.
    fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect);
}

/// How often a screen has to be drawn although nothing happens.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum RedrawRate {
    /// Never.
    #[default]
    Still,
    /// Once a second.
    Countdown,
    /// Ten times a second.
    Spinner,
}
