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
pub struct Form {}

impl Form {
    /// Skeleton.
    ///
    /// # Errors
    /// None.
    pub fn new(_cx: &Context<'_>, _provider: &str) -> Result<Self, crate::problem::Problem> {
        Ok(Self {})
    }
    /// Skeleton.
    ///
    /// # Errors
    /// None.
    pub fn over(_cx: &Context<'_>, _id: crate::credential::CredentialId) -> Result<Self, crate::problem::Problem> {
        Ok(Self {})
    }
}

impl View for Form {
    fn title(&self, _cx: &Context<'_>) -> String {
        "Form".to_owned()
    }
    fn keys(&self) -> &'static [Key] {
        &[]
    }
    fn update(&mut self, _cx: &Context<'_>, _input: Input) -> Vec<Effect> {
        Vec::new()
    }
    fn view(&self, _cx: &Context<'_>, _frame: &mut Frame<'_>, _area: Rect) {}
}
