//! Puts a setting that was changed on the screens into force.

use std::sync::Arc;

use super::app::App;
use crate::engine::ops::settings::{Key, SettingsFile};

impl App {
    /// Takes over what takes effect at once; the others stay until the next start, and what a run has begun with stays
    /// until its end.
    pub(super) fn put_in_force(&mut self, key: Key, file: &SettingsFile) {
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
