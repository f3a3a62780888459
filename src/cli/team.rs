//! `credenza team`: a vault that several people and machines share.
//!
//! JSON of `create`: `{"vault", "store", "moved": {"credentials", "integrations"}}`; of `join`: `{"vault", "code",
//! "words"}`; of `add`, `role` and `add-host`: a member, with `"key_file"` of a host; of `list`: `{"store",
//! "fingerprint", "members": [{"name", "role", "since", "added_by", "credentials", "is_own", "last_seen": TIME |
//! null}], "to_encrypt", "foreign", "as_of"}`; of `remove`: `{"removed", "rotate": [ITEM]}`; of `rotation`:
//! `[{"credential", "name", "what", "because_of", "since"}]`; of `accept`: `{"accepted", "differences": [{"path",
//! "name", "stored", "seen", "by", "remedy"}]}`; of `unlock-with`: `{"vault", "key_file"}`; of `store-password`:
//! `{"vault", "kept"}`; of `export-local`: `{"vault", "credentials", "integrations"}`.

mod accepting;
mod choosing;
mod locking;
mod password;

use serde_json::{Value, json};

use super::arguments::team::{Role as RoleWord, Team};
use super::arguments::{Global, Strength};
use super::opening::{session, workspace};
use super::output::Output;
use super::{input, prompt};
use crate::engine::ops::member_key;
use crate::engine::ops::team::entry::{self, MemberSetup};
use crate::engine::ops::team::{self, Member, Role, RotationItem, StoreAccess};
use crate::engine::{Session, Workspace};
use crate::problem::{Kind, Problem};
use choosing::of_team;
use locking::Chosen;
use password::Place;

/// Default name of a team vault on this machine.
const DEFAULT: &str = "team";

pub(super) fn run(command: &Team, global: &Global, output: Output) -> Result<(), Problem> {
    match command {
        Team::Create { url, name, from_local, unlock_with, store_password_file, strength } => {
            let chosen = Chosen { key_file: unlock_with.as_deref(), strength: *strength };
            let store = Place { url, password_file: store_password_file.as_deref() };
            create(store, name.as_deref(), *from_local, chosen, global, output)
        }
        Team::Join { url, name, unlock_with, store_password_file, strength } => {
            let chosen = Chosen { key_file: unlock_with.as_deref(), strength: *strength };
            let store = Place { url, password_file: store_password_file.as_deref() };
            join(store, name.as_deref(), chosen, global, output)
        }
        Team::StorePassword { store_password_file, remove } => {
            password::change(store_password_file.as_deref(), *remove, global, output)
        }
        Team::UnlockWith { file } => locking::unlock_with(file, global, output),
        Team::Add { code, role, words } => add(&opened(global, output)?, code, *role, words.as_deref(), global, output),
        Team::AddHost { name, credentials, key_file } => {
            let path = key_file.display().to_string();
            let session = opened(global, output)?;
            let host = team::add_host(&session, name, credentials, key_file, &mut progress(output))?;
            output
                .note("credenza: anyone who can read that file can read those credentials; keep it on that host only");
            output.note(&format!("credenza: on that host, run: credenza --identity-file '{path}' token NAME"));
            let mut value = team::as_json(&host);
            value["key_file"] = path.as_str().into();
            output
                .done(&format!("{} reads {} of the vault with {path}", host.name, many(host.credentials.len())), &value)
        }
        Team::Remove { name } => remove(&opened(global, output)?, name.as_deref(), output),
        Team::Role { name, role } => {
            let session = opened(global, output)?;
            let member = team::set_role(&session, name, role_of(*role), &mut progress(output))?;
            output.done(&format!("{} is now a {}", member.name, member.role.word()), &team::as_json(&member))
        }
        Team::Accept { lost, yes } => accepting::accept(&opened(global, output)?, (*lost, *yes), global, output),
        Team::List => list(&opened(global, output)?, output),
        Team::Rotation { done } => {
            let session = opened(global, output)?;
            let left = match done {
                Some(word) => team::rotated(&session, word)?,
                None => team::rotation(&session)?,
            };
            rotation(&left, output)
        }
        Team::ExportLocal => export_local(global, output),
    }
}

/// The options, completed with the name of the team vault that is being created or joined.
fn named(global: &Global) -> Global {
    Global { vault: Some(global.vault.clone().unwrap_or_else(|| DEFAULT.to_owned())), ..global.clone() }
}

