//! The join code that a person sends to an admin, and the four words that the two of them compare.
//!
//! A code is Bech32m (BIP 350), whose checksum detects typos: `credenza1…` encodes the version, the age recipient, the
//! signing key, the vault's fingerprint if it is known, and the name.

use age::x25519;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bech32::primitives::decode::CheckedHrpstring;
use bech32::{Bech32m, Hrp};
use sha2::{Digest as _, Sha256};

use super::identity::MemberSecrets;
use crate::problem::{Kind, Problem};

const PREFIX: &str = "credenza";

const VERSION: u8 = 1;

/// Bytes of the fingerprint in a code, enough to distinguish vaults.
const FINGERPRINT: usize = 16;

/// Longest name in a code, in bytes.
const MAX_NAME: usize = 128;

/// Hash iterations of the words. They make brute-forcing a key with the same words 65,536 times as expensive.
const ROUNDS: u32 = 1 << 16;

/// The word list: 1,024 words, one per line, ten bits each.
const WORDS: &str = include_str!("../../../assets/team/words.txt");

/// A decoded join code.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct JoinCode {
    pub(super) name: String,
    /// The age recipient (`age1…`).
    pub(super) recipient: String,
    /// The Ed25519 public key in base64.
    pub(super) signing_key: String,
    /// The first 32 hex digits of the vault's fingerprint.
    pub(super) vault: Option<String>,
}

impl JoinCode {
    /// The code of a person who asks to join.
    pub(super) fn of(key: &MemberSecrets, name: &str, fingerprint: Option<&str>) -> Self {
        let vault = fingerprint.map(|fingerprint| fingerprint.chars().take(2 * FINGERPRINT).collect());
        Self { name: name.to_owned(), recipient: key.recipient(), signing_key: key.signing_key(), vault }
    }

    /// Encodes the code.
    pub(super) fn text(&self) -> Result<String, Problem> {
        let failed = || Problem::internal("The join code could not be written.");
        let (_, recipient) = bech32::decode(&self.recipient).map_err(|_| failed())?;
        let mut data = vec![VERSION];
        data.extend_from_slice(&recipient);
        data.extend_from_slice(&STANDARD.decode(&self.signing_key).map_err(|_| failed())?);
        data.push(u8::from(self.vault.is_some()));
        data.extend_from_slice(&self.vault.as_deref().and_then(bytes_of_hex).unwrap_or_default());
        data.extend_from_slice(self.name.as_bytes());
        bech32::encode::<Bech32m>(Hrp::parse(PREFIX).map_err(|_| failed())?, &data).map_err(|_| failed())
    }

    /// Decodes a code that a person pasted; ignores line breaks and spaces.
    ///
    /// # Errors
    /// `Kind::Usage` if it is not a join code, is incomplete, or contains a typo.
    pub(super) fn parse(text: &str) -> Result<Self, Problem> {
        let text: String = text.split_whitespace().collect();
        if !text.to_ascii_lowercase().starts_with("credenza1") {
            return Err(refused("A join code starts with credenza1."));
        }
        let data = CheckedHrpstring::new::<Bech32m>(&text).map_err(|_| {
            refused("A character is wrong or missing: the checksum does not match.")
                .try_this("Copy the whole code again from where it was printed.")
        })?;
        Self::of_bytes(&data.byte_iter().collect::<Vec<u8>>()).ok_or_else(|| refused("It was made by a newer version."))
    }

    fn of_bytes(data: &[u8]) -> Option<Self> {
        let (version, rest) = data.split_first()?;
        if *version != VERSION {
            return None;
        }
        let (recipient, rest) = rest.split_at_checked(32)?;
        let (signing_key, rest) = rest.split_at_checked(32)?;
        let (has_vault, rest) = rest.split_first()?;
        let (vault, name) = rest.split_at_checked(if *has_vault == 1 { FINGERPRINT } else { 0 })?;
        let recipient = bech32::encode::<bech32::Bech32>(Hrp::parse("age").ok()?, recipient).ok()?;
        recipient.parse::<x25519::Recipient>().ok()?;
        let name = std::str::from_utf8(name).ok().filter(|name| name.len() <= MAX_NAME)?;
        Some(Self {
            name: name.to_owned(),
            recipient,
            signing_key: STANDARD.encode(signing_key),
            vault: (!vault.is_empty()).then(|| hex(vault)),
        })
    }
}

/// The four words of a member in a vault. Both ends get the same words only if they have the same keys and the same
/// vault.
pub(super) fn words(fingerprint: &str, recipient: &str, signing_key: &str) -> String {
    let text = format!("credenza-team-words-v1\n{fingerprint}\n{recipient}\n{signing_key}");
    let mut digest = Sha256::digest(text.as_bytes());
    for _ in 0..ROUNDS {
        digest = Sha256::new().chain_update(digest).chain_update(text.as_bytes()).finalize();
    }
    let list: Vec<&str> = WORDS.lines().collect();
    let numbers = digest.chunks(2).map(|pair| usize::from(u16::from_be_bytes([pair[0], pair[1]])));
    let words: Vec<&str> =
        numbers.take(4).map(|number| list.get(number % list.len()).copied().unwrap_or_default()).collect();
    words.join(" ")
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut hex, byte| {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn bytes_of_hex(text: &str) -> Option<Vec<u8>> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok()).collect()
}

fn refused(why: &str) -> Problem {
    Problem::new(Kind::Usage, "This is not a join code.").why(why)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_code_is_read_as_it_was_written_and_one_wrong_letter_is_noticed_anywhere() {
        let key = MemberSecrets::generate();
        for vault in [None, Some("ab".repeat(32))] {
            let code = JoinCode::of(&key, "Ana María", vault.as_deref());
            let text = code.text().unwrap();
            assert_eq!(JoinCode::parse(&text).unwrap(), code);
            assert_eq!(JoinCode::parse(&format!(" {}\n{}", &text[..40], &text[40..])).unwrap(), code);
            for at in 0..text.len() {
                let other = if text.as_bytes()[at] == b'q' { "p" } else { "q" };
                let mut wrong = text.clone();
                wrong.replace_range(at..=at, other);
                assert!(JoinCode::parse(&wrong).is_err(), "{at}");
                wrong.remove(at);
                assert!(JoinCode::parse(&wrong).is_err(), "without {at}");
            }
        }
    }

    #[test]
    fn words_are_plain_different_and_those_of_these_keys_and_this_vault() {
        let all: Vec<&str> = WORDS.lines().collect();
        assert_eq!((all.len(), all.iter().collect::<BTreeSet<_>>().len()), (1_024, 1_024));
        assert!(all.iter().all(|word| (3..=8).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_lowercase())));
        let spoken = words("v", "age1", "key");
        assert_eq!(spoken.split(' ').count(), 4);
        assert_eq!(spoken, words("v", "age1", "key"));
        assert!(
            [("w", "age1", "key"), ("v", "age2", "key"), ("v", "age1", "kez")]
                .into_iter()
                .all(|(vault, recipient, key)| words(vault, recipient, key) != spoken)
        );
    }
}
