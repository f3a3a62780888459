//! Entry points for the fuzz targets in `fuzz/`. Compiled only for them.

/// Reads a decrypted payload and writes it again; `None` if it cannot be read.
#[must_use]
pub fn rewritten(json: &[u8]) -> Option<Vec<u8>> {
    super::file::rewritten(json)
}
