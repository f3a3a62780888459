//! Keys derived from the vault's secret, one for each purpose.

use hmac::{Hmac, Mac as _};
use sha2::Sha256;

use crate::problem::Problem;

/// Derives the key for one purpose. It cannot be computed without the vault's secret, not even from the keys for other
/// purposes.
pub(super) fn derived(vault_secret: &str, purpose: &[u8]) -> Result<[u8; 32], Problem> {
    mac(vault_secret.as_bytes(), purpose)
}

/// HMAC-SHA256.
pub(super) fn mac(key: &[u8], message: &[u8]) -> Result<[u8; 32], Problem> {
    let mac = <Hmac<Sha256>>::new_from_slice(key).map_err(|_| Problem::internal("A key has no usable length."))?;
    Ok(mac.chain_update(message).finalize().into_bytes().into())
}
