//! Texts for members, roles and the rotation list.

use crate::engine::ops::team::{Member, Role, RotationItem, TeamSnapshot};
use crate::tui::context::Context;
use crate::tui::keymap::Action;
use crate::tui::widgets::fields::Row;
use crate::tui::widgets::relative_time;

/// Shown instead of the members if this is not a team vault.
pub(super) const NO_TEAM: &str = "No team shares this vault.";

/// Width of the labels in a member's details.
pub(super) const LABEL: u16 = 12;

/// "6 credentials and 1 integration".
pub(super) fn records(credentials: usize, integrations: usize) -> String {
    let many = |count: usize, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
    match integrations {
        0 => many(credentials, "credential"),
        _ => format!("{} and {}", many(credentials, "credential"), many(integrations, "integration")),
    }
}

/// "an admin".
pub(super) fn with_article(role: Role) -> String {
    let article = if role == Role::Admin { "an" } else { "a" };
    format!("{article} {}", role.word())
}

/// What a role is allowed to do.
pub(super) fn meaning(role: Role) -> &'static str {
    match role {
        Role::Admin => "edits every credential, and decides who is a member",
        Role::Member => "reads and edits every credential",
        Role::Reader => "reads every credential and refreshes its tokens",
        Role::Host => "reads the credentials it was given and refreshes their tokens",
    }
}

/// "Ana (you)".
pub(super) fn name(member: &Member) -> String {
    format!("{}{}", member.name, if member.is_own { " (you)" } else { "" })
}

/// "everything", or how many credentials.
pub(super) fn reads(member: &Member) -> String {
    match (member.role, member.credentials.len()) {
        (Role::Host, 1) => "1 credential".to_owned(),
        (Role::Host, count) => format!("{count} credentials"),
        _ => "everything".to_owned(),
    }
}

/// As [`reads`], with the names of the credentials.
pub(super) fn reads_in_full(cx: &Context<'_>, member: &Member) -> String {
    if member.role != Role::Host {
        return "every credential and integration".to_owned();
    }
    let name = |id: &_| {
        let credential = cx.snapshot.credentials.by_id(*id);
        credential.map_or_else(|| "a deleted one".to_owned(), |one| one.name.to_string())
    };
    member.credentials.iter().map(name).collect::<Vec<_>>().join(", ")
}

/// When a member last saved something.
pub(super) fn last_seen(cx: &Context<'_>, member: &Member) -> String {
    member.last_seen.map_or_else(|| "never".to_owned(), |at| relative_time::instant(cx, at))
}

/// The details of a member, except for the four words.
pub(super) fn facts(cx: &Context<'_>, member: &Member) -> Vec<Row> {
    vec![
        Row::new("Role", format!("{}: {}", member.role.word(), meaning(member.role))),
        Row::new("Reads", reads_in_full(cx, member)),
        Row::new("Since", relative_time::instant(cx, member.since)),
        Row::new("Last seen", last_seen(cx, member)),
        Row::new("Added by", member.added_by.clone()),
    ]
}

/// Why the user may not change members; `None` if the user may.
pub(super) fn may_not_administer(cx: &Context<'_>) -> Option<&'static str> {
    match cx.snapshot.team.as_ref().map(TeamSnapshot::own_role) {
        None => Some(NO_TEAM),
        Some(Some(Role::Admin)) if cx.snapshot.as_of.is_some() => Some("The team's store cannot be reached now."),
        Some(Some(Role::Admin)) => None,
        Some(_) => Some("Only an admin can change who is a member. Ask one of them."),
    }
}

/// Why the user may not save; `None` if the user may.
pub(super) fn edit_refusal(cx: &Context<'_>) -> Option<&'static str> {
    match cx.snapshot.team.as_ref().map(TeamSnapshot::own_role) {
        None => Some(NO_TEAM),
        Some(Some(role)) if role.may_edit() && cx.snapshot.as_of.is_some() => {
            Some("The team's store cannot be reached now.")
        }
        Some(Some(role)) if role.may_edit() => None,
        Some(_) => Some("Your role does not allow this. Ask an admin or a member."),
    }
}

/// Whether an action applies to the selected row.
pub(super) fn needs_row(action: Action) -> bool {
    matches!(action, Action::Accept | Action::Delete | Action::Confirm)
}

/// "3 credentials to rotate since Bob was removed"; `None` if the list is empty.
pub(crate) fn rotation_sentence(list: &[RotationItem]) -> Option<String> {
    let mut credentials: Vec<_> = list.iter().map(|item| item.credential).collect();
    credentials.sort_unstable();
    credentials.dedup();
    let mut removed: Vec<&str> = list.iter().map(|item| item.because_of.as_str()).collect();
    removed.sort_unstable();
    removed.dedup();
    let who = match removed.as_slice() {
        [] => return None,
        [one] => format!("{one} was removed"),
        [one, other] => format!("{one} and {other} were removed"),
        [one, others @ ..] => format!("{one} and {} others were removed", others.len()),
    };
    let count = credentials.len();
    Some(format!("{count} {} to rotate since {who}", if count == 1 { "credential" } else { "credentials" }))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::model::credential::CredentialId;

    #[test]
    fn the_rotation_list_is_counted_by_credentials_and_names_who_was_removed() {
        let id = CredentialId::random();
        let item = |credential, who: &str| RotationItem {
            credential,
            name: "Zoho".to_owned(),
            what: vec!["grant".to_owned()],
            because_of: who.to_owned(),
            since: Timestamp::UNIX_EPOCH,
        };
        let (bob, again, other) = (item(id, "Bob"), item(id, "Carl"), item(CredentialId::random(), "Bob"));
        assert_eq!(rotation_sentence(&[]), None);
        let sentence = |list: &[RotationItem]| rotation_sentence(list).unwrap();
        assert_eq!(sentence(std::slice::from_ref(&bob)), "1 credential to rotate since Bob was removed");
        assert_eq!(sentence(&[bob.clone(), again]), "1 credential to rotate since Bob and Carl were removed");
        assert_eq!(sentence(&[bob, other]), "2 credentials to rotate since Bob was removed");
    }
}
