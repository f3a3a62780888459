//! Validates and normalizes form input, field by field, and removes what pasting adds to it.

mod redirect_uri;

use std::collections::BTreeMap;

use super::placeholder::why_not_a_value;
use crate::catalog::Provider;
use crate::model::credential::{MAIN_SECRET, Setup};
use crate::printable::is_plain;
use crate::problem::{Kind, Problem};
use crate::secret::{ClientSecret, Secret};

/// Longest client ID, secret or scope; known ones have a few hundred characters at most.
const MAX_FIELD: usize = 4_096;

/// The keys of a provider's secrets in [`Setup::secrets`], with their labels, in the order of the form: the typed-in
/// secret, then every secret variable.
#[must_use]
pub fn secret_fields(provider: &Provider) -> Vec<(&str, &str)> {
    let main = provider.grant.is_static_secret().then(|| (MAIN_SECRET, provider.secret_label()));
    let variables = provider.variables.iter().filter(|variable| variable.secret);
    main.into_iter().chain(variables.map(|variable| (variable.name.as_str(), variable.label.as_str()))).collect()
}

/// Checks that a browser can open a redirect URI, and that the response can be received or pasted.
///
/// # Errors
/// `Kind::Usage`, saying what is wrong with it.
pub(crate) fn check_redirect_uri(text: &str) -> Result<(), Problem> {
    redirect_uri::check(text)
}

/// Checks and normalizes every field of a setup. Secrets that are not given are taken from `before`.
pub(crate) fn checked(provider: &Provider, mut setup: Setup, before: Option<&Setup>) -> Result<Setup, Problem> {
    let empty = |label: &str| {
        Problem::new(Kind::Usage, format!("{label} is empty.")).try_this("Copy it from the provider's console.")
    };
    setup.secrets = secrets(provider, &setup.secrets, before, empty)?;
    for variable in provider.variables.iter().filter(|variable| !variable.secret) {
        let typed = setup.variables.get(&variable.name).or(variable.default.as_ref()).map_or("", String::as_str);
        let value = variable.normalize(typed)?.value;
        setup.variables.insert(variable.name.clone(), value);
    }
    if provider.grant.is_static_secret() {
        // A typed-in secret has no client and no consent; such fields would only mislead.
        return Ok(Setup { variables: setup.variables, secrets: setup.secrets, ..Setup::default() });
    }
    setup.client.id.0 = field("Client ID", &setup.client.id.0, AllowedCharacters::Spaces)?;
    if setup.client.id.0.is_empty() {
        return Err(empty("Client ID"));
    }
    if before.is_none_or(|before| before.client.id != setup.client.id) {
        refuse_stand_in("Client ID", &setup.client.id.0)?;
    }
    setup.client.secret = match setup.client.secret.take() {
        Some(secret) => {
            Some(pasted("Client Secret", &secret, AllowedCharacters::Spaces)?).filter(|secret| !secret.is_empty())
        }
        None => None,
    }
    .map(ClientSecret::from)
    .or_else(|| before.and_then(|before| before.client.secret.clone()));
    if provider.needs_client_secret && setup.client.secret.is_none() {
        return Err(empty("Client Secret"));
    }
    setup.scopes = setup
        .scopes
        .iter()
        .map(|scope| field("A scope", scope, AllowedCharacters::Visible))
        .collect::<Result<_, _>>()?;
    setup.scopes.retain(|scope| !scope.is_empty());
    setup.redirect_uri = field("The redirect URI", &setup.redirect_uri, AllowedCharacters::Visible)?;
    let is_new = before.is_none_or(|before| before.redirect_uri != setup.redirect_uri);
    if is_new && !setup.redirect_uri.is_empty() {
        redirect_uri::check(&setup.redirect_uri)?;
    }
    Ok(setup)
}

