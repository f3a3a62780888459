//! Accepts what users paste into a variable's field, corrects known mistakes, and refuses the rest with the
//! list of choices.

use std::net::IpAddr;

use super::variable::{MAX_VALUE, Normalized, Variable, VariableKind};
use crate::problem::{Kind, Problem};

/// RFC 1035 section 2.3.4.
const MAX_HOST: usize = 253;
/// RFC 1035 section 2.3.4.
const MAX_LABEL: usize = 63;

impl Variable {
    /// Accepts what users paste, corrects known mistakes, and refuses the rest with the list of choices.
    ///
    /// # Errors
    /// `Kind::Usage`, with the choices.
    pub fn normalize(&self, input: &str) -> Result<Normalized, Problem> {
        let text = input.trim();
        if text.is_empty() {
            return self.empty();
        }
        if text.chars().count() > MAX_VALUE || text.chars().any(char::is_control) {
            return Err(self.refuse(text, "It is too long, or contains control characters."));
        }
        if let Some(found) = self.by_word(text) {
            return Ok(found);
        }
        let found = match self.kind {
            VariableKind::Host => self.host(text)?,
            VariableKind::Url => self.url(text)?,
            VariableKind::Text => Normalized { value: text.to_owned(), label: None, note: None },
        };
        let found = self.correct(found);
        if self.choices.is_empty() {
            let fits = self.pattern_fits(&found.value);
            return if fits {
                Ok(found)
            } else {
                Err(self.refuse(text, "It does not match the format of this field."))
            };
        }
        match self.choice(&found.value) {
            Some(choice) => Ok(Normalized { label: Some(choice.label.clone()), ..found }),
            None => Err(self.refuse(text, "The value is not one of this integration's choices.")),
        }
    }

    fn empty(&self) -> Result<Normalized, Problem> {
        if self.optional {
            return Ok(Normalized { value: String::new(), label: None, note: None });
        }
        Err(Problem::new(Kind::Usage, format!("{} is empty.", self.label)).try_this(self.advice()))
    }

    /// A code, a label, or another word for a choice: `eu`, `Europe`, `.com.au`.
    fn by_word(&self, text: &str) -> Option<Normalized> {
        let word = text.to_lowercase();
        let word = word.strip_prefix('.').unwrap_or(&word);
        let choice = self.choices.iter().find(|choice| {
            choice.value.to_lowercase() == word
                || choice.label.to_lowercase() == word
                || (!choice.code.is_empty() && choice.code == word)
                || choice.accepts.iter().any(|other| other == word)
        })?;
        let same = choice.value == text;
        let note = (!same).then(|| format!("\"{}\" means {}.", short(text), choice.value));
        Some(Normalized { value: choice.value.clone(), label: Some(choice.label.clone()), note })
    }

    fn host(&self, text: &str) -> Result<Normalized, Problem> {
        let lower = text.to_lowercase();
        let bare = lower.strip_prefix("https://").or_else(|| lower.strip_prefix("http://")).unwrap_or(&lower);
        let host = bare.split_once('/').map_or(bare, |(host, _)| host);
        let host = host.strip_suffix('.').unwrap_or(host);
        if let Err(why) = host_name(host) {
            return Err(self.refuse(text, why));
        }
        let note = (host != text).then(|| format!("Only the host name is used: {host}."));
        Ok(Normalized { value: host.to_owned(), label: None, note })
    }

    fn url(&self, text: &str) -> Result<Normalized, Problem> {
        match super::secure_url::secure_url(text) {
            Ok(_) => Ok(Normalized { value: text.to_owned(), label: None, note: None }),
            Err(why) => Err(self.refuse(text, why)),
        }
    }

    /// Corrects a value that is known to be wrong; the note names both values.
    fn correct(&self, found: Normalized) -> Normalized {
        let Some(once) = self.corrected(&found.value) else { return found };
        // The correct spelling of a misspelled host may be a known wrong value, too.
        let value = self.corrected(&once).unwrap_or(once);
        let note = format!("{} is not a valid {}; {value} is used.", short(&found.value), self.label);
        Normalized { value, label: None, note: Some(note) }
    }

    fn corrected(&self, value: &str) -> Option<String> {
        self.corrections.iter().find_map(|(wrong, right)| {
            let Some(stem) = wrong.strip_suffix('*') else {
                return (wrong == value).then(|| right.clone());
            };
            let rest = value.strip_prefix(stem)?;
            Some(format!("{}{rest}", right.strip_suffix('*').unwrap_or(right)))
        })
    }

    fn refuse(&self, text: &str, why: &str) -> Problem {
        let what = if self.secret {
            format!("{} is not valid.", self.label)
        } else {
            format!("{} cannot be \"{}\".", self.label, short(text))
        };
        Problem::new(Kind::Usage, what).why(why).try_this(self.advice())
    }

    fn advice(&self) -> String {
        if !self.choices.is_empty() {
            return format!("Choose one of: {}.", self.choice_list());
        }
        if self.example.is_empty() { self.help.clone() } else { format!("An example: {}", self.example) }
    }
}

/// Whether `host` is a fully qualified name of ASCII letters, digits and hyphens; the error says why not.
pub(super) fn host_name(host: &str) -> Result<(), &'static str> {
    if host.contains('@') {
        return Err("A host name must not contain a user name.");
    }
    if host.contains(['?', '#', '\\']) {
        return Err("Enter only a host name, without query or fragment.");
    }
    if host.starts_with('[') || host.parse::<IpAddr>().is_ok() {
        return Err("Enter a host name, not an IP address.");
    }
    if host.contains(':') {
        return Err("Enter the host name without a port.");
    }
    if host.len() > MAX_HOST {
        return Err("It is too long for a host name.");
    }
    if !host.contains('.') {
        return Err("It is not a full host name.");
    }
    let numeric_end = host.rsplit('.').next().is_some_and(|last| last.chars().all(|c| c.is_ascii_digit()));
    if numeric_end || !host.split('.').all(is_label) {
        return Err("A host name can contain only letters, digits, hyphens and dots.");
    }
    Ok(())
}

fn is_label(label: &str) -> bool {
    (1..=MAX_LABEL).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

/// Enough of a text to recognize it.
fn short(text: &str) -> String {
    crate::printable::printable(text, 60)
}
