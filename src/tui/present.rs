//! Describes next steps for the interface: with keys and screens, or with a command if no screen can do it.

use crate::engine::ops::bulk::BulkReport;
use crate::model::integration::StoredProblem;
use crate::printable::shell_word;
use crate::problem::next_step::HostUse;
use crate::problem::{NextStep, Problem};
use crate::tui::effect::Notice;

/// What to do about a problem.
#[must_use]
pub(crate) fn advice(problem: &Problem) -> String {
    problem.advice(step)
}

/// What to do about a problem of an earlier session.
#[must_use]
pub(crate) fn said_advice(said: &StoredProblem) -> String {
    said.advice(step)
}

/// A problem in one paragraph.
#[must_use]
pub(crate) fn in_full(problem: &Problem) -> String {
    problem.in_full(step)
}

/// The result of an edit of several records; it stays until the next key if some were left out.
pub(crate) fn bulk_notice(report: &BulkReport) -> Notice {
    let text = report.in_words();
    if report.left_out.is_empty() { Notice::Done(format!("{text} u undoes it.")) } else { Notice::Refused(text) }
}

/// Describes a step in one sentence. It may be shown on any screen, so it names the screen on which the key works,
/// unless only one screen can show the step.
#[must_use]
pub(crate) fn step(step: &NextStep) -> String {
    match step {
        NextStep::Authenticate { name } => format!("Press a on the page of \"{name}\"."),
        NextStep::SettleUnreadAnswer { name } => {
            let word = shell_word(name);
            format!("Press a on the page of \"{name}\"; to see the response: credenza show {word} --response")
        }
        NextStep::ReplaceSecret { .. } => "To enter the new one, press E.".to_owned(),
        NextStep::AcceptOtherAccount { .. } => "To accept it, press O.".to_owned(),
        NextStep::AcceptNewHost { by: HostUse::SignIn, .. } => {
            "To trust the new host, press N; on the credential's page, press a first.".to_owned()
        }
        NextStep::UseStoredToken { .. } => "To copy the stored token, press y on the credential's page.".to_owned(),
        NextStep::ChooseCredential { .. } => "To choose one, press c on the integration's page.".to_owned(),
        NextStep::ChooseOutput { .. } | NextStep::ChooseLoad => "To choose one, edit the integration.".to_owned(),
        NextStep::SetParameter { label, .. } => format!("To set {label}, edit the integration."),
        NextStep::ListCredentials { .. } => "They are listed in Security > Credentials.".to_owned(),
        NextStep::ListIntegrations { .. } => "They are listed in Integrations.".to_owned(),
        NextStep::ReadCatalogHelp => "To read how: credenza help catalog-files".to_owned(),
        NextStep::ListCatalog => "They are listed in Catalog.".to_owned(),
        NextStep::ListHosts => "They are listed in Security > Hosts.".to_owned(),
        NextStep::AddHost => "To add one, press + in Security > Hosts.".to_owned(),
        NextStep::ReplaceHost { name } => {
            format!("To replace it: credenza recipients add {} --replace --key-file FILE", shell_word(name))
        }
        NextStep::RemoveHost { .. } => "To remove it, press d in Security > Hosts.".to_owned(),
        NextStep::StartAgent => "To start it, press s in Agent.".to_owned(),
        NextStep::StopAgent => "To stop it, press x in Agent.".to_owned(),
        NextStep::ManageAgent => "To see or stop it, open Agent in the menu.".to_owned(),
        NextStep::ChooseEntry => "To choose one, type its name into Entries.".to_owned(),
        NextStep::NameProvider => "To name it, type its catalog id into Integration.".to_owned(),
        NextStep::NameFormat => "To name it, type it into Format.".to_owned(),
        NextStep::NameKeyFile => "To open it, type the file with its age identity into Key file.".to_owned(),
        NextStep::NameRedirectUri => "To name it, type it into Redirect URI.".to_owned(),
        NextStep::AcceptPlaces => "To import them, press y.".to_owned(),
        NextStep::CheckCatalogFile { .. } => "To see every error, press ctrl-o in Catalog.".to_owned(),
        NextStep::ListVersions => "They are listed in Security > Version history.".to_owned(),
        NextStep::AllowWeakPassphrase => "To use it anyway, press enter again.".to_owned(),
        NextStep::UseOlderVault { newer: None } => {
            "To keep using the current vault.age, press ctrl-o on the unlock screen.".to_owned()
        }
        NextStep::UseOlderVault { newer: Some(number) } => format!(
            "To keep this file, press ctrl-o on the unlock screen. To take what was last seen here: credenza restore \
             --generation {number}"
        ),
        _ => by_command(step),
    }
}

/// The command for a step that no screen can do.
fn by_command(step: &NextStep) -> String {
    match step {
        NextStep::AcceptNewHost { by, name } => {
            let command = if *by == HostUse::Integration { "integration test" } else { "test" };
            format!("To trust the new host: credenza {command} {} --accept-new-host", shell_word(name))
        }
        NextStep::ChoosePlace { name } => {
            format!("To choose another: credenza authenticate {} --place PART", shell_word(name))
        }
        NextStep::FreshSync { integration } => {
            format!("To start over: credenza integration sync {} --fresh", shell_word(integration))
        }
        NextStep::AcceptGone { .. } => "If they were really removed: sync again (g), then accept once (G)".to_owned(),
        NextStep::InspectVaultFile { path } => {
            format!("To see what it contains: credenza history {}", shell_word(path))
        }
        NextStep::AcknowledgeLog => "To acknowledge it: credenza log --acknowledge".to_owned(),
        NextStep::AcceptStore { lost: false } => {
            "If the store was restored from a backup, an admin must run: credenza team accept".to_owned()
        }
        NextStep::AcceptStore { lost: true } => {
            "To accept the older versions as current: credenza team accept --lost".to_owned()
        }
        NextStep::GiveStorePassword => "To keep it in your identity: credenza team store-password".to_owned(),
        NextStep::RestoreBackup { generation: None } => "To restore one: credenza restore FILE".to_owned(),
        NextStep::RestoreBackup { generation: Some(number) } => {
            format!("To restore the newest backup: credenza restore --generation {number}")
        }
        NextStep::Recover { generation: None } => "With the recovery kit: credenza recover --kit-file FILE".to_owned(),
        NextStep::Recover { generation: Some(number) } => {
            format!("With the recovery kit: credenza recover --kit-file FILE --generation {number}")
        }
        NextStep::InspectVault => "To see which, unlock the vault.".to_owned(),
        NextStep::ChooseVaultFolder => "To use another folder: credenza --dir DIR".to_owned(),
        NextStep::Init => "To create one: credenza init".to_owned(),
        NextStep::Unlock => "To unlock it: credenza unlock".to_owned(),
        NextStep::AllowPrompts => "To be asked, run it in a terminal.".to_owned(),
        // All other steps have keys.
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::next_step::one_of_each;

    #[test]
    fn every_step_has_words_and_a_key_where_there_is_one() {
        for one in one_of_each() {
            assert!(!step(&one).is_empty(), "{one:?}");
        }
        let text = step(&NextStep::Authenticate { name: "Zoho".to_owned() });
        assert_eq!(text, "Press a on the page of \"Zoho\".");
        assert!(!step(&NextStep::UseOlderVault { newer: None }).contains("credenza"));
    }
}
