//! What the fuzz targets in `fuzz/` reach. Built for them only.

/// A decrypted payload as it is written again; `None` where it cannot be read.
#[must_use]
pub fn rewritten(json: &[u8]) -> Option<Vec<u8>> {
    super::file::rewritten(json)
}
