//! `credenza show`: one credential, its secrets concealed. JSON: the output of `row::details`, and `used_by`:
//! `[{"program", "last", "times"}]`, from the audit log. With `--response`, the provider's last response, if it could
//! not be read; JSON: `{"at", "status", "content_type", "body"}`, the body as text.

mod page;

use serde_json::json;
use zeroize::Zeroizing;

use super::arguments::Show;
use super::output::{Output, is_terminal};
use super::row;
use crate::engine::Session;
use crate::engine::audit::{self, Action, PendingEntry};
use crate::engine::ops::credentials;
use crate::model::credential::{Credential, MAIN_SECRET};
use crate::printable::{printable, shell_word};
use crate::problem::{Kind, Problem};

pub(super) fn run(session: &Session, arguments: &Show, output: Output) -> Result<(), Problem> {
    if arguments.reveal && !is_terminal() {
        return Err(Problem::new(Kind::Refused, "Secrets are shown in a terminal only.")
            .why("Standard output goes to a file or another program.")
            .try_this(format!("In scripts, use: credenza token {}", shell_word(&arguments.name))));
    }
    let credential = credentials::find(session, &arguments.name)?;
    if arguments.reveal {
        let about = Some((credential.id, credential.name.to_string()));
        PendingEntry::begin(&session.workspace, Action::Reveal, about)?.end(Ok(()))?;
    }
    if arguments.response {
        return answer(session, &credential, output);
    }
    let snapshot = credentials::snapshot(session)?;
    let (integrations, alike) = (snapshot.integrations.clone(), snapshot.credentials.lookalikes());
    let mut value = row::details(&credential, &integrations, &session.workspace);
    if let Some(object) = value.as_object_mut() {
        // If the audit log is unreadable, no programs are listed.
        let used = audit::used_by(&session.workspace, credential.id).unwrap_or_default();
        object.insert("used_by".to_owned(), json!(used));
    }
    let secret = credential.setup.client.secret.as_ref().filter(|_| arguments.reveal);
    if let (Some(secret), Some(object)) = (secret, value.as_object_mut()) {
        object.insert("client_secret".to_owned(), secret.expose().into());
    }
    if let (true, Some(object)) = (arguments.reveal, value.as_object_mut()) {
        for (name, secret) in &credential.setup.secrets {
            let key = if name == MAIN_SECRET { name.clone() } else { format!("secret_{name}") };
            object.insert(key, secret.expose().into());
        }
    }
    if output.json {
        return output.value(&value);
    }
    if let (Some(short), Some(object)) = (alike.short_id(credential.id), value.as_object_mut()) {
        // Shown after the name, as in every list.
        object.insert("name".to_owned(), format!("{} ({short})", credential.name).into());
    }
    let Some(object) = value.as_object() else { return Ok(()) };
    page::print(&credential, session.workspace.catalog.by_id(&credential.provider), object, session, output)
}

/// The response that could not be read: raw bytes for a program or a file, escaped for a terminal.
fn answer(session: &Session, credential: &Credential, output: Output) -> Result<(), Problem> {
    let Some(kept) = credential.any_unread() else {
        return Err(Problem::new(
            Kind::NotFound,
            format!("No unreadable response is stored for \"{}\".", credential.name),
        )
        .why("The provider's last response was readable, or there was none."));
    };
    let about = Some((credential.id, credential.name.to_string()));
    PendingEntry::begin(&session.workspace, Action::Reveal, about)?.end(Ok(()))?;
    let bytes = kept.bytes();
    if output.json {
        let text = Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned());
        return output.value(&json!({
            "at": kept.at, "status": kept.status, "content_type": kept.content_type, "body": text.as_str(),
        }));
    }
    if is_terminal() {
        output.note(&format!("credenza: received {} ({})", kept.at, kept.in_words()));
        let text = Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned());
        return text.lines().try_for_each(|line| output.line(&printable(line, usize::MAX)));
    }
    output.bytes(&bytes)
}
