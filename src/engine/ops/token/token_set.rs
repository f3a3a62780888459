//! Selects one of a credential's token sets.

use std::borrow::Cow;

use crate::engine::session::Session;
use crate::model::credential::{Credential, TokenKind};
use crate::problem::{Kind, NextStep, Problem};

/// A credential with one of its token sets selected.
pub(super) struct SelectedTokenSet<'a> {
    /// The credential with the set as its main tokens.
    pub(super) credential: Cow<'a, Credential>,
    /// The set; `None` for the main one.
    pub(super) kind: Option<TokenKind>,
}

/// The token set named `kind`; the main one for `None`.
///
/// # Errors
/// `Kind::Usage`, listing the existing kinds.
pub(super) fn chosen<'a>(
    session: &Session,
    credential: Cow<'a, Credential>,
    kind: Option<TokenKind>,
) -> Result<SelectedTokenSet<'a>, Problem> {
    let Some(kind) = kind else { return Ok(SelectedTokenSet { credential, kind: None }) };
    if let Some(set) = credential.with_token_set(kind) {
        return Ok(SelectedTokenSet { credential: Cow::Owned(set), kind: Some(kind) });
    }
    let provider = session.provider(&credential)?;
    if provider.flow.token_kind == Some(kind) {
        return Ok(SelectedTokenSet { credential, kind: None });
    }
    let known: Vec<TokenKind> =
        provider.flow.token_kind.into_iter().chain(credential.token_sets.keys().copied()).collect();
    let name = credential.name.to_string();
    let problem = Problem::new(Kind::Usage, format!("\"{name}\" has no {kind} token."));
    let problem = match known.as_slice() {
        [] => problem.why("It has one token, which has no kind."),
        kinds => {
            let kinds: Vec<&str> = kinds.iter().map(TokenKind::as_str).collect();
            problem.why(format!("The kinds it has: {}.", kinds.join(", ")))
        }
    };
    Err(match provider.flow.token_set(kind) {
        Some(set) => problem
            .try_this(format!("Enter the scopes of the {}, and authenticate again.", set.label))
            .step(NextStep::Authenticate { name }),
        None => problem.try_this("Leave out the kind, or name one of these."),
    })
}
