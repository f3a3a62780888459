//! The authorization endpoint (RFC 6749 section 4.1): checks the request, asks for consent, redirects.

use super::dialect::Dialect;
use super::ledger::{Approval, ConsentRequest, random_token};
use super::page;
use super::people::Person;
use super::recorded_request::RecordedRequest;
use super::response::Response;
use super::script::Consent;
use super::shared::Shared;
use super::zoho;

/// Responds to an authorization request.
pub(super) fn respond(shared: &Shared, asked: &RecordedRequest, dialect: &Dialect) -> Response {
    if let Some((title, text)) = shared.script.refusal_page() {
        return page::refused(title, text, dialect.zoho);
    }
    let consent = match checked(shared, asked, dialect) {
        Ok(consent) => consent,
        Err(response) => return *response,
    };
    let person = shared.script.person_now().and_then(Person::by_id).unwrap_or_else(Person::anybody);
    let auto = match asked.query("sandbox_auto") {
        Some("accept") => Consent::Accept,
        Some("reject") => Consent::Reject,
        _ => shared.script.consent_now(),
    };
    match auto {
        Consent::Accept => accepted(shared, consent, person, 302, false),
        Consent::Reject => rejected(&consent, 302),
        Consent::Page => {
            let ticket = random_token(true);
            let html = page::consent(&consent, &ticket, dialect);
            let mut ledger = shared.ledger();
            if ledger.visits.len() >= MAX_VISITS {
                ledger.visits.clear();
            }
            ledger.visits.insert(ticket, consent);
            html
        }
    }
}

/// Redirects with a code that is valid at the data center of the user's account.
pub(super) fn accepted(
    shared: &Shared,
    consent: ConsentRequest,
    person: &'static Person,
    status: u16,
    doomed: bool,
) -> Response {
    let scripted = shared.script.next_redirect();
    let home = person.data_center(&consent.host);
    let realm = home.map_or_else(|| consent.realm.clone(), |dc| dc.accounts.to_owned());
    let redirect_uri = consent.redirect_uri.clone();
    let state = consent.state.clone();
    let code = shared.ledger().issue(consent, Approval { person, realm, doomed }, shared.clock.now());
    let query = match (scripted, home) {
        (Some(query), _) => query.replace("$STATE", &encoded(state.as_deref().unwrap_or(""))).replace("$CODE", &code),
        (None, Some(dc)) => format!("{}{}", with_state(state.as_deref(), &format!("code={code}")), located(dc)),
        (None, None) => with_state(state.as_deref(), &format!("code={code}")),
    };
    Response::redirect(&joined(&redirect_uri, &query)).with_status(status)
}

/// Redirects with `access_denied` (RFC 6749 section 4.1.2.1).
pub(super) fn rejected(consent: &ConsentRequest, status: u16) -> Response {
    let query = with_state(consent.state.as_deref(), "error=access_denied");
    Response::redirect(&joined(&consent.redirect_uri, &query)).with_status(status)
}

/// Most pending consent pages.
const MAX_VISITS: usize = 1_000;

/// Checks the request. An invalid client or redirect URI gets an error page, never a redirect (RFC 6749 section
/// 4.1.2.1).
fn checked(shared: &Shared, asked: &RecordedRequest, dialect: &Dialect) -> Result<ConsentRequest, Box<Response>> {
    let client_id = asked.query(dialect.term("client_id")).unwrap_or_default();
    let redirect_uri = asked.query(dialect.term("redirect_uri")).unwrap_or_default();
    let mut ledger = shared.ledger();
    let Some(client) = ledger.client(client_id) else {
        let text = "The transmitted client ID does not exist";
        return Err(Box::new(page::refused("Invalid Client", text, dialect.zoho)));
    };
    let known = client.redirect_uris.is_empty() || client.redirect_uris.iter().any(|uri| uri == redirect_uri);
    if !known || !is_redirectable(redirect_uri) {
        let text = "Redirect URI passed does not match with the one configured";
        return Err(Box::new(page::refused("Invalid Redirect Uri", text, dialect.zoho)));
    }
    let scopes = dialect.scopes(asked.query(dialect.term("scope")).unwrap_or_default());
    if let (true, Some(scope)) = (dialect.zoho, scopes.iter().find(|scope| !is_zoho_scope(scope))) {
        return Err(Box::new(page::refused("Invalid OAuth Scope", &format!("Scope does not exist: {scope}"), true)));
    }
    let consent = ConsentRequest {
        host: asked.host.clone(),
        client_id: client_id.to_owned(),
        redirect_uri: redirect_uri.to_owned(),
        refresh: dialect.grants_refresh(asked, &scopes),
        scopes,
        state: asked.query("state").map(str::to_owned),
        challenge: asked.query("code_challenge").map(str::to_owned),
        zoho: dialect.zoho,
        provider: dialect.id.clone(),
        realm: dialect.realm(asked).to_owned(),
        sets: dialect.sets(asked),
    };
    match refused_with(asked, dialect, &consent) {
        Some(error) => {
            let query = with_state(consent.state.as_deref(), &format!("error={error}"));
            Err(Box::new(Response::redirect(&joined(&consent.redirect_uri, &query))))
        }
        None => Ok(consent),
    }
}

/// Errors that are reported to the client with a redirect.
fn refused_with(asked: &RecordedRequest, dialect: &Dialect, consent: &ConsentRequest) -> Option<&'static str> {
    let drops_type = dialect.flow.as_ref().is_some_and(|flow| flow.drop.iter().any(|name| name == "response_type"));
    if !drops_type && asked.query("response_type") != Some("code") {
        return Some("unsupported_response_type");
    }
    let method = asked.query("code_challenge_method");
    let plain = consent.challenge.is_some() && method != Some("S256");
    let unwanted = consent.challenge.is_some() && dialect.refuses_pkce();
    (plain || unwanted).then_some("invalid_request")
}

/// Whether it is two or more words separated by dots, such as `Service.module.OPERATION`.
fn is_zoho_scope(scope: &str) -> bool {
    let words: Vec<&str> = scope.split('.').collect();
    words.len() >= 2
        && words.iter().all(|word| !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'))
}

/// Whether a browser may be redirected there: only to loopback addresses and to https.
fn is_redirectable(uri: &str) -> bool {
    url::Url::parse(uri).is_ok_and(|url| match url.scheme() {
        "https" => true,
        "http" => matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]")),
        _ => false,
    })
}

/// `state` comes first, as in the redirects of the real server.
fn with_state(state: Option<&str>, rest: &str) -> String {
    state.map_or_else(|| rest.to_owned(), |state| format!("state={}&{rest}", encoded(state)))
}

/// The data center of the account; the trailing `&` is also there in the real redirects.
fn located(dc: &zoho::DataCenter) -> String {
    format!("&location={}&accounts-server={}&", dc.code, encoded(&format!("https://{}", dc.accounts)))
}

fn joined(redirect_uri: &str, query: &str) -> String {
    let mark = if redirect_uri.contains('?') { '&' } else { '?' };
    format!("{redirect_uri}{mark}{query}")
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
