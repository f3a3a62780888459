//! Lists the destinations that an import file chose, for the user to confirm (I-consent).

use super::import::Import;
use crate::printable::printable;

/// Most characters of a line; names and URLs in it come from the file.
const MAX_LINE: usize = 400;

/// The destinations to confirm, one per line: `Acme: token URL https://login.acme.example/token`.
#[must_use]
pub(crate) fn chosen_places(import: &Import) -> Vec<String> {
    let mut lines = Vec::new();
    for one in &import.imported {
        let line = |(place, value): (&String, &String)| format!("{}: {} {value}", one.name, place_label(place));
        lines.extend(one.from_file.iter().map(line).map(|line| printable(&line, MAX_LINE)));
    }
    lines
}

/// "token URL" for `token_url`.
#[must_use]
pub(crate) fn place_label(name: &str) -> String {
    name.replace('_', " ").replace(" url", " URL").replace(" uri", " URI")
}
