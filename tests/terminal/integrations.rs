//! A failed integration, as a user handles it: the tokens are refused because a second factor was not completed.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::Duration;

use credenza::clock::Clock;
use credenza::engine::ops::{credentials, integrations};
use credenza::model::integration::{IntegrationId, Schedule};

use super::pty::{Pty, credenza};
use crate::integrations::stage::Stage;
use crate::service::until;

/// A vault with an integration that worked before, and a provider that no longer accepts its tokens.
pub(super) struct Story {
    pub(super) stage: Stage,
    id: IntegrationId,
    pub(super) terminal: Pty,
}

impl Story {
    pub(super) fn begin() -> Self {
        let stage = Stage::new();
        // The program uses the system clock.
        stage.clock.set(Clock::system().now());
        stage.sandbox.script().records(130);
        let id = stage.integration("manageengine", &["ec-computers"]);
        stage.edit(id, |setup| setup.schedule = Schedule::Every(24 * 60));
        integrations::rename(&stage.session, id, "CMDB computers").unwrap();
        stage.sync(id);
        stage.sandbox.reject_access_tokens();
        let terminal = open_with_browser(&stage);
        Self { stage, id, terminal }
    }

    /// Goes from the credentials to the table of integrations.
    pub(super) fn open_integrations(&mut self) {
        self.terminal.escape().shows("Sign in to your providers");
        self.terminal.write("6").shows("CMDB computers");
    }

    fn accept(&self) {
        accept(&self.stage);
    }
}

/// Starts the program on the stage's vault, with a browser, and with a redirect port that is free.
pub(super) fn open_with_browser(stage: &Stage) -> Pty {
    let port = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let config = stage.folder.path().join("config");
    std::fs::create_dir_all(&config).unwrap();
    std::fs::write(config.join("settings.toml"), format!("redirect_port = {port}\n")).unwrap();
    // Changes the redirect URIs of the credentials to this port.
    for credential in &stage.vault().snapshot().unwrap().credentials.list {
        let redirect_uri = format!("http://localhost:{port}/callback");
        let moved = crate::local_vault::edit(credential, |one| one.setup.redirect_uri = redirect_uri);
        stage.vault().commit(moved).unwrap();
    }
    let mut command = credenza(&[], stage.folder.path());
    command.env("CREDENZA_SANDBOX", stage.sandbox.base().as_str());
    command.env("BROWSER", browser(stage));
    let mut terminal = Pty::start(command);
    terminal.shows("Passphrase");
    terminal.write("test\r").shows("locks in");
    terminal
}

/// Accepts the sign-in in the browser, once the program has opened it.
pub(super) fn accept(stage: &Stage) {
    let file = address(stage);
    until(|| std::fs::read_to_string(&file).is_ok_and(|text| text.ends_with('\n')));
    let url = std::fs::read_to_string(&file).unwrap().trim().parse().unwrap();
    std::fs::remove_file(&file).unwrap();
    stage.sandbox.visitor().accept(&url, Duration::ZERO).unwrap();
}

fn address(stage: &Stage) -> PathBuf {
    stage.folder.path().join("address")
}

/// A browser that writes the URL to a file, from which the test reads it.
fn browser(stage: &Stage) -> PathBuf {
    let script = stage.folder.path().join("browser");
    std::fs::write(&script, format!("#!/bin/sh\nprintf '%s\\n' \"$1\" > '{}'\n", address(stage).display())).unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    script
}

#[test]
fn a_failed_integration_is_paused_authenticated_again_tested_resumed_and_synced() {
    let mut story = Story::begin();
    story.open_integrations();
    let terminal = &mut story.terminal;
    terminal.shows("● Active");
    terminal.write("g").shows("✗ Failed after").shows("the API rejected the token");
    terminal.escape().shows("✗ Failing");
    terminal.write("p").shows("‖ Paused");
    terminal.write("t").shows("✗ failed after").shows("INVALID_OAUTHTOKEN").shows("MFA was not completed");
    terminal.shows("✓ Token").shows("✗ Call GET https://endpointcentral.manageengine.com/api/1.4/som/comp");
    terminal.write("a").shows("opened");
    story.accept();
    let terminal = &mut story.terminal;
    terminal.shows("Authenticated. The tokens are saved").shows("Test Run");
    terminal.write("t").shows("✓ passed after").shows("10 of 130").shows("52549000000197007");
    terminal.escape().shows("‖ Paused");
    terminal.write("p").shows("Resumed \"CMDB computers\"");
    terminal.write("g").shows("✓ Completed after").shows("130 records");
    terminal.write("s").shows("Sync Sessions").shows("✓ Completed").shows("✗ Failed");
    terminal.write("j\r").shows("MFA was not");
    terminal.escape();
    terminal.write("q").ends_clean(0);
    let sessions = integrations::sessions(&story.stage.session, story.id).unwrap();
    let results: Vec<&str> = sessions.iter().map(|session| session.result.unwrap().word()).collect();
    assert_eq!(results, ["Completed", "Failed", "Completed"]);
    assert_eq!(story.stage.records("ec-computers").len(), 130);
    let drawn = story.terminal.bytes();
    let stored = story.stage.vault().snapshot().unwrap().credentials.list[0].tokens.clone().unwrap();
    let token = stored.access.expose().as_bytes().to_owned();
    assert!(drawn.windows(token.len()).all(|part| part != token), "no token was drawn");
}

#[test]
fn a_duplicate_under_a_new_name_is_authenticated_and_chosen() {
    let mut story = Story::begin();
    let terminal = &mut story.terminal;
    terminal.shows("manageengine");
    terminal.write("D").shows("New name");
    terminal.write("\u{1b}[200~ 2026\u{1b}[201~").shows("2026");
    // The page of the copy, which has no tokens yet.
    terminal.write("\r").shows("What to do").shows("○ Not authenticated");
    terminal.write("a").shows("opened");
    story.accept();
    let terminal = &mut story.terminal;
    terminal.shows("Authenticated. The tokens are saved");
    let all = credentials::snapshot(&story.stage.session).unwrap().credentials.list.clone();
    assert_eq!(all.len(), 2, "the old one stays");
    let copy = all[1].name.to_string();
    // From the page of the copy to the table, and from there to the integrations.
    terminal.escape().shows("INTEGRATION");
    story.open_integrations();
    let terminal = &mut story.terminal;
    terminal.write("c").shows(&copy);
    terminal.write("j\r").shows(&format!("● {copy}"));
    terminal.write("t").shows("✓ passed after").shows("10 of 130");
    terminal.escape().shows("CMDB computers");
    terminal.write("g").shows("✓ Completed after").shows("130 records");
    terminal.write("s").shows("Sync Sessions");
    terminal.write("q").ends_clean(0);
    let one = integrations::find(&story.stage.session, "CMDB computers").unwrap();
    assert_eq!(one.setup.credential, Some(all[1].id));
    assert_eq!(story.stage.records("ec-computers").len(), 130);
}
