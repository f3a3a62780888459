//! Finds the credential that a word names, and its token.

use super::credentials;
use super::token::{Request, Token, as_of, kept, token_of};
use crate::engine::Session;
use crate::model::credential::Credential;
use crate::problem::Problem;

/// Returns the credential, and its token if that is valid. Takes no lock, and needs no network if this machine has a
/// copy.
///
/// # Errors
/// `Kind::NotFound`, `Kind::Storage`; the inner result says why there is no token.
pub fn find(
    session: &Session,
    word: &str,
    request: Request,
) -> Result<(Credential, Result<Option<Token>, Problem>), Problem> {
    if let Some((credential, token)) = kept(session, word, request) {
        return Ok((credential, Ok(Some(token))));
    }
    let credential = credentials::find(session, word)?;
    let token = token_of(session, &credential, request);
    Ok((credential, token.map(|token| token.map(|token| as_of(session, token)))))
}
