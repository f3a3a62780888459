//! Configuration > Integrations: one screen a file.

pub mod sync;
pub mod sync_sessions;
pub mod test_run;
mod words;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::integration::{Integration, IntegrationId};
use crate::problem::{Kind, Problem};
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

/// The integration as the vault has it now.
fn present<'a>(cx: &Context<'a>, id: IntegrationId) -> Result<&'a Integration, Problem> {
    cx.snapshot.integrations.by_id(id).ok_or_else(|| {
        Problem::new(Kind::NotFound, "The integration is no longer there.").try_this("u brings a deleted one back.")
    })
}

/// Its name; empty once it is gone.
fn name(cx: &Context<'_>, id: IntegrationId) -> String {
    cx.snapshot.integrations.by_id(id).map_or_else(String::new, |one| one.name.to_string())
}

/// What a kind of record is called: the catalog's words, or the id of one that is no longer there.
fn load_label(cx: &Context<'_>, id: IntegrationId, load: &str) -> String {
    let provider = cx.snapshot.integrations.by_id(id).and_then(|one| cx.catalog.by_id(&one.provider));
    let known = provider.and_then(|provider| Some((provider, provider.load(load)?)));
    known.map_or_else(|| load.to_owned(), |(provider, load)| provider.load_label(load))
}
