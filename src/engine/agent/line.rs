//! Reads and writes one bounded line of JSON, whose bytes are wiped.

use serde::Serialize;
use zeroize::Zeroizing;

use crate::problem::Problem;

/// Longest line in bytes: an access token of some kilobytes with its headers, or many names.
pub(super) const MAX: usize = 1 << 20;

/// Serializes the value as one line.
pub(super) fn write(value: &impl Serialize) -> Result<Zeroizing<Vec<u8>>, Problem> {
    // Large enough for nearly every line, so that no shorter copy is left in memory.
    let mut line = Zeroizing::new(Vec::with_capacity(32 << 10));
    serde_json::to_writer(&mut *line, value).map_err(|_| Problem::internal("A message could not be written."))?;
    line.push(b'\n');
    Ok(line)
}
