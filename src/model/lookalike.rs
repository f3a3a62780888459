//! Finds names that a person cannot distinguish: Unicode TS 39 section 4, confusable detection.

use std::collections::HashMap;
use std::fmt::Display;
use std::hash::Hash;
use std::sync::LazyLock;

use unicode_security::confusable_detection::skeleton;

use super::name::{Name, fold};

/// Digits of the id that is shown beside a name that looks like another; enough of them to identify a record.
pub(crate) const SHORT_ID: usize = 8;

/// The records whose names look like another's, each with its short id.
#[derive(Clone, Debug)]
pub(crate) struct Lookalikes<I>(HashMap<I, String>);

impl<I> Default for Lookalikes<I> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<I: Copy + Display + Eq + Hash> Lookalikes<I> {
    pub(crate) fn among<'a>(records: impl Iterator<Item = (I, &'a Name)>) -> Self {
        let mut by_look: HashMap<String, Vec<I>> = HashMap::new();
        for (id, name) in records {
            for look in looks(name) {
                by_look.entry(look).or_default().push(id);
            }
        }
        let alike = by_look.into_values().filter(|ids| ids.len() > 1).flatten();
        Self(alike.map(|id| (id, id.to_string().chars().take(SHORT_ID).collect())).collect())
    }

    /// The short id of a record whose name looks like another's.
    #[must_use]
    pub(crate) fn short_id(&self, id: I) -> Option<&str> {
        self.0.get(&id).map(String::as_str)
    }

    /// The name as lists show it: with the short id if another looks like it.
    #[must_use]
    pub(crate) fn label(&self, id: I, name: &Name) -> String {
        match self.short_id(id) {
            Some(short) => format!("{name} ({short})"),
            None => name.to_string(),
        }
    }
}

/// The first of these names that looks like `name`.
pub(crate) fn lookalike<'a>(name: &Name, mut others: impl Iterator<Item = &'a Name>) -> Option<&'a Name> {
    let own = looks(name);
    others.find(|other| looks(other).iter().any(|look| own.contains(look)))
}

/// The skeletons of a name as written and in lower case, since names are compared in lower case; one if they are
/// equal.
fn looks(name: &Name) -> Vec<String> {
    let (written, folded) = (look(name.as_str()), look(&fold(name.as_str())));
    if written == folded { vec![written] } else { vec![written, folded] }
}

/// Most names are ASCII, and a vault may have ten thousand of them, so ASCII takes a short path.
fn look(text: &str) -> String {
    static ASCII: LazyLock<Vec<String>> = LazyLock::new(|| (0..128_u8).map(|byte| look_of(byte.into())).collect());
    if text.is_ascii() {
        return text.bytes().filter_map(|byte| ASCII.get(usize::from(byte))).map(String::as_str).collect();
    }
    skeleton(text).collect()
}

fn look_of(c: char) -> String {
    skeleton(c.encode_utf8(&mut [0; 4])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        Name::parse(text).unwrap()
    }

    #[test]
    fn names_that_look_alike_are_told_and_others_are_not() {
        for (one, other) in [
            ("Zoho", "Z\u{3bf}ho"),
            ("ZOHO", "Z\u{39f}H\u{39f}"),
            ("apple", "\u{430}pple"),
            ("prod-1", "prod-l"),
            ("Prod-I", "Prod-l"),
            ("modern", "modem"),
            ("caf\u{e9}", "caf\u{1d5be}\u{301}"),
        ] {
            let (one, other) = (name(one), name(other));
            assert_eq!(lookalike(&one, [&name("Okta"), &other].into_iter()), Some(&other), "{one} {other}");
        }
        let others = [name("Zoho EU"), name("zoho-eu"), name("\u{65e5}\u{672c}")];
        assert_eq!(lookalike(&name("Zoho US"), others.iter()), None);
    }

    #[test]
    fn only_rows_that_look_alike_show_a_short_id() {
        let names = [name("Zoho"), name("Z\u{3bf}ho"), name("Okta")];
        let ids = [0x1111_1111_u32, 0x2222_2222, 0x3333_3333];
        let alike = Lookalikes::among(ids.into_iter().zip(&names));
        assert_eq!(alike.label(ids[0], &names[0]), format!("Zoho ({})", &ids[0].to_string()[..8]));
        assert!(alike.short_id(ids[1]).is_some());
        assert_eq!(alike.label(ids[2], &names[2]), "Okta");
    }
}
