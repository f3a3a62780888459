//! SHA-256 in hex, which pins a vault's secret and identifies files.

use sha2::{Digest as _, Sha256};

/// Lower-case hex SHA-256.
pub(super) fn hex_sha256(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
