//! Sync of one integration: a placeholder until the screen is here.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::integration::IntegrationId;
use crate::problem::Problem;
use crate::tui::context::Context;
use crate::tui::effect::Effect;
use crate::tui::input::Input;
use crate::tui::keymap::Key;
use crate::tui::view::View;
use crate::tui::widgets::pane::pane;

/// The page.
#[derive(Debug)]
pub struct Sync;

impl Sync {
    /// Of this integration.
    ///
    /// # Errors
    /// NotFound when it is gone.
    pub fn start(cx: &Context<'_>, id: IntegrationId) -> Result<(Self, Vec<Effect>), Problem> {
        super::present(cx, id)?;
        Ok((Self, Vec::new()))
    }
}

impl View for Sync {
    fn title(&self, _cx: &Context<'_>) -> String {
        "Sync".to_owned()
    }

    fn keys(&self) -> &'static [Key] {
        &[]
    }

    fn update(&mut self, _cx: &Context<'_>, _input: Input) -> Vec<Effect> {
        Vec::new()
    }

    fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        pane(cx.theme, frame, area, "Sync", Line::default());
    }
}
