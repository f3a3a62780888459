//! Opens an S3 bucket, or one of a compatible store, with the credentials of the environment or of a profile.

use std::path::PathBuf;
use std::sync::Arc;

use object_store::RetryConfig;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey as Key};
use url::Url;
use zeroize::Zeroizing;

use super::http::Connector;
use super::refusal::Refusals;
use super::requests::Requests;
use crate::clock::Clock;
use crate::nearest::suggestion;
use crate::problem::{Kind, NextStep, Problem};
use crate::secret::Secret;
use crate::store::team::backend::address::{Address, Bucket, endpoint, is_loopback, place};
use crate::store::team::backend::ini;
use crate::store::team::backend::platform::{self, Platform};

const DEFAULT_REGION: &str = "us-east-1";
const SECRETS: [(&str, Key); 3] = [
    ("aws_access_key_id", Key::AccessKeyId),
    ("aws_secret_access_key", Key::SecretAccessKey),
    ("aws_session_token", Key::Token),
];
/// Variables that AWS sets on machines and containers which have an IAM role.
const ROLES: [(&str, Key); 6] = [
    ("AWS_WEB_IDENTITY_TOKEN_FILE", Key::WebIdentityTokenFile),
    ("AWS_ROLE_ARN", Key::RoleArn),
    ("AWS_ROLE_SESSION_NAME", Key::RoleSessionName),
    ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", Key::ContainerCredentialsRelativeUri),
    ("AWS_CONTAINER_CREDENTIALS_FULL_URI", Key::ContainerCredentialsFullUri),
    ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", Key::ContainerAuthorizationTokenFile),
];
const PROVES_ROLE: [&str; 3] =
    ["AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"];

/// The settings that were found, and where the credentials came from.
struct Found {
    settings: Vec<(Key, Zeroizing<String>)>,
    source: String,
}

pub(super) fn open(bucket: &Bucket, platform: &Platform) -> Result<Requests, Problem> {
    let profile = Profile::read(bucket, platform)?;
    let found = credentials(bucket, platform, &profile)?;
    let server = server(bucket, platform, &profile)?;
    let variables = ["AWS_REGION", "AWS_DEFAULT_REGION"];
    let region =
        bucket.region.clone().or_else(|| variables.iter().find_map(|name| platform.variable(name)).map(str::to_owned));
    let region = region.or_else(|| profile.value("region").map(|region| region.to_string()));
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(&bucket.name)
        .with_region(region.as_deref().unwrap_or(DEFAULT_REGION))
        // Only the self-test deletes objects, and few compatible stores support bulk deletion.
        .with_config(Key::DisableBulkDelete, "true")
        // A retried conditional write would conflict with its own first attempt.
        .with_retry(RetryConfig { max_retries: 0, ..RetryConfig::default() });
    for (key, value) in &found.settings {
        builder = builder.with_config(*key, value.as_str());
    }
    if let Some(server) = &server {
        builder = builder.with_endpoint(server.as_str().trim_end_matches('/'));
    }
    let loopback = server.as_ref().and_then(Url::host_str).is_some_and(is_loopback);
    let roots = platform.variable("AWS_CA_BUNDLE").map(PathBuf::from);
    builder = builder.with_allow_http(loopback).with_http_connector(Connector::new(roots.as_deref(), loopback)?);
    let store = builder.build().map_err(|error| {
        Problem::new(Kind::Usage, "The settings of the bucket cannot be used.").why(format!("{error}."))
    })?;
    let refusals = Refusals {
        place: place(&Address::S3(bucket.clone()), server.as_ref()),
        bucket: format!("bucket {}", bucket.name),
        credentials: found.source,
        clock: Clock::system(),
    };
    Ok(Requests::new(Arc::new(store), &bucket.prefix, refusals))
}

/// The endpoint of a compatible store: that of the address, else of the environment, else of the profile.
fn server(bucket: &Bucket, platform: &Platform, profile: &Profile) -> Result<Option<Url>, Problem> {
    if bucket.endpoint.is_some() {
        return Ok(bucket.endpoint.clone());
    }
    let variables = ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"];
    let named = variables.iter().find_map(|name| platform.variable(name)).map(str::to_owned);
    let named = named.or_else(|| profile.value("endpoint_url").map(|url| url.to_string()));
    named.map(|text| endpoint(&text)).transpose()
}

/// A profile, merged from the credentials file and the config file.
struct Profile {
    name: String,
    text: Vec<(Zeroizing<String>, Zeroizing<String>)>,
    named: bool,
}

