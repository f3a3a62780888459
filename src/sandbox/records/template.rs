//! A record with placeholders: parsed once per page, and written for each record of the page.

use std::fmt::Write as _;

use serde_json::Value;

/// Size of a record that is too large, in bytes.
const HUGE: usize = 50_000_000;
/// Nesting depth of a record that is too deep.
const DEEP: usize = 100_000;

/// The text of a record, split at its placeholders.
///
/// A placeholder is a word in braces within a string: `{n}` is the serial number, `{n8}` the same with at least that
/// many digits, `{n+500}` the same plus an offset; `{uuid1}` is an id, different for each number; `{first}`, `{last}`
/// and `{login}` are names of a person; `{lead}` and `{again}` go before and after the name of a thing, `{tail}` makes
/// it unique; `{date}`, `{ip}`. A string of `#` and a placeholder is a number: `"#{n}"` is written without its quotes.
#[derive(Debug)]
pub(super) struct Template(Vec<Piece>);

/// The values of one record's placeholders.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    /// The number from which its id is generated.
    pub(super) id: u64,
    /// The number from which its name is generated.
    pub(super) name: u64,
    /// How often its name has changed.
    pub(super) revision: u64,
    /// Whether names begin like a spreadsheet formula.
    pub(super) formula: bool,
}

#[derive(Debug)]
enum Piece {
    Text(String),
    Mark(Mark),
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Mark {
    Serial { from: u64, digits: usize },
    Uuid(u64),
    First,
    Last,
    Login,
    Lead,
    Again,
    Tail,
    Date,
    Ip,
    Huge,
    Deep,
}

impl Template {
    /// Parses a record.
    pub(super) fn of(record: &Value) -> Self {
        let text = record.to_string();
        let mut pieces = Vec::new();
        let mut rest = text.as_str();
        let mut before = String::new();
        while let Some((head, tail)) = rest.split_once('{') {
            before.push_str(head);
            let mark = tail.split_once('}').and_then(|(word, after)| Some((Mark::of(word)?, after)));
            let Some((mark, after)) = mark else {
                // A brace of the JSON itself.
                before.push('{');
                rest = tail;
                continue;
            };
            let bare = before.strip_suffix("\"#").map(str::len);
            match (bare, after.strip_prefix('"')) {
                (Some(length), Some(after)) => {
                    before.truncate(length);
                    rest = after;
                }
                _ => rest = after,
            }
            pieces.push(Piece::Text(std::mem::take(&mut before)));
            pieces.push(Piece::Mark(mark));
        }
        before.push_str(rest);
        pieces.push(Piece::Text(before));
        Self(pieces)
    }

    /// Writes the record with the values of `row`.
    pub(super) fn write(&self, row: Row, out: &mut String) {
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Mark(mark) => mark.write(row, out),
            }
        }
    }
}

impl Mark {
    fn of(word: &str) -> Option<Self> {
        Some(match word {
            "first" => Self::First,
            "last" => Self::Last,
            "login" => Self::Login,
            "lead" => Self::Lead,
            "again" => Self::Again,
            "tail" => Self::Tail,
            "date" => Self::Date,
            "ip" => Self::Ip,
            "huge" => Self::Huge,
            "deep" => Self::Deep,
            "n" => Self::Serial { from: 0, digits: 0 },
            _ => {
                if let Some(kind) = word.strip_prefix("uuid") {
                    Self::Uuid(kind.parse().ok()?)
                } else if let Some(from) = word.strip_prefix("n+") {
                    Self::Serial { from: from.parse().ok()?, digits: 0 }
                } else {
                    Self::Serial { from: 0, digits: word.strip_prefix('n')?.parse().ok()? }
                }
            }
        })
    }

