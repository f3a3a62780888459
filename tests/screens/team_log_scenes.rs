//! Scenes of the audit log of all machines of a team, and its behavior.

use credenza::engine::audit::{Fault, FaultKind, Line, Log, LogVerification};
use credenza::engine::event::{JobEvent, LogEvent, Outcome};
use credenza::engine::member_logs::{LogFault, LogFaultKind, MachineLine, MachineLog, TeamLog, TeamReport};
use credenza::problem::{Kind, Problem};
use credenza::tui::theme::Theme;

use super::audit_scenes;
use super::scenes::staged;
use super::stage::{Stage, now};
use super::team_scenes::shared;

fn line(seq: u64, program: &str, action: &str, name: &str, result: &str) -> Line {
    Line { user: "ana".to_owned(), ..audit_scenes::line(seq, program, action, name, result) }
}

fn of(member: &str, machine: &str, line: Line) -> MachineLine {
    MachineLine { member: member.to_owned(), machine: machine.repeat(16), line }
}

fn log_of(member: &str, lines: u64, faults: Vec<LogFault>) -> MachineLog {
    let (objects, newest) = (2, Some(now()));
    MachineLog { member: member.to_owned(), objects, lines, hidden: 0, dropped: 0, newest, faults }
}

fn local() -> Log {
    let lines = vec![line(3, "bash", "unlock", "", "ok"), line(9, "bash", "rename", "Zoho EU", "ok")];
    Log { lines, verdict: LogVerification { lines: 9, first: Some(1), ..LogVerification::default() } }
}

fn report() -> TeamReport {
    let lines = vec![
        of("Bob", "b", line(1, "zsh", "authenticate", "Zoho EU", "ok")),
        of("ci", "c", line(2, "runner", "token", "Zoho EU", "ok")),
        of("Ana", "a", line(3, "bash", "unlock", "", "ok")),
        of("ci", "c", line(5, "runner", "refresh", "Okta directory sync", "needs_authentication")),
        of("Bob", "b", line(7, "backup.sh", "token", "Payroll of all subsidiaries in Europe", "ok")),
        of("Ana", "a", line(9, "bash", "rename", "Zoho EU", "ok")),
    ];
    let logs = vec![log_of("Ana", 120, vec![]), log_of("Bob", 88, vec![]), log_of("ci", 4_210, vec![])];
    let log = TeamLog { lines, limit: None };
    TeamReport { log, verdict: local().verdict, logs, is_of_all: true }
}

pub(super) fn team_log_reading(theme: Theme) -> Stage {
    let mut stage = staged(shared(theme, "Ana", |_, _| ()), "2");
    stage.told(JobEvent::Log(LogEvent::Local(Box::new(local()))));
    stage.told(JobEvent::Log(LogEvent::Reading(3, 12)));
    stage
}

fn read(theme: Theme, report: TeamReport) -> Stage {
    let mut stage = team_log_reading(theme);
    stage.ends(Ok(Outcome::TeamLog(Box::new(report))));
    stage
}

pub(super) fn team_log(theme: Theme) -> Stage {
    read(theme, report())
}

pub(super) fn team_log_of_member(theme: Theme) -> Stage {
    let mut report = report();
    report.log.lines.retain(|one| one.member == "Bob");
    report.logs.retain(|log| log.member == "Bob");
    report.log.limit = Some("only an admin reads what other members did".to_owned());
    read(theme, TeamReport { is_of_all: false, ..report })
}

pub(super) fn team_log_offline(theme: Theme) -> Stage {
    let lines = local().lines.into_iter().map(|line| of("this machine", "a", line)).collect();
    let limit =
        "the store postgres://ana@db.acme.example/credenza cannot be reached; these are the entries of this machine";
    let log = TeamLog { lines, limit: Some(limit.to_owned()) };
    read(theme, TeamReport { log, logs: Vec::new(), is_of_all: false, ..report() })
}

pub(super) fn team_log_changed(theme: Theme) -> Stage {
    let mut report = report();
    let fault = |place: &str| LogFault {
        kind: LogFaultKind::Missing,
        place: place.to_owned(),
        why: "it is missing, and nobody deleted it".to_owned(),
    };
    report.logs[1].faults = vec![fault("log/3f2a/4"), fault("log/3f2a/5")];
    read(theme, report)
}

pub(super) fn team_log_line(theme: Theme) -> Stage {
    staged(team_log(theme), "down down")
}

#[test]
fn what_this_machine_did_is_shown_while_the_others_are_read_and_the_selection_stays() {
    let mut stage = team_log_reading(Theme::colored(false));
    assert!(stage.frame().contains("reading log 4 of 12") && stage.frame().contains("rename"), "{}", stage.frame());
    stage.keys("down");
    stage.ends(Ok(Outcome::TeamLog(Box::new(report()))));
    let frame = stage.frame();
    let selected = frame.lines().find(|row| row.contains("│ > ")).unwrap();
    assert!(selected.contains("unlock") && selected.contains("Ana"), "{frame}");
    assert!(frame.contains("verified, 3 logs, 4418 entries"), "{frame}");
    stage.keys("/").typed("ci token");
    assert!(stage.frame().contains("runner") || stage.frame().contains("ci"), "{}", stage.frame());
    assert!(!stage.frame().contains("rename"), "{}", stage.frame());
}

#[test]
fn a_fault_here_or_of_any_member_is_named() {
    let frame = team_log_changed(Theme::colored(false)).frame();
    assert!(frame.contains("! tampered with") && frame.contains("Bob: log/3f2a/4"), "{frame}");
    let bad = Fault { kind: FaultKind::Rewritten, seq: 3, place: "audit.jsonl, line 3".to_owned() };
    let verdict = LogVerification { lines: 2, bad: Some(bad), ..LogVerification::default() };
    let frame = read(Theme::colored(false), TeamReport { verdict, ..report() }).frame();
    assert!(frame.contains("! tampered with") && frame.contains("audit.jsonl, line 3"), "{frame}");
    let mut stage = team_log_reading(Theme::colored(false));
    stage.ends(Err(Problem::new(Kind::Refused, "The store has an old log.")));
    assert!(stage.frame().contains("The store has an old log."), "{}", stage.frame());
}
