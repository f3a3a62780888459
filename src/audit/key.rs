//! The key that authenticates the log's chain: only a process that has the vault open can write a valid line.

use std::fmt;

use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

/// A key, derived from the vault's secret.
#[derive(Clone, Eq, PartialEq)]
pub struct Key(Zeroizing<[u8; 32]>);

impl Key {
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Hex, for the vault's own payload.
    pub(crate) fn to_hex(&self) -> Zeroizing<String> {
        Zeroizing::new(hex(self.0.as_slice()))
    }

    /// Reads what [`Self::to_hex`] wrote.
    pub(crate) fn from_hex(text: &str) -> Option<Self> {
        let bytes = text.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
        let bytes: Zeroizing<Vec<u8>> = Zeroizing::new(bytes.collect::<Option<_>>()?);
        Some(Self::new(bytes.as_slice().try_into().ok()?))
    }

    /// Hex HMAC-SHA256.
    pub(super) fn mac(&self, text: &str) -> String {
        self.keyed(text).map(|mac| hex(&mac.finalize().into_bytes())).unwrap_or_default()
    }

    /// Whether `mac` is this key's MAC of the text.
    pub(super) fn fits(&self, text: &str, mac: &str) -> bool {
        !mac.is_empty() && self.mac(text) == mac
    }

    fn keyed(&self, text: &str) -> Option<Hmac<Sha256>> {
        // HMAC accepts a key of any length.
        <Hmac<Sha256>>::new_from_slice(self.0.as_slice()).ok().map(|mac| mac.chain_update(text.as_bytes()))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut hex, byte| {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
