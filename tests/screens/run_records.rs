//! Hand-made results of an integration's runs: the integration, its Test Run, its sessions.

use std::time::Duration;

use credenza::engine::ops::integrations::test::{
    LoadTestReport, RedactedRequest, Sample, SampleField, Step, TestReport,
};
use credenza::model::credential::{CredentialId, Name};
use credenza::model::integration::{
    Counts, Integration, IntegrationSetup, LoadResult, PartResult, RecordError, StoredProblem, SyncResult, SyncSession,
    Trigger,
};
use credenza::problem::{Kind, NextStep, Problem};
use jiff::SignedDuration;

use super::stage::now;

/// The loads of the integration.
pub(crate) const LOADS: [&str; 3] = ["mdm-devices", "sdp-assets", "ec-computers"];

pub(crate) fn integration(credential: CredentialId, loads: &[&str]) -> Integration {
    let setup = IntegrationSetup {
        credential: Some(credential),
        loads: loads.iter().map(|load| (*load).to_owned()).collect(),
        folder: "/srv/inventory".to_owned(),
        ..IntegrationSetup::default()
    };
    Integration::new(Name::parse("ManageEngine MDM").unwrap(), "manageengine", setup, now())
}

pub(crate) fn label(load: &str) -> String {
    let words = match load {
        "mdm-devices" => "Mobile Device Manager Plus: Mobile devices",
        "sdp-assets" => "ServiceDesk Plus: Assets",
        _ => "Endpoint Central: Computers",
    };
    words.to_owned()
}

pub(crate) const CALL: &str = "GET https://mdm.manageengine.eu/api/v1/mdm/devices?limit=10&offset=0";

pub(crate) fn about(step: Step) -> &'static str {
    match step {
        Step::Credential => "\"ManageEngine MDM (EU)\"",
        Step::Token => "the stored one has ended: refresh it at accounts.zoho.eu",
        Step::Call => CALL,
        Step::Records => "10 of 412",
    }
}

pub(crate) fn time(step: Step) -> Duration {
    Duration::from_millis(match step {
        Step::Credential => 12,
        Step::Token => 410,
        Step::Call => 1_480,
        Step::Records => 3,
    })
}

