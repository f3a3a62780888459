//! Applies a setting that was changed on a screen.

use std::sync::Arc;

use super::app::App;
use crate::engine::ops::settings::{Key, SettingsFile};

impl App {
    /// Applies a setting that takes effect at once. Other settings apply after the next start, and a run keeps the
    /// settings that it began with.
    pub(super) fn apply(&mut self, key: Key, file: &SettingsFile) {
        if !key.is_felt_at_once() {
            return;
        }
        let mut settings = (*self.workspace.settings).clone();
        settings.take(key, &file.settings);
        let settings = Arc::new(settings);
        if let Some(session) = &mut self.session {
            session.workspace.settings = Arc::clone(&settings);
        }
        if matches!(key, Key::Theme | Key::Glyphs) {
            self.has_other_theme = true;
        }
        self.workspace.settings = settings;
    }
}
