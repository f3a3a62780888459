//! One credential as a page for people: empty values are left out, and a list has a line for each entry.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use crate::catalog::Provider;
use crate::cli::output::Output;
use crate::engine::Session;
use crate::model::credential::{AuthFailure, Credential, MAIN_SECRET, TokenKind, Tokens};
use crate::printable::{printable, shell_word};
use crate::problem::Problem;

/// Width of the labels.
const LABEL: usize = 20;

/// Longest value that is printed.
const MAX_VALUE: usize = 400;

/// Rows of label and value; a row without a label continues the one before.
struct Rows(Vec<(String, String)>);

impl Rows {
    fn add(&mut self, label: &str, value: impl Into<String>) {
        let value = value.into();
        if !value.is_empty() {
            self.0.push((label.to_owned(), value));
        }
    }

    /// One line for each value; the label is before the first.
    fn list(&mut self, label: &str, values: impl IntoIterator<Item = String>) {
        for (at, value) in values.into_iter().enumerate() {
            self.add(if at == 0 { label } else { "" }, value);
        }
    }
}

/// Prints `values`, which is the JSON of `show` with the secrets that are revealed.
pub(super) fn print(
    credential: &Credential,
    provider: Option<&Provider>,
    values: &Map<String, Value>,
    session: &Session,
    output: Output,
) -> Result<(), Problem> {
    let mut rows = Rows(Vec::new());
    let name = values.get("name").and_then(Value::as_str).unwrap_or(credential.name.as_str());
    rows.add("Name", name);
    about(&mut rows, credential, provider, session);
    sign_in(&mut rows, credential, provider, values);
    scopes(&mut rows, credential);
    tokens(&mut rows, credential, provider, session);
    let used = values.get("integrations").and_then(Value::as_array).into_iter().flatten();
    rows.list("Integrations", used.filter_map(Value::as_str).map(str::to_owned));
    let programs = values.get("used_by").and_then(Value::as_array).into_iter().flatten();
    rows.list("Used by", programs.filter_map(|one| Some(one.get("program")?.as_str()?.to_owned())));
    rows.add("Created", time(credential.created_at));
    rows.add("Id", credential.id.to_string());
    for (label, value) in rows.0 {
        output.line(format!("{:<LABEL$} {}", printable(&label, LABEL), printable(&value, MAX_VALUE)).trim_end())?;
    }
    Ok(())
}

fn about(rows: &mut Rows, credential: &Credential, provider: Option<&Provider>, session: &Session) {
    let name = provider.map_or_else(
        || format!("{} (not in the catalog)", credential.provider),
        |provider| format!("{} ({})", provider.name, provider.id),
    );
    rows.add("Integration", name);
    rows.add("Signs in with", provider.map_or("", |provider| provider.grant_label.as_str()));
    rows.add("Status", credential.status(session.workspace.clock.now()).word());
    if let Some(answer) = credential.any_unread() {
        let name = shell_word(credential.name.as_str());
        let text = format!("{}; to see it: credenza show {name} --response", answer.in_words());
        rows.add("Unreadable response", text);
    }
    let details = &credential.details;
    rows.add("Description", &details.description);
    rows.add("Owner", &details.owner);
    rows.add("Tags", details.tags.join(", "));
    rows.add("Secret expires", details.expires_on.map_or_else(String::new, |day| day.to_string()));
    rows.add("Browser", &details.browser);
}

fn sign_in(rows: &mut Rows, credential: &Credential, provider: Option<&Provider>, values: &Map<String, Value>) {
    let setup = &credential.setup;
    let revealed = |key: &str| values.get(key).and_then(Value::as_str).map(str::to_owned);
    let hidden = || "stored, hidden".to_owned();
    rows.add("Client ID", &setup.client.id.0);
    if setup.client.secret.is_some() {
        rows.add("Client Secret", revealed("client_secret").unwrap_or_else(hidden));
    }
    for name in setup.secrets.keys() {
        let (label, key) = if name == MAIN_SECRET {
            (provider.map_or("Secret", Provider::secret_label), name.clone())
        } else {
            let variable = provider.and_then(|provider| provider.variable(name));
            (variable.map_or(name.as_str(), |variable| &variable.label), format!("secret_{name}"))
        };
        rows.add(label, revealed(&key).unwrap_or_else(hidden));
    }
    for (name, value) in &setup.variables {
        let variable = provider.and_then(|provider| provider.variable(name));
        let choice = variable.and_then(|variable| variable.choice(value));
        let text = choice.map_or_else(|| value.clone(), |choice| format!("{value} ({})", choice.label));
        rows.add(variable.map_or(name.as_str(), |variable| &variable.label), text);
    }
    rows.add("Redirect URI", &setup.redirect_uri);
}

fn scopes(rows: &mut Rows, credential: &Credential) {
    let asked = &credential.setup.scopes;
    let granted = credential.tokens.as_ref().and_then(|tokens| tokens.scopes.as_ref());
    let is_granted =
        |scope: &str| granted.is_none_or(|granted| granted.iter().any(|one| one.eq_ignore_ascii_case(scope)));
    let line = |scope: &String| if is_granted(scope) { scope.clone() } else { format!("{scope} (not granted)") };
    rows.list("Scopes", asked.iter().map(line));
    let extra = granted.into_iter().flatten().filter(|scope| !asked.iter().any(|one| one.eq_ignore_ascii_case(scope)));
    rows.list("Also granted", extra.cloned());
}

fn tokens(rows: &mut Rows, credential: &Credential, provider: Option<&Provider>, session: &Session) {
    if let Some(account) = &credential.account {
        rows.add("Account", if account.label.is_empty() { &account.subject } else { &account.label });
    }
    rows.add("Authenticated", credential.authenticated_at().map_or_else(String::new, time));
    if let Some(tokens) = &credential.tokens {
        let main = provider.and_then(|provider| provider.flow.token_kind).filter(|_| !credential.token_sets.is_empty());
        pair(rows, tokens, main);
        for (kind, set) in &credential.token_sets {
            pair(rows, &set.tokens, Some(*kind));
            if let Some(AuthFailure::Refused { code, .. }) = &set.setback {
                rows.add("", format!("refused: {code}"));
            }
        }
        rows.list("From the response", tokens.captured.iter().map(|(name, value)| format!("{name}: {value}")));
    }
    if let Some(quota) = provider.and_then(|provider| provider.quota(credential, session.workspace.clock.now())) {
        rows.add("Token quota", format!("{} of {} used in {} s", quota.used, quota.of, quota.window.as_secs()));
    }
    if let Some(proof) = &credential.proof {
        let host = proof.host.as_ref().map_or_else(String::new, |host| format!(", at {host}"));
        rows.add("Tested", format!("{}{host}", time(proof.at)));
    }
}

/// The expiry of an access token and of its refresh token; with its kind if there are several.
fn pair(rows: &mut Rows, tokens: &Tokens, kind: Option<TokenKind>) {
    let label = |what: &str| kind.map_or_else(|| what.to_owned(), |kind| format!("{what} ({kind})"));
    let until =
        |at: Option<Timestamp>| at.map_or_else(|| "no known expiry".to_owned(), |at| format!("until {}", time(at)));
    rows.add(&label("Access token"), until(tokens.expires_at));
    if tokens.refresh.is_some() {
        rows.add(&label("Refresh token"), until(tokens.refresh_expires_at));
    }
}

/// In this machine's time zone, to the minute.
fn time(at: Timestamp) -> String {
    at.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M %Z").to_string()
}
