//! Puts a next step into words for the command line, as commands and flags.

use serde_json::{Value, json};

use crate::model::integration::{StoredProblem, SyncSession};
use crate::printable::shell_word;
use crate::problem::next_step::HostUse;
use crate::problem::{NextStep, Problem};

/// What to do about a problem.
pub(super) fn advice(problem: &Problem) -> String {
    problem.advice(step)
}

/// What to do about a problem of an earlier run.
pub(super) fn said_advice(said: &StoredProblem) -> String {
    said.advice(step)
}

/// A run as JSON, in which the advice is one text that includes the command. `started` and `ended` are the former names
/// of `started_at` and `ended_at`.
pub(super) fn session(session: &SyncSession) -> Value {
    let errors = session.error_count();
    let session = with_advice(session);
    let mut value = serde_json::to_value(&session).unwrap_or_default();
    if let Some(object) = value.as_object_mut() {
        object.insert("started_at".to_owned(), json!(session.started));
        object.insert("ended_at".to_owned(), json!(session.ended));
        object.insert("error_count".to_owned(), json!(errors));
    }
    value
}

fn with_advice(session: &SyncSession) -> SyncSession {
    let mut session = session.clone();
    for said in session.problem.iter_mut().chain(session.parts.iter_mut().filter_map(|part| part.problem.as_mut())) {
        said.try_this = said_advice(said);
        said.step = None;
    }
    session
}

/// A problem in one line.
pub(super) fn in_full(problem: &Problem) -> String {
    problem.in_full(step)
}

/// One sentence. If it ends with a command it has no full stop, so that the command can be copied.
pub(super) fn step(step: &NextStep) -> String {
    match step {
        NextStep::Authenticate { name } => format!("Run: credenza authenticate {}", shell_word(name)),
        NextStep::SettleUnreadAnswer { name } => {
            let name = shell_word(name);
            format!(
                "To authenticate: credenza authenticate {name}. To see the response: credenza show {name} --response. \
                 To send the refresh token once more: credenza token {name} --force"
            )
        }
        NextStep::ReplaceSecret { name } => format!("To enter the new one: credenza rotate {}", shell_word(name)),
        NextStep::AcceptOtherAccount { name } => {
            format!("To accept it: credenza authenticate {} --other-account", shell_word(name))
        }
        NextStep::AcceptNewHost { by, name } => accept_new_host(*by, name),
        NextStep::ChoosePlace { name } => {
            format!("To choose another: credenza authenticate {} --place PART", shell_word(name))
        }
        NextStep::UseStoredToken { .. } => "To use the stored token, leave out --force.".to_owned(),
        NextStep::ChooseLoad => "To choose one, add --load ID.".to_owned(),
        NextStep::NameFormat
        | NextStep::NameKeyFile
        | NextStep::ChooseEntry
        | NextStep::NameProvider
        | NextStep::AcceptPlaces
        | NextStep::NameRedirectUri => of_import(step).to_owned(),
        NextStep::ChooseVaultFolder => "To use another folder, add --dir DIR.".to_owned(),
        NextStep::AllowWeakPassphrase => "To use it anyway, add --allow-weak.".to_owned(),
        NextStep::AllowPrompts => "To be asked, run the command without --no-input.".to_owned(),
        NextStep::ChooseCredential { .. }
        | NextStep::ChooseOutput { .. }
        | NextStep::SetParameter { .. }
        | NextStep::FreshSync { .. }
        | NextStep::AcceptGone { .. } => of_integration(step),
        NextStep::CheckCatalogFile { path } => {
            format!("To see every error: credenza catalog check {}", shell_word(path))
        }
        NextStep::ListCredentials { ids } => format!("To list them: credenza list{}", json(*ids)),
        NextStep::ListIntegrations { ids } => format!("To list them: credenza integration list{}", json(*ids)),
        NextStep::ReadCatalogHelp => "To read how: credenza help catalog-files".to_owned(),
        NextStep::ListCatalog => "To list them: credenza catalog list".to_owned(),
        NextStep::InspectVaultFile { path } => {
            format!("To see what it contains: credenza history {}", shell_word(path))
        }
        NextStep::Init => "To create one: credenza init".to_owned(),
        NextStep::Unlock => "To unlock it: credenza unlock".to_owned(),
        NextStep::StartAgent | NextStep::StopAgent | NextStep::ManageAgent => of_agent(step).to_owned(),
        _ => of_vault(step),
    }
}

