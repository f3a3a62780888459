//! Text from elsewhere never reaches the terminal unescaped, and secrets only when the user reveals them.

use std::io::Write as _;
use std::path::Path;

use crate::local_vault::Vault;
use credenza::clock::Clock;
use credenza::model::change::Change;
use credenza::model::credential::{AuthFailure, Credential, Details, Event, EventKind, Name, Setup};
use credenza::paths::Paths;
use credenza::secret::Passphrase;

use super::pty::{Pty, credenza};
use super::vault;
use crate::cli::Cli;

/// Moves the cursor, clears, queries, writes the clipboard, sets the title, sends DCS and APC, and some of it again in
/// C1; changes the reading direction.
const HOSTILE: &str = "\u{1b}[2J\u{1b}[6n\u{1b}]52;c;UFdO\u{7}\u{1b}]0;pwned\u{1b}\\\u{1b}P$q\u{1b}\\\u{1b}_x\u{1b}\\\
    \u{9b}6n\u{9d}52;c;x\u{9c}\u{8}\u{7f}\u{202e}\u{200b}\r\nend";

/// The query for the background color (OSC 11), as xterm documents it.
const BACKGROUND_QUESTION: &str = "\u{1b}]11;?\u{7}";

/// Checks that the output contains only the sequences that Credenza itself uses.
#[track_caller]
fn holds_only_our_sequences(bytes: &[u8]) {
    let text = String::from_utf8(bytes.to_vec()).expect("UTF-8");
    // The query that is sent after the first frame.
    let text = text.replace(BACKGROUND_QUESTION, "");
    for (number, rest) in text.split('\u{1b}').enumerate().skip(1) {
        assert!(rest.starts_with('['), "sequence {number}: {:?}", rest.get(..12));
        let end = rest.find(|c: char| ('\u{40}'..='\u{7e}').contains(&c) && c != '[').unwrap();
        assert!("HJKmhlABCDGXdfr".contains(&rest[end..=end]), "sequence {number}: {:?}", &rest[..=end]);
    }
    let foreign = text.chars().find(|c| {
        ('\u{80}'..='\u{9f}').contains(c) || matches!(c, '\u{7}' | '\u{8}' | '\u{7f}' | '\u{202e}' | '\u{200b}')
    });
    assert_eq!(foreign, None);
}

fn hostile_vault() -> Cli {
    let cli = Cli::new();
    let paths = Paths::discover(Some(cli.folder())).unwrap();
    let passphrase = Passphrase::new("test".to_owned());
    let vault = Vault::unlock(&paths, &passphrase, &Clock::system()).unwrap();
    let now = Clock::system().now();
    for (name, provider) in [("Hostile", "manageengine"), ("Hostile too", HOSTILE)] {
        vault.commit(Change::Insert(Box::new(hostile(name, provider, now)))).unwrap();
    }
    cli
}

fn hostile(name: &str, provider: &str, now: jiff::Timestamp) -> Credential {
    let mut setup = Setup { redirect_uri: HOSTILE.to_owned(), ..Setup::default() };
    HOSTILE.clone_into(&mut setup.client.id.0);
    setup.scopes = vec![HOSTILE.to_owned()];
    setup.variables.insert("accounts_host".to_owned(), HOSTILE.to_owned());
    let mut credential = Credential::new(Name::parse(name).unwrap(), provider, setup, now);
    let words = HOSTILE.to_owned();
    credential.details = Details {
        description: words.clone(),
        owner: words.clone(),
        tags: vec![words],
        ..credenza::model::credential::Details::default()
    };
    credential.record(Event { at: now, kind: EventKind::AuthenticationFailed, detail: HOSTILE.to_owned() });
    credential.setback = Some(AuthFailure::Refused { at: now, code: HOSTILE.to_owned() });
    credential
}

#[test]
fn tt_10_hostile_text_on_every_page_reaches_the_terminal_escaped() {
    let cli = hostile_vault();
    let mut terminal = Pty::open(cli.folder());
    terminal.resize(140, 40);
    terminal.write("\r").shows("Redirect URI");
    terminal.escape().shows("2 of 2");
    terminal.write("E").shows("INFORMATION");
    terminal.write("\u{1b}[6~").shows("Authorization type");
    terminal.escape().shows("2 of 2");
    terminal.write("j\r").shows("Redirect URI");
    terminal.escape().shows("2 of 2");
    terminal.write("E").shows("e: details");
    terminal.write("e").shows("What happened");
    terminal.write("x").shows("2 of 2");
    terminal.write("/").shows("Filter");
    terminal.escape().shows("2 of 2");
    terminal.write("q").ends_clean(0);
    holds_only_our_sequences(&terminal.bytes());
}

