//! What uses a credential: the integrations that sign in with it, and the programs that received its token.

use crate::engine::audit::UsedBy;
use crate::model::credential::{Credential, CredentialId};
use crate::tui::context::Context;
use crate::tui::widgets::fields::Row;
use crate::tui::widgets::relative_time;

/// Most programs that are listed; the audit log has all of them.
const MAX_PROGRAMS: usize = 3;

/// One row per integration; empty if no integration uses the credential.
pub(super) fn by_integrations(cx: &Context<'_>, id: CredentialId) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for one in cx.snapshot.integrations.using(id) {
        let (glyph, ascii, word, style) =
            if one.paused { ("‖", "=", "paused", cx.theme.muted) } else { ("●", "*", "active", cx.theme.ok) };
        let glyph = if cx.theme.ascii { ascii } else { glyph };
        let label = if rows.is_empty() { "Integrations" } else { " " };
        rows.push(Row::new(label, format!("{glyph} {}, {word}", one.name)).style(style));
    }
    if rows.is_empty() { rows } else { rows.into_iter().chain([Row::blank()]).collect() }
}

/// The programs that received the token, most recent first.
pub(super) fn by_programs(cx: &Context<'_>, users: &[UsedBy]) -> Vec<Row> {
    let name = |user: &UsedBy| if user.program.is_empty() { "?".to_owned() } else { user.program.clone() };
    let row = |(at, user): (usize, &UsedBy)| {
        let times = if user.times == 1 { "once".to_owned() } else { format!("{} times", user.times) };
        let label = if at == 0 { "Used by" } else { " " };
        Row::new(label, format!("{}, {times}, last {}", name(user), relative_time::instant(cx, user.last)))
    };
    let rows: Vec<Row> = users.iter().take(MAX_PROGRAMS).enumerate().map(row).collect();
    if rows.is_empty() { rows } else { rows.into_iter().chain([Row::blank()]).collect() }
}

/// The notice after a credential was deleted, with the number of integrations that used it.
pub(super) fn deleted(cx: &Context<'_>, credential: &Credential) -> String {
    let used_it = match cx.snapshot.integrations.using(credential.id).count() {
        0 => String::new(),
        1 => "1 integration used it; ".to_owned(),
        count => format!("{count} integrations used it; "),
    };
    format!("Deleted \"{}\". {used_it}Press u to undo.", credential.name)
}
