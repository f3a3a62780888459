//! The credential field of the form: none, one of the provider's credentials, or a new one.

use ratatui::style::Style;

use super::super::{candidates, labels, needs_person};
use crate::model::credential::{Credential, CredentialId, Status};
use crate::tui::context::Context;

/// The content of the field.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Choice {
    None,
    Stored(CredentialId),
    /// Enter opens the form for a new credential.
    Create,
}

impl Choice {
    /// The default for a new integration: the first authenticated credential, else the first one, else a new one.
    pub(super) fn first(cx: &Context<'_>, provider: &str) -> Self {
        let list = candidates(cx, provider);
        let works = |credential: &&&Credential| credential.status(cx.now) == Status::Authenticated;
        let best = list.iter().find(works).or(list.first());
        best.map_or(Self::Create, |credential| Self::Stored(credential.id))
    }

    /// All choices: the provider's credentials, a new one, none.
    pub(super) fn all(cx: &Context<'_>, provider: &str) -> Vec<Self> {
        let stored = candidates(cx, provider).into_iter().map(|credential| Self::Stored(credential.id));
        stored.chain([Self::Create, Self::None]).collect()
    }

    pub(super) fn id(self) -> Option<CredentialId> {
        if let Self::Stored(id) = self { Some(id) } else { None }
    }

    pub(super) fn stored<'a>(self, cx: &Context<'a>) -> Option<&'a Credential> {
        self.id().and_then(|id| cx.snapshot.credentials.by_id(id))
    }

    /// The text of the field: the name, which is cut if there is too little room, and the status, which is never cut.
    pub(super) fn shown(self, cx: &Context<'_>) -> (String, String, Style) {
        match (self, self.stored(cx)) {
            (_, Some(credential)) => {
                let (status, style) = labels::status(cx, credential);
                let mut words = status.splitn(2, ' ');
                let (glyph, word) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
                (format!("{glyph} {}", credential.name), format!(" · {word}"), style)
            }
            (Self::Create, _) => ("(create a new one)".to_owned(), String::new(), cx.theme.accent),
            (Self::Stored(_), None) => ("– deleted –".to_owned(), String::new(), cx.theme.warn),
            (Self::None, _) => ("– none: chosen later –".to_owned(), String::new(), cx.theme.muted),
        }
    }

    /// The note below the field.
    pub(super) fn note(self, cx: &Context<'_>) -> &'static str {
        match (self, self.stored(cx).map(|credential| needs_person(cx, credential))) {
            (Self::Create, _) => "enter creates it, and comes back here · space lists the others",
            (_, Some(false)) => "enter or space lists them · ctrl-n creates another",
            (_, Some(true)) => "F5 authenticates it · enter or space lists them · ctrl-n creates another",
            _ => "enter or space lists them · ctrl-n creates one",
        }
    }
}
