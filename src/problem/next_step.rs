//! The next step after a problem, as data: the front ends put it into words, as a command line or as keys.

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer, Serialize};

use crate::printable::printable;

/// What the user can do next. Written to files and to the agent's socket, so the names of the variants are stable.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "do", rename_all = "snake_case")]
#[allow(missing_docs, reason = "the fields are named after what they hold")]
pub enum NextStep {
    /// Authenticate a credential, for the first time or again.
    Authenticate {
        name: String,
    },
    /// Decide what to do about a response that could not be read.
    SettleUnreadAnswer {
        name: String,
    },
    /// Enter a new secret or key for a credential.
    ReplaceSecret {
        name: String,
    },
    /// Let another account take over the credential.
    AcceptOtherAccount {
        name: String,
    },
    /// Trust a host that has not received this credential before.
    AcceptNewHost {
        by: HostUse,
        name: String,
    },
    /// Choose one of the sites or tenants that a credential has access to.
    ChoosePlace {
        name: String,
    },
    /// Use the stored access token, without a refresh.
    UseStoredToken {
        name: String,
    },
    /// Choose the credential of an integration.
    ChooseCredential {
        integration: String,
    },
    /// Choose where an integration writes its records.
    ChooseOutput {
        integration: String,
    },
    /// Choose one record type.
    ChooseLoad,
    /// Give a parameter of an integration a value.
    SetParameter {
        key: String,
        label: String,
    },
    /// Load all records of an integration from the beginning.
    FreshSync {
        integration: String,
    },
    /// Let a run replace a file although many of its records are missing now.
    AcceptGone {
        integration: String,
    },
    /// Read how a catalog file is written.
    ReadCatalogHelp,
    /// Specify the format of an imported file.
    NameFormat,
    /// Specify the file with the key that opens an encrypted file.
    NameKeyFile,
    /// Specify which entries of a file are imported.
    ChooseEntry,
    /// Specify the provider of an imported credential.
    NameProvider,
    /// List every defect of a catalog file.
    CheckCatalogFile {
        path: String,
    },
    /// List the credentials; `ids`: with their ids.
    ListCredentials {
        ids: bool,
    },
    /// List the integrations; `ids`: with their ids.
    ListIntegrations {
        ids: bool,
    },
    /// List the providers of the catalog.
    ListCatalog,
    /// List the versions of the vault.
    ListVersions,
    /// List the hosts that can open the vault.
    ListHosts,
    /// Let a host open the vault, with its own identity file.
    AddHost,
    /// Give a host a new identity file.
    ReplaceHost {
        name: String,
    },
    RemoveHost {
        name: String,
    },
    /// See what a copy of the vault contains.
    InspectVaultFile {
        path: String,
    },
    /// Keep using a vault that is older than the last one seen, or take the `newer` version that is still kept.
    UseOlderVault {
        #[serde(default)]
        newer: Option<u64>,
    },
    /// Acknowledge that the audit log was modified after it was written.
    AcknowledgeLog,
    /// Accept a team's store that was restored from a backup; with `lost`, also objects of which this machine has no
    /// newer copy.
    AcceptStore {
        #[serde(default)]
        lost: bool,
    },
    /// Replace the vault with a backup.
    RestoreBackup {
        #[serde(default)]
        generation: Option<u64>,
    },
    /// Open the vault, or a stored version of it, with the recovery kit.
    Recover {
        generation: Option<u64>,
    },
    /// Open the vault, to see the state of its file.
    InspectVault,
    /// Use another folder for the vault.
    ChooseVaultFolder,
    /// Accept a passphrase although it is weak.
    AllowWeakPassphrase,
    /// Enter the password of a team's store, which is then stored with the member's identity.
    GiveStorePassword,
    /// Allow an import to use the destinations that its file names.
    AcceptPlaces,
    /// Specify the redirect URI of an imported credential.
    NameRedirectUri,
    Init,
    Unlock,
    StartAgent,
    StopAgent,
    /// Inspect the running agent, and stop it if needed.
    ManageAgent,
    /// Allow prompts on the terminal.
    AllowPrompts,
}

