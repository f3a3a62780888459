//! Opens an Azure Blob Storage container with the credentials of the environment.

use std::sync::Arc;

use object_store::RetryConfig;
use object_store::azure::{AzureConfigKey as Key, MicrosoftAzureBuilder};
use url::Url;
use zeroize::Zeroizing;

use super::http::Connector;
use super::refusal::Refusals;
use super::requests::Requests;
use crate::clock::Clock;
use crate::problem::{Kind, NextStep, Problem};
use crate::store::team::backend::address::{Address, Bucket, endpoint, is_loopback, place};
use crate::store::team::backend::platform::Platform;

const CONNECTION: &str = "AZURE_STORAGE_CONNECTION_STRING";
/// Environment variables by setting. The Azure CLI and the Azure SDKs use different names for some of them.
const VARIABLES: [(&str, Key); 14] = [
    ("AZURE_STORAGE_ACCOUNT", Key::AccountName),
    ("AZURE_STORAGE_ACCOUNT_NAME", Key::AccountName),
    ("AZURE_STORAGE_KEY", Key::AccessKey),
    ("AZURE_STORAGE_ACCESS_KEY", Key::AccessKey),
    ("AZURE_STORAGE_ACCOUNT_KEY", Key::AccessKey),
    ("AZURE_STORAGE_SAS_TOKEN", Key::SasKey),
    ("AZURE_STORAGE_SAS_KEY", Key::SasKey),
    ("AZURE_STORAGE_ENDPOINT", Key::Endpoint),
    ("AZURE_TENANT_ID", Key::AuthorityId),
    ("AZURE_CLIENT_ID", Key::ClientId),
    ("AZURE_CLIENT_SECRET", Key::ClientSecret),
    ("AZURE_FEDERATED_TOKEN_FILE", Key::FederatedTokenFile),
    ("AZURE_AUTHORITY_HOST", Key::AuthorityHost),
    ("AZURE_STORAGE_TOKEN", Key::Token),
];
/// Settings that authenticate. Without any of them the client would query the instance metadata endpoint.
const SIGNS_IN: [Key; 5] = [Key::AccessKey, Key::SasKey, Key::ClientSecret, Key::FederatedTokenFile, Key::Token];

type Settings = Vec<(Key, Zeroizing<String>)>;

pub(super) fn open(container: &Bucket, platform: &Platform) -> Result<Requests, Problem> {
    let (mut settings, source) = settings(platform);
    if let Some(account) = &container.account {
        settings.push((Key::AccountName, Zeroizing::new(account.clone())));
    }
    check(container, &settings)?;
    let named = settings.iter().rev().find(|(key, _)| *key == Key::Endpoint).map(|(_, value)| value.clone());
    let server = match (&container.endpoint, named) {
        (Some(url), _) => Some(url.clone()),
        (None, Some(text)) => Some(endpoint(&text)?),
        (None, None) => None,
    };
    let mut builder = MicrosoftAzureBuilder::new()
        .with_container_name(&container.name)
        // A retried conditional write would conflict with its own first attempt.
        .with_retry(RetryConfig { max_retries: 0, ..RetryConfig::default() });
    for (key, value) in settings.iter().filter(|(key, _)| *key != Key::Endpoint) {
        builder = builder.with_config(*key, value.as_str());
    }
    if let Some(server) = &server {
        builder = builder.with_endpoint(server.as_str().trim_end_matches('/').to_owned());
    }
    let loopback = server.as_ref().and_then(Url::host_str).is_some_and(is_loopback);
    builder = builder.with_allow_http(loopback).with_http_connector(Connector::new(None, loopback)?);
    let store = builder.build().map_err(|_| {
        Problem::new(Kind::Usage, "The settings of the container cannot be used.")
            .why("The account key or the shared access signature (SAS) is malformed.")
            .try_this("Copy it again from the portal.")
    })?;
    let refusals = Refusals {
        place: place(&Address::Azure(container.clone()), server.as_ref()),
        bucket: format!("container {}", container.name),
        credentials: if platform.password().is_some() {
            source.to_owned()
        } else {
            format!("the environment ({source})")
        },
        clock: Clock::system(),
    };
    Ok(Requests::new(Arc::new(store), &container.prefix, refusals))
}

/// The settings: those of the connection string, overridden by single variables. Also returns which setting
/// authenticates.
fn settings(platform: &Platform) -> (Settings, &'static str) {
    let mut settings = Settings::new();
    let mut source = CONNECTION;
    for part in platform.variable(CONNECTION).unwrap_or_default().split(';') {
        let Some((name, value)) = part.split_once('=') else { continue };
        let key = match name.trim() {
            "AccountName" => Key::AccountName,
            "AccountKey" => Key::AccessKey,
            "SharedAccessSignature" => Key::SasKey,
            "BlobEndpoint" => Key::Endpoint,
            _ => continue,
        };
        settings.push((key, Zeroizing::new(value.trim().to_owned())));
    }
    for (name, key) in VARIABLES {
        if let Some(value) = platform.variable(name) {
            settings.push((key, Zeroizing::new(value.to_owned())));
            if SIGNS_IN.contains(&key) {
                source = name;
            }
        }
    }
    if let Some(password) = platform.password() {
        // Overrides other credentials, which may belong to another account.
        settings.retain(|(key, _)| !SIGNS_IN.contains(key));
        password.without_line_break(|text| {
            let key = if text.contains("sig=") { Key::SasKey } else { Key::AccessKey };
            settings.push((key, Zeroizing::new(text.to_owned())));
        });
        source = "your identity";
    }
    (settings, source)
}

fn check(container: &Bucket, settings: &Settings) -> Result<(), Problem> {
    let has = |wanted: Key| settings.iter().any(|(key, _)| *key == wanted);
    if !has(Key::AccountName) {
        return Err(Problem::new(Kind::Usage, format!("The account of az://{} is not known.", container.name))
            .why("Neither the address nor AZURE_STORAGE_ACCOUNT names it.")
            .try_this(format!("Write az://{}?account=NAME, or set the variable.", container.name)));
    }
    if !SIGNS_IN.into_iter().any(has) {
        return Err(Problem::new(Kind::Usage, format!("There are no credentials for az://{}.", container.name))
            .why("None of AZURE_STORAGE_KEY, AZURE_STORAGE_SAS_TOKEN, AZURE_CLIENT_SECRET and AZURE_STORAGE_CONNECTION_STRING is set.")
            .try_this("Set one of them, for example from the access keys of the account.")
            .step(NextStep::GiveStorePassword));
    }
    Ok(())
}