/// As [`checked`], for imports, where a missing secret can be entered later.
pub(crate) fn checked_without_secret(provider: &Provider, setup: Setup) -> Result<Setup, Problem> {
    let (secret, typed_in) = (setup.client.secret.is_some(), setup.secrets.contains_key(MAIN_SECRET));
    let needs_client = provider.needs_client_secret && !provider.grant.is_static_secret() && !secret;
    let needs_key = provider.grant.is_static_secret() && !typed_in;
    if !needs_client && !needs_key {
        return checked(provider, setup, None);
    }
    let stand_in = Secret::new("later".to_owned());
    let mut before = Setup::default();
    before.client.secret = Some(ClientSecret::from(stand_in.clone()));
    before.secrets = secret_fields(provider).into_iter().map(|(name, _)| (name.to_owned(), stand_in.clone())).collect();
    let given = setup.secrets.clone();
    let mut checked = checked(provider, setup, Some(&before))?;
    if needs_client {
        checked.client.secret = None;
    }
    checked.secrets.retain(|name, _| given.contains_key(name));
    Ok(checked)
}

fn secrets(
    provider: &Provider,
    given: &BTreeMap<String, Secret>,
    before: Option<&Setup>,
    empty: impl Fn(&str) -> Problem,
) -> Result<BTreeMap<String, Secret>, Problem> {
    // A password may contain any letters.
    let password = provider.basic.as_ref().is_some_and(|basic| basic.password.contains("{secret}"));
    let mut kept = BTreeMap::new();
    for (name, label) in secret_fields(provider) {
        let mut secret = given.get(name).map(|secret| secret.trimmed(|_| true)).unwrap_or_default();
        if let Some(prefix) = provider.secret_prefix().filter(|_| name == MAIN_SECRET) {
            // The user may have copied the whole value of the header.
            secret = secret.without_prefix(prefix);
        }
        let may =
            if password && name == MAIN_SECRET { AllowedCharacters::FuzzyWords } else { AllowedCharacters::Spaces };
        secret = pasted(label, &secret, may)?;
        if let Some(variable) = provider.variable(name).filter(|_| !secret.is_empty()) {
            let mut refused = None;
            let _ = secret.trimmed(|text| {
                refused = variable.normalize(text).err();
                true
            });
            refused.map_or(Ok(()), Err)?;
        }
        if secret.is_empty() {
            secret = before.and_then(|before| before.secrets.get(name)).cloned().unwrap_or_default();
        }
        let optional = provider.variable(name).is_some_and(|variable| variable.optional);
        match (secret.is_empty(), optional) {
            (true, false) => return Err(empty(label)),
            (true, true) => {}
            (false, _) => {
                kept.insert(name.to_owned(), secret);
            }
        }
    }
    Ok(kept)
}

/// Trims outer white space, which pasting adds; invisible characters inside are refused with their position.
fn field(label: &str, text: &str, may: AllowedCharacters) -> Result<String, Problem> {
    let text = text.trim_matches(|c: char| c.is_whitespace() || !is_plain(c));
    fits(label, text, may).map(|()| text.to_owned())
}

/// The characters that a field allows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum AllowedCharacters {
    /// %x21-7E: scopes (RFC 6749 appendix A.4) and addresses (RFC 3986).
    Visible,
    /// The same and spaces: client IDs, secrets and keys (VSCHAR, RFC 6749 appendix A.1 and A.2).
    Spaces,
    /// Also letters beyond ASCII: passwords.
    FuzzyWords,
}

fn fits(label: &str, text: &str, may: AllowedCharacters) -> Result<(), Problem> {
    if text.len() > MAX_FIELD {
        return Err(Problem::new(Kind::Usage, format!("{label} is too long.")).why("The limit is 4,096 bytes."));
    }
    let fitting = |c: char| {
        let is_space = c == ' ' && may != AllowedCharacters::Visible;
        c.is_ascii_graphic() || is_space || (may == AllowedCharacters::FuzzyWords && is_plain(c) && !c.is_whitespace())
    };
    let Some((at, bad)) = (1..).zip(text.chars()).find(|(_, c)| !fitting(*c)) else { return Ok(()) };
    let refuse = |what: &str, why: &str| {
        Err(Problem::new(Kind::Usage, format!("{label} contains {what} (position {at})."))
            .why(why)
            .try_this("Copy it again, from the console's own copy button."))
    };
    if is_plain(bad) && !bad.is_whitespace() {
        return refuse(
            "a character outside of ASCII",
            "Email programs and word processors convert quotes and hyphens to these.",
        );
    }
    let what = if bad == ' ' { "a space" } else { "an invisible character" };
    refuse(what, "Copying from a web page or an email can add one.")
}