/// The open team vault.
fn opened(global: &Global, output: Output) -> Result<Session, Problem> {
    // A host of a team needs nothing on its machine but its identity file.
    let is_host = global.identity_file.as_deref().is_some_and(team::is_identity);
    if is_host { session(global, output) } else { session(&of_team(global, output)?, output) }
}

/// The workspace of a vault that is about to be created; fails if a vault is there already.
fn free(global: &Global, output: Output) -> Result<Workspace, Problem> {
    let workspace = workspace(global, output)?;
    entry::must_be_free(&workspace)?;
    Ok(workspace)
}

/// The user's name in the team: the given one, else the login name.
fn own_name(name: Option<&str>) -> Result<String, Problem> {
    let name = name.map(str::to_owned).or_else(entry::login_name).filter(|name| !name.trim().is_empty());
    name.ok_or_else(|| Problem::new(Kind::Usage, "A name in the team is needed.").try_this("Give one with --as NAME."))
}

fn create(
    store: Place<'_>,
    name: Option<&str>,
    from_local: bool,
    chosen: Chosen<'_>,
    global: &Global,
    output: Output,
) -> Result<(), Problem> {
    let (name, global) = (own_name(name)?, named(global));
    let workspace = free(&global, output)?;
    let local = workspace.of_local_vault(global.dir.as_deref())?;
    chosen.check()?;
    let password = store.password(&global)?;
    let access = StoreAccess { address: store.url, password: password.as_ref() };
    let of_local = if from_local { Some(input::passphrase(&global)?) } else { None };
    let from = of_local.as_ref().map(|passphrase| (&local, passphrase));
    let moved = chosen
        .with_lock(of_local.clone(), &global, output, |lock| {
            entry::found(&workspace, &MemberSetup { access, name: &name, lock }, from, entry::UNWATCHED)
        })?
        .moved;
    let vault = global.vault.as_deref().unwrap_or(DEFAULT);
    if from_local {
        output.note(&format!(
            "credenza: moved {} from the local vault; its former versions still contain them",
            many(moved.credentials)
        ));
    }
    output.note(&format!("credenza: use it with --vault {vault}, or set vault = \"{vault}\" in settings.toml"));
    let moved = json!({ "credentials": moved.credentials, "integrations": moved.integrations });
    let place = workspace.vault_place();
    output.done(
        &format!("Created the team vault {vault} in {place}; {name} is its admin"),
        &json!({ "vault": vault, "store": place, "moved": moved }),
    )
}

fn join(
    store: Place<'_>,
    name: Option<&str>,
    chosen: Chosen<'_>,
    global: &Global,
    output: Output,
) -> Result<(), Problem> {
    let (name, global) = (own_name(name)?, named(global));
    let workspace = free(&global, output)?;
    chosen.check()?;
    let password = store.password(&global)?;
    let access = StoreAccess { address: store.url, password: password.as_ref() };
    let (_, joining) = chosen.with_lock(None, &global, output, |lock| {
        entry::join(&workspace, &MemberSetup { access, name: &name, lock }, entry::UNWATCHED)
    })?;
    let vault = global.vault.as_deref().unwrap_or(DEFAULT);
    if output.json {
        return output.value(&json!({ "vault": vault, "code": joining.code, "words": joining.words }));
    }
    output.note("credenza: send this join code to an admin, who runs: credenza team add CODE");
    output.note(&format!("credenza: then read these words to each other by voice: {}", joining.words));
    output.line(&joining.code)
}

fn add(
    session: &Session,
    code: &str,
    role: RoleWord,
    words: Option<&str>,
    global: &Global,
    output: Output,
) -> Result<(), Problem> {
    let (name, expected) = team::look_at_code(session, code)?;
    let is_same = match words {
        Some(words) => words.split_whitespace().map(str::to_lowercase).eq(expected.split(' ').map(str::to_owned)),
        None => prompt::agrees(
            global,
            &format!("Words of {name}: {expected}\nType yes only if {name} reads the same words to you: "),
        )?,
    };
    if !is_same {
        return Err(Problem::new(Kind::Refused, format!("{name} was not added."))
            .why("The four words differ, so the code may not be the one that was sent.")
            .try_this("Have the code sent again, over another channel."));
    }
    let member = team::add(session, code, role_of(role), &mut progress(output))?;
    output.done(&format!("{} is a {} of the team vault", member.name, member.role.word()), &team::as_json(&member))
}

