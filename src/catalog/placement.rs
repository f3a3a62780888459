//! Where authentication goes in an API call: a header, a query parameter, or HTTP Basic.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use super::product::KeyPlace;
use super::provider::Provider;
use super::template::{Piece, names, pieces};
use crate::model::credential::GrantType;
use crate::problem::Problem;

/// One header or query parameter that carries a secret.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AuthPlacement<'a> {
    pub place: KeyPlace,
    /// Its name, a template over variables.
    pub name: &'a str,
    pub value: AuthTemplate<'a>,
}

/// The authentication value, as a template over `{secret}` or `{access_token}`, variables and captured values.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AuthTemplate<'a> {
    /// Unchanged: `Token token={secret}`.
    Text(&'a str),
    /// RFC 7617: user and password, either of which may be empty.
    Basic(&'a str, &'a str),
    /// A signature over the request, with the access key from this template.
    Signature(&'a str),
}

impl Provider {
    /// What carries the secret in each call, in the order of the file. Includes constant headers with a secret variable
    /// in them.
    #[must_use]
    pub fn auth_placements(&self) -> Vec<AuthPlacement<'_>> {
        let header = |name, value| AuthPlacement { place: KeyPlace::Header, name, value };
        if let Some(signature) = &self.signature {
            return vec![header("Authorization", AuthTemplate::Signature(&signature.access_key))];
        }
        let mut auth_placements: Vec<AuthPlacement<'_>> = match &self.basic {
            Some(basic) => vec![header("Authorization", AuthTemplate::Basic(&basic.user, &basic.password))],
            None if self.keys.is_empty() => {
                let (name, template) = self.request_header();
                vec![header(name, AuthTemplate::Text(template))]
            }
            None => self
                .keys
                .iter()
                .map(|key| AuthPlacement {
                    place: key.place,
                    name: &key.name,
                    value: AuthTemplate::Text(&key.template),
                })
                .collect(),
        };
        let secret = |name: &&str| self.variable(name).is_some_and(|variable| variable.secret);
        let more = self.headers.iter().filter(|(_, template)| names(template).iter().any(secret));
        auth_placements.extend(more.map(|(name, template)| header(name, AuthTemplate::Text(template))));
        auth_placements
    }

    /// What precedes the entered secret where it is sent: `Bearer `, `Token token=`. A user who copies it together with
    /// the secret means the same secret.
    #[must_use]
    pub(crate) fn secret_prefix(&self) -> Option<&str> {
        self.auth_placements()
            .iter()
            .find_map(|carrier| match carrier.value {
                AuthTemplate::Text(template) => template.split_once("{secret}").map(|(before, _)| before),
                AuthTemplate::Basic(..) | AuthTemplate::Signature(_) => None,
            })
            .filter(|before| !before.is_empty() && !before.contains('{'))
    }

    /// The label of the main secret in the field that the user enters it in.
    #[must_use]
    pub(crate) fn secret_label(&self) -> &'static str {
        match (self.grant, &self.basic) {
            (GrantType::Bearer, _) => "Token",
            (GrantType::SignatureV4, _) => "Secret access key",
            (_, Some(basic)) if basic.password.contains("{secret}") => "Password or token",
            (GrantType::Basic, _) => "API key (sent as the user)",
            _ if self.keys.iter().any(|key| self.holds_two_secrets(&key.template)) => "Secret key",
            _ => "API key",
        }
    }

    /// Whether a template contains the main secret and another one.
    fn holds_two_secrets(&self, template: &str) -> bool {
        let names = names(template);
        let other = |name: &&str| self.variable(name).is_some_and(|variable| variable.secret);
        names.contains(&"secret") && names.iter().any(other)
    }

    /// [`fill`](Self::fill) for a template with secrets: `secret` returns the text for a name that is a secret.
    ///
    /// # Errors
    /// As `fill`; a secret with a control character is refused without being shown.
    pub(crate) fn fill_secret<'a>(
        &self,
        template: &str,
        values: &BTreeMap<String, String>,
        secret: impl Fn(&str) -> Option<&'a str>,
    ) -> Result<Zeroizing<String>, Problem> {
        let pieces = pieces(template).map_err(|_| Problem::internal("A template in the catalog is not valid."))?;
        let room: usize = names(template).into_iter().filter_map(&secret).map(str::len).sum();
        // Allocated at its largest size, so that no shorter copy stays behind in memory.
        let mut text = Zeroizing::new(String::with_capacity(template.len() + room + 8_192));
        for piece in pieces {
            match piece {
                Piece::Text(part) => text.push_str(part),
                Piece::Name(name) => match secret(name) {
                    Some(value) => text.push_str(value),
                    None => text.push_str(&self.fill(&format!("{{{name}}}"), values)?),
                },
            }
        }
        if text.chars().any(char::is_control) {
            return Err(Problem::new(
                crate::problem::Kind::Usage,
                "A value for the provider contains control characters.",
            ));
        }
        Ok(text)
    }
}

impl AuthPlacement<'_> {
    /// As the user reads it: `Authorization: Token ••••••`. `word` returns the text for a name; without it, the name
    /// stays in its braces.
    #[must_use]
    pub fn in_words(&self, word: impl Fn(&str) -> Option<String>) -> String {
        let worded = |template: &str| {
            let word = |piece| match piece {
                Piece::Text(text) => text.to_owned(),
                Piece::Name(name) => word(name).unwrap_or_else(|| format!("{{{name}}}")),
            };
            let text: String = pieces(template).unwrap_or_default().into_iter().map(word).collect();
            let text = text.trim();
            if text.is_empty() { "(empty)".to_owned() } else { text.to_owned() }
        };
        let name = worded(self.name);
        match (self.place, self.value) {
            (_, AuthTemplate::Basic(user, password)) => {
                format!("{name}: Basic {} : {}", worded(user), worded(password))
            }
            (_, AuthTemplate::Signature(access_key)) => {
                format!("{name}: AWS4-HMAC-SHA256, signed by {} for each request", worded(access_key))
            }
            (KeyPlace::Header, AuthTemplate::Text(template)) => format!("{name}: {}", worded(template)),
            (KeyPlace::Query, AuthTemplate::Text(template)) => format!("?{name}={}", worded(template)),
        }
    }
}

impl Provider {
    /// All auth_placements in words: secrets as dots, other names by their values if known.
    #[must_use]
    pub fn sends(&self, dots: &str, known: &BTreeMap<String, String>) -> Vec<String> {
        let word = |name: &str| {
            let secret = matches!(name, "secret" | "access_token")
                || self.variable(name).is_some_and(|variable| variable.secret);
            let optional = self.variable(name).is_some_and(|variable| variable.optional);
            let known = || known.get(name).filter(|value| optional || !value.is_empty()).cloned();
            if secret { Some(dots.to_owned()) } else { known() }
        };
        self.auth_placements().iter().map(|carrier| carrier.in_words(word)).collect()
    }
}
