//! The two walk-throughs of the documentation, key by key and at both sizes: adding and authenticating a credential in
//! the demo, and repairing a failing integration. The test also counts the keys that each takes.

use super::integrations::{Story, accept};
use super::pty::{Pty, command};

const SIZES: [(u16, u16); 2] = [(80, 24), (120, 40)];
const ENTER: &str = "\r";
const TAB: &str = "\t";
const PAGE_DOWN: &str = "\u{1b}[6~";
const F5: &str = "\u{1b}[15~";

/// Presses and counts keys; pastes are not counted.
struct Typist<'a> {
    terminal: &'a mut Pty,
    keys: usize,
}

impl Typist<'_> {
    fn press(&mut self, key: &str) -> &Pty {
        self.keys += 1;
        self.terminal.write(key)
    }

    fn escape(&mut self) -> &Pty {
        self.keys += 1;
        self.terminal.escape()
    }

    fn paste(&mut self, text: &str) -> &Pty {
        self.terminal.write(&format!("\u{1b}[200~{text}\u{1b}[201~"))
    }
}

#[test]
fn a_credential_is_added_and_authenticated_with_fourteen_keys_and_two_pastes() {
    for (columns, rows) in SIZES {
        let folder = crate::scratch::folder();
        // Without a desktop, the demo consents automatically.
        let program = command(env!("CARGO_BIN_EXE_credenza"), &["--demo"], folder.path());
        let mut terminal = Pty::start(program);
        terminal.shows("9 of 9");
        terminal.resize(columns, rows);
        let mut typist = Typist { terminal: &mut terminal, keys: 0 };
        typist.press("+").shows("Search the catalog");
        for letter in "manage".chars() {
            typist.press(&letter.to_string());
        }
        typist.terminal.shows("> ManageEngine");
        typist.press(ENTER).shows("step 2 of 3").shows("INFORMATION").shows("Name *");
        typist.press(PAGE_DOWN).shows("> Client ID *").shows("Redirect URI").shows("register exactly this");
        typist.paste("1000.4GQ0YD5ZSYIB7K9DVC3WEXMPLE").shows("1000.4GQ0");
        typist.press(TAB).shows("> Client Secret *");
        typist.paste("CNRY-0d1f2a3b4c5d6e7f").shows("pasted, 21 characters");
        typist.press(TAB).shows("> Customer Domain *");
        // The list shows all data centers with their hosts.
        typist.press(ENTER).shows("10 of 10").shows("accounts.zoho.com.au");
        typist.press(ENTER).shows("United States");
        typist.press(F5).shows("Permissions requested (10)").shows("Waiting for you to sign in and accept");
        typist.terminal.shows("Authenticated. The tokens are saved").shows("● Authenticated");
        assert_eq!(typist.keys, 14, "at {columns}x{rows}");
        terminal.write("q").ends_clean(0);
        let drawn = String::from_utf8_lossy(&terminal.bytes()).into_owned();
        assert!(!drawn.contains("CNRY"), "the secret is never drawn");
    }
}

#[test]
fn a_failing_integration_is_repaired_with_nine_keys_and_one_consent() {
    for (columns, rows) in SIZES {
        let mut story = Story::begin();
        story.open_integrations();
        story.terminal.write("g").shows("✗ Failed after");
        story.terminal.escape().shows("✗ Failing");
        story.terminal.resize(columns, rows);
        let mut typist = Typist { terminal: &mut story.terminal, keys: 0 };
        typist.press("p").shows("‖ Paused");
        typist.press("t").shows("✗ failed after").shows("INVALID_OAUTHTOKEN").shows("MFA was not completed");
        typist.press("a").shows("opened");
        accept(&story.stage);
        typist.terminal.shows("Authenticated. The tokens are saved").shows("Test Run");
        typist.press("t").shows("✓ passed after");
        typist.escape().shows("‖ Paused");
        typist.press("p").shows("Resumed \"CMDB computers\"");
        typist.press("g").shows("✓ Completed after").shows("130 records");
        typist.press("s").shows("Sync Sessions").shows("✓ Completed").shows("✗ Failed");
        typist.press(ENTER).shows("130");
        assert_eq!(typist.keys, 9, "at {columns}x{rows}");
        story.terminal.write("q").ends_clean(0);
    }
}