fn tested(load: &str, steps: &[Step]) -> LoadTestReport {
    LoadTestReport {
        load: load.to_owned(),
        label: label(load),
        steps: steps.iter().map(|step| (*step, about(*step).to_owned(), time(*step))).collect(),
        failed: None,
        not_available: false,
        request: Some(RedactedRequest {
            line: CALL.to_owned(),
            headers: [("Authorization", "Zoho-oauthtoken ••••••••"), ("Accept", "application/json")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .to_vec(),
        }),
        sample: None,
    }
}

pub(crate) fn passed(load: &str) -> LoadTestReport {
    LoadTestReport { sample: Some(sample()), ..tested(load, &Step::ALL) }
}

pub(crate) fn refused(load: &str) -> LoadTestReport {
    let problem = Problem::new(
        Kind::NeedsAuthentication,
        format!("{}: the API rejected the token of \"ManageEngine MDM (EU)\".", label(load)),
    )
    .why(format!("401 INVALID_OAUTHTOKEN: The token was refreshed, and the new one is refused as well. Asked: {CALL}"))
    .try_this(
        "This happens when the sign-in was not completed with a second factor. Sign out of the Zoho API console, \
         authenticate again, and choose \"trust for 180 days\".",
    )
    .step(NextStep::Authenticate { name: "ManageEngine MDM (EU)".to_owned() });
    let failed = Some((Step::Call, CALL.to_owned(), problem));
    LoadTestReport { failed, ..tested(load, &[Step::Credential, Step::Token]) }
}

pub(crate) fn not_available(load: &str) -> LoadTestReport {
    let problem = Problem::new(Kind::NotFound, format!("{}: not available to this account.", label(load)))
        .why("403 with code 4002. Asked: GET https://sdpondemand.manageengine.eu/api/v3/assets")
        .try_this("The account may not include it, or its address differs: check the data center and the parameters.");
    let failed = Some((Step::Call, "GET https://sdpondemand.manageengine.eu/api/v3/assets".to_owned(), problem));
    let mut tested = tested(load, &[Step::Credential, Step::Token]);
    tested.request = tested.request.map(|shown| RedactedRequest { line: failed.as_ref().unwrap().1.clone(), ..shown });
    LoadTestReport { failed, not_available: true, ..tested }
}

pub(crate) fn outcome(loads: Vec<LoadTestReport>) -> TestReport {
    TestReport { name: "ManageEngine MDM".to_owned(), loads }
}

pub(crate) fn sample() -> Sample {
    let field = |path: &str, kind: &str, value: fn(usize) -> String| SampleField {
        path: path.to_owned(),
        kind: kind.to_owned(),
        values: (0..10).map(value).collect(),
    };
    let os = |at: usize| ["17.2", "17.1.2", "14", "16.7.8"][at % 4].to_owned();
    Sample {
        status: 200,
        bytes: 18_234,
        total: Some(412),
        count: 10,
        fields: vec![
            field("device_id", "text", |at| (9_007_199_254_741_993 + at as u64).to_string()),
            field("device_name", "text", |at| format!("iPhone-{:03}", at + 1)),
            field("platform_type", "text", |at| if at % 4 == 2 { "android" } else { "ios" }.to_owned()),
            field("os_version", "text or number", os),
            field("serial_number", "text", |at| if at == 1 { String::new() } else { format!("F2LX{at}K9{at}Q") }),
            field("is_removed", "text", |_| "false".to_owned()),
            field("user.user_name", "text", |at| if at == 2 { "日本 語" } else { "Ann Becker" }.to_owned()),
            field("user.user_email", "text", |_| "ann.becker.of.the.berlin.office@example.com".to_owned()),
            field("summary.app_count", "number", |at| (25 + at).to_string()),
            field("enrolled", "yes or no", |_| "true".to_owned()),
            field("groups", "list", |_| "[{\"id\":\"1\",\"name\":\"Berlin\"},{\"id\":\"7\"}]".to_owned()),
            field("last_contact", "number", |at| (1_700_000_000 + at).to_string()),
        ],
        errors: Vec::new(),
        notes: Vec::new(),
        missing: Vec::new(),
    }
}

pub(crate) fn counts(records: u64, added: u64, updated: u64, gone: u64, errors: u64) -> Counts {
    Counts { records, added, updated, skipped: records - added - updated, gone, errors }
}

pub(crate) fn part(load: &str, result: PartResult, counts: Counts) -> LoadResult {
    let file = (result == PartResult::Done).then(|| format!("/srv/inventory/{load}.ndjson"));
    LoadResult { result, counts, pages: counts.records.div_ceil(50).max(1), file, ..LoadResult::waiting(load) }
}

pub(crate) fn unavailable_part() -> LoadResult {
    let problem = not_available("sdp-assets").failed.map(|(.., problem)| StoredProblem::from(&problem));
    LoadResult { problem, pages: 0, ..part("sdp-assets", PartResult::NotAvailable, Counts::default()) }
}

pub(crate) fn part_with_errors() -> LoadResult {
    let why = "It has no device_id: nothing tells it from the others.";
    let error = |place: u64, id: &str| RecordError { page: 3, place, id: id.to_owned(), why: why.to_owned() };
    let mut errors: Vec<RecordError> = (1..5).map(|place| error(place * 7, "")).collect();
    let twice = "Another record had this id before; the first one is kept.".to_owned();
    errors.push(RecordError { page: 8, place: 2, id: "9007199254741999".to_owned(), why: twice });
    LoadResult {
        errors,
        remarks: vec!["The provider reported 415 records, but 412 were received.".to_owned()],
        resumed: true,
        ..part("mdm-devices", PartResult::Done, counts(407, 3, 2, 1, 5))
    }
}

pub(crate) fn withheld_part() -> LoadResult {
    let problem = Problem::new(Kind::Refused, "mdm-devices: 392 of 412 records are gone.")
        .why(
            "The provider returned 20, without an error. A drop like this can mean a lost permission or a wrong filter, \
            so the file was kept unchanged.",
        )
        .try_this("Check the scopes and the account at the provider.")
        .step(NextStep::AcceptGone { integration: "ManageEngine MDM".to_owned() });
    let problem = Some(StoredProblem::from(&problem));
    LoadResult { problem, ..part("mdm-devices", PartResult::Withheld, counts(20, 0, 0, 392, 0)) }
}

pub(crate) fn failed_part() -> LoadResult {
    let problem = Problem::new(Kind::Temporary, "Endpoint Central: Computers: no usable answer came.")
        .why("502 Bad Gateway, five times in a row. Asked: GET https://endpointcentral.manageengine.eu/api/1.4/som/computers?page=4&pagelimit=100")
        .try_this("Nothing was lost; run it again later.");
    LoadResult {
        problem: Some(StoredProblem::from(&problem)),
        pages: 3,
        ..part("ec-computers", PartResult::Failed, counts(300, 300, 0, 0, 0))
    }
}

/// The session with this number, which began this many hours ago.
pub(crate) fn session(number: u64, hours: i64, parts: Vec<LoadResult>) -> SyncSession {
    let started = now() - SignedDuration::from_hours(hours);
    let mut session = SyncSession {
        number,
        integration: credenza::model::integration::IntegrationId::random(),
        name: "ManageEngine MDM".to_owned(),
        trigger: if number.is_multiple_of(3) { Trigger::Hand } else { Trigger::Schedule },
        started,
        ended: Some(started + SignedDuration::from_millis(12_400 + 1_300 * i64::try_from(number).unwrap())),
        result: None,
        problem: None,
        parts,
    };
    session.result = Some(session.judged());
    session
}

/// The sessions of a week, oldest first.
pub(crate) fn week() -> Vec<SyncSession> {
    let done = |records, added, updated| part("mdm-devices", PartResult::Done, counts(records, added, updated, 0, 0));
    let computers = |records| part("ec-computers", PartResult::Done, counts(records, 0, 4, 0, 0));
    let mut refused = session(10, 94, Vec::new());
    let problem = refused_said();
    refused.problem = Some(problem);
    refused.result = Some(SyncResult::Failed);
    let canceled = LoadResult { pages: 2, ..part("mdm-devices", PartResult::Canceled, counts(100, 0, 1, 0, 0)) };
    let mut by_agent = session(13, 22, vec![part_with_errors(), unavailable_part(), computers(1_903)]);
    by_agent.trigger = Trigger::Agent;
    vec![
        session(8, 142, vec![done(398, 398, 0), computers(1_890)]),
        session(9, 118, vec![done(402, 4, 11), computers(1_897)]),
        refused,
        session(11, 70, vec![done(409, 7, 2), failed_part()]),
        session(12, 46, vec![canceled]),
        by_agent,
        session(14, 4, vec![done(412, 5, 1), unavailable_part(), computers(1_910)]),
    ]
}

pub(crate) fn refused_said() -> StoredProblem {
    let problem = Problem::new(Kind::Storage, "The folder /srv/inventory cannot be written to.")
        .why("The system says: permission denied.")
        .try_this("Give yourself the right to write there, or choose another folder.");
    StoredProblem::from(&problem)
}
