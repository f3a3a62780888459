//! Rates passphrases, generates one, and changes the vault's.

use rand::seq::IndexedRandom as _;
use zeroize::Zeroizing;

use crate::engine::audit::{Action, PendingEntry};
use crate::engine::session::Session;
use crate::printable::printable;
use crate::problem::{Kind, NextStep, Problem};
use crate::secret::Passphrase;
use crate::store::local::WORK_FACTOR;

/// The EFF's long word list for dice (CC BY 3.0 US), one word per line; kept as one text so that starting the process
/// costs nothing.
const WORD_LIST: &str = include_str!("../../../assets/words.txt");

/// Words in a generated passphrase: 6 of 7,776 are 77 bits.
const WORDS: usize = 6;

/// Longest passphrase that is estimated, since the cost grows with the length. Anything longer is strong, or one letter
/// repeated.
const ESTIMATED: usize = 100;

/// How hard a passphrase is to guess. A weak one needs a confirmation: see [`must_be_strong`].
#[derive(Clone, Debug)]
pub(crate) struct Strength {
    /// 0 (guessed at once) to 4 (strong).
    pub score: u8,
    /// "weak: this is a very common password."
    pub words: String,
}

/// Rates a passphrase.
#[must_use]
pub(crate) fn strength(passphrase: &Passphrase) -> Strength {
    if passphrase.is_empty() {
        return Strength { score: 0, words: "empty".to_owned() };
    }
    let head: Zeroizing<String> = Zeroizing::new(passphrase.expose().chars().take(ESTIMATED).collect());
    let estimate = zxcvbn::zxcvbn(&head, &["credenza"]);
    let score = u8::from(estimate.score());
    let word = match score {
        0 | 1 => "weak",
        2 => "fair",
        3 => "good",
        _ => "strong",
    };
    let warning = estimate.feedback().and_then(zxcvbn::feedback::Feedback::warning).map(|warning| warning.to_string());
    let words = warning
        .map_or_else(|| word.to_owned(), |warning| format!("{word}: {}", without_capital(&printable(&warning, 100))));
    Strength { score, words }
}

/// The sentence as it stands after a colon.
fn without_capital(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}", first.to_lowercase(), letters.as_str()))
}

/// The lowest score accepted without confirmation: "fair".
const LEAST_SCORE: u8 = 2;

/// Refuses a new passphrase that is easy to guess. A caller skips this check if the user insists.
///
/// # Errors
/// `Kind::Refused` for a weak one. The store refuses an empty one in any case.
pub(crate) fn must_be_strong(passphrase: &Passphrase) -> Result<(), Problem> {
    let strength = strength(passphrase);
    if strength.score >= LEAST_SCORE || passphrase.is_blank() {
        return Ok(());
    }
    Err(Problem::new(Kind::Refused, "The passphrase is too easy to guess.")
        .why(format!("It is {}.", strength.words.trim_end_matches('.')))
        .try_this("Choose a longer one, such as six random words.")
        .step(NextStep::AllowWeakPassphrase))
}

/// Six words of the EFF's long list, 77 bits, from the operating system's random numbers.
#[must_use]
pub(crate) fn suggest() -> Passphrase {
    let list: Vec<&str> = WORD_LIST.lines().collect();
    // ThreadRng is a cryptographic generator seeded by the operating system.
    let mut random = rand::rng();
    let mut phrase = String::with_capacity(WORDS * 10);
    for word in (0..WORDS).filter_map(|_| list.choose(&mut random)) {
        if !phrase.is_empty() {
            phrase.push(' ');
        }
        phrase.push_str(word);
    }
    Passphrase::new(phrase)
}

/// Encrypts the identity with another passphrase. The vault file is not touched; backups of `identity.age` keep the
/// old passphrase.
///
/// # Errors
/// `Kind::Locked` for a wrong old one, `Kind::Usage` if the new one is empty or equal, `Kind::Storage`.
pub(crate) fn change(session: &Session, old: &Passphrase, new: &Passphrase) -> Result<(), Problem> {
    let note = PendingEntry::begin(&session.workspace, Action::Passphrase, None)?;
    let changed = || {
        if session.store.team().is_some() {
            return Ok(session.workspace.local().change_member_lock((old, WORK_FACTOR), (new, WORK_FACTOR))?);
        }
        Ok(session.vault_admin()?.change_passphrase(old, new)?)
    };
    note.end(changed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pp_07_a_common_passphrase_is_called_weak_and_a_generated_one_strong() {
        let judged = |text: &str| strength(&Passphrase::new(text.to_owned()));
        assert!(judged("password1").score < 2);
        assert!(judged("password1").words.starts_with("weak"));
        assert_eq!(strength(&suggest()).score, 4);
        assert_eq!(judged("").words, "empty");
        judged(&"x".repeat(1_000_000));
    }

    #[test]
    fn a_weak_passphrase_is_refused_with_the_reason() {
        let refused = |text: &str| must_be_strong(&Passphrase::new(text.to_owned())).err();
        for weak in ["abc", "test", "password1", "qwertz", "11111111", "credenza", "a"] {
            let problem = refused(weak).unwrap_or_else(|| panic!("{weak}"));
            assert!(problem.kind == Kind::Refused && problem.why.starts_with("It is weak"), "{weak}: {problem}");
        }
        assert_eq!(refused("correct horse battery"), None);
        assert_eq!(refused(suggest().expose()), None);
        assert_eq!(refused(""), None, "the store refuses it, whatever a person says");
    }

    #[test]
    fn pp_07_a_generated_passphrase_has_77_bits() {
        assert_eq!(WORD_LIST.lines().collect::<Vec<_>>(), diceware_wordlists::EFF_LONG_WORDLIST);
        assert_eq!(WORD_LIST.lines().count(), 7_776);
        let (one, other) = (suggest(), suggest());
        assert_eq!(one.expose().split(' ').count(), WORDS);
        assert!(!one.matches(&other));
    }
}
