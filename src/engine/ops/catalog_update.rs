//! Catalog updates: read, verified and compared with the active catalog before they are installed.

use std::io::ErrorKind;
use std::path::Path;

use http::Method;
use url::Url;

use crate::catalog::update::{
    Bundle, EntryDifference, MAX_BUNDLE, MAX_SIGNATURE, VerifyingKey, differences, install as keep,
};
use crate::engine::Workspace;
use crate::oauth::http::{BodyLimit, Request};
use crate::paths::read_bounded;
use crate::problem::{Kind, Problem};

/// A verified update that is not installed yet.
#[derive(Debug)]
pub(crate) struct PreparedUpdate {
    pub bundle: Bundle,
    /// The changed entries, by id.
    pub changes: Vec<EntryChange>,
    bytes: Vec<u8>,
    signature: String,
}

#[derive(Clone, Debug)]
pub(crate) struct EntryChange {
    pub id: String,
    /// Whether the active catalog has no entry with this id.
    pub is_new: bool,
    /// The difference, key by key.
    pub difference: EntryDifference,
}

impl PreparedUpdate {
    /// Changed entries that would send secrets to hosts that the active entry does not name.
    pub(crate) fn moving(&self) -> impl Iterator<Item = &EntryChange> {
        self.changes.iter().filter(|change| !change.is_new && !change.difference.new_hosts.is_empty())
    }
}

/// Reads and verifies the update at a path or an https address, and compares it with the active catalog. The signature
/// is expected at the same place with `.minisig` appended.
///
/// # Errors
/// `Kind::Usage` if there is no update or no key; `Kind::Refused` for a bad signature, a file that is too large, or a
/// number that is not greater than the active one; `Kind::Temporary` if a server does not respond.
pub(crate) async fn prepare(workspace: &Workspace, place: Option<&str>) -> Result<PreparedUpdate, Problem> {
    let place = place.or(workspace.settings.catalog_url.as_deref()).ok_or_else(|| {
        Problem::new(Kind::Usage, "No catalog update is named.")
            .try_this("Name a file or an https address, or set catalog_url in settings.toml.")
    })?;
    let key = VerifyingKey::of(workspace.settings.catalog_key.as_deref())?;
    let signature = read(workspace, &format!("{place}.minisig"), MAX_SIGNATURE).await?;
    let signature = String::from_utf8(signature)
        .map_err(|_| Problem::new(Kind::Refused, "The signature of the catalog update is not text."))?;
    let bytes = read(workspace, place, MAX_BUNDLE).await?;
    let bundle = Bundle::read(&bytes, &signature, &key)?;
    let (number, in_force) = (bundle.number, workspace.catalog.number());
    if number <= in_force {
        let what = format!("The catalog update is not newer: it has number {number}.");
        return Err(Problem::new(Kind::Refused, what)
            .why(format!("Update {in_force} is installed. An older update could undo its corrections."))
            .try_this("No action is needed, unless a newer update was announced."));
    }
    let changes = bundle.files.iter().filter_map(|(id, text)| {
        let before = workspace.catalog.shipped_text(id);
        let difference = differences(before, text);
        (!difference.changes.is_empty()).then(|| EntryChange { id: id.clone(), is_new: before.is_none(), difference })
    });
    let changes = changes.collect();
    Ok(PreparedUpdate { bundle, changes, bytes, signature })
}

/// Installs a prepared update for every process that starts from now on. Stored credentials keep the endpoints they
/// were authenticated at.
///
/// # Errors
/// `Kind::Storage` if it cannot be written.
pub(crate) fn install(workspace: &Workspace, prepared: &PreparedUpdate) -> Result<(), Problem> {
    keep(workspace.paths.data(), &prepared.bytes, &prepared.signature)
}

/// The changes that the user's own files make to the entries they replace.
///
/// # Errors
/// As [`Catalog::check_file`](crate::catalog::Catalog::check_file).
pub(crate) fn own_changes(workspace: &Workspace) -> Result<Vec<EntryChange>, Problem> {
    let overriding = workspace.catalog.overriding();
    let change = |(own, shipped): (&crate::catalog::Provider, &str)| {
        let text = workspace.catalog.text_of(own)?;
        Ok(EntryChange { id: own.id.clone(), is_new: false, difference: differences(Some(shipped), &text) })
    };
    overriding.map(change).collect()
}

async fn read(workspace: &Workspace, place: &str, max: u64) -> Result<Vec<u8>, Problem> {
    if place.contains("://") {
        return fetch(workspace, place, max).await;
    }
    read_bounded(Path::new(place), max).map_err(|error| match error.kind() {
        ErrorKind::FileTooLarge => too_large(place, max),
        _ => Problem::new(Kind::Usage, format!("{place} cannot be read.")).why(format!("The system says: {error}.")),
    })
}

async fn fetch(workspace: &Workspace, place: &str, max: u64) -> Result<Vec<u8>, Problem> {
    let url = Url::parse(place)
        .map_err(|_| Problem::new(Kind::Usage, format!("{place} is neither a file nor an address.")))?;
    let request = Request { method: Method::GET, url: &url, headers: Vec::new(), body: None, secrets: Vec::new() };
    let response = workspace.http.send(request, BodyLimit::Records).await.map_err(|failure| failure.problem)?;
    if response.status != 200 {
        let what = format!("{place} answers with status {}.", response.status);
        return Err(Problem::new(Kind::Temporary, what).try_this("Compare the address; redirects are not followed."));
    }
    if response.body.len() as u64 > max {
        return Err(too_large(place, max));
    }
    Ok(response.body.to_vec())
}

fn too_large(place: &str, max: u64) -> Problem {
    Problem::new(Kind::Refused, format!("{place} is too large for a catalog update."))
        .why(format!("At most {max} bytes are read."))
}
