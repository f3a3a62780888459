//! How a standing and a day are written in a check.

use crate::engine::ops::due::Standing;
use crate::model::credential::Due;

pub(super) fn word(standing: Standing) -> &'static str {
    match standing {
        Standing::Good => "good",
        Standing::DueSoon => "due_soon",
        Standing::NeedsPerson => "needs_person",
    }
}

pub(super) fn day(due: &Due) -> String {
    due.at.strftime("%Y-%m-%d").to_string()
}
