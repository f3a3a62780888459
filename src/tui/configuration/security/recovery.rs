//! Configuration > Security > Recovery kit: shows a second key once, as a sheet. The key becomes active when the user
//! has typed its last group.

mod sheet;

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::engine::event::{JobEvent, Outcome};
use crate::engine::operation::Operation;
use crate::engine::ops::recovery::{PROOF_CHARS, RecoveryKit};
use crate::problem::Problem;
use crate::tui::context::Context;
use crate::tui::effect::{Effect, Notice, OperationId};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::present::in_full;
use crate::tui::view::View;
use crate::tui::widgets::fields::{Row, rows};
use crate::tui::widgets::pane::{indent, pane, split_top};
use crate::tui::widgets::text_field::TextField;

const KEYS: &[Key] = &[
    Key::new(&[Press::plain(KeyCode::Enter)], Action::Accept, "I wrote it down", "I wrote it down: activate it"),
    Key::new(
        &[Press::char('w')],
        Action::WriteSheet,
        "write to a file",
        "Write the sheet to a file in your home folder, to print it",
    ),
    Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "leave", "Leave without a kit"),
];

/// Keys while the user types the last group of the key.
const PROOF_KEYS: &[Key] = &[
    Key::new(&[Press::plain(KeyCode::Enter)], Action::Accept, "activate", "Activate the kit"),
    Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "leave", "Leave without a kit"),
];

/// Width that the QR code and the text beside it need.
const WITH_PICTURE: u16 = 76;

#[derive(Debug)]
pub(crate) struct Recovery {
    /// Shown until the user types its last group.
    kit: Option<Box<RecoveryKit>>,
    proof: Option<TextField>,
    work: OperationId,
    failed: Option<Problem>,
}

impl Recovery {
    /// Opens the screen and creates a kit.
    #[must_use]
    pub(crate) fn start(cx: &Context<'_>) -> (Self, Vec<Effect>) {
        let screen = Self { kit: None, proof: None, work: cx.operation, failed: None };
        (screen, vec![Effect::Work(cx.operation, Operation::PrepareRecovery)])
    }

    fn accept(&mut self, cx: &Context<'_>) -> Vec<Effect> {
        match (&self.kit, &self.proof) {
            (Some(kit), Some(proof)) => {
                self.work = cx.operation;
                let work = Operation::ConfirmRecovery { kit: kit.clone(), typed: proof.secret() };
                vec![Effect::Work(cx.operation, work)]
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
        if self.proof.is_some() { PROOF_KEYS } else { KEYS }
    }

    fn refusal(&self, _cx: &Context<'_>, action: Action) -> Option<&'static str> {
        (action == Action::WriteSheet && self.kit.is_none()).then_some("the kit is being created")
    }

    fn captures_text(&self) -> bool {
        self.proof.is_some()
    }

    fn waits_for(&self) -> Option<OperationId> {
        Some(self.work)
    }

    fn update(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect> {
        match (input, &mut self.proof) {
            (Input::Do(Action::Accept), _) => return self.accept(cx),
            (Input::Do(Action::Back), _) => return vec![Effect::Back],
            (Input::Do(Action::WriteSheet), _) => return self.write(cx),
            (Input::Text(c), Some(proof)) => proof.insert(c),
            (Input::Edit(edit), Some(proof)) => proof.edit(edit),
            (Input::Job(_, JobEvent::Finished(result)), _) => match result {
                Ok(Outcome::Recovery(kit)) => self.kit = Some(kit),
                Ok(Outcome::Written(path)) => {
                    let text = format!("Written to {}. Print it, then delete the file.", path.display());
                    return vec![Effect::Notice(Notice::Refused(text))];
                }
                Ok(_) => {
                    let done = "Recovery kit activated.";
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
        let Some(proof) = &self.proof else { return self.view_sheet(cx, frame, inside) };
        let text =
            [Row::blank(), Row::new("", "The kit is not active yet. Type the last characters from your written copy.")];
        let rest = rows(cx.theme, frame, inside, 0, &text);
        let (line, rest) = split_top(split_top(rest, 1).1, 1);
        let label = format!("Last {PROOF_CHARS} characters");
        frame.render_widget(Span::styled(label, cx.theme.muted), line);
        proof.view(cx, frame, indent(line, 26), true);
        rows(cx.theme, frame, split_top(rest, 1).1, 0, &self.problem(cx));
    }
}

impl Recovery {
    fn write(&mut self, cx: &Context<'_>) -> Vec<Effect> {
        let Some(kit) = &self.kit else { return Vec::new() };
        let sheet = Box::new(sheet::text(cx, &kit.identity));
        self.work = cx.operation;
        vec![Effect::Work(cx.operation, Operation::WriteSheet { sheet, name: sheet::file_name(cx) })]
    }

    fn problem(&self, cx: &Context<'_>) -> Vec<Row> {
        let problem = self.failed.iter();
        problem.flat_map(|problem| [Row::new("", in_full(problem)).style(cx.theme.danger), Row::blank()]).collect()
    }

    /// The sheet, with the QR code beside it if there is room.
    fn view_sheet(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let key = self.kit.as_ref().map(|kit| &kit.identity);
        let has_room = area.width >= WITH_PICTURE && !cx.theme.ascii;
        let picture = key.filter(|_| has_room).and_then(|key| sheet::picture(key, area.width / 2, area.height));
        let picture = picture.unwrap_or_default();
        let columns = picture.first().map_or(0, |row| u16::try_from(row.chars().count()).unwrap_or_default());
        let left = Rect { width: area.width.saturating_sub(if columns > 0 { columns + 2 } else { 0 }), ..area };
        for (line, row) in indent(area, area.width.saturating_sub(columns)).rows().zip(&picture) {
            frame.render_widget(Line::styled(row.as_str(), cx.theme.picture), line);
        }
        let mut text = vec![
            Row::new("", "This key opens the vault without the passphrase. It is shown once and stored nowhere."),
            Row::blank(),
        ];
        let groups = key.map(|key| sheet::groups(key, left.width.into())).unwrap_or_default();
        text.extend(groups.into_iter().map(|row| Row::new("", row).style(cx.theme.heading)));
        text.push(Row::blank());
        text.push(Row::new("Vault", cx.workspace.vault_place()));
        text.push(Row::new("Created", sheet::day(cx)));
        text.push(Row::new("To use it", sheet::COMMAND));
        text.push(Row::blank());
        text.extend(self.problem(cx));
        if cx.snapshot.recovery_kit {
            let text_of_it = "It replaces your current kit, which still opens earlier backups.";
            text.push(Row::new("", text_of_it).style(cx.theme.warn));
        }
        text.push(Row::new(
            "",
            "Write it down or press w to write it to a file, then press enter. esc leaves without.",
        ));
        rows(cx.theme, frame, left, 10, &text);
    }
}
