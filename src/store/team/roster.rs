//! The roster: the signed list of members. Each version is an object `roster/<n>` that never changes.
//!
//! Version 0 is signed by the founder, and its hash is the vault's fingerprint. Version n contains the hash of version
//! n - 1 and is signed by an admin of version n - 1, so nobody can add themselves. Keys and roles are public; names are
//! encrypted to the members.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::envelope::Envelope;
use super::identity::MemberSecrets;
use super::sealing;
use crate::model::credential::CredentialId;
use crate::problem::{Kind, Problem};
use crate::store::members::Role;

/// A member on the roster.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct RosterEntry {
    pub(super) id: String,
    pub(super) role: Role,
    /// The age recipient (`age1…`).
    pub(super) recipient: String,
    /// The Ed25519 public key in base64.
    pub(super) signing_key: String,
    /// The id of the member who added this one; for the founder, its own id.
    pub(super) added_by: String,
    pub(super) since: Timestamp,
    /// The credentials that a host may read; empty for other roles.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) credentials: Vec<CredentialId>,
    /// Stored encrypted, in [`Body::names`].
    #[serde(skip)]
    pub(super) name: String,
}

/// One version of the roster.
#[derive(Clone, Debug)]
pub(super) struct Roster {
    pub(super) version: u64,
    pub(super) members: Vec<RosterEntry>,
    /// Objects whose authors may no longer write them: path and hash. They stay valid until somebody else overwrites
    /// them.
    pub(super) inherited: BTreeMap<String, String>,
    /// SHA-256 of the whole object.
    pub(super) hash: String,
}

#[derive(Deserialize, Serialize)]
struct Body {
    version: u64,
    members: Vec<RosterEntry>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    inherited: BTreeMap<String, String>,
    /// Names by member id, encrypted to all members, in base64.
    names: String,
}

pub(super) fn path(version: u64) -> String {
    format!("roster/{version}")
}

/// The version number in a path; `None` if it is not the path of a roster.
pub(super) fn version_at(path: &str) -> Option<u64> {
    path.strip_prefix("roster/")?.parse().ok()
}

impl Roster {
    /// The body of a roster with these members.
    ///
    /// # Errors
    /// `Kind::Refused` if a member's key is of a kind that this version cannot encrypt to.
    pub(super) fn body(
        version: u64,
        members: &[RosterEntry],
        inherited: &BTreeMap<String, String>,
    ) -> Result<Vec<u8>, Problem> {
        let failed = |_| Problem::internal("The list of members could not be written.");
        let names: BTreeMap<&str, &str> =
            members.iter().map(|member| (member.id.as_str(), member.name.as_str())).collect();
        let names = serde_json::to_vec(&names).map_err(failed)?;
        let names = sealing::seal(members.iter().map(|member| member.recipient.as_str()), &names)?;
        let body =
            Body { version, members: members.to_vec(), inherited: inherited.clone(), names: STANDARD.encode(names) };
        serde_json::to_vec(&body).map_err(failed)
    }

    /// Parses a roster whose signature was verified; `None` if it is malformed. Rosters from before this member joined
    /// are not encrypted to its key: in these, the first characters of the ids stand in for the names.
    pub(super) fn read(envelope: &Envelope, key: &MemberSecrets) -> Option<Self> {
        let mut body: Body = serde_json::from_slice(envelope.body()).ok()?;
        if path(body.version) != envelope.header.path || envelope.header.revision != body.version {
            return None;
        }
        let names = STANDARD.decode(&body.names).ok().and_then(|sealed| sealing::open(&sealed, key));
        let mut names: BTreeMap<String, String> =
            names.and_then(|names| serde_json::from_slice(&names).ok()).unwrap_or_default();
        for member in &mut body.members {
            let name = names.remove(&member.id).unwrap_or_else(|| member.id.chars().take(8).collect());
            member.name = crate::printable::printable(&name, 80);
        }
        let Body { version, members, inherited, .. } = body;
        Some(Self { version, members, inherited, hash: envelope.hash.clone() })
    }

    pub(super) fn member(&self, id: &str) -> Option<&RosterEntry> {
        self.members.iter().find(|member| member.id == id)
    }

    /// The display name of a member. For others, the first characters of the id.
    pub(super) fn name_of(&self, id: &str) -> String {
        self.member(id).map_or_else(|| id.chars().take(8).collect(), |member| member.name.clone())
    }

    pub(super) fn may_write(&self, id: &str, path: &str) -> bool {
        let Some(member) = self.member(id) else { return false };
        let parts: Vec<&str> = path.split('/').collect();
        match parts.as_slice() {
            ["roster", _] => member.role == Role::Admin,
            ["record", _, "setup"] | ["rotation"] => member.role.may_edit(),
            ["record", record, "tokens"] | ["lease", record] => member.may_read(record),
            ["head"] | ["change", _] => true,
            ["undo", whose] | ["log", whose, _] => *whose == id,
            _ => false,
        }
    }

    /// The members who may read a record; `of` are the credentials it belongs to.
    pub(super) fn readers<'a>(&'a self, of: &'a [CredentialId]) -> impl Iterator<Item = &'a RosterEntry> {
        let reads = |member: &&RosterEntry| {
            member.role != Role::Host || of.iter().any(|credential| member.credentials.contains(credential))
        };
        self.members.iter().filter(reads)
    }
}

impl RosterEntry {
    /// Whether this member may read the credential with this id.
    pub(super) fn may_read(&self, record: &str) -> bool {
        // Runs for each object of a vault, so it parses the id once instead of formatting the id of each credential.
        let is_given = |id: CredentialId| self.credentials.contains(&id) && id.to_string() == record;
        self.role != Role::Host || record.parse().is_ok_and(is_given)
    }
}

/// The error for a write that the author's role does not allow.
pub(super) fn not_allowed(roster: &Roster, member: &str, path: &str) -> Problem {
    let role = roster.member(member).map_or(Role::Reader, |member| member.role);
    let what = match path.split('/').collect::<Vec<_>>().as_slice() {
        ["roster", _] => "Only an admin can change who is a member.",
        ["record", _, "tokens"] | ["lease", _] => "This host was not given that credential.",
        _ => "Your role in this team vault does not allow changes.",
    };
    Problem::new(Kind::Refused, what)
        .why(format!("Your role is {}.", role.word()))
        .try_this("Ask an admin to do it, or to give you another role.")
}
