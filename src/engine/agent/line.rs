//! One line of JSON, whole and bounded; its bytes are wiped.

use serde::Serialize;
use zeroize::Zeroizing;

use crate::problem::Problem;

/// Longest line: an access token of some kilobytes, several headers of it, many names.
pub(super) const MAX: usize = 1 << 20;

/// The value as one line.
pub(super) fn write(value: &impl Serialize) -> Result<Zeroizing<Vec<u8>>, Problem> {
    // Room enough for nearly everything, so that no shorter copy stays behind.
    let mut line = Zeroizing::new(Vec::with_capacity(32 << 10));
    serde_json::to_writer(&mut *line, value).map_err(|_| Problem::internal("A message could not be written."))?;
    line.push(b'\n');
    Ok(line)
}
