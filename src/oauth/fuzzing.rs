//! What the fuzz targets in `fuzz/` reach. Built for them only.

use jiff::Timestamp;
use zeroize::Zeroizing;

use super::answer::read;
use super::http::{Answer, decoded};
use crate::catalog::Flow;

/// Bytes of a body, as of a token answer.
const MAX: usize = 1024 * 1024;

/// Access and refresh token of a success with this body; `None` where they cannot be read.
#[must_use]
pub fn tokens(encoding: &str, body: &[u8]) -> Option<(String, String)> {
    let body = decoded(Zeroizing::new(body.to_vec()), encoding, MAX)?;
    let read = read(&Answer::made(200, "", &body), &Flow::default(), Timestamp::UNIX_EPOCH).ok()?;
    Some((read.access?.expose().to_owned(), read.refresh?.expose().to_owned()))
}
