//! Configuration > Security > Recovery kit: a second key, shown once, active when its end was typed back.

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::engine::event::{JobEvent, Outcome};
use crate::engine::operation::Operation;
use crate::engine::ops::recovery::{PROOF_CHARS, RecoveryKit};
use crate::problem::Problem;
use crate::tui::context::Context;
use crate::tui::effect::{Effect, FlowId, Notice};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::present::in_full;
use crate::tui::view::View;
use crate::tui::widgets::fields::{Row, rows};
use crate::tui::widgets::pane::{indent, pane, split_top};
use crate::tui::widgets::text_field::TextField;

const KEYS: &[Key] =
    &[Key::new(&[Press::plain(KeyCode::Enter)], Action::Accept, "next", "I wrote it down; activate it")];

/// Where the person is.
#[derive(Debug)]
pub struct Recovery {
    kit: Option<Box<RecoveryKit>>,
    /// Shows the kit; hidden while its end is typed back.
    shown: TextField,
    proof: Option<TextField>,
    work: FlowId,
    failed: Option<Problem>,
}

impl Recovery {
    /// Asks for a kit.
    #[must_use]
    pub fn start(cx: &Context<'_>) -> (Self, Vec<Effect>) {
        let screen = Self { kit: None, shown: TextField::masked(), proof: None, work: cx.flow, failed: None };
        (screen, vec![Effect::Work(cx.flow, Operation::PrepareRecovery)])
    }

    fn accept(&mut self, cx: &Context<'_>) -> Vec<Effect> {
        match (&self.kit, &self.proof) {
            (Some(kit), Some(proof)) => {
                self.work = cx.flow;
                let work = Operation::ConfirmRecovery { kit: kit.clone(), typed: proof.secret() };
                vec![Effect::Work(cx.flow, work)]
            }
            (Some(_), None) => {
                self.proof = Some(TextField::masked());
                Vec::new()
            }
            _ => Vec::new(),
        }
    }
}

impl View for Recovery {
    fn title(&self, _cx: &Context<'_>) -> String {
        "Security > Recovery kit".to_owned()
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn captures_text(&self) -> bool {
        self.proof.is_some()
    }

    fn waits_for(&self) -> Option<FlowId> {
        Some(self.work)
    }

    fn update(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect> {
        match (input, &mut self.proof) {
            (Input::Do(Action::Accept), _) => return self.accept(cx),
            (Input::Text(c), Some(proof)) => proof.insert(c),
            (Input::Edit(edit), Some(proof)) => proof.edit(edit),
            (Input::Flow(_, JobEvent::Finished(result)), _) => match result {
                Ok(Outcome::Recovery(kit)) => {
                    self.shown.paste(&kit.identity);
                    self.shown.toggle_shown();
                    self.kit = Some(kit);
                }
                Ok(_) => {
                    let done = "Recovery kit activated. It opens the vault with age or with Credenza.";
                    return vec![Effect::Back, Effect::Notice(Notice::Done(done.to_owned()))];
                }
                Err(problem) => {
                    self.failed = Some(problem);
                    self.proof = None;
                }
            },
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let inside = pane(cx.theme, frame, area, "Recovery kit", Line::default());
        let mut text = vec![
            Row::blank(),
            Row::new(
                "",
                "This key opens the vault without the passphrase. It is shown once and stored nowhere. Write it \
                down or print it, and keep it where only you can get it.",
            ),
            Row::blank(),
        ];
        if cx.snapshot.recovery_kit {
            text.push(
                Row::new("", "A kit already exists; a new one replaces it. The old kit still opens earlier backups.")
                    .style(cx.theme.warn),
            );
            text.push(Row::blank());
        }
        let rest = rows(cx.theme, frame, inside, 0, &text);
        let (line, mut rest) = split_top(rest, 1);
        if let Some(proof) = &self.proof {
            let label = format!("Its last {PROOF_CHARS} characters");
            frame.render_widget(Span::styled(label, cx.theme.muted), line);
            proof.view(cx, frame, indent(line, 26), true);
        } else {
            let above = Rect { y: line.y, height: line.height + rest.height, ..line };
            let used = self.shown.view_whole(cx, frame, above);
            rest = split_top(above, used.max(1)).1;
        }
        let rest = split_top(rest, 1).1;
        let mut text = Vec::new();
        if let Some(problem) = &self.failed {
            text.extend([Row::new("", in_full(problem)).style(cx.theme.danger), Row::blank()]);
        }
        text.push(Row::new(
            "",
            if self.proof.is_some() {
                "Type them from your written copy and press enter. Press esc to leave without a kit."
            } else {
                "Press enter when you have written it down. Press esc to leave without a kit."
            },
        ));
        text.push(Row::blank());
        text.push(Row::new("", "To use it, save it in a file, then:  age -d -i FILE vault.age"));
        rows(cx.theme, frame, rest, 0, &text);
    }
}
