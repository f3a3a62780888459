//! The demo's integrations: one in every state. Each state comes from real runs against the sandbox, dated in the past.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{mpsc, watch};

use super::when::ago;
use crate::engine::Session;
use crate::engine::ops::credentials;
use crate::engine::ops::integrations::sync::{Options, sync};
use crate::engine::ops::integrations::{self, Draft};
use crate::model::integration::{IntegrationId, IntegrationSetup, Schedule, Trigger};
use crate::problem::Problem;
use crate::sandbox::Sandbox;

/// Number of records in each list of the sandbox.
const RECORDS: u64 = 240;

/// One made-up integration.
struct Seed {
    name: &'static str,
    provider: &'static str,
    credential: Option<&'static str>,
    loads: &'static [&'static str],
    parameters: &'static [(&'static str, &'static str)],
    schedule: Schedule,
    /// When it ran, in hours before now, oldest first.
    runs: &'static [i64],
    paused: bool,
}

/// Adds all integrations. Leaves the clock at the time of the last run.
pub(super) async fn fill(session: &Session, sandbox: &Sandbox, home: &Path, now: Timestamp) -> Result<(), Problem> {
    sandbox.script().records(RECORDS);
    for seed in &SEEDS {
        let id = add_integration(session, seed, home, now)?;
        for (generation, hours) in (0..).zip(seed.runs) {
            sandbox.script().records_changed(generation);
            if generation > 0 && seed.credential == Some(UNFINISHED) {
                sandbox.doubt_newest_grant();
            }
            session.workspace.clock.set(ago(now, SignedDuration::from_hours(*hours)));
            run(session, id).await?;
        }
        if seed.paused {
            integrations::pause(session, id, true)?;
        }
    }
    sandbox.script().records_changed(2);
    Ok(())
}

fn add_integration(session: &Session, seed: &Seed, home: &Path, now: Timestamp) -> Result<IntegrationId, Problem> {
    session.workspace.clock.set(ago(now, SignedDuration::from_hours(8 * 24)));
    let credential = match seed.credential {
        Some(name) => Some(credentials::find(session, name)?.id),
        None => None,
    };
    let own = |pairs: &[(&str, &str)]| pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
    let setup = IntegrationSetup {
        credential,
        loads: seed.loads.iter().map(|load| (*load).to_owned()).collect(),
        parameters: own(seed.parameters),
        folder: home.join("inventory").join(seed.provider).display().to_string(),
        schedule: seed.schedule,
        ..IntegrationSetup::default()
    };
    integrations::add(session, Draft { name: seed.name.to_owned(), provider: seed.provider.to_owned(), setup })
}

/// Runs a sync. A failed run is no error, because some of the integrations are meant to show one.
async fn run(session: &Session, id: IntegrationId) -> Result<(), Problem> {
    let options = Options::whole(Trigger::Schedule);
    let (reports, mut nobody) = mpsc::channel(16);
    let (_never, cancel) = watch::channel(false);
    let drain = async { while nobody.recv().await.is_some() {} };
    let running = Box::pin(sync(session, id, options, reports, cancel));
    futures_util::future::join(running, drain).await.0.map(drop)
}

/// The credential whose second factor was not completed.
const UNFINISHED: &str = "Zoho Endpoints";

#[rustfmt::skip]
const SEEDS: [Seed; 5] = [
    Seed { name: "CMDB devices and assets", provider: "manageengine", credential: Some("Zoho MDM Production"), loads: &["mdm-devices", "sdp-assets"],
        parameters: &[], schedule: Schedule::Every(360), runs: &[53, 29, 5], paused: false },
    Seed { name: "Endpoint computers", provider: "manageengine", credential: Some(UNFINISHED), loads: &["ec-computers"],
        parameters: &[], schedule: Schedule::Every(1_440), runs: &[50, 2], paused: false },
    Seed { name: "GitHub members", provider: "github", credential: Some("GitHub Actions"), loads: &["members"],
        parameters: &[("org", "northwind")], schedule: Schedule::Every(1_440), runs: &[70], paused: true },
    Seed { name: "Okta users", provider: "okta", credential: Some("Okta Audit Log"), loads: &["users"],
        parameters: &[], schedule: Schedule::ByHand, runs: &[], paused: false },
    Seed { name: "Entra devices", provider: "microsoft-entra", credential: None, loads: &["devices"],
        parameters: &[], schedule: Schedule::ByHand, runs: &[], paused: false },
];
