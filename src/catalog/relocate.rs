//! Reads the account's region from the redirect; only values from the list of choices are accepted.

use std::collections::BTreeMap;

use super::Origin;
use super::provider::Provider;
use super::variable::{Choice, Variable};
use crate::printable::printable;
use crate::problem::{Kind, Problem};

/// What the redirect said about the location of the account.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Relocation {
    /// The variables to use from now on.
    pub variables: BTreeMap<String, String>,
    /// "Your account lives in Europe: Customer Domain is now accounts.example.eu".
    pub note: Option<String>,
}

impl Provider {
    /// Applies what the redirect captured (such as a data center), after checking it against the allowed choices.
    ///
    /// A server is always expected in its real form `https://HOST`, on the sandbox too: the sandbox names the real
    /// host, and `endpoints` then moves it to the sandbox. The values come through a browser, and the client secret is
    /// sent where they point, so no address is ever built from them.
    ///
    /// # Errors
    /// `Kind::Refused` if a value is not among the choices or two values disagree. The code must then not be sent
    /// anywhere.
    pub fn relocate(
        &self,
        variables: &BTreeMap<String, String>,
        captured: &BTreeMap<String, String>,
        _origin: &Origin,
    ) -> Result<Relocation, Problem> {
        let stay = || Relocation { variables: variables.clone(), note: None };
        let Some(rule) = &self.relocation else { return Ok(stay()) };
        let Some(variable) = self.variable(&rule.variable) else { return Ok(stay()) };
        let said = |name: &Option<String>| name.as_ref().and_then(|name| captured.get(name)).filter(|v| !v.is_empty());
        let by_server = said(&rule.server).map(|server| by_server(variable, server)).transpose()?;
        let by_code = said(&rule.location).map(|code| by_code(variable, code)).transpose()?;
        let choice = match (by_server, by_code) {
            (Some(server), Some(code)) if server.value != code.value => {
                let why = format!("It named {} and, with the code {}, {}.", server.value, code.code, code.value);
                return Err(refuse("The redirect named two different data centers for the account.", &why));
            }
            (Some(choice), _) | (None, Some(choice)) => choice,
            (None, None) => return Ok(stay()),
        };
        let current = variables.get(&variable.name).or(variable.default.as_ref());
        if current == Some(&choice.value) {
            return Ok(stay());
        }
        let mut moved = variables.clone();
        moved.insert(variable.name.clone(), choice.value.clone());
        let note = format!("Your account lives in {}: {} is now {}.", choice.label, variable.label, choice.value);
        Ok(Relocation { variables: moved, note: Some(note) })
    }
}

/// Accepts exactly `https://HOST`, optionally with one trailing slash: no port, user name, path, capital
/// letter or space.
fn by_server<'a>(variable: &'a Variable, server: &str) -> Result<&'a Choice, Problem> {
    let host = server.strip_prefix("https://").map(|host| host.strip_suffix('/').unwrap_or(host));
    host.and_then(|host| variable.choice(host)).ok_or_else(|| {
        let why = format!(
            "The redirect named {}, which is not one of the choices of {}.",
            printable(server, 80),
            variable.label
        );
        refuse("The redirect named an unknown authorization server.", &why)
    })
}

fn by_code<'a>(variable: &'a Variable, code: &str) -> Result<&'a Choice, Problem> {
    let choice = variable.choices.iter().find(|choice| !choice.code.is_empty() && choice.code == code);
    choice.ok_or_else(|| {
        let why = format!(
            "The redirect named {}, which is not one of the choices of {}.",
            printable(code, 40),
            variable.label
        );
        refuse("The redirect named an unknown data center.", &why)
    })
}

fn refuse(what: &str, why: &str) -> Problem {
    Problem::new(Kind::Refused, what).why(why).try_this(
        "The code was not sent anywhere. Authenticate again; if this happens again, ask the provider's administrator.",
    )
}
