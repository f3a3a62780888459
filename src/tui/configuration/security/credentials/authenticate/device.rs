//! The device code: the page to open, the code to enter, a QR code for the phone, and the progress.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::engine::ops::sign_in::DeviceCodePrompt;
use crate::tui::context::Context;
use crate::tui::widgets::fields::{Row, rows};
use crate::tui::widgets::pane::indent;
use crate::tui::widgets::qr::qr;

/// Width that the text needs beside the QR code.
const WORDS: u16 = 38;

/// Width of the gap between the text and the QR code.
const GAP: u16 = 1;

/// A device code that waits for the user's consent.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) prompt: Box<DeviceCodePrompt>,
    /// How often the provider was polled.
    pub(super) asked: u32,
    /// Seconds until the next poll.
    pub(super) pause: u64,
}

impl Waiting {
    pub(super) fn new(prompt: Box<DeviceCodePrompt>) -> Self {
        let pause = prompt.interval.as_secs();
        Self { prompt, asked: 0, pause }
    }

    /// The URL that `o` opens and `Y` copies.
    pub(super) fn link(&self) -> &str {
        self.prompt.to_open().as_str()
    }

    /// Whether a browser may be opened with this URL.
    pub(super) fn is_openable(&self) -> bool {
        self.prompt.openable || self.prompt.complete.is_some()
    }

    pub(super) fn draw(&self, cx: &Context<'_>, steps: &[Row], frame: &mut Frame<'_>, area: Rect) {
        let picture = self.picture(cx, area);
        let width = picture.as_ref().and_then(|lines| lines.first()).map_or(0, |line| line.chars().count());
        let width = u16::try_from(width).unwrap_or(0);
        let words = Rect { width: area.width.saturating_sub(width + GAP), ..area };
        let rest = rows(cx.theme, frame, words, 0, &self.words(cx, picture.is_some()));
        rows(cx.theme, frame, rest, 0, steps);
        let place = indent(area, area.width.saturating_sub(width));
        for (row, line) in (0..).zip(picture.into_iter().flatten()) {
            let line_area = Rect { y: place.y + row, height: 1, ..place };
            frame.render_widget(Line::styled(line, cx.theme.picture), line_area);
        }
    }

    /// The QR code. `None` in ASCII, where its cells would be twice as high as wide, and if it does not fit.
    fn picture(&self, cx: &Context<'_>, area: Rect) -> Option<Vec<String>> {
        let url = self.prompt.for_a_phone().filter(|_| !cx.theme.ascii)?;
        qr(url.as_str(), area.width.saturating_sub(WORDS + GAP), area.height)
    }

    fn words(&self, cx: &Context<'_>, picture: bool) -> Vec<Row> {
        let shown = &self.prompt;
        let mut text = vec![
            Row::blank(),
            Row::new("", "On any phone or computer, open"),
            Row::blank(),
            Row::new("", format!("   {}", shown.verification_uri)).style(cx.theme.accent),
            Row::blank(),
            Row::new("", "and enter"),
            Row::blank(),
            Row::new("", format!("   {}", spaced(&shown.user_code))).style(cx.theme.heading.patch(cx.theme.accent)),
            Row::blank(),
        ];
        if !shown.openable {
            let host = shown.verification_uri.host_str().unwrap_or_default();
            let warning = format!("{host} does not use https: check the address before you enter anything there.");
            text.extend([Row::new("", warning).style(cx.theme.warn), Row::blank()]);
        }
        if picture {
            let inside = if shown.complete.is_some() {
                "or scan the picture: the code is in it."
            } else {
                "or scan the picture."
            };
            text.push(Row::new("", inside));
            text.push(Row::blank());
        }
        text
    }

    /// The progress in words.
    pub(super) fn progress(&self) -> String {
        let again = format!("checks every {} s", self.pause);
        match self.asked {
            0 => format!("Waiting for you to accept ({again})"),
            1 => format!("Not accepted yet ({again})"),
            asked => format!("Not accepted yet; {asked} times ({again})"),
        }
    }
}

/// The code with spaces between the letters, so that it can be read aloud.
fn spaced(code: &str) -> String {
    let mut text = String::with_capacity(2 * code.len());
    for c in code.chars() {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push(c);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_spelled() {
        assert_eq!(spaced("WDJB-MJHT"), "W D J B - M J H T");
        assert_eq!(spaced(""), "");
    }
}
