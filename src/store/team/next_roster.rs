//! Builds the next roster.

use std::collections::BTreeMap;

use super::draft::{Body, Draft};
use super::roster::{self, Roster, RosterEntry, not_allowed};
use super::view::View;
use crate::model::credential::Name;
use crate::problem::{Kind, Problem};
use crate::store::error::StoreError;
use crate::store::members::Role;

/// The next roster, in which the member has this role. Also returns the member's id.
///
/// Objects that the member may no longer write stay valid until somebody else overwrites them.
pub(super) fn with_role(view: &View, own: &str, name: &str, role: Role) -> Result<(Vec<Draft>, String), StoreError> {
    let roster = view.objects.roster().ok_or_else(super::handle::no_vault)?;
    must_be_admin(roster, own)?;
    let member = find(roster, name)?;
    let refused = |what: String| Problem::new(Kind::Refused, what);
    if member.role == Role::Host || role == Role::Host {
        let problem = refused(format!("{} cannot get this role.", member.name));
        return Err(problem.why("A host reads the credentials it was given, and nothing else.").into());
    }
    if member.role == role {
        return Err(refused(format!("{} already has the role {}.", member.name, role.word())).into());
    }
    let other =
        |one: &RosterEntry| RosterEntry { role: if one.id == member.id { role } else { one.role }, ..one.clone() };
    let members: Vec<RosterEntry> = roster.members.iter().map(other).collect();
    if !members.iter().any(|one| one.role == Role::Admin) {
        let problem = refused(format!("{} is the last admin.", member.name));
        return Err(problem.try_this("Make somebody else an admin first.").into());
    }
    Ok((vec![next(view, roster, &members)?], member.id.clone()))
}

/// Refuses anybody but an admin. Called first, so that others learn nothing else about the operation.
pub(super) fn must_be_admin(roster: &Roster, own: &str) -> Result<(), Problem> {
    match roster.member(own) {
        Some(member) if member.role == Role::Admin => Ok(()),
        _ => Err(not_allowed(roster, own, &roster::path(roster.version + 1))),
    }
}

/// Finds a member by name (case-insensitive) or id.
pub(super) fn find<'a>(roster: &'a Roster, name: &str) -> Result<&'a RosterEntry, Problem> {
    let key = Name::parse(name).map(|name| name.key()).unwrap_or_default();
    let is_named = |member: &&RosterEntry| {
        member.id == name || Name::parse(&member.name).is_ok_and(|other| !key.is_empty() && other.key() == key)
    };
    roster.members.iter().find(is_named).ok_or_else(|| {
        let names: Vec<&str> = roster.members.iter().map(|member| member.name.as_str()).collect();
        Problem::new(Kind::NotFound, format!("There is no member named {name}."))
            .why(format!("Members: {}.", names.join(", ")))
    })
}

/// The next roster. Lists as inherited the objects whose authors may no longer write them: they stay valid until
/// somebody else overwrites them.
pub(super) fn next(view: &View, roster: &Roster, members: &[RosterEntry]) -> Result<Draft, StoreError> {
    let version = roster.version + 1;
    let after = Roster { version, members: members.to_vec(), inherited: BTreeMap::new(), hash: String::new() };
    let objects = view.objects.by_path.iter().filter(|(path, known)| {
        let counts = path.starts_with("record/") || *path == "rotation";
        counts && !after.may_write(&known.facts.author, path)
    });
    let inherited = objects.map(|(path, known)| (path.clone(), known.facts.hash.clone())).collect();
    let body = Roster::body(version, members, &inherited)?;
    Ok(Draft { path: roster::path(version), body: Body::Public(body) })
}
