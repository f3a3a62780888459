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
pub struct Rename {}

impl View for Rename {
    fn title(&self, _cx: &Context<'_>) -> String {
        "Rename".to_owned()
    }
    fn keys(&self) -> &'static [Key] {
        &[]
    }
    fn update(&mut self, _cx: &Context<'_>, _input: Input) -> Vec<Effect> {
        Vec::new()
    }
    fn view(&self, _cx: &Context<'_>, _frame: &mut Frame<'_>, _area: Rect) {}
}