fn role_of(word: RoleWord) -> Role {
    match word {
        RoleWord::Admin => Role::Admin,
        RoleWord::Member => Role::Member,
        RoleWord::Reader => Role::Reader,
    }
}

fn remove(session: &Session, name: Option<&str>, output: Output) -> Result<(), Problem> {
    let Some(name) = name else {
        let count = team::finish(session, &mut progress(output))?;
        return output.done(&format!("Re-encrypted {count} objects"), &json!({ "encrypted": count }));
    };
    let rotate = team::remove(session, name, &mut progress(output))?;
    output.note(&format!("credenza: {name} may have kept what was readable until now; change these at the providers"));
    if output.json {
        return output.value(&json!({ "removed": name, "rotate": items(&rotate) }));
    }
    output.line(&crate::printable::printable(&format!("{name} is no longer a member"), 400))?;
    rotation(&rotate, output)
}

fn list(session: &Session, output: Output) -> Result<(), Problem> {
    let (members, state) = team::list(session)?;
    if output.json {
        return output.value(&team::list_as_json(&members, &state));
    }
    let cells = |member: &Member| {
        let own = if member.is_own { " (you)" } else { "" };
        let reads = match member.role {
            Role::Host => many(member.credentials.len()),
            _ => "everything".to_owned(),
        };
        let since = member.since.strftime("%Y-%m-%d").to_string();
        let seen = member.last_seen.map_or_else(String::new, |at| at.strftime("%Y-%m-%d %H:%M").to_string());
        vec![
            format!("{}{own}", member.name),
            member.role.word().to_owned(),
            reads,
            since,
            seen,
            member.added_by.clone(),
        ]
    };
    output.table(
        &["NAME", "ROLE", "READS", "SINCE", "LAST SEEN (UTC)", "ADDED BY"],
        &members.iter().map(cells).collect::<Vec<_>>(),
    )?;
    if state.to_encrypt > 0 {
        output.note(&format!(
            "credenza: {} objects are not encrypted to the current members yet; to finish: credenza team remove",
            state.to_encrypt
        ));
    }
    if let Some(first) = state.foreign.first() {
        let count = state.foreign.len();
        output
            .note(&format!("credenza: ignored {count} objects in the store that are not Credenza's, such as {first}"));
    }
    Ok(())
}

fn rotation(items_left: &[RotationItem], output: Output) -> Result<(), Problem> {
    if output.json {
        return output.value(&items(items_left));
    }
    let cells = |item: &RotationItem| {
        let since = item.since.strftime("%Y-%m-%d").to_string();
        vec![item.name.clone(), item.what.join(", "), item.because_of.clone(), since]
    };
    output.table(&["CREDENTIAL", "CHANGE", "KNOWN TO", "SINCE"], &items_left.iter().map(cells).collect::<Vec<_>>())
}

fn export_local(global: &Global, output: Output) -> Result<(), Problem> {
    let session = opened(global, output)?;
    let local = Global { vault: Some("local".to_owned()), ..global.clone() };
    let workspace = free(&local, output)?;
    let passphrase = if member_key::of(&session.workspace).is_some() {
        input::new_passphrase(global, Strength { allow_weak: false })?
    } else {
        // The same passphrase: it was just entered for the export.
        input::passphrase(global)?
    };
    let moved = team::export_local(&session, &workspace, &passphrase)?;
    output.note("credenza: the team vault still has them, with the same refresh tokens; use only one of the two");
    let place = workspace.vault_place();
    output.done(
        &format!("Created the vault {place} with {}", many(moved.credentials)),
        &json!({ "vault": place, "credentials": moved.credentials, "integrations": moved.integrations }),
    )
}

fn progress(output: Output) -> impl FnMut(usize, usize) {
    move |done, total| {
        if total > 0 {
            output.note(&format!("credenza: encrypted {done} of {total} objects for the current members"));
        }
    }
}

fn many(credentials: usize) -> String {
    format!("{credentials} {}", if credentials == 1 { "credential" } else { "credentials" })
}

fn items(rotate: &[RotationItem]) -> Vec<Value> {
    let item = |item: &RotationItem| {
        json!({
            "credential": item.credential, "name": item.name, "what": item.what, "because_of": item.because_of,
            "since": item.since,
        })
    };
    rotate.iter().map(item).collect()
}