/// Steps for the vault's files and keys.
fn of_vault(step: &NextStep) -> String {
    match step {
        NextStep::ListHosts => "To list them: credenza recipients list".to_owned(),
        NextStep::AddHost => "To make one: credenza recipients add HOST --key-file FILE".to_owned(),
        NextStep::ReplaceHost { name } => {
            format!("To replace it: credenza recipients add {} --replace --key-file FILE", shell_word(name))
        }
        NextStep::RemoveHost { name } => format!("To remove it: credenza recipients remove {}", shell_word(name)),
        NextStep::ListVersions => "To list them: credenza history".to_owned(),
        NextStep::UseOlderVault { newer: None } => "To keep using the current vault.age: credenza restore".to_owned(),
        NextStep::UseOlderVault { newer: Some(number) } => format!(
            "To restore the version last seen here: credenza restore --generation {number}. To keep this file: \
             credenza restore"
        ),
        NextStep::RestoreBackup { generation: None } => "To restore one: credenza restore FILE".to_owned(),
        NextStep::RestoreBackup { generation: Some(number) } => {
            format!("To restore the newest backup: credenza restore --generation {number}")
        }
        NextStep::Recover { generation: None } => "With the recovery kit: credenza recover --kit-file FILE".to_owned(),
        NextStep::Recover { generation: Some(number) } => {
            format!("With the recovery kit: credenza recover --kit-file FILE --generation {number}")
        }
        NextStep::AcknowledgeLog => "To acknowledge it: credenza log --acknowledge".to_owned(),
        NextStep::AcceptStore { lost: false } => {
            "If the store was restored from a backup, an admin must run: credenza team accept".to_owned()
        }
        NextStep::AcceptStore { lost: true } => {
            "To accept the older versions as current: credenza team accept --lost".to_owned()
        }
        NextStep::GiveStorePassword => {
            // Before this machine has a vault, two other commands take the password.
            "When you create or join a vault, add --store-password-file FILE; later: credenza team store-password"
                .to_owned()
        }
        NextStep::InspectVault => "To see which: credenza list".to_owned(),
        _ => String::new(),
    }
}

fn of_agent(step: &NextStep) -> &'static str {
    match step {
        NextStep::StartAgent => "To start it: credenza agent start",
        NextStep::StopAgent => "To stop it: credenza agent stop",
        _ => "To see it: credenza agent status. To stop it: credenza agent stop",
    }
}

fn accept_new_host(by: HostUse, name: &str) -> String {
    let command = match by {
        HostUse::SignIn => "authenticate",
        HostUse::TestCall => "test",
        HostUse::Integration => "integration test",
    };
    format!("To trust the new host: credenza {command} {} --accept-new-host", shell_word(name))
}

fn of_import(step: &NextStep) -> &'static str {
    match step {
        NextStep::NameFormat => "To name it, add --from FORMAT.",
        NextStep::NameKeyFile => "To open it with an age identity, add --key-file FILE.",
        NextStep::ChooseEntry => "To choose one, add --only NAME.",
        NextStep::NameProvider => "To name it, add --integration ID. To list the ids: credenza catalog list",
        NextStep::AcceptPlaces => "To import them, add --yes.",
        NextStep::NameRedirectUri => "To name it, add --redirect-uri URI.",
        _ => "",
    }
}

fn of_integration(step: &NextStep) -> String {
    match step {
        NextStep::ChooseCredential { integration } => {
            format!("To choose one: credenza integration edit {} --credential NAME", shell_word(integration))
        }
        NextStep::ChooseOutput { integration } => {
            let name = shell_word(integration);
            format!(
                "To write to standard output, add --output -. To choose one: credenza integration edit {name} --folder \
                 DIR"
            )
        }
        NextStep::SetParameter { key, .. } => format!("To set it: credenza integration edit NAME --set {key}=VALUE"),
        NextStep::FreshSync { integration } => {
            format!("To start over: credenza integration sync {} --fresh", shell_word(integration))
        }
        NextStep::AcceptGone { integration } => {
            format!("If they are really gone, run: credenza integration sync {} --accept-gone", shell_word(integration))
        }
        _ => String::new(),
    }
}

/// Ids are printed only by `list --json`.
fn json(ids: bool) -> &'static str {
    if ids { " --json" } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::examples;
    use crate::problem::next_step::one_of_each;

    /// Splits a command line as a shell does; the only quotes in these texts are single ones.
    fn split(line: &str) -> Vec<String> {
        let mut words = vec![String::new()];
        let mut quoted = false;
        let mut characters = line.chars();
        while let Some(c) = characters.next() {
            match c {
                '\'' => quoted = !quoted,
                '\\' if !quoted => words.last_mut().unwrap().extend(characters.next()),
                ' ' if !quoted => words.push(String::new()),
                c => words.last_mut().unwrap().push(c),
            }
        }
        words
    }

    #[test]
    fn every_command_it_names_is_one_that_parses() {
        for step_taken in one_of_each() {
            let text = step(&step_taken);
            assert!(!text.is_empty(), "{step_taken:?}");
            for (at, _) in text.match_indices("credenza ") {
                let line = text[at..].split(". To ").next().unwrap();
                let parsed = examples::command().try_get_matches_from(split(line));
                assert!(parsed.is_ok(), "{line}: {}", parsed.unwrap_err());
            }
        }
    }

    #[test]
    fn a_name_is_one_word_of_the_shell() {
        let text = step(&NextStep::Authenticate { name: "Ana's Zoho; rm -rf ~".to_owned() });
        assert_eq!(text, r"Run: credenza authenticate 'Ana'\''s Zoho; rm -rf ~'");
    }
}
