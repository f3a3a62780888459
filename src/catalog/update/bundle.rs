//! A catalog update: one JSON file with a number and catalog files, and its signature beside it.
//!
//! ```json
//! { "credenza_catalog": 1, "number": 12, "made": "2026-12-01", "files": { "acme.toml": "schema = 1\n…" } }
//! ```
//!
//! Files are text by name: the format has no folders, links or permissions, and nothing is unpacked.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Deserialize;

use super::signature::VerifyingKey;
use crate::catalog::file::{MAX_BYTES, check};
use crate::printable::printable;
use crate::problem::{Kind, Problem};

/// Largest update, in bytes; the shipped entries together have a tenth of that.
pub(crate) const MAX_BUNDLE: u64 = 8 << 20;
/// The format this release reads.
const FORMAT: u64 = 1;
/// Most files of an update.
const MAX_FILES: usize = 5_000;

/// A catalog update whose signature is good and whose files are valid.
#[derive(Clone, Debug)]
pub(crate) struct Bundle {
    /// Increases with every update.
    pub number: u64,
    /// The day on which it was created.
    pub made: Date,
    /// Text by id.
    pub files: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Format {
    credenza_catalog: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    #[serde(rename = "credenza_catalog")]
    _format: u64,
    number: u64,
    made: Date,
    files: BTreeMap<String, String>,
}

impl Bundle {
    /// Verifies the signature first, then reads the content, then checks each file.
    ///
    /// # Errors
    /// `Kind::Refused` for a bad signature, an invalid file name, or anything too large; `Kind::Usage` for a newer
    /// format or an invalid file, with its position.
    pub(crate) fn read(bytes: &[u8], signature: &str, key: &VerifyingKey) -> Result<Self, Problem> {
        let bundle = Self::read_unchecked(bytes, signature, key)?;
        for (id, text) in &bundle.files {
            let provider = check(text, id).map_err(|defects| {
                let first = defects.first().map_or_else(String::new, |defect| {
                    format!("{id}.toml:{}:{}: {}.", defect.line, defect.column, defect.message)
                });
                let problem = Problem::new(Kind::Usage, "The catalog update has an entry this release cannot read.");
                problem.why(printable(&first, 400)).try_this("Update Credenza first.")
            })?;
            if provider.id != *id {
                return Err(refuse(&format!("{id}.toml has the id {}.", printable(&provider.id, 60))));
            }
        }
        Ok(bundle)
    }

    /// As [`read`](Self::read), without checking each file: for an update that was checked when it was installed.
    pub(super) fn read_unchecked(bytes: &[u8], signature: &str, key: &VerifyingKey) -> Result<Self, Problem> {
        if bytes.len() as u64 > MAX_BUNDLE {
            return Err(too_large());
        }
        key.verify(bytes, signature)?;
        let unreadable = |error: serde_json::Error| {
            Problem::new(Kind::Usage, "The catalog update cannot be read.").why(format!(
                "Line {}, column {}: it does not match docs/reference/catalog-updates.md.",
                error.line(),
                error.column()
            ))
        };
        let format: Format = serde_json::from_slice(bytes).map_err(unreadable)?;
        if format.credenza_catalog != FORMAT {
            return Err(Problem::new(Kind::Usage, "The catalog update is made for a newer Credenza.")
                .why(format!("It has format {}; this release reads format {FORMAT}.", format.credenza_catalog))
                .try_this("Update Credenza first."));
        }
        let content: Content = serde_json::from_slice(bytes).map_err(unreadable)?;
        if content.files.len() > MAX_FILES {
            return Err(refuse(&format!("It has {} files; at most {MAX_FILES} are read.", content.files.len())));
        }
        let mut files = BTreeMap::new();
        for (name, text) in content.files {
            let id = id_of(&name).ok_or_else(|| {
                refuse(&format!("\"{}\" is not the name of a catalog file, such as acme.toml.", printable(&name, 80)))
            })?;
            if text.len() > MAX_BYTES {
                return Err(refuse(&format!(
                    "{id}.toml has {} bytes; a catalog file has at most {MAX_BYTES}.",
                    text.len()
                )));
            }
            files.insert(id, text);
        }
        Ok(Self { number: content.number, made: content.made, files })
    }
}

/// `acme` from `acme.toml`; no folders, no dots, no absolute names.
fn id_of(name: &str) -> Option<String> {
    let id = name.strip_suffix(".toml")?;
    let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (!id.is_empty() && id.len() <= 80 && id.chars().all(letters)).then(|| id.to_owned())
}

pub(super) fn too_large() -> Problem {
    refuse(&format!("It has more than {MAX_BUNDLE} bytes."))
}

fn refuse(why: &str) -> Problem {
    Problem::new(Kind::Refused, "The catalog update is not used.").why(why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_names_of_catalog_files_are_taken() {
        assert_eq!(id_of("acme-2.toml").as_deref(), Some("acme-2"));
        for bad in [
            "../acme.toml",
            "/etc/acme.toml",
            "a/b.toml",
            ".toml",
            "acme",
            "Acme.toml",
            "..toml",
            "a\0.toml",
            "C:\\a.toml",
        ] {
            assert_eq!(id_of(bad), None, "{bad}");
        }
    }
}
