//! The demo's credentials: one in every status. Each status comes from real authentication against the sandbox, dated
//! in the past.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use tokio::sync::mpsc;

use super::integrations;
use super::when::ago;
use crate::catalog::Provider;
use crate::engine::ops::credentials::{self, Draft};
use crate::engine::ops::setup::secret_fields;
use crate::engine::ops::sign_in::{Options, Progress, RedirectReturn, authenticate};
use crate::engine::ops::{revoke, token};
use crate::engine::{Opener, Session};
use crate::model::credential::{Client, ClientId, CredentialId, Details, Setup};
use crate::problem::Problem;
use crate::sandbox::{ACCESS, Consent, REFRESH, Response, Sandbox};
use crate::secret::{ClientSecret, Secret};

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// One made-up credential.
struct Seed {
    name: &'static str,
    provider: &'static str,
    /// In addition to the catalog's defaults and examples.
    variables: &'static [(&'static str, &'static str)],
    client_id: &'static str,
    description: &'static str,
    owner: &'static str,
    tags: &'static [&'static str],
    /// How many days ago it was added.
    days: i32,
    then: Then,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Then {
    /// Works; its access token was just refreshed.
    Fresh,
    /// Works; formerly had another name.
    Renamed(&'static str),
    /// Works; its refresh token expires within days.
    EndsSoon,
    /// The app was removed at the provider, so a refresh fails.
    Lost,
    Revoked,
    /// Not authenticated yet.
    New,
}

/// Adds all credentials. The session's clock must be settable; it is back at the present afterwards.
pub(super) fn fill(session: &Session, sandbox: &Sandbox, home: &Path) -> Result<(), Problem> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|_| Problem::internal("The demo has no runtime."))?;
    let now = session.workspace.clock.now();
    sandbox.script().consent(Consent::Accept);
    let mut session = session.clone();
    let visitor = sandbox.visitor();
    session.workspace.opener = Opener::stand_in(move |url| visitor.accept(url, Duration::ZERO));
    let planted = SEEDS.iter().try_for_each(|seed| runtime.block_on(add_credential(&session, sandbox, seed, now)));
    let filled = planted.and_then(|()| runtime.block_on(integrations::fill(&session, sandbox, home, now)));
    sandbox.script().consent(Consent::Page);
    sandbox.forget_seen();
    session.workspace.clock.set(now);
    filled
}

async fn add_credential(session: &Session, sandbox: &Sandbox, seed: &Seed, now: Timestamp) -> Result<(), Problem> {
    let clock = &session.workspace.clock;
    clock.set(ago(now, DAY * seed.days));
    let provider = session.workspace.catalog.by_id(seed.provider);
    let provider = provider.ok_or_else(|| Problem::internal(format!("The demo wants {}.", seed.provider)))?;
    let id = credentials::add(session, draft(seed, provider, session.workspace.settings.redirect_port))?;
    if seed.then == Then::New {
        return Ok(());
    }
    if seed.then == Then::EndsSoon {
        sandbox.script().token(Response::json(&json!({
            "access_token": ACCESS, "refresh_token": REFRESH, "token_type": "Bearer", "expires_in": 3600,
            // Counted from the day of issue, so that the refresh token expires nine days from now.
            "refresh_token_expires_in": (DAY * (seed.days + 9)).as_secs(),
        })));
    }
    clock.set(ago(now, DAY * seed.days - SignedDuration::from_mins(3)));
    consent(session, id).await?;
    after(session, sandbox, seed, id, now).await
}

async fn after(
    session: &Session,
    sandbox: &Sandbox,
    seed: &Seed,
    id: CredentialId,
    now: Timestamp,
) -> Result<(), Problem> {
    let clock = &session.workspace.clock;
    let forced = token::Request { force: true, ..Default::default() };
    match seed.then {
        Then::Renamed(name) => {
            clock.set(ago(now, DAY * (seed.days / 2)));
            credentials::rename(session, id, name)?;
            clock.set(ago(now, SignedDuration::from_mins(12)));
            token::access_token(session, id, forced).await?;
        }
        Then::Fresh => {
            clock.set(ago(now, SignedDuration::from_mins(26)));
            // A provider without refresh tokens keeps the first access token.
            let has_refresh = credentials::snapshot(session)?
                .credentials
                .by_id(id)
                .and_then(|credential| credential.tokens.as_ref())
                .is_some_and(|tokens| tokens.refresh.is_some());
            if has_refresh {
                token::access_token(session, id, forced).await?;
            }
        }
        Then::Lost => {
            clock.set(ago(now, SignedDuration::from_hours(2)));
            sandbox.script().token(Response::error("invalid_code"));
            // This refresh has to fail: the refusal is the status that the credential shows.
            if token::access_token(session, id, forced).await.is_ok() {
                return Err(Problem::internal("The demo's lost grant still works."));
            }
        }
        Then::Revoked => {
            clock.set(ago(now, DAY));
            revoke::revoke(session, id, || ()).await?;
        }
        Then::EndsSoon | Then::New => {}
    }
    Ok(())
}

