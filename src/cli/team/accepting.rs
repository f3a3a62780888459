//! `credenza team accept`: accepts a store that was restored from a backup.

use serde_json::{Value, json};

use super::super::arguments::Global;
use super::super::output::{self, Output};
use super::super::prompt;
use crate::engine::Session;
use crate::engine::ops::team::{self, Remedy, RestoreDifference};
use crate::problem::{Kind, Problem};

/// Objects between two lines of progress output.
const STEP: usize = 100;

pub(super) fn accept(
    session: &Session,
    (lost, yes): (bool, bool),
    global: &Global,
    output: Output,
) -> Result<(), Problem> {
    let differences = team::differences(session)?;
    if differences.is_empty() && !lost {
        return output.done(
            "The store has everything that this machine has seen; nothing to accept",
            &json!({ "accepted": false, "differences": [] }),
        );
    }
    if !output.json && !differences.is_empty() {
        table(&differences, output)?;
    }
    if !yes && !prompt::agrees(global, &question(lost))? {
        return Err(Problem::new(Kind::Refused, "The restored store was not accepted. Nothing was changed.").try_this(
            "The vault stays unusable until an admin accepts the restored store, or the newest objects are back.",
        ));
    }
    let accepted = team::accept_restored(session, lost, &mut progress(output))?;
    let values: Vec<Value> = accepted.iter().map(team::difference_as_json).collect();
    let count = accepted.len();
    let objects = if count == 1 { "object" } else { "objects" };
    output.done(
        &format!("Accepted the restored store: {count} {objects} that differed"),
        &json!({ "accepted": true, "differences": values }),
    )
}

fn question(lost: bool) -> String {
    let lost = if lost {
        "Changes that only other machines have are discarded, and every object is signed again.\n"
    } else {
        ""
    };
    format!("{lost}Restore this machine's newer objects to the store? Type yes: ")
}

fn table(differences: &[RestoreDifference], output: Output) -> Result<(), Problem> {
    let cells = |difference: &RestoreDifference| {
        let stored = difference.stored.map_or_else(|| "missing".to_owned(), |revision| revision.to_string());
        let name = crate::printable::printable(difference.about.as_deref().unwrap_or_default(), 80);
        vec![difference.path.clone(), name, stored, difference.seen.to_string(), action(difference)]
    };
    let rows: Vec<Vec<String>> = differences.iter().map(cells).collect();
    output.table(&["OBJECT", "NAME", "IN STORE", "HERE", "ACTION"], &rows)
}

fn action(difference: &RestoreDifference) -> String {
    let by = crate::printable::printable(difference.by.as_deref().unwrap_or("somebody"), 80);
    match difference.remedy {
        Remedy::PutBack => "put back".to_owned(),
        Remedy::KeepSeen => format!("keep this machine's version; {by}'s becomes the previous version"),
        Remedy::KeepStored => format!("keep {by}'s version; this machine's becomes the previous version"),
        Remedy::Merge => format!("merge with {by}'s version"),
        Remedy::Unresolvable => "damaged on this machine, too".to_owned(),
    }
}

fn progress(output: Output) -> impl FnMut(usize, usize) {
    move |done, total| {
        if output::is_watched() && done > 0 && (done % STEP == 0 || done == total) {
            output.note(&format!("credenza: wrote {done} of {total} objects"));
        }
    }
}