/// What a new host is used for.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HostUse {
    /// A sign-in, or the test of a key that was entered.
    SignIn,
    /// The test call of a credential with tokens.
    TestCall,
    /// The records of an integration.
    Integration,
}

impl NextStep {
    /// The same step with its names escaped and cut to `max` characters.
    #[must_use]
    pub fn printable(mut self, max: usize) -> Self {
        for text in self.texts() {
            *text = printable(text, max);
        }
        self
    }

    fn texts(&mut self) -> Vec<&mut String> {
        match self {
            Self::Authenticate { name: text }
            | Self::SettleUnreadAnswer { name: text }
            | Self::ReplaceSecret { name: text }
            | Self::AcceptOtherAccount { name: text }
            | Self::AcceptNewHost { name: text, .. }
            | Self::ChoosePlace { name: text }
            | Self::UseStoredToken { name: text }
            | Self::ChooseCredential { integration: text }
            | Self::ChooseOutput { integration: text }
            | Self::FreshSync { integration: text }
            | Self::AcceptGone { integration: text }
            | Self::CheckCatalogFile { path: text }
            | Self::ReplaceHost { name: text }
            | Self::RemoveHost { name: text }
            | Self::InspectVaultFile { path: text } => vec![text],
            Self::SetParameter { key, label } => vec![key, label],
            Self::ChooseLoad
            | Self::ReadCatalogHelp
            | Self::NameFormat
            | Self::NameKeyFile
            | Self::ChooseEntry
            | Self::NameProvider
            | Self::ListCredentials { .. }
            | Self::ListIntegrations { .. }
            | Self::ListCatalog
            | Self::ListVersions
            | Self::ListHosts
            | Self::AddHost
            | Self::UseOlderVault { .. }
            | Self::AcknowledgeLog
            | Self::AcceptStore { .. }
            | Self::RestoreBackup { .. }
            | Self::Recover { .. }
            | Self::InspectVault
            | Self::ChooseVaultFolder
            | Self::AllowWeakPassphrase
            | Self::GiveStorePassword
            | Self::AcceptPlaces
            | Self::NameRedirectUri
            | Self::Init
            | Self::Unlock
            | Self::StartAgent
            | Self::StopAgent
            | Self::ManageAgent
            | Self::AllowPrompts => Vec::new(),
        }
    }
}

/// Reads a step that another version wrote. A step that this version does not know becomes `None`.
///
/// # Errors
/// Only those of the format's deserializer.
pub fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<NextStep>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Read {
        Known(NextStep),
        Unknown(IgnoredAny),
    }
    Ok(match Read::deserialize(deserializer)? {
        Read::Known(step) => Some(step),
        Read::Unknown(_) => None,
    })
}

/// The neutral advice, followed by the step as worded by a front end.
#[must_use]
pub fn advice(try_this: &str, step: Option<&NextStep>, in_words: impl Fn(&NextStep) -> String) -> String {
    let step = step.map(in_words).unwrap_or_default();
    match (try_this, step.as_str()) {
        (_, "") => try_this.to_owned(),
        ("", _) => step,
        (text, _) if text.ends_with(['.', '!', '?']) => format!("{text} {step}"),
        (text, _) => format!("{text}. {step}"),
    }
}

