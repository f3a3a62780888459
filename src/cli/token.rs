//! `credenza token`: a fresh access token on standard output, one line, nothing else.
//!
//! For a key, token or password it prints that, as it was entered. JSON: `{"access_token": "…", "header":
//! "Authorization" | null, "value": "Bearer …" | null, "headers": {NAME: VALUE}, "query": {NAME: VALUE}, "expires_at":
//! "…" | null, "end_is_unknown": true | false}`; `header` and `value` are the first of the headers, and `query` is the
//! part that goes into the URL. `end_is_unknown`: the provider does not say when the token expires; a key or password
//! has no expiry of its own. For a key that signs requests: `{"Version": 1, "AccessKeyId": "…", "SecretAccessKey": "…",
//! "SessionToken": "…"}`, the `credential_process` format of the AWS tools.

use std::collections::BTreeMap;

use serde_json::json;
use zeroize::Zeroizing;

use super::arguments::{self, Global};
use super::opening::{paths, session_for_one};
use super::output::{Output, is_terminal};
use super::row::whole_seconds;
use super::runtime::block_on;
use super::{agent, input, key_prompts};
use crate::catalog::KeyPlace;
use crate::clock::Clock;
use crate::engine::Session;
use crate::engine::agent::protocol::{AgentRequest, AgentResponse};
use crate::engine::audit::{Action, PendingEntry, flush};
use crate::engine::member_logs;
use crate::engine::ops::token::{self, Request, SigningKey, Start, Token};
use crate::engine::ops::token_by_name;
use crate::model::credential::{Credential, CredentialId};
use crate::printable::{printable, shell_word};
use crate::problem::{Kind, Problem};

/// Longest name that is printed, in characters.
const MAX_NAME: usize = 200;

pub(super) fn run(arguments: &arguments::Token, global: &Global, output: Output) -> Result<(), Problem> {
    let request = Request {
        min_ttl: arguments.min_ttl,
        force: arguments.force,
        again: arguments.force,
        lock_wait: arguments.timeout,
        kind: arguments.kind,
    };
    let output = output.that_must_arrive();
    let mut opened = None;
    let (name, token) = if let Some(answered) = from_agent(&arguments.name, request, global, output)? {
        (answered.name, answered.token)
    } else {
        let session = session_for_one(global, output)?;
        let handed = from_vault(&session, &arguments.name, request, Action::Token, output);
        flush(&session.workspace);
        opened = Some(session);
        handed?
    };
    for note in &token.notes {
        output.note(&format!("credenza: {note}"));
    }
    if let Some(note) = shorter(&token, request) {
        output.note(&note);
    }
    if is_terminal() && !output.json {
        let word = shell_word(&name);
        output.note(&format!("credenza: this token is a secret; scripts read it with $(credenza token {word})"));
    }
    let printed = print(&name, &token, arguments.header, output);
    if let Some(session) = &opened {
        member_logs::send_entries(session, member_logs::SEND_INTERVAL_FAST_COMMANDS);
    }
    printed
}

/// Returns a note if the remaining lifetime of the token is shorter than the user requested.
fn shorter(token: &Token, request: Request) -> Option<String> {
    let left = Clock::system().now().duration_until(token.expires_at?);
    // The default is a margin for the network, not a user's choice.
    let wanted = Some(request.min_ttl).filter(|wanted| *wanted > Request::default().min_ttl && left < *wanted)?;
    Some(format!(
        "credenza: the token expires in {} minutes; the provider issues none that lasts {}",
        left.as_mins().max(0),
        match wanted.as_secs() {
            seconds if seconds % 60 == 0 => format!("{} minutes", seconds / 60),
            seconds => format!("{seconds} seconds"),
        }
    ))
}

/// The response of an agent.
pub(super) struct FromAgent {
    name: String,
    pub(super) token: Token,
    /// Missing from the response of an older agent.
    pub(super) id: Option<CredentialId>,
}

/// Asks the agent, if one is running and unlocked. This process then reads no catalog and derives no key.
pub(super) fn from_agent(
    name: &str,
    request: Request,
    global: &Global,
    output: Output,
) -> Result<Option<FromAgent>, Problem> {
    let reach = agent::reach(global)?;
    match reach.ask(AgentRequest::token(name, &request), request.lock_wait) {
        Ok(Some(AgentResponse::Token(handed))) if request.kind.is_some() && handed.kind != request.kind => {
            if !reach.is_here() {
                return Err(without_kinds());
            }
            output.detail("credenza: the running agent is an older version that does not support --kind");
            Ok(None)
        }
        Ok(Some(AgentResponse::Token(handed))) => {
            let (name, id) = (printable(&handed.name, MAX_NAME), handed.id);
            Ok(Some(FromAgent { name, id, token: handed.token() }))
        }
        Ok(_) => Ok(None),
        // A locked agent is no obstacle if this process can open the vault itself.
        Err(problem) if problem.kind == Kind::Locked && reach.is_here() && can_open(global) => {
            output.detail("credenza: the agent is locked");
            Ok(None)
        }
        Err(problem) => Err(problem),
    }
}