/// Runs the real flow: listener, consent at the sandbox, code exchange, save.
async fn consent(session: &Session, id: CredentialId) -> Result<(), Problem> {
    let (progress, mut reports) = mpsc::channel::<Progress>(16);
    let (_control, commands) = mpsc::channel(1);
    // No screen is open yet, so a sign-in that needs the user fails at once.
    let options =
        Options { redirect_return: RedirectReturn::Listener, deadline: Duration::from_secs(30), ..Options::default() };
    let flow = authenticate(session, id, options, progress, commands);
    let drain = async { while reports.recv().await.is_some() {} };
    let (result, ()) = futures_util::future::join(flow, drain).await;
    result.map(|_| ())
}

fn draft(seed: &Seed, provider: &Provider, port: u16) -> Draft {
    let mut variables: BTreeMap<String, String> = provider
        .variables
        .iter()
        .filter(|variable| !variable.optional)
        .map(|variable| (variable.name.clone(), variable.default.clone().unwrap_or_else(|| variable.example.clone())))
        .collect();
    let made_up = "not-a-secret-this-is-the-demo";
    let typed = secret_fields(provider).into_iter().map(|(name, _)| (name.to_owned(), Secret::new(made_up.to_owned())));
    variables.extend(seed.variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    Draft {
        name: seed.name.to_owned(),
        provider: seed.provider.to_owned(),
        details: Details {
            description: seed.description.to_owned(),
            owner: seed.owner.to_owned(),
            tags: seed.tags.iter().map(|tag| (*tag).to_owned()).collect(),
            ..Details::default()
        },
        setup: Setup {
            client: Client {
                id: ClientId(seed.client_id.to_owned()),
                secret: Some(ClientSecret::new(made_up.to_owned())),
            },
            variables,
            secrets: typed.collect(),
            scopes: provider.scopes.clone(),
            redirect_uri: provider.redirect_uri(port),
        },
    }
}

#[rustfmt::skip]
const SEEDS: [Seed; 9] = [
    Seed { name: "Zoho MDM", provider: "manageengine", variables: &[], client_id: "1000.DEMO7KQ2M8VZ1T6RXC3B0NDY5WHJ9Q",
        description: "Devices, assets and computers for the CMDB", owner: "IT Operations", tags: &["production", "cmdb"], days: 41, then: Then::Renamed("Zoho MDM Production") },
    Seed { name: "Zoho Helpdesk EU", provider: "manageengine", variables: &[("accounts_host", "accounts.zoho.eu")], client_id: "1000.DEMO2M8VZ1T6RXC3B0NDY5WHJ9Q7KQ",
        description: "The app was removed at the provider. Press a: name, secret and history are \
            kept", owner: "Service Desk", tags: &["production", "eu"], days: 96, then: Then::Lost },
    Seed { name: "Google Directory", provider: "google-workspace", variables: &[], client_id: "415926535897-demo.apps.googleusercontent.com",
        description: "Users and groups for onboarding", owner: "Identity", tags: &["production", "hr"], days: 23, then: Then::Fresh },
    Seed { name: "Entra Reports", provider: "microsoft-entra", variables: &[], client_id: "d3m00000-2718-4281-8284-590452353602",
        description: "Sign-in reports for the auditors", owner: "Security", tags: &["audit"], days: 81, then: Then::EndsSoon },
    Seed { name: "GitHub Actions", provider: "github", variables: &[], client_id: "Iv1.demo8b61eba1e5d",
        description: "Workflow runs of the platform team", owner: "Platform", tags: &["ci"], days: 12, then: Then::Fresh },
    Seed { name: "PagerDuty On-call", provider: "pagerduty-key", variables: &[], client_id: "",
        description: "An API key, tested with a read-only call. Press t to test it \
            again", owner: "Operations", tags: &["production", "on-call"], days: 64, then: Then::Fresh },
    Seed { name: "Zoom Meetings (old)", provider: "zoom", variables: &[], client_id: "demoZ4kT8rXq2LwVb7Yc",
        description: "Revoked when the meetings moved to another account", owner: "Service Desk", tags: &["retired"], days: 140, then: Then::Revoked },
    Seed { name: "Okta Audit Log", provider: "okta", variables: &[], client_id: "0oademo4x9Qk7T1",
        description: "Waiting for its first sign-in. Press a", owner: "Security", tags: &["audit"], days: 1, then: Then::New },
    Seed { name: "Zoho Endpoints", provider: "manageengine", variables: &[], client_id: "1000.DEMOVZ1T6RXC3B0NDY5WHJ9Q7KQ2M8",
        description: "MFA was not completed at sign-in: the APIs reject its tokens. Press a", owner: "IT \
            Operations", tags: &["production"], days: 9, then: Then::Fresh },
];
