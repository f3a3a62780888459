//! `credenza --version --verbose`: the version, facts about the build, and the age of the catalog.

use std::ffi::OsString;
use std::fmt::Write as _;

use super::output::Output;
use crate::catalog::Catalog;
use crate::problem::Problem;

/// Whether the arguments ask for more than the version number.
pub(super) fn is_verbose(arguments: &[OsString]) -> bool {
    arguments.iter().any(|argument| argument == "--verbose" || argument == "-v")
}

pub(super) fn run(output: Output) -> Result<(), Problem> {
    output.text(&text())
}

/// One fact per line, for a bug report.
pub(super) fn text() -> String {
    let known = |text: &'static str| if text.is_empty() { "unknown" } else { text };
    let (entries, newest) = Catalog::built_in_facts();
    let newest = newest.map_or_else(|| "unknown".to_owned(), |day| day.to_string());
    let facts = [
        ("commit", known(env!("CREDENZA_BUILD_COMMIT")).to_owned()),
        ("rustc", known(env!("CREDENZA_BUILD_RUSTC")).to_owned()),
        ("target", known(env!("CREDENZA_BUILD_TARGET")).to_owned()),
        ("profile", known(env!("CREDENZA_BUILD_PROFILE")).to_owned()),
        ("features", features()),
        ("catalog", format!("{entries} entries, newest fact of {newest}")),
    ];
    let mut text = format!("credenza {}\n", env!("CARGO_PKG_VERSION"));
    for (label, value) in facts {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{label}: {value}");
    }
    text
}

/// The optional features of this build.
fn features() -> String {
    let all = [("team-postgres", cfg!(feature = "team-postgres")), ("team-objects", cfg!(feature = "team-objects"))];
    let chosen: Vec<&str> = all.into_iter().filter_map(|(name, is_on)| is_on.then_some(name)).collect();
    if chosen.is_empty() { "none".to_owned() } else { chosen.join(", ") }
}
