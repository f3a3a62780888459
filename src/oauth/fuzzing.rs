//! Entry points for the fuzz targets in `fuzz/`. Compiled only for them.

use jiff::Timestamp;
use zeroize::Zeroizing;

use super::http::{Response, decoded};
use super::token_response::read;
use crate::catalog::OAuthProfile;

/// Largest body, in bytes, as for a token response.
const MAX: usize = 1024 * 1024;

/// The access token and refresh token of a success response with this body; `None` if they cannot be read.
#[must_use]
pub fn tokens(encoding: &str, body: &[u8]) -> Option<(String, String)> {
    let body = decoded(Zeroizing::new(body.to_vec()), encoding, MAX).ok()?;
    let read = read(&Response::made(200, "", &body), &OAuthProfile::default(), None, Timestamp::UNIX_EPOCH).ok()?;
    Some((read.access?.expose().to_owned(), read.refresh?.expose().to_owned()))
}
