//! Reads one catalog file strictly: each defect has a line, a column and a sentence.

mod auth;
mod auth_kind;
mod build;
mod calls;
mod evidence;
mod loads;
mod redirect;
mod report;
mod reserved;
mod schema;
mod schema_facts;
mod steps;
mod text;
mod token_sets;
mod variables;

use serde::Deserialize as _;
use toml::de::DeTable;

pub use report::Defect;

use self::report::Report;
use self::schema::File;
use super::provider::Provider;

/// Largest catalog file, in bytes.
pub const MAX_BYTES: usize = 256 * 1024;
/// The schema version that this release reads.
pub const SCHEMA: i64 = 1;

/// Reads the text of a catalog file. Messages call a part without a name `origin_name`.
///
/// # Errors
/// All defects, in the order of the file. No message repeats a line of the file.
pub fn check(text: &str, origin_name: &str) -> Result<Provider, Vec<Defect>> {
    let mut report = Report::new(text);
    if text.len() > MAX_BYTES {
        let message = format!("{origin_name} has {} bytes; the limit for a catalog file is {MAX_BYTES}", text.len());
        return Err(vec![Defect { line: 1, column: 1, message }]);
    }
    let (table, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        for error in &errors {
            report.toml(error);
        }
        return Err(report.finish());
    }
    if let Some(schema) = table.get_ref().get("schema") {
        let number = schema.get_ref().as_integer().and_then(|n| i64::from_str_radix(n.as_str(), n.radix()).ok());
        if number != Some(SCHEMA) {
            let message = match number {
                Some(number) => format!("schema {number} is not supported; this release reads schema {SCHEMA}"),
                None => format!("schema must be the number {SCHEMA}"),
            };
            report.add(&schema.span(), message);
            return Err(report.finish());
        }
    }
    match File::deserialize(toml::de::Deserializer::from(table)) {
        Ok(file) => build::provider(file, report),
        Err(error) => {
            report.toml(&error);
            Err(report.finish())
        }
    }
}
