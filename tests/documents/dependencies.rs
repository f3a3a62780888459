//! `docs/dependencies.md` has a row for each crate in `Cargo.toml`, and no others.

use std::collections::BTreeSet;

use toml::{Table, Value};

use super::{Page, repository};

/// The crates in all dependency tables, including those for a single platform and for tests.
fn named(manifest: &Table) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (key, value) in manifest {
        match value {
            Value::Table(table) if key.ends_with("dependencies") => names.extend(table.keys().cloned()),
            Value::Table(table) if key == "target" => {
                names.extend(table.values().filter_map(Value::as_table).flat_map(named));
            }
            _ => {}
        }
    }
    names
}

/// The crates in the first column of the page's tables.
fn rows(page: &Page) -> BTreeSet<String> {
    let name = |line: &str| Some(line.strip_prefix("| `")?.split_once("` |")?.0.to_owned());
    page.prose().lines().filter_map(name).filter(|name| !name.contains(' ')).collect()
}

#[test]
fn every_dependency_has_its_reason() {
    let manifest = std::fs::read_to_string(repository().join("Cargo.toml")).unwrap();
    let named = named(&manifest.parse().unwrap());
    let rows = rows(&Page::read("docs/dependencies.md".into()));
    assert!(named.len() >= 40 && named.contains("rustix") && named.contains("insta"), "{named:?}");
    let without_row: Vec<_> = named.difference(&rows).collect();
    let without_crate: Vec<_> = rows.difference(&named).collect();
    assert!(without_row.is_empty(), "docs/dependencies.md lacks {without_row:?}");
    assert!(without_crate.is_empty(), "Cargo.toml has no {without_crate:?}");
}
