//! Builds a shell command that calls a provider's API with curl. The command gets the secret from `credenza token` when
//! it runs, so it does not contain the secret itself.

use crate::catalog::{AuthPlacement, AuthTemplate, KeyPlace, Provider};
use crate::model::credential::Credential;
use crate::printable::shell_word;
use crate::problem::{Kind, Problem};

/// Returns the command, with the URL of the provider's test call, or `$URL` if `url` is `None`.
///
/// # Errors
/// `Kind::Usage` if a call needs more than one secret, a secret in the URL, or a signature.
pub(super) fn curl_line(provider: &Provider, credential: &Credential, url: Option<&str>) -> Result<String, Problem> {
    let mut line = "curl".to_owned();
    for carrier in provider.auth_placements() {
        let argument = argument(provider, credential, &carrier).ok_or_else(|| no_line(provider))?;
        line = format!("{line} {argument}");
    }
    Ok(match url {
        Some(url) => format!("{line} {}", shell_word(url)),
        None => format!("{line} \"$URL\""),
    })
}

fn no_line(provider: &Provider) -> Problem {
    Problem::new(Kind::Usage, format!("No curl line can be written for {}.", provider.name))
        .why("Its calls carry more than one secret, a secret in the address, or a signature over each request.")
        .try_this("Use credenza run, which passes the secrets to a program.")
}

/// The argument in double quotes, so that the shell runs `credenza token`; `None` if the call needs more than a token.
fn argument(provider: &Provider, credential: &Credential, carrier: &AuthPlacement<'_>) -> Option<String> {
    let secret = |name: &str| provider.variable(name).is_some_and(|variable| variable.secret);
    let token = format!("$(credenza token {})", shell_word(credential.name.as_str()));
    let word = |name: &str| match name {
        "secret" | "access_token" => Some(token.clone()),
        name => credential.setup.variables.get(name).map(|value| quoted(value)),
    };
    let alone = |text: &str| {
        let as_header = AuthPlacement { place: KeyPlace::Header, name: "x", value: AuthTemplate::Text(text) };
        let words = as_header.in_words(word);
        words.strip_prefix("x: ").filter(|words| *words != "(empty)").unwrap_or_default().to_owned()
    };
    match (carrier.place, carrier.value) {
        (_, AuthTemplate::Basic(user, password)) if !has(user, secret) && !has(password, secret) => {
            Some(format!("-u \"{}:{}\"", alone(user), alone(password)))
        }
        (KeyPlace::Header, AuthTemplate::Text(text)) if !has(text, secret) => {
            Some(format!("-H \"{}\"", carrier.in_words(word)))
        }
        _ => None,
    }
}

/// Whether a template has a placeholder for which `is` returns true.
fn has(template: &str, is: impl Fn(&str) -> bool) -> bool {
    template.split('{').skip(1).filter_map(|rest| rest.split_once('}')).any(|(name, _)| is(name))
}

/// Escapes what a shell would interpret between double quotes.
fn quoted(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for c in value.chars() {
        if matches!(c, '"' | '\\' | '$' | '`') {
            text.push('\\');
        }
        text.push(c);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Catalog, Origin};
    use crate::model::credential::{Name, Setup};

    #[test]
    fn what_a_shell_would_read_is_escaped() {
        assert_eq!(quoted("a\"b$(c)`d\\"), "a\\\"b\\$(c)\\`d\\\\");
        assert!(has("Token {secret} of {account}", |name| name == "account"));
        assert!(!has("Token {secret}", |name| name == "account"));
    }

    #[test]
    fn a_provider_whose_requests_are_signed_has_no_curl_line() {
        let (catalog, _) = Catalog::load(std::path::Path::new("/nonexistent"), Origin::Internet);
        let provider = catalog.by_id("aws").unwrap();
        let name = Name::parse("AWS").unwrap();
        let credential = Credential::new(name, "aws", Setup::default(), jiff::Timestamp::UNIX_EPOCH);
        let problem = curl_line(provider, &credential, None).unwrap_err();
        assert_eq!(
            (problem.kind, problem.what),
            (Kind::Usage, format!("No curl line can be written for {}.", provider.name))
        );
        assert_eq!(problem.try_this, "Use credenza run, which passes the secrets to a program.");
    }
}