#[test]
fn tt_10_hostile_text_in_commands_and_their_errors_is_escaped() {
    let cli = hostile_vault();
    let passphrase = format!("--passphrase-file={}", cli.folder().join("pass").display());
    let at_a_terminal = |arguments: &[&str]| {
        let arguments: Vec<&str> = [&[passphrase.as_str()], arguments].concat();
        let mut terminal = Pty::start(credenza(&arguments, cli.folder()));
        terminal.ends();
        let bytes = terminal.bytes();
        holds_only_our_sequences(&bytes);
        let text = String::from_utf8(bytes).unwrap();
        // A table contains colors, but no other sequences.
        let is_style = |rest: &str| {
            rest.strip_prefix('[')
                .is_some_and(|rest| rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';').starts_with('m'))
        };
        assert!(text.split('\u{1b}').skip(1).all(is_style), "commands write no other sequences: {arguments:?}");
    };
    at_a_terminal(&["list"]);
    at_a_terminal(&["show", "Hostile too"]);
    at_a_terminal(&["token", "Hostile too"]);
    at_a_terminal(&["show", HOSTILE]);
    at_a_terminal(&["rename", "Hostile", HOSTILE]);
    at_a_terminal(&["catalog", "show", HOSTILE]);
    at_a_terminal(&["authenticate", "Hostile too", "--no-browser"]);
    at_a_terminal(&["--dir", HOSTILE, "list"]);
    let json = cli.run(&["--json", "list"]).ends(0);
    assert!(json.out.chars().all(|c| !c.is_control() || c == '\n'), "{:?}", json.out);
}

#[test]
fn tt_10_a_hostile_catalog_file_is_escaped() {
    let cli = vault();
    let folder = cli.folder().join("catalog");
    for folder in [folder.clone(), cli.folder().join("config/catalog")] {
        std::fs::create_dir_all(&folder).unwrap();
        let mut file = std::fs::File::create(folder.join("bad.toml")).unwrap();
        writeln!(file, "schema = 1\nid = \"bad\"\nname = \"\\u001b]52;c;UFdO\\u0007\\u009b6n\"").unwrap();
    }
    let mut terminal = Pty::start(credenza(&[], cli.folder()));
    terminal.shows("Passphrase");
    terminal.write("test\r").shows("Zoho EU");
    terminal.write("+").shows("Add credential");
    terminal.write("q52").shows("q52");
    terminal.write("\u{3}").ends_clean(0);
    holds_only_our_sequences(&terminal.bytes());
    let checked = cli.run(&["catalog", "check", folder.join("bad.toml").to_str().unwrap()]);
    assert!(!checked.err.contains('\u{1b}') && !checked.out.contains('\u{1b}'), "{checked:?}");
}

#[test]
fn tt_12_wide_text_stays_in_its_cells() {
    let cli = Cli::new();
    for name in [
        "日本語のとても長い名前の資格情報ですよね本当に長い",
        "👩 family",
        "Ａｍｂｉｇｕｏｕｓ ±§",
        "e\u{301}te\u{301}",
    ] {
        cli.add(name).ends(0);
    }
    let mut terminal = Pty::open(cli.folder());
    terminal.shows("日本語").shows("family").shows("4 of 4");
    for columns in [60, 61, 79, 80, 81, 109, 110, 121] {
        terminal.resize(columns, 24);
        terminal.until("both sides of the frame", || edges_stand(&terminal, columns));
    }
    terminal.write("q").ends_clean(0);
}

/// Whether each row of the table begins and ends with the border, so that nothing was shifted.
fn edges_stand(terminal: &Pty, columns: u16) -> bool {
    let rows = terminal.rows_at(columns);
    let table: Vec<&String> = rows.iter().filter(|row| row.contains("Not auth") && !row.starts_with('╭')).collect();
    table.len() >= 4 && table.iter().all(|row| row.starts_with('│') && row.trim_end().ends_with('│'))
}

#[test]
fn tt_13_a_client_secret_is_masked_until_it_is_revealed() {
    let cli = vault();
    let mut terminal = Pty::open(cli.folder());
    terminal.write("\r").shows("Client Secret");
    terminal.write("E").shows("Edit");
    terminal.write("\u{1b}[6~").shows("The stored one is kept");
    terminal.write("\t\u{1b}[200~CNRY-typed-in\u{1b}[201~").shows("pasted, 13 characters");
    terminal.resize(120, 40);
    terminal.until("the form in the larger window", || terminal.rows_at(120)[39].contains("F1"));
    terminal.escape().shows("esc again to discard");
    terminal.escape();
    terminal.until("the details page", || !terminal.screen().contains("not saved yet"));
    assert!(!holds(&terminal, "CNRY"), "masked, it is nowhere in what was written");
    terminal.write("v").shows("CNRY-client-secret");
    terminal.write("j");
    terminal.until("the mask again", || !terminal.screen().contains("CNRY"));
    terminal.write("v").shows("CNRY-client-secret");
    // After ten seconds of the system clock, the mask returns without a key.
    terminal.until("the mask by itself", || !terminal.screen().contains("CNRY"));
    terminal.write("q").ends_clean(0);
}

fn holds(terminal: &Pty, text: &str) -> bool {
    terminal.bytes().windows(text.len()).any(|part| part == text.as_bytes())
}

#[test]
fn tt_13_no_passphrase_is_ever_written() {
    let cli = vault();
    let mut terminal = Pty::locked(cli.folder());
    terminal.write("CNRY-not-it\r").shows("What to do");
    terminal.write("test\r").shows("locks in");
    terminal.write("q").ends_clean(0);
    assert!(!holds(&terminal, "CNRY"));
    let prompted = |folder: &Path| {
        let mut terminal = Pty::start(credenza(&["list"], folder));
        terminal.shows("Passphrase: ");
        terminal.write("CNRY-not-it\r");
        assert_eq!(terminal.ends().exit_code(), 4);
        assert!(!holds(&terminal, "CNRY"), "{}", terminal.screen());
    };
    prompted(cli.folder());
}
