//! `credenza undo` and `redo`. JSON: `{"undone": "delete Zoho EU"}`, `{"redone": "delete Zoho EU"}`.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::arguments::Global;
use super::output::Output;
use super::prompt;
use crate::engine::ops::credentials;
use crate::engine::{Direction, Loss, Session, Step};
use crate::problem::{Kind, Problem};

/// An edit this recent is assumed to be the one the user just made, whichever process made it.
const JUST_NOW: SignedDuration = SignedDuration::from_secs(60);

/// Undoes or redoes the next step. A step that is older, or would delete something in use, needs a confirmation.
pub(super) fn run(
    session: &Session,
    direction: Direction,
    agreed: bool,
    global: &Global,
    output: Output,
) -> Result<(), Problem> {
    let snapshot = credentials::snapshot(session)?;
    let step = match direction {
        Direction::Undo => snapshot.next_undo.as_ref(),
        Direction::Redo => snapshot.next_redo.as_ref(),
    };
    if let Some(step) = step.filter(|step| !agreed && needs_consent(step, session.workspace.clock.now())) {
        consent(step, direction, global)?;
    }
    let label = credentials::undo_or_redo(session, direction, step)?;
    match direction {
        Direction::Undo => output.done(&format!("Undid: {label}"), &json!({ "undone": label })),
        Direction::Redo => output.done(&format!("Redid: {label}"), &json!({ "redone": label })),
    }
}

fn needs_consent(step: &Step, now: Timestamp) -> bool {
    !step.losses.is_empty() || step.at.duration_until(now).abs() > JUST_NOW
}

fn consent(step: &Step, direction: Direction, global: &Global) -> Result<(), Problem> {
    let verb = match direction {
        Direction::Undo => "undo",
        Direction::Redo => "redo",
    };
    let saved = format!("\"{}\" was saved at {}.", step.label, step.at.strftime("%Y-%m-%d %H:%M:%S UTC"));
    let losses: Vec<String> = step.losses.iter().flat_map(Loss::in_words).collect();
    let facts = std::iter::once(saved).chain(losses).collect::<Vec<_>>().join(" ");
    if prompt::is_attended(global) {
        if prompt::confirm(global, &format!("{facts}\nReally {verb} it?"))? {
            return Ok(());
        }
        return Err(Problem::new(Kind::Refused, format!("Nothing was {verb}ne.")));
    }
    Err(Problem::new(Kind::Refused, format!("To {verb} \"{}\" needs your consent.", step.label))
        .why(facts)
        .try_this(format!("Check what would change, then add --yes: credenza {verb} --yes")))
}
