//! Scenes of the agent, import and export.

use std::collections::BTreeMap;

use credenza::engine::agent::protocol::Status;
use credenza::engine::event::{JobEvent, Outcome};
use credenza::engine::ops::transfer::discovery::FoundFile;
use credenza::engine::ops::transfer::file::{Imports, TokenTrial, TrialProgress};
use credenza::engine::ops::transfer::{Import, Imported, SkippedPart};
use credenza::model::credential::CredentialId;
use credenza::problem::{Kind, NextStep, Problem};
use credenza::tui::route::Route;
use credenza::tui::theme::Theme;
use jiff::SignedDuration;

use super::scenes::staged;
use super::stage::{Stage, now};

fn visited(theme: Theme, route: Route) -> Stage {
    let mut stage = Stage::full(theme);
    stage.visit(route);
    stage
}

pub(super) fn agent_asking(theme: Theme) -> Stage {
    visited(theme, Route::Agent)
}

fn agent_is(theme: Theme, status: Option<Status>) -> Stage {
    let mut stage = agent_asking(theme);
    stage.ends(Ok(Outcome::Agent(status.map(Box::new))));
    stage
}

fn status(locked: bool) -> Status {
    let events = [(200, "started"), (180, "unlocked"), (12, "renewed Zoho EU"), (2, "handed out Zoho EU")];
    Status {
        pid: 4_121,
        vault: "/home/ana/.local/share/credenza/vault.age".to_owned(),
        locked,
        since: now() - SignedDuration::from_mins(200),
        locks_at: (!locked).then(|| now() + SignedDuration::from_hours(7)),
        memory_locked: true,
        tokens: 31,
        refreshed: 4,
        events: events.map(|(ago, said)| (now() - SignedDuration::from_mins(ago), said.to_owned())).to_vec(),
    }
}

pub(super) fn agent_none(theme: Theme) -> Stage {
    agent_is(theme, None)
}

pub(super) fn agent(theme: Theme) -> Stage {
    agent_is(theme, Some(status(false)))
}

pub(super) fn agent_locked(theme: Theme) -> Stage {
    agent_is(theme, Some(status(true)))
}

pub(super) fn agent_failed(theme: Theme) -> Stage {
    let mut stage = agent_asking(theme);
    stage.ends(Err(Problem::new(Kind::Temporary, "The agent did not answer in time.").step(NextStep::StopAgent)));
    stage
}

pub(super) fn agent_start(theme: Theme) -> Stage {
    staged(agent_none(theme), "s")
}

pub(super) fn agent_unlock(theme: Theme) -> Stage {
    let mut stage = staged(agent_locked(theme), "o");
    stage.typed("wrong").keys("enter");
    stage.ends(Err(Problem::new(Kind::Locked, "Wrong passphrase.").try_this("Type it again.")));
    stage
}

pub(super) fn agent_stop(theme: Theme) -> Stage {
    staged(agent(theme), "x")
}

pub(super) fn import_form(theme: Theme) -> Stage {
    visited(theme, Route::Import)
}

/// The options of the command as fields; the invalid one is named.
pub(super) fn import_options(theme: Theme) -> Stage {
    let mut stage = import_form(theme);
    stage.typed("/home/ana/team.csv").keys("tab tab").typed("okta").keys("tab tab tab tab tab");
    stage.typed("a-secret").keys("tab tab").typed("host=acme.okta.com").keys("tab").typed("clientid=ID");
    stage.keys("enter");
    stage
}

pub(super) fn found_looking(theme: Theme) -> Stage {
    visited(theme, Route::FoundFiles)
}

pub(super) fn found_files(theme: Theme) -> Stage {
    let mut stage = found_looking(theme);
    let file =
        |program: &str, path: &str, entries| FoundFile { program: program.to_owned(), path: path.into(), entries };
    let names = ["gdrive", "box", "onedrive"].map(str::to_owned).to_vec();
    let refused = Problem::new(Kind::Usage, "The file contains no credential that can be imported.")
        .why("It contains: GitHub CLI hosts.yml. YAML is not read.");
    stage.ends(Ok(Outcome::FoundFiles(vec![
        file("rclone", "/home/ana/.config/rclone/rclone.conf", Ok(names)),
        file("AWS CLI", "/home/ana/.aws/credentials", Ok(vec!["default".to_owned()])),
        file("GitHub CLI", "/home/ana/.config/gh/hosts.yml", Err(refused)),
    ])));
    stage
}

