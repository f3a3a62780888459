//! The key that verifies catalog updates: the release key, or the one from the settings.

use minisign_verify::{PublicKey, Signature};

use crate::problem::{Kind, Problem};

/// The public half of the release key, as `minisign -G` writes it.
const RELEASE: &str = include_str!("../../../assets/release/catalog.pub");

/// A key that verifies updates.
#[derive(Clone)]
pub(crate) struct VerifyingKey(PublicKey);

impl std::fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("VerifyingKey")
    }
}

impl VerifyingKey {
    /// The key in the settings, else the key of this release.
    ///
    /// # Errors
    /// `Kind::Usage` if the key in the settings cannot be read, or if there is no key at all.
    pub(crate) fn of(settings: Option<&str>) -> Result<Self, Problem> {
        if let Some(text) = settings {
            return PublicKey::from_base64(text.trim()).map(Self).map_err(|_| {
                Problem::new(Kind::Usage, "catalog_key in the settings is not a minisign public key.")
                    .why("Such a key is one line of 56 characters that begins with RW.")
                    .try_this("Copy the second line of the .pub file that minisign -G wrote.")
            });
        }
        PublicKey::decode(RELEASE).map(Self).map_err(|_| {
            Problem::new(Kind::Usage, "This release has no key to verify catalog updates with.")
                .try_this("Set catalog_key in settings.toml to the public key your updates are signed with.")
        })
    }

    /// Verifies the text of a `.minisig` file over the bytes.
    ///
    /// # Errors
    /// `Kind::Refused` for anything but a signature of this key over exactly these bytes.
    pub(super) fn verify(&self, bytes: &[u8], signature: &str) -> Result<(), Problem> {
        let refuse = |why: &str| {
            Problem::new(Kind::Refused, "The signature of the catalog update is not valid.")
                .why(why)
                .try_this("Download both files again. If that does not help, do not use them.")
        };
        let signature = Signature::decode(signature).map_err(|_| refuse("The .minisig file is damaged or empty."))?;
        self.0.verify(bytes, &signature, false).map_err(|error| match error {
            minisign_verify::Error::UnexpectedKeyId => refuse("It was made with another key."),
            _ => refuse("The update was changed or cut short after it was signed."),
        })
    }
}
