//! Describes what other members changed in a team's vault while it is open here: the text of the notice, and who last
//! saved a record.

use std::sync::Arc;

use crate::engine::Snapshot;
use crate::engine::ops::team::Authorship;
use crate::printable::printable;
use crate::tui::context::Context;
use crate::tui::widgets::fields::Row;
use crate::tui::widgets::relative_time;

/// Most characters of a name in a notice.
const NAME: usize = 60;

/// A record that another member saved.
#[derive(Debug)]
struct Saved<'a> {
    by: &'a str,
    /// The change with the name of the record: `changed "Zoho EU"`.
    what: String,
    is_credential: bool,
}

/// One sentence about what other members saved between two snapshots; `None` if they saved nothing.
pub(super) fn sentence(before: &Snapshot, after: &Snapshot) -> Option<String> {
    let saved = saved(before, after)?;
    let mut people: Vec<&str> = saved.iter().map(|saved| saved.by).collect();
    people.sort_unstable();
    people.dedup();
    let who = match people.as_slice() {
        [] => return None,
        [one] => (*one).to_owned(),
        [one, other] => format!("{one} and {other}"),
        [one, others @ ..] => format!("{one} and {} others", others.len()),
    };
    Some(match saved.as_slice() {
        [one] => format!("{who} {}.", one.what),
        several => {
            let what = if several.iter().all(|one| one.is_credential) { "" } else { " and integrations" };
            format!("{who} changed {} credentials{what}.", several.len())
        }
    })
}

fn saved<'a>(before: &Snapshot, after: &'a Snapshot) -> Option<Vec<Saved<'a>>> {
    let (former, team) = (before.team.as_ref()?, after.team.as_ref()?);
    if Arc::ptr_eq(&former.authors, &team.authors) {
        return Some(Vec::new());
    }
    let is_new = |(id, authorship): &(&String, &Authorship)| {
        !authorship.is_own && former.authors.get(*id).is_none_or(|former| former.revision != authorship.revision)
    };
    let of = |(id, authorship): (&'a String, &'a Authorship)| {
        let (was, is) = (named(before, id), named(after, id));
        let is_credential = was.as_ref().or(is.as_ref())?.1;
        let shown = |(name, _): (String, bool)| printable(&name, NAME);
        let what = match (was.map(shown), is.map(shown)) {
            (None, Some(is)) => format!("added \"{is}\""),
            (Some(was), None) => format!("deleted \"{was}\""),
            (Some(was), Some(is)) if was != is => format!("renamed \"{was}\" to \"{is}\""),
            (Some(_), Some(is)) => format!("changed \"{is}\""),
            (None, None) => return None,
        };
        Some(Saved { by: &authorship.by, what, is_credential })
    };
    Some(team.authors.iter().filter(is_new).filter_map(of).collect())
}

/// The name of the record with this id, and whether it is a credential.
fn named(snapshot: &Snapshot, id: &str) -> Option<(String, bool)> {
    let credential = id.parse().ok().and_then(|id| snapshot.credentials.by_id(id));
    let integration = || id.parse().ok().and_then(|id| snapshot.integrations.by_id(id));
    let named = credential.map(|one| (one.name.to_string(), true));
    named.or_else(|| integration().map(|one| (one.name.to_string(), false)))
}

/// A row that tells who last saved a record; `None` unless a team shares the vault.
pub(crate) fn last_saved(cx: &Context<'_>, id: &str) -> Option<Row> {
    let by = cx.snapshot.team.as_ref()?.authors.get(id)?;
    let who = if by.is_own { "you" } else { &by.by };
    Some(Row::new(
        "Last saved",
        format!("by {who}, {} ({})", relative_time::distance(cx.now, by.at), relative_time::instant(cx, by.at)),
    ))
}
