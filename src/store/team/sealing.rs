//! Encrypts and decrypts the bodies of objects.

use std::iter;

use age::{Encryptor, x25519};
use zeroize::Zeroizing;

use super::identity::MemberSecrets;
use crate::problem::{Kind, Problem};
use crate::store::file::key;

/// Encrypts to these recipients (`age1…`).
///
/// # Errors
/// `Kind::Refused` for a recipient of an unknown kind.
pub(super) fn seal<'a>(recipients: impl Iterator<Item = &'a str>, plain: &[u8]) -> Result<Vec<u8>, Problem> {
    let recipients: Vec<x25519::Recipient> = recipients.map(str::parse).collect::<Result<_, _>>().map_err(|_| {
        Problem::new(Kind::Refused, "A member has a key of a kind this version cannot encrypt to.")
            .why("Saving would lock out that member.")
            .try_this("Use the version that added it.")
    })?;
    let encryptor = Encryptor::with_recipients(recipients.iter().map(|one| one as &dyn age::Recipient))
        .map_err(|_| Problem::internal("There is nobody to encrypt to."))?;
    key::seal(encryptor, &[plain])
}

/// Decrypts an object; `None` if it is damaged or not encrypted to this key.
pub(super) fn open(sealed: &[u8], key: &MemberSecrets) -> Option<Zeroizing<Vec<u8>>> {
    key::open(sealed, &key.identity).ok()
}

/// Encrypts to this member only, for files on this machine.
pub(super) fn seal_for_own(plain: &[u8], key: &MemberSecrets) -> Result<Vec<u8>, Problem> {
    seal(iter::once(key.recipient().as_str()), plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sealing_fails_if_the_type_of_a_member_s_key_is_unknown() {
        let problem = seal(["age1pq1unknown"].into_iter(), b"text").unwrap_err();
        assert_eq!(problem.kind, Kind::Refused);
        assert_eq!(problem.what, "A member has a key of a kind this version cannot encrypt to.");
        assert_eq!(problem.why, "Saving would lock out that member.");
    }
}
