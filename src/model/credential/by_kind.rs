//! A view of a credential through one of its token sets.
//!
//! The same rules apply to the main tokens and to each additional set. To write them only once,
//! [`Credential::with_token_set`] returns a credential with a set as its main tokens, and [`Credential::in_set`]
//! changes a set as if it were the main one.

use std::borrow::Cow;

use super::{Credential, Event, TokenKind, TokenSet, Tokens, UnreadResponse};

impl Credential {
    /// The credential with the token set `kind` in place of its main tokens; `None` if it has no such set.
    #[must_use]
    pub fn with_token_set(&self, kind: TokenKind) -> Option<Self> {
        let set = self.token_sets.get(&kind)?.clone();
        let mut shown = self.clone();
        shown.token_sets.clear();
        shown.put(set);
        Some(shown)
    }

    /// The credential as seen through each of its token sets, the main one first.
    pub(crate) fn each_kind(&self) -> impl Iterator<Item = (Option<TokenKind>, Cow<'_, Self>)> {
        let sets =
            self.token_sets.keys().filter_map(|kind| Some((Some(*kind), Cow::Owned(self.with_token_set(*kind)?))));
        std::iter::once((None, Cow::Borrowed(self))).chain(sets)
    }

    /// The tokens of a set; `None` is the main set.
    #[must_use]
    pub fn tokens_of(&self, kind: Option<TokenKind>) -> Option<&Tokens> {
        match kind {
            Some(kind) => self.token_sets.get(&kind).map(|set| &set.tokens),
            None => self.tokens.as_ref(),
        }
    }

    /// All sets of tokens, the main one first.
    pub(crate) fn all_tokens(&self) -> impl Iterator<Item = &Tokens> {
        self.tokens.iter().chain(self.token_sets.values().map(|set| &set.tokens))
    }

    /// The unreadable response of any token set.
    #[must_use]
    pub(crate) fn any_unread(&self) -> Option<&UnreadResponse> {
        self.unread.as_ref().or_else(|| self.token_sets.values().find_map(|set| set.unread.as_ref()))
    }

    /// Changes a token set as `change` would change the main tokens. The history entries name the set.
    pub(crate) fn in_set(&mut self, kind: TokenKind, change: impl FnOnce(&mut Self)) {
        let Some(main) = self.take_main() else { return };
        if let Some(set) = self.token_sets.remove(&kind) {
            self.put(set);
        }
        let history = std::mem::take(&mut self.history);
        change(self);
        let events = std::mem::replace(&mut self.history, history);
        let set = self.take_main();
        if let Some(set) = set {
            self.token_sets.insert(kind, set);
        }
        self.put(main);
        for event in events {
            let detail = match event.detail.as_str() {
                "" => format!("{kind} token"),
                detail => format!("{kind} token: {detail}"),
            };
            self.record(Event { detail, ..event });
        }
    }

    fn put(&mut self, set: TokenSet) {
        let TokenSet { tokens, setback, unread, refusals, not_before, renewals } = set;
        self.tokens = Some(tokens);
        (self.setback, self.unread, self.refusals) = (setback, unread, refusals);
        (self.not_before, self.renewals) = (not_before, renewals);
    }

    fn take_main(&mut self) -> Option<TokenSet> {
        let (setback, unread, refusals) = (self.setback.take(), self.unread.take(), self.refusals.take());
        let (not_before, renewals) = (self.not_before.take(), std::mem::take(&mut self.renewals));
        let tokens = self.tokens.take()?;
        Some(TokenSet { tokens, setback, unread, refusals, not_before, renewals })
    }
}