/// Whether there is a way to open the vault: an option, a user who can be prompted, or a key that asks nothing.
fn can_open(global: &Global) -> bool {
    input::can_open(global) || paths(global).is_ok_and(|paths| key_prompts::asks_nothing(&paths))
}

/// For an agent on another machine that returned the main token, although another kind was requested.
fn without_kinds() -> Problem {
    Problem::new(Kind::Refused, "The running agent cannot serve one kind of token.")
        .why("It is an older version.")
        .try_this("Update it and start it again.")
}

/// Opens the vault in this process, without an agent.
pub(super) fn from_vault(
    session: &Session,
    name: &str,
    request: Request,
    action: Action,
    output: Output,
) -> Result<(String, Token), Problem> {
    let (credential, token) = token_by_name::find(session, name, request)?;
    let name = credential.name.to_string();
    let note = PendingEntry::begin_unspent(&session.workspace, action, Some((credential.id, name.clone())), None)?;
    let token = match token {
        Ok(None) => {
            // The log is flushed first, because the refresh may wait and may be interrupted.
            flush(&session.workspace);
            fresh(session, credential, request, output)
        }
        Ok(Some(token)) => Ok(token),
        Err(problem) => Err(problem),
    };
    Ok((name, note.end(token)?))
}

fn fresh(session: &Session, credential: Credential, request: Request, output: Output) -> Result<Token, Problem> {
    let mut waiting = || output.note("credenza: waiting for another process that is using the vault");
    match token::begin_refresh(session, credential, request, &mut waiting)? {
        Start::Token(token) => Ok(token),
        Start::Refresh(refresh) => {
            output.detail("credenza: refreshing the access token");
            block_on(&session.workspace, output, token::finish(session, *refresh))
        }
    }
}

fn print_key(name: &str, token: &Token, key: &SigningKey, header: bool, output: Output) -> Result<(), Problem> {
    if output.json {
        let mut value = json!({ "Version": 1, "AccessKeyId": key.id, "SecretAccessKey": token.access.expose() });
        if let (Some(session), Some(value)) = (&key.session, value.as_object_mut()) {
            value.insert("SessionToken".to_owned(), session.expose().into());
        }
        return output.value(&value);
    }
    if header {
        return Err(Problem::new(Kind::Usage, format!("\"{name}\" is not sent in a header."))
            .why("Its secret key signs each request and never leaves this machine.")
            .try_this(format!(
                "Configure the AWS tools: credential_process = credenza token {} --json",
                shell_word(name)
            )));
    }
    output.line(token.access.expose())
}

fn print(name: &str, token: &Token, header: bool, output: Output) -> Result<(), Problem> {
    let lines: Vec<_> = token.sent.iter().filter(|sent| sent.place == KeyPlace::Header).collect();
    if let Some(key) = &token.signs_as {
        return print_key(name, token, key, header, output);
    }
    if output.json {
        let first = lines.first();
        let pairs = |place| -> BTreeMap<&str, &str> {
            let there = token.sent.iter().filter(|sent| sent.place == place);
            there.map(|sent| (sent.name.as_str(), sent.value.expose())).collect()
        };
        return output.value(&json!({
            "access_token": token.access.expose(), "header": first.map(|sent| &sent.name),
            "value": first.map(|sent| sent.value.expose()), "headers": pairs(KeyPlace::Header),
            "query": pairs(KeyPlace::Query), "expires_at": token.expires_at.map(whole_seconds),
            "end_is_unknown": token.is_end_unknown,
        }));
    }
    if !header {
        return output.line(token.access.expose());
    }
    if let Some(parameter) = token.sent.iter().find(|sent| sent.place == KeyPlace::Query) {
        return Err(Problem::new(Kind::Usage, format!("\"{name}\" is not sent in a header."))
            .why(format!("The API expects it in the query parameter {}.", parameter.name))
            .try_this("Leave out --header and put the key into the URL, or use --json."));
    }
    lines.iter().try_for_each(|sent| output.line(&Zeroizing::new(format!("{}: {}", sent.name, sent.value.expose()))))
}
