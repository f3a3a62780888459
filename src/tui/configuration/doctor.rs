//! Configuration > Doctor: looks for problems on this machine, and in the connection of one credential to its provider.

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::engine::event::{JobEvent, Outcome};
use crate::engine::operation::Operation;
use crate::engine::ops::doctor::{Finding, FindingLevel, ticket};
use crate::model::credential::CredentialId;
use crate::problem::Problem;
use crate::tui::context::Context;
use crate::tui::effect::{Copyable, Effect, OperationId};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::present;
use crate::tui::theme::Theme;
use crate::tui::view::{RedrawRate, View};
use crate::tui::widgets::fields::{Row, height, rows};
use crate::tui::widgets::motion_keys;
use crate::tui::widgets::pane::{more_below, pane};
use crate::tui::widgets::spinner;

const KEYS: &[Key] = &[
    Key::new(&[Press::char('r')], Action::Examine, "check again", "Run all checks again"),
    Key::new(
        &[Press::char('y')],
        Action::CopyTicket,
        "copy for a ticket",
        "Copy the results as JSON (without secrets)",
    ),
    motion_keys::SCROLL_DOWN,
    motion_keys::SCROLL_UP,
    Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "back", "Go back; running checks are dropped"),
];

/// Width of a check's glyph and label.
const LABEL: u16 = 14;

#[derive(Debug)]
pub(crate) struct Doctor {
    about: Option<CredentialId>,
    work: OperationId,
    found: Option<Result<Vec<Finding>, Problem>>,
    top: usize,
}

impl Doctor {
    /// Checks this machine and, with `about`, the connection of that credential to its provider.
    #[must_use]
    pub(crate) fn start(cx: &Context<'_>, about: Option<CredentialId>) -> (Self, Vec<Effect>) {
        let mut page = Self { about, work: cx.operation, found: None, top: 0 };
        let effects = page.examine(cx);
        (page, effects)
    }

    fn examine(&mut self, cx: &Context<'_>) -> Vec<Effect> {
        self.work = cx.operation;
        self.found = None;
        self.top = 0;
        vec![Effect::Work(cx.operation, Operation::Examine(self.about))]
    }

    fn scroll(&mut self, by: isize) {
        let last =
            self.found.as_ref().and_then(|found| found.as_ref().ok()).map_or(0, |all| all.len().saturating_sub(1));
        self.top = self.top.saturating_add_signed(by).min(last);
    }
}

impl View for Doctor {
    fn title(&self, _cx: &Context<'_>) -> String {
        "Doctor".to_owned()
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn refusal(&self, _cx: &Context<'_>, action: Action) -> Option<&'static str> {
        match action {
            Action::CopyTicket if !matches!(self.found, Some(Ok(_))) => Some("no results yet"),
            _ => None,
        }
    }

    fn redraw_rate(&self) -> RedrawRate {
        if self.found.is_none() { RedrawRate::Spinner } else { RedrawRate::Still }
    }

    fn waits_for(&self) -> Option<OperationId> {
        Some(self.work)
    }

    fn update(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect> {
        match input {
            Input::Do(Action::Examine) => return self.examine(cx),
            Input::Do(Action::Back) => return vec![Effect::Back],
            Input::Do(Action::Down) => self.scroll(1),
            Input::Do(Action::Up) => self.scroll(-1),
            Input::Scroll(by) => self.scroll(by.into()),
            Input::Do(Action::CopyTicket) => {
                if let Some(Ok(found)) = &self.found {
                    let text = ticket(found, present::step).to_string();
                    return vec![Effect::Copy(Copyable::Plain { what: "the findings", text })];
                }
            }
            Input::Job(_, JobEvent::Finished(result)) => {
                self.found = Some(result.map(|outcome| match outcome {
                    Outcome::Examined(found) => found,
                    _ => Vec::new(),
                }));
            }
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let (text, right) = match &self.found {
            None => {
                let what = if self.about.is_some() {
                    "this machine and the connection to the provider"
                } else {
                    "this machine"
                };
                (vec![Row::blank(), Row::new("", format!("{} Checking {what}.", spinner(cx)))], Line::default())
            }
            Some(Err(problem)) => {
                let text = vec![Row::blank(), Row::new("", present::in_full(problem)).style(cx.theme.danger)];
                (text, Line::default())
            }
            Some(Ok(found)) => {
                (findings(cx.theme, found.get(self.top..).unwrap_or_default()), summary(cx.theme, found))
            }
        };
        let inside = pane(cx.theme, frame, area, "Doctor", right);
        rows(cx.theme, frame, inside, LABEL, &text);
        if height(inside, LABEL, &text) > inside.height {
            more_below(cx.theme, frame, area);
        }
    }
}

/// "2 problems" or "no problems, 1 notice", at the right of the title.
fn summary(theme: &Theme, found: &[Finding]) -> Line<'static> {
    let count = |wanted: fn(&FindingLevel) -> bool| found.iter().filter(|finding| wanted(&finding.verdict)).count();
    let bad = count(|verdict| matches!(verdict, FindingLevel::Bad(_)));
    let notices = count(|verdict| matches!(verdict, FindingLevel::Notice(..)));
    let (text, style) = match (bad, notices) {
        (0, 0) => ("all healthy".to_owned(), theme.ok),
        (0, 1) => ("no problems, 1 notice".to_owned(), theme.ok),
        (0, notices) => (format!("no problems, {notices} notices"), theme.ok),
        (1, _) => ("1 problem".to_owned(), theme.danger),
        (bad, _) => (format!("{bad} problems"), theme.danger),
    };
    Line::from(Span::styled(format!(" {text} "), style))
}

fn findings(theme: &Theme, found: &[Finding]) -> Vec<Row> {
    let mut text = vec![Row::blank()];
    for finding in found {
        let (_, what, why, try_this) = finding.parts(present::step);
        let (glyph, ascii, style) = match finding.verdict {
            FindingLevel::Good(_) => ("✓", "ok", theme.text),
            FindingLevel::Notice(..) => ("·", "--", theme.warn),
            FindingLevel::Bad(_) => ("✗", "XX", theme.danger),
        };
        let glyph = if theme.ascii { ascii } else { glyph };
        text.push(Row::new(&format!("{glyph} {}", finding.label()), what).style(style));
        let more = [(why, theme.text), (try_this.as_str(), theme.accent)];
        for (line, style) in more.into_iter().filter(|(line, _)| !line.is_empty()) {
            text.push(Row::new(" ", line).style(style));
        }
    }
    text
}