impl Profile {
    fn read(bucket: &Bucket, platform: &Platform) -> Result<Self, Problem> {
        let asked = bucket.profile.as_deref().or_else(|| platform.variable("AWS_PROFILE"));
        let name = asked.unwrap_or("default").to_owned();
        let credentials = platform.file("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials");
        let config = platform.file("AWS_CONFIG_FILE", ".aws/config");
        let in_config = if name == "default" { name.clone() } else { format!("profile {name}") };
        let (mut text, mut known) = (Vec::new(), Vec::new());
        for (path, section) in [(config, &in_config), (credentials, &name)] {
            let Some(file) = platform::read(&path)? else { continue };
            known.extend(ini::names(&file).into_iter().map(|name| name.trim_start_matches("profile ").to_owned()));
            let values = ini::section(&file, section).unwrap_or_default();
            let owned = |(key, value): (&str, &str)| (Zeroizing::new(key.to_owned()), Zeroizing::new(value.to_owned()));
            text.extend(values.into_iter().map(owned));
        }
        if asked.is_some() && text.is_empty() {
            let near = suggestion(&name, known.iter().map(String::as_str));
            return Err(Problem::new(Kind::Usage, format!("The profile {name} is unknown."))
                .why(format!("Neither ~/.aws/credentials nor ~/.aws/config has it.{near}"))
                .try_this("Correct AWS_PROFILE or the address, or add the profile."));
        }
        Ok(Self { name, text, named: bucket.profile.is_some() })
    }

    fn value(&self, key: &str) -> Option<Zeroizing<String>> {
        let values: Vec<(&str, &str)> = self.text.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        ini::value(&values, key)
    }
}

/// The credentials that the vault keeps, as `ID:SECRET`.
fn kept(password: &Secret) -> Result<Found, Problem> {
    let mut settings = Vec::new();
    password.without_line_break(|text| {
        if let Some((id, secret)) = text.split_once(':').filter(|(id, secret)| !id.is_empty() && !secret.is_empty()) {
            let both = [(Key::AccessKeyId, id), (Key::SecretAccessKey, secret)];
            settings.extend(both.map(|(key, value)| (key, Zeroizing::new(value.to_owned()))));
        }
    });
    if settings.is_empty() {
        return Err(Problem::new(Kind::Usage, "The password of the bucket has the wrong form.")
            .why("It has two parts, the access key ID and the secret access key, with a colon between them.")
            .step(NextStep::GiveStorePassword));
    }
    Ok(Found { settings, source: "your identity".to_owned() })
}

/// Precedence: the password that the vault keeps, then the environment, then a profile. A profile that the address
/// names comes before the environment.
fn credentials(bucket: &Bucket, platform: &Platform, profile: &Profile) -> Result<Found, Problem> {
    if let Some(password) = platform.password() {
        return kept(password);
    }
    let in_environment = |(name, key): &(&str, Key)| {
        platform.variable(&name.to_uppercase()).map(|value| (*key, Zeroizing::new(value.to_owned())))
    };
    let environment: Vec<_> = SECRETS.iter().filter_map(in_environment).collect();
    if environment.len() >= 2 && !profile.named {
        return Ok(Found { settings: environment, source: "the environment (AWS_ACCESS_KEY_ID)".to_owned() });
    }
    let in_profile = |(name, key): &(&str, Key)| profile.value(name).map(|value| (*key, value));
    let settings: Vec<_> = SECRETS.iter().filter_map(in_profile).collect();
    if settings.len() >= 2 {
        return Ok(Found { settings, source: format!("the profile {}", profile.name) });
    }
    if PROVES_ROLE.iter().any(|name| platform.variable(name).is_some()) && !profile.named {
        let role =
            |(name, key): &(&str, Key)| platform.variable(name).map(|value| (*key, Zeroizing::new(value.to_owned())));
        return Ok(Found {
            settings: ROLES.iter().filter_map(role).collect(),
            source: "the role of this machine".to_owned(),
        });
    }
    let other = ["sso_session", "sso_start_url", "role_arn", "credential_process"];
    let problem = Problem::new(Kind::Usage, format!("There are no credentials for s3://{}.", bucket.name));
    Err(match other.iter().find(|key| profile.value(key).is_some()) {
        Some(key) => problem
            .why(format!(
                "The profile {} gets its credentials by {key}, which only the vendor's own program supports.",
                profile.name
            ))
            .try_this("Export its credentials into the environment with that program."),
        None => problem
            .why(format!(
                "Neither AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY nor the profile {} has them.",
                profile.name
            ))
            .try_this("Add them to ~/.aws/credentials, or set the variables.")
            .step(NextStep::GiveStorePassword),
    })
}
