//! Configuration > Integrations: says what this release does not do yet.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::tui::context::Context;
use crate::tui::effect::Effect;
use crate::tui::input::Input;
use crate::tui::keymap::Key;
use crate::tui::view::View;
use crate::tui::widgets::fields::{Row, rows};
use crate::tui::widgets::pane::pane;

/// The page.
#[derive(Debug)]
pub struct Integrations;

impl View for Integrations {
    fn title(&self, _cx: &Context<'_>) -> String {
        "Integrations".to_owned()
    }

    fn keys(&self) -> &'static [Key] {
        &[]
    }

    fn update(&mut self, _cx: &Context<'_>, _input: Input) -> Vec<Effect> {
        Vec::new()
    }

    fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let inside = pane(cx.theme, frame, area, "Integrations", Line::default());
        let text = [
            Row::blank(),
            Row::new("", "Not in this release.").style(cx.theme.heading),
            Row::blank(),
            Row::new("", "An integration will bind a provider's data to a credential: pause, Test Run, Sync Sessions."),
            Row::blank(),
            Row::new("", "Until then scripts use the credentials:"),
            Row::new("", "  curl --header @<(credenza token --header NAME) URL").style(cx.theme.accent),
        ];
        rows(cx.theme, frame, inside, 0, &text);
    }
}