/// Refuses a placeholder, except in a password, which may be any word.
fn refuse_unless(is_password: bool, label: &str, text: &str) -> Result<(), Problem> {
    if is_password { Ok(()) } else { refuse_stand_in(label, text) }
}

/// Refuses a placeholder from an example or a template.
fn refuse_stand_in(label: &str, text: &str) -> Result<(), Problem> {
    let Some(reason) = why_not_a_value(text) else { return Ok(()) };
    Err(Problem::new(Kind::Usage, format!("{label} {reason}."))
        .why("The provider would refuse it.")
        .try_this("Copy the value from the provider's console, without quotes."))
}

fn pasted(label: &str, secret: &Secret, may: AllowedCharacters) -> Result<Secret, Problem> {
    let mut failure = None;
    let trimmed = secret.trimmed(|text| {
        failure = fits(label, text, may)
            .and_then(|()| refuse_unless(may == AllowedCharacters::FuzzyWords, label, text))
            .err();
        failure.is_none()
    });
    failure.map_or(Ok(trimmed), Err)
}

/// Whether the typed-in secret and every secret variable are the same.
pub(crate) fn same_secrets(one: &Setup, other: &Setup) -> bool {
    one.secrets.len() == other.secrets.len()
        && one.secrets.iter().all(|(name, secret)| other.secrets.get(name).is_some_and(|known| known.matches(secret)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Basic, Variable};
    use crate::model::credential::GrantType;

    fn key(text: &str) -> Setup {
        let secrets = [(MAIN_SECRET.to_owned(), Secret::new(text.to_owned()))].into();
        Setup {
            secrets,
            redirect_uri: "http://localhost/never".into(),
            scopes: vec!["never".into()],
            ..Setup::default()
        }
    }

    #[test]
    fn a_key_is_trimmed_and_has_neither_client_nor_scopes_nor_redirect() {
        let bearer = Provider { grant: GrantType::Bearer, ..Provider::default() };
        let setup = checked(&bearer, key(" Bearer  k-1 \n"), None).unwrap();
        assert!(setup.secrets[MAIN_SECRET].matches(&Secret::new("k-1".into())), "the copied prefix goes, too");
        assert!(setup.scopes.is_empty() && setup.redirect_uri.is_empty() && setup.client.id.0.is_empty());
        let spaced = checked(&bearer, key("k 1"), None).unwrap();
        assert!(spaced.secrets[MAIN_SECRET].matches(&Secret::new("k 1".into())), "RFC 6749 appendix A.2");
        assert_eq!(checked(&bearer, key(" "), None).unwrap_err().what, "Token is empty.");
        let kept = checked(&bearer, Setup::default(), Some(&setup)).unwrap();
        assert!(same_secrets(&kept, &setup), "what is stored stays where nothing else is typed");
    }

    #[test]
    fn a_password_may_hold_blanks_and_any_letters_and_nothing_invisible() {
        let basic = Basic { user: "u".into(), password: "{secret}".into() };
        let provider = Provider { grant: GrantType::Basic, basic: Some(basic), ..Provider::default() };
        assert!(checked(&provider, key("pass wörd"), None).is_ok());
        for bad in ["a\u{200b}b", "a\nb", "a\u{7}b"] {
            assert!(checked(&provider, key(bad), None).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_secret_variable_is_checked_without_being_shown() {
        let variable = |optional| Variable {
            name: "app_key".into(),
            label: "Application key".into(),
            secret: true,
            optional,
            pattern: Some("[0-9]+".into()),
            ..Variable::default()
        };
        let mut provider =
            Provider { grant: GrantType::ApiKey, variables: vec![variable(false)], ..Provider::default() };
        let mut setup = key("k");
        assert_eq!(checked(&provider, setup.clone(), None).unwrap_err().what, "Application key is empty.");
        setup.secrets.insert("app_key".into(), Secret::new("CNRY".into()));
        let problem = checked(&provider, setup.clone(), None).unwrap_err().to_string();
        assert!(problem.contains("Application key") && !problem.contains("CNRY"), "{problem}");
        setup.secrets.insert("app_key".into(), Secret::new("42".into()));
        let done = checked(&provider, setup, None).unwrap();
        assert!(done.secrets.contains_key("app_key") && done.variables.is_empty());
        provider.variables = vec![variable(true)];
        assert_eq!(checked(&provider, key("k"), None).unwrap().secrets.len(), 1);
    }
}
