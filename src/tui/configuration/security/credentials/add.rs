//! SKELETON (owner: screens).

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::tui::context::Context;
use crate::tui::effect::Effect;
use crate::tui::input::Input;
use crate::tui::keymap::Key;
use crate::tui::view::View;

/// Skeleton.
#[derive(Debug, Default)]
pub struct Add {}

impl Add {
    /// Skeleton.
    #[must_use]
    pub fn new(_cx: &Context<'_>) -> Self {
        Self {}
    }
}

impl View for Add {
    fn title(&self, _cx: &Context<'_>) -> String {
        "Add".to_owned()
    }
    fn keys(&self) -> &'static [Key] {
        &[]
    }
    fn update(&mut self, _cx: &Context<'_>, _input: Input) -> Vec<Effect> {
        Vec::new()
    }
    fn view(&self, _cx: &Context<'_>, _frame: &mut Frame<'_>, _area: Rect) {}
}
