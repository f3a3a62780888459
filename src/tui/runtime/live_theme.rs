//! Changes the theme while the program runs: when the terminal reports its background, or the settings or the theme's
//! file change.

use std::time::Duration;

use tokio::time::Instant;

use super::{EventBatches, Runtime};
use crate::tui::effect::Notice;
use crate::tui::folder_watch::FolderWatch;
use crate::tui::message::Message;
use crate::tui::terminal::Screen;
use crate::tui::theme::Theme;

/// How long the terminal's answer about its background is accepted; a later one is ignored, so that colors do not
/// change while the user works.
const ANSWERS_WITHIN: Duration = Duration::from_secs(5);

/// How long after the query the end of the program waits for the answer, so that it does not reach the shell as input.
const ENDS_AFTER_QUESTION: Duration = Duration::from_millis(300);

impl Runtime {
    /// Called after the first frame: queries the background if the theme depends on it, and watches the theme's file.
    pub(super) fn follow_theme(&mut self, screen: &mut Screen, themes: &mut FolderWatch) {
        if self.theme.asks_for_background() {
            self.asked = screen.ask_background().then(Instant::now);
        }
        if let Some(folder) = self.theme.watched() {
            themes.follow(folder);
            // The file may have changed, or the folder may have been created, between the first reading and the watch.
            self.theme = self.theme.by_settings(&self.app.workspace.settings);
            self.load_theme(Some(self.app.theme.clone()));
        }
    }

    /// Before the program ends, waits for the answer about the background if the query was sent only just now.
    pub(super) async fn await_answer(&mut self, events: &mut EventBatches, screen: &mut Screen) {
        while let Some(until) = self.asked.map(|asked| asked + ENDS_AFTER_QUESTION) {
            match tokio::time::timeout_at(until, events.recv()).await {
                Ok(Some(Ok(batch))) => self.batch(batch, screen),
                _ => return,
            }
        }
    }

    /// Handles the terminal's answer about its background.
    pub(super) fn background(&mut self, color: [u8; 3]) {
        if self.asked.take().is_some_and(|asked| asked.elapsed() < ANSWERS_WITHIN) {
            self.theme.set_background(color);
            self.reload_theme();
        }
    }

    pub(super) fn reload_theme(&self) {
        self.load_theme(None);
    }

    /// Loads the theme; changes nothing if it equals `shown`.
    fn load_theme(&self, shown: Option<Theme>) {
        let (source, sender) = (self.theme.clone(), self.sender.clone());
        tokio::task::spawn_blocking(move || {
            let (theme, problem) = source.load();
            if shown.is_some_and(|shown| shown == theme) {
                return;
            }
            let _ = sender.blocking_send(Message::Theme(Box::new(theme)));
            if let Some(problem) = problem {
                let _ = sender.blocking_send(Message::Notice(Notice::Failed(problem)));
            }
        });
    }
}
