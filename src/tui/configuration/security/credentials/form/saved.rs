//! What happens after the form is saved, and the remarks about the draft.

use super::{Form, Purpose};
use crate::engine::event::Outcome;
use crate::engine::ops::credentials::Draft;
use crate::engine::ops::notes;
use crate::problem::Problem;
use crate::tui::context::Context;
use crate::tui::effect::{Effect, Notice};
use crate::tui::route::Route;

impl Form {
    /// Remarks about values that are accepted, but may be mistakes.
    pub(super) fn notes_on(&self, cx: &Context<'_>, draft: &Draft) -> Vec<String> {
        let own = if let Purpose::Edit(id) = self.purpose { Some(id) } else { None };
        let others = cx.snapshot.credentials.list.iter().filter(|other| Some(other.id) != own);
        let provider = cx.catalog.by_id(&self.provider);
        let mut noted = provider.map(|provider| notes::on_setup(provider, &draft.setup)).unwrap_or_default();
        noted.extend(notes::on_name(&draft.name, others.map(|other| &other.name)));
        noted
    }

    pub(super) fn finished(&mut self, cx: &Context<'_>, result: Result<Outcome, Problem>) -> Vec<Effect> {
        let Some((_, authenticate)) = self.pending.take() else { return Vec::new() };
        if let Ok(Outcome::Conflict(fields)) = &result {
            return self.conflicted(cx, fields, authenticate);
        }
        let id = match (result, self.purpose) {
            (Err(problem), _) => return vec![Effect::Notice(Notice::Failed(problem))],
            (Ok(Outcome::Added(id)), _) | (Ok(_), Purpose::Edit(id)) => id,
            (Ok(_), _) => return vec![Effect::BackToCredentials],
        };
        let noted = std::mem::take(&mut self.notes).join(" ");
        if authenticate {
            let note =
                Some(noted).filter(|noted| !noted.is_empty()).map(|noted| Effect::Notice(Notice::Refused(noted)));
            return std::iter::once(Effect::Replace(Route::Authenticate(id))).chain(note).collect();
        }
        let done = Effect::Notice(match noted.as_str() {
            "" => Notice::Done("Saved. Press a to authenticate, u to undo.".to_owned()),
            // Shown as a refusal, because a refusal stays until the next key press.
            noted => Notice::Refused(format!("Saved. {noted}")),
        });
        match self.purpose {
            Purpose::Edit(_) => vec![Effect::Back, done],
            Purpose::New => vec![Effect::BackToCredentials, Effect::Select(id), done],
        }
    }
}
