//! The words and dates that all output formats of a check share.

use crate::engine::ops::due::DueLevel;
use crate::model::credential::Deadline;

pub(super) fn word(standing: DueLevel) -> &'static str {
    match standing {
        DueLevel::Good => "good",
        DueLevel::DueSoon => "due_soon",
        DueLevel::NeedsPerson => "needs_person",
    }
}

pub(super) fn day(due: &Deadline) -> String {
    due.at.strftime("%Y-%m-%d").to_string()
}