pub(super) fn found_refused(theme: Theme) -> Stage {
    staged(found_files(theme), "down down")
}

pub(super) fn found_none(theme: Theme) -> Stage {
    let mut stage = found_looking(theme);
    stage.ends(Ok(Outcome::FoundFiles(Vec::new())));
    stage
}

pub(super) fn found_failed(theme: Theme) -> Stage {
    let mut stage = found_looking(theme);
    stage.ends(Err(Problem::internal("The table of places does not parse.")));
    stage
}

pub(super) fn import_reading(theme: Theme) -> Stage {
    let mut stage = import_form(theme);
    stage.typed("/home/ana/team.json").keys("enter");
    stage
}

pub(super) fn import_failed(theme: Theme) -> Stage {
    let mut stage = import_reading(theme);
    stage
        .ends(Err(Problem::new(Kind::Usage, "/home/ana/team.json cannot be read.").why("The system says: not found.")));
    stage
}

fn imported(name: &str, from_file: &[(&str, &str)]) -> Imported {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Imported {
        id: CredentialId::random(),
        name: name.to_owned(),
        integration: "oidc".to_owned(),
        has_refresh_token: true,
        lacks_secret: false,
        token_host: Some("login.acme.example".to_owned()),
        redirect_uri: "http://localhost:53682/callback".to_owned(),
        endpoints: BTreeMap::new(),
        from_file: from_file.iter().map(owned).collect(),
        unread: Vec::new(),
        folded: 0,
    }
}

fn import() -> Import {
    let places = [("token_url", "https://login.acme.example/token")];
    let left_out = SkippedPart { name: "dropbox".to_owned(), why: "No integration of the catalog fits.".to_owned() };
    let lacking = Imported { lacks_secret: true, has_refresh_token: false, ..imported("Okta direct0ry", &[]) };
    Import {
        imported: vec![imported("Acme", &places), lacking],
        known: vec![("zoho".to_owned(), "ManageEngine MDM (EU)".to_owned())],
        left_out: vec![left_out],
        of_vault: false,
    }
}

pub(super) fn import_preview(theme: Theme) -> Stage {
    let mut stage = import_reading(theme);
    stage.ends(Ok(Outcome::ImportPreview(Box::new(import()))));
    stage
}

pub(super) fn import_consent(theme: Theme) -> Stage {
    staged(import_preview(theme), "enter")
}

pub(super) fn import_trying(theme: Theme) -> Stage {
    let mut stage = staged(import_consent(theme), "y");
    stage.told(JobEvent::Import(TrialProgress { name: "Acme".to_owned(), number: 1, total: 1 }));
    stage
}

pub(super) fn import_done(theme: Theme) -> Stage {
    let mut stage = import_trying(theme);
    let trials = vec![("Acme".to_owned(), TokenTrial::Works)];
    stage.ends(Ok(Outcome::Imported(Box::new(Imports { import: import(), trials }))));
    stage
}

pub(super) fn export(theme: Theme) -> Stage {
    staged(visited(theme, Route::Export { checked: Vec::new() }), "down space")
}

pub(super) fn export_empty(theme: Theme) -> Stage {
    let mut stage = Stage::empty(theme);
    stage.visit(Route::Export { checked: Vec::new() });
    stage
}

pub(super) fn export_template(theme: Theme) -> Stage {
    staged(export(theme), "enter")
}

pub(super) fn export_encrypted(theme: Theme) -> Stage {
    let mut stage = export_template(theme);
    stage.typed("age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p").keys("ctrl-t enter");
    stage.typed("~/team.age");
    stage
}

pub(super) fn export_failed(theme: Theme) -> Stage {
    let mut stage = export_encrypted(theme);
    stage.keys("enter");
    stage.ends(Err(Problem::new(Kind::Refused, "/home/ana/team.age exists already.").try_this("Name another file.")));
    stage
}
