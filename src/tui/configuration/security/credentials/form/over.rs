//! Shows the setup help over the form, and opens the provider's console.

use super::{Form, setup_help};
use crate::tui::context::Context;
use crate::tui::effect::Effect;
use crate::tui::input::Input;
use setup_help::SetupHelp;

impl Form {
    pub(super) fn open_help(&mut self, cx: &Context<'_>) {
        let provider = cx.catalog.by_id(&self.provider);
        self.help = provider.map(|provider| SetupHelp::new(provider, self.variables(provider)));
    }

    pub(super) fn open_console(&self, cx: &Context<'_>) -> Vec<Effect> {
        let Some(provider) = cx.catalog.by_id(&self.provider) else { return Vec::new() };
        setup_help::console(cx, provider, &self.variables(provider))
    }

    /// Handles an input while the setup help is open.
    pub(super) fn act_in_help(&mut self, cx: &Context<'_>, input: &Input) -> Vec<Effect> {
        let Some(help) = &mut self.help else { return Vec::new() };
        let (stays, effects) = help.update(cx, input);
        self.help.take_if(|_| !stays);
        effects
    }
}