/// One step of every kind, for the tests of the front ends.
#[cfg(test)]
pub(crate) fn one_of_each() -> Vec<NextStep> {
    let name = || "Ana's Zoho".to_owned();
    let new_host = |by| NextStep::AcceptNewHost { by, name: name() };
    vec![
        NextStep::Authenticate { name: name() },
        NextStep::SettleUnreadAnswer { name: name() },
        NextStep::ReplaceSecret { name: name() },
        NextStep::AcceptOtherAccount { name: name() },
        new_host(HostUse::SignIn),
        new_host(HostUse::TestCall),
        new_host(HostUse::Integration),
        NextStep::ChoosePlace { name: name() },
        NextStep::UseStoredToken { name: name() },
        NextStep::ChooseCredential { integration: name() },
        NextStep::ChooseOutput { integration: name() },
        NextStep::ChooseLoad,
        NextStep::SetParameter { key: "portal".to_owned(), label: "Portal".to_owned() },
        NextStep::FreshSync { integration: name() },
        NextStep::AcceptGone { integration: name() },
        NextStep::ReadCatalogHelp,
        NextStep::NameFormat,
        NextStep::NameKeyFile,
        NextStep::ChooseEntry,
        NextStep::NameProvider,
        NextStep::CheckCatalogFile { path: "/tmp/a b.toml".to_owned() },
        NextStep::ListCredentials { ids: false },
        NextStep::ListCredentials { ids: true },
        NextStep::ListIntegrations { ids: false },
        NextStep::ListIntegrations { ids: true },
        NextStep::ListCatalog,
        NextStep::ListVersions,
        NextStep::ListHosts,
        NextStep::AddHost,
        NextStep::ReplaceHost { name: "ci".to_owned() },
        NextStep::RemoveHost { name: "ci".to_owned() },
        NextStep::InspectVaultFile { path: "/tmp/vault (1).age".to_owned() },
        NextStep::UseOlderVault { newer: None },
        NextStep::UseOlderVault { newer: Some(7) },
        NextStep::AcknowledgeLog,
        NextStep::AcceptStore { lost: false },
        NextStep::AcceptStore { lost: true },
        NextStep::RestoreBackup { generation: None },
        NextStep::RestoreBackup { generation: Some(7) },
        NextStep::Recover { generation: None },
        NextStep::Recover { generation: Some(7) },
        NextStep::InspectVault,
        NextStep::ChooseVaultFolder,
        NextStep::AllowWeakPassphrase,
        NextStep::GiveStorePassword,
        NextStep::AcceptPlaces,
        NextStep::NameRedirectUri,
        NextStep::Init,
        NextStep::Unlock,
        NextStep::StartAgent,
        NextStep::StopAgent,
        NextStep::ManageAgent,
        NextStep::AllowPrompts,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize, Serialize)]
    struct Line {
        #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "lenient")]
        step: Option<NextStep>,
    }

    #[test]
    fn every_step_is_read_as_it_was_written() {
        for step in one_of_each() {
            let text = serde_json::to_string(&Line { step: Some(step.clone()) }).unwrap();
            assert_eq!(serde_json::from_str::<Line>(&text).unwrap().step, Some(step), "{text}");
        }
        let step = NextStep::AcceptNewHost { by: HostUse::SignIn, name: "Zoho".to_owned() };
        let text = serde_json::to_string(&step).unwrap();
        assert_eq!(text, r#"{"do":"accept_new_host","by":"sign_in","name":"Zoho"}"#);
    }

    #[test]
    fn a_step_that_is_missing_or_unknown_is_none() {
        for text in [
            "{}",
            r#"{"step":null}"#,
            r#"{"step":{"do":"fly","to":"the moon"}}"#,
            r#"{"step":{"do":"authenticate"}}"#,
            r#"{"step":"init"}"#,
            r#"{"step":[1,{"a":2}]}"#,
        ] {
            assert_eq!(serde_json::from_str::<Line>(text).unwrap().step, None, "{text}");
        }
    }

    #[test]
    fn advice_is_the_neutral_text_and_then_the_step() {
        let words = |_: &NextStep| "Do that.".to_owned();
        assert_eq!(advice("Wait.", Some(&NextStep::Init), words), "Wait. Do that.");
        assert_eq!(advice("chmod 600 'x'", Some(&NextStep::Init), words), "chmod 600 'x'. Do that.");
        assert_eq!(advice("", Some(&NextStep::Init), words), "Do that.");
        assert_eq!(advice("Wait.", None, words), "Wait.");
    }
}
