//! Generates `docs/reference/disasters.md` from the rows.

use std::fmt::Write as _;
use std::path::Path;

use super::{Row, rows};

fn way_out(row: &Row) -> String {
    let commands: Vec<String> = std::iter::once(&row.command)
        .chain(&row.then)
        .filter(|one| !one.is_empty())
        .map(|one| format!("`{one}`"))
        .collect();
    match (commands.is_empty(), row.left.is_empty()) {
        (true, false) => "none needed".to_owned(),
        (_, true) => format!("no command: \"{}\"", row.says),
        _ => commands.join(", then "),
    }
}

fn lost(row: &Row) -> &'static str {
    let has = |name: &str| row.left.iter().any(|left| left == name);
    match (row.left.is_empty(), has("three"), has("there 1")) {
        (true, ..) => "the vault, unless you have your own backup of it",
        (_, true, _) => "nothing",
        (_, _, true) => "what this machine saved after the two grew apart",
        _ => "what was saved since that version",
    }
}

fn page() -> String {
    let mut page = String::from(
        "# Recover from damaged or missing files\n\n\
         When a file of the vault is damaged, missing or old, the message names the command that recovers it: most often \
         `credenza restore --generation N`, with the number in the message. Run that command. Nothing is overwritten in \
         place, and what was there before is kept as a version.\n\n\
         ## Every state of the files\n\n\
         What can happen to the files, the command in the message, and what is lost. The examples are of \
         a vault whose newest version is 6. Each row is tested: the state is made, the command in the message is run, and \
         the vault opens again (`tests/disaster.rs`).\n\n\
         \"The copy of the newest\" is `newest.age` in the state folder, a copy of the newest `vault.age` this machine has \
         seen. FILE is the file with the recovery kit, or your own backup. `credenza history` lists the versions there are \
         to go back to, also while `vault.age` does not open. `credenza doctor` and `credenza check` see without a passphrase \
         that `vault.age` is not the file that was last seen; the rows for which they do are marked.\n\n\
         | state | command | lost | detected without the passphrase |\n|---|---|---|---|\n",
    );
    for row in rows() {
        let red = if row.red { "yes" } else { "" };
        writeln!(page, "| {} | {} | {} | {red} |", row.state, way_out(&row), lost(&row)).unwrap();
    }
    page
}

#[test]
fn the_reference_page_says_what_the_rows_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference/disasters.md");
    if std::env::var_os("CREDENZA_WRITE_DOCS").is_some() {
        std::fs::write(&path, page()).unwrap();
    }
    assert!(rows().len() >= 40);
    assert_eq!(
        std::fs::read_to_string(path).unwrap_or_default(),
        page(),
        "to write it: CREDENZA_WRITE_DOCS=1 cargo test disaster"
    );
}