    fn write(self, row: Row, out: &mut String) {
        let Row { id, name, revision, .. } = row;
        // Writing to a String cannot fail.
        let _ = match self {
            Self::Serial { from, digits } => write!(out, "{:0digits$}", from.saturating_add(id)),
            Self::Uuid(kind) => uuid(kind, id, out),
            Self::First => write!(out, "{}{}", row.lead(), pick(&FIRST, name)),
            Self::Last => write!(out, "{}", pick(&LAST, (name / FIRST.len() as u64).saturating_add(revision))),
            Self::Login if revision == 0 => write!(out, "{}.{name}", pick(&LOGIN, name)),
            Self::Login => write!(out, "{}.{name}-r{revision}", pick(&LOGIN, name)),
            Self::Lead => write!(out, "{}", row.lead()),
            Self::Again if revision == 0 => Ok(()),
            Self::Again => write!(out, "-r{revision}"),
            Self::Tail if name <= 3 => Ok(()),
            Self::Tail => write!(out, "-{name}"),
            Self::Date => write!(out, "2025-{:02}-{:02}", name % 12 + 1, name % 28 + 1),
            Self::Ip => write!(out, "10.{}.{}.{}", name >> 16 & 255, name >> 8 & 255, name & 255),
            Self::Huge => {
                out.extend(std::iter::repeat_n('x', HUGE));
                Ok(())
            }
            Self::Deep => {
                out.extend(std::iter::repeat_n('[', DEEP).chain(std::iter::repeat_n(']', DEEP)));
                Ok(())
            }
        };
    }
}

impl Row {
    fn lead(self) -> &'static str {
        if self.formula { pick(&LEADS, self.name) } else { "" }
    }
}

/// A UUID that looks random, but ends with the serial number, so that no two are the same.
fn uuid(kind: u64, id: u64, out: &mut String) -> std::fmt::Result {
    let mixed = mix(id ^ kind.wrapping_shl(56));
    let (left, right) = (mixed >> 32, mixed & 0xffff_ffff);
    write!(out, "{left:08x}-{:04x}-4{:03x}-8{kind:03x}-{id:012x}", right >> 16, right & 0xfff)
}

/// One step of SplitMix64.
fn mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The word for a number; the first word is for 1.
fn pick(words: &'static [&'static str], number: u64) -> &'static str {
    let at = number.wrapping_sub(1) % words.len() as u64;
    usize::try_from(at).ok().and_then(|at| words.get(at)).copied().unwrap_or_default()
}

const LEADS: [&str; 5] = ["=", "+", "-", "@", "\\t"];

#[rustfmt::skip]
const FIRST: [&str; 12] =
    ["Ann", "Bea", "Chandra", "Deniz", "Emre", "Fatima", "Goran", "Hana", "Iris", "Jonas", "Kofi", "Lin"];
#[rustfmt::skip]
const LOGIN: [&str; 12] =
    ["ann", "bea", "chandra", "deniz", "emre", "fatima", "goran", "hana", "iris", "jonas", "kofi", "lin"];
#[rustfmt::skip]
const LAST: [&str; 11] = [
    "Okafor", "Lindqvist", "Rao", "Yılmaz", "O'Brien", "Müller", "Nguyễn", "García", "Kowalska", "Bjørnstad", "李",
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn written(record: &Value, id: u64, revision: u64, formula: bool) -> String {
        let mut out = String::new();
        Template::of(record).write(Row { id, name: id, revision, formula }, &mut out);
        out
    }

    #[test]
    fn marks_are_filled_in_and_other_braces_stay() {
        let record =
            json!({ "id": "#{n+52549000000197006}", "text": "{n4}", "in": { "name": "{lead}x{tail}{again}" } });
        let text = written(&record, 7, 2, false);
        assert_eq!(text, r#"{"id":52549000000197013,"text":"0007","in":{"name":"x-7-r2"}}"#);
        assert_eq!(written(&json!("{first}{unknown}#{n}"), 1, 0, false), r#""Ann{unknown}#1""#);
    }

    #[test]
    fn names_can_begin_like_a_formula_and_change() {
        let first = |id| {
            let text = written(&json!("{first} {last}"), id, 0, true);
            serde_json::from_str::<String>(&text).unwrap().chars().next().unwrap()
        };
        assert_eq!([1, 2, 3, 4, 5].map(first), ['=', '+', '-', '@', '\t']);
        for mark in ["{first} {last}", "{login}", "x{again}"] {
            assert_ne!(written(&json!(mark), 5, 0, false), written(&json!(mark), 5, 1, false), "{mark}");
        }
    }

    #[test]
    fn ids_differ_between_kinds_and_serials() {
        let text = |mark: &str, id| written(&json!(mark), id, 0, false);
        assert_eq!(text("{uuid1}", 1).len(), 38);
        assert_ne!(text("{uuid1}", 1), text("{uuid2}", 1));
        assert_ne!(text("{uuid1}", 1), text("{uuid1}", 2));
    }
}
