//! Scenes of the audit log, of the users of a credential, and of the vault's versions.

use credenza::engine::audit::{Fault, FaultKind, Line, Log, LogVerification, UsedBy};
use credenza::engine::event::Outcome;
use credenza::engine::ops::history::{Changed, KeptVersion, RecordDifference, Subject, VersionContent};
use credenza::tui::theme::Theme;

use super::detail_scenes::details;
use super::scenes::{menu, staged};
use super::stage::Stage;

pub(super) fn audit_reading(theme: Theme) -> Stage {
    staged(menu(theme), "2")
}

/// A log entry, one minute later than the previous one.
pub(super) fn line(seq: u64, program: &str, action: &str, name: &str, result: &str) -> Line {
    Line {
        seq,
        at: super::stage::now() - jiff::SignedDuration::from_mins(60 - i64::try_from(seq).unwrap()),
        uid: 1000,
        user: "ann".to_owned(),
        pid: 4_700 + u32::try_from(seq).unwrap(),
        program: program.to_owned(),
        action: action.to_owned(),
        credential: None,
        name: name.to_owned(),
        result: result.to_owned(),
        oldest: None,
        prev: "0".repeat(64),
        mac: Some("0".repeat(64)),
    }
}

/// The entries of a day, oldest first.
fn logged() -> Log {
    let lines = vec![
        line(1, "bash", "add", "Zoho EU", "ok"),
        line(2, "bash", "authenticate", "Zoho EU", "ok"),
        line(3, "backup.sh", "token", "Zoho EU", "ok"),
        line(4, "cron", "refresh", "Okta", "needs_authentication"),
        line(5, "", "unlock", "", "locked"),
    ];
    Log { lines, verdict: LogVerification { lines: 5, first: Some(1), ..LogVerification::default() } }
}

pub(super) fn audit_log(theme: Theme) -> Stage {
    let mut stage = audit_reading(theme);
    stage.ends(Ok(Outcome::Log(Box::new(logged()))));
    stage
}

pub(super) fn audit_log_changed(theme: Theme) -> Stage {
    let mut stage = audit_reading(theme);
    let bad = Fault { kind: FaultKind::Rewritten, seq: 3, place: "audit.jsonl, line 3".to_owned() };
    let verdict = LogVerification { lines: 2, bad: Some(bad), ..LogVerification::default() };
    stage.ends(Ok(Outcome::Log(Box::new(Log { verdict, ..logged() }))));
    stage
}

pub(super) fn audit_log_empty(theme: Theme) -> Stage {
    let mut stage = audit_reading(theme);
    stage.ends(Ok(Outcome::Log(Box::new(Log { lines: Vec::new(), verdict: LogVerification::default() }))));
    stage
}

pub(super) fn audit_log_filter(theme: Theme) -> Stage {
    let mut stage = audit_log(theme);
    stage.keys("/").typed("zoho token");
    stage
}

pub(super) fn details_used(theme: Theme) -> Stage {
    let mut stage = details(theme);
    let user = |program: &str, times| UsedBy { program: program.to_owned(), last: super::stage::now(), times };
    stage.ends(Ok(Outcome::UsedBy(vec![user("backup.sh", 12), user("cron", 1)])));
    stage
}

pub(super) fn version_history(theme: Theme) -> Stage {
    let difference = |name: &str, change, fields: &[&'static str]| RecordDifference {
        kind: Subject::Credential,
        name: name.to_owned(),
        change,
        fields: fields.to_vec(),
    };
    let kept = |number: u64, changes: Vec<RecordDifference>, going_back: Vec<RecordDifference>| KeptVersion {
        number,
        place: format!("vault-{number}.age"),
        written_at: Some(super::stage::now() - jiff::SignedDuration::from_hours(9 - i64::try_from(number).unwrap())),
        size: 4_096,
        content: Ok(VersionContent { credentials: 3, changes, going_back }),
    };
    let mut stage = staged(menu(theme), "3");
    stage.ends(Ok(Outcome::Versions(vec![
        kept(6, Vec::new(), vec![difference("Okta", Changed::Removed, &[])]),
        kept(
            7,
            vec![difference("Okta", Changed::Added, &[])],
            vec![difference("Zoho EU", Changed::Changed, &["tokens"])],
        ),
        kept(8, vec![difference("Zoho EU", Changed::Changed, &["name", "tokens"])], Vec::new()),
    ])));
    stage
}

pub(super) fn version_history_compared(theme: Theme) -> Stage {
    staged(version_history(theme), "down enter")
}

pub(super) fn version_history_asks(theme: Theme) -> Stage {
    staged(version_history(theme), "down R")
}
