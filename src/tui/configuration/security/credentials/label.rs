//! The dialog that sets the owner, or changes the tags, of one or several credentials.

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;

use crate::engine::event::{JobEvent, Outcome};
use crate::engine::operation::Operation;
use crate::engine::ops::bulk::BulkEdit;
use crate::model::credential::{Credential, CredentialId};
use crate::printable::printable;
use crate::problem::Problem;
use crate::tui::context::Context;
use crate::tui::effect::{Effect, OperationId};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::present::bulk_notice;
use crate::tui::view::View;
use crate::tui::widgets::fields::Row;
use crate::tui::widgets::form_dialog::{DialogFrame, FormDialog};
use crate::tui::widgets::text_field::TextField;

const KEYS: &[Key] = &[Key::new(&[Press::plain(KeyCode::Enter)], Action::Accept, "save", "Save it for all of them")];

/// Width of the labels.
const LABEL: u16 = 8;

/// Most names that the dialog lists; the others are only counted.
const NAMED: usize = 3;

/// Most characters of the current tags that are shown.
const MAX_SHOWN: usize = 120;

/// What the dialog edits.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Label {
    Owner,
    Tags,
}

#[derive(Debug)]
pub(crate) struct LabelDialog {
    label: Label,
    ids: Vec<CredentialId>,
    dialog: FormDialog,
}

impl LabelDialog {
    /// Edits the owner. The field contains the current owner if it is the same for all credentials.
    #[must_use]
    pub(crate) fn owner(cx: &Context<'_>, ids: &[CredentialId]) -> Self {
        let owners: Vec<&str> = credentials(cx, ids).map(|credential| credential.details.owner.as_str()).collect();
        let same = owners.first().filter(|first| owners.iter().all(|owner| owner == *first));
        Self::new(Label::Owner, ids, same.copied().unwrap_or_default())
    }

    /// Adds tags, and removes tags that are entered with a leading hyphen.
    #[must_use]
    pub(crate) fn tags(_cx: &Context<'_>, ids: &[CredentialId]) -> Self {
        Self::new(Label::Tags, ids, "")
    }

    fn new(label: Label, ids: &[CredentialId], text: &str) -> Self {
        let name = if label == Label::Owner { "Owner" } else { "Tags" };
        Self { label, ids: ids.to_vec(), dialog: FormDialog::new(vec![(name, TextField::new(text))]) }
    }

    fn edit(&self) -> BulkEdit {
        let ids = self.ids.clone();
        match self.label {
            Label::Owner => BulkEdit::SetOwner(ids, self.dialog.text(0).to_owned()),
            Label::Tags => {
                let (add, remove) = parsed(self.dialog.text(0));
                BulkEdit::ChangeTags { ids, add, remove }
            }
        }
    }

    fn note(&self) -> String {
        match self.label {
            Label::Owner if self.dialog.is_empty(0) => "They will have no owner.".to_owned(),
            Label::Owner => String::new(),
            Label::Tags => match parsed(self.dialog.text(0)) {
                (add, remove) if add.is_empty() && remove.is_empty() => {
                    "Separated by commas; a hyphen before a tag removes it: production, -test".to_owned()
                }
                (add, remove) if remove.is_empty() => format!("Adds {}.", add.join(", ")),
                (add, remove) if add.is_empty() => format!("Removes {}.", remove.join(", ")),
                (add, remove) => format!("Adds {}; removes {}.", add.join(", "), remove.join(", ")),
            },
        }
    }

    /// Names of the credentials, and how many more there are.
    fn whose(&self, cx: &Context<'_>) -> Vec<Row> {
        let named: Vec<&str> = credentials(cx, &self.ids).take(NAMED).map(|one| one.name.as_str()).collect();
        let more = self.ids.len().saturating_sub(named.len());
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let mut text = vec![Row::new("For", format!("{}{more}", named.join(", ")))];
        if self.label == Label::Tags {
            let mut tags: Vec<&str> =
                credentials(cx, &self.ids).flat_map(|one| &one.details.tags).map(String::as_str).collect();
            tags.sort_unstable();
            tags.dedup();
            let tags = if tags.is_empty() { "none".to_owned() } else { printable(&tags.join(", "), MAX_SHOWN) };
            text.push(Row::new("Now", tags));
        }
        text
    }

    fn finished(&mut self, result: Result<Outcome, Problem>) -> Vec<Effect> {
        match self.dialog.ended(result) {
            Some(Outcome::Bulk(report)) => vec![Effect::Back, Effect::Notice(bulk_notice(&report))],
            Some(_) => vec![Effect::Back],
            None => Vec::new(),
        }
    }
}

impl View for LabelDialog {
    fn title(&self, _cx: &Context<'_>) -> String {
        if self.label == Label::Owner { "Owner" } else { "Tags" }.to_owned()
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn captures_text(&self) -> bool {
        true
    }

    fn is_dialog(&self) -> bool {
        true
    }

    fn refusal(&self, _cx: &Context<'_>, action: Action) -> Option<&'static str> {
        match action {
            Action::Accept if self.dialog.is_busy() => Some("It is being saved."),
            Action::Accept if self.label == Label::Tags && self.dialog.text(0).is_empty() => {
                Some("Type a tag first, or press esc.")
            }
            _ => None,
        }
    }

    fn waits_for(&self) -> Option<OperationId> {
        self.dialog.waits_for()
    }

    fn update(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect> {
        match input {
            Input::Do(Action::Accept) => {
                let edit = Operation::Bulk(self.edit());
                return self.dialog.submit(cx, edit);
            }
            Input::Job(_, JobEvent::Finished(result)) => return self.finished(result),
            input => self.dialog.typed(&input),
        }
        Vec::new()
    }

    fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let title = if self.label == Label::Owner { "Set the owner" } else { "Add and remove tags" };
        let note = Row::new("", self.note()).style(cx.theme.muted);
        let above = self.whose(cx);
        self.dialog.view(cx, frame, area, DialogFrame { title, label: LABEL, above: &above, note, busy: "Saving." });
    }
}

fn credentials<'a>(cx: &Context<'a>, ids: &[CredentialId]) -> impl Iterator<Item = &'a Credential> {
    ids.iter().filter_map(|id| cx.snapshot.credentials.by_id(*id))
}

/// Splits the input into the tags to add and the tags to remove, which have a leading hyphen.
fn parsed(text: &str) -> (Vec<String>, Vec<String>) {
    let (mut add, mut remove) = (Vec::new(), Vec::new());
    for tag in text.split(',').map(str::trim) {
        match tag.strip_prefix('-') {
            Some(tag) if !tag.trim().is_empty() => remove.push(tag.trim().to_owned()),
            None if !tag.is_empty() => add.push(tag.to_owned()),
            _ => {}
        }
    }
    (add, remove)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_separate_tags_and_a_hyphen_removes_one() {
        let words = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        assert_eq!(parsed("prod, -test ,, it ops,-"), (words(&["prod", "it ops"]), words(&["test"])));
    }
}
