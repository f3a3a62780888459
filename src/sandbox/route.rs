//! Which handler answers: by host and path, and by the parameters that tell one OAuth endpoint from another.

use std::io::Write as _;
use std::sync::Arc;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{ConnectInfo, Request, State};
use axum::response::Response;
use http::Method;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::answer::Answer;
use super::dialect::Dialect;
use super::line::{Cut, Lines};
use super::seen::Seen;
use super::shared::Shared;
use super::{api, authorize, consent, device, keyed, page, records, switches, token, zoho};
use crate::printable::printable;

/// Longest body that is read.
const MAX_BODY: usize = 1 << 20;

/// Serves until told to stop.
pub(super) async fn run(listener: TcpListener, shared: Arc<Shared>, stopped: oneshot::Receiver<()>) {
    let router = Router::new().fallback(handle).with_state(shared);
    let service = router.into_make_service_with_connect_info::<Cut>();
    let stopped = async {
        // A sender dropped is as good as one that sent.
        let _ = stopped.await;
    };
    // It ends by being told to; an accept error is retried within.
    let _ = axum::serve(Lines(listener), service).with_graceful_shutdown(stopped).await;
}

async fn handle(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(Cut(cut)): ConnectInfo<Cut>,
    request: Request,
) -> Response {
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_BODY).await else {
        return Answer::status(413).send(&cut).await;
    };
    let asked = Seen::new(head.method, &head.uri, head.headers, &body);
    shared.remember(asked.clone());
    let response = dispatch(&shared, &asked).send(&cut).await;
    if shared.tell {
        // Who closed standard error does not want to know.
        let _ = tell(&asked, response.status().as_u16());
    }
    response
}

/// `POST accounts.zoho.eu/oauth/v2/token 200`: nothing of query, form or headers.
fn tell(asked: &Seen, status: u16) -> std::io::Result<()> {
    let address = printable(&format!("{}{}", asked.host, asked.path), 200);
    writeln!(std::io::stderr().lock(), "{} {address} {status}", asked.method)
}

fn dispatch(shared: &Shared, asked: &Seen) -> Answer {
    if !is_ours(shared, asked) {
        return page::message("Wrong address", "The sandbox answers to 127.0.0.1 and localhost only.").with_status(421);
    }
    if asked.host.is_empty() {
        return own_page(shared, asked);
    }
    switches::settle(shared);
    if let Some((product, dc)) = zoho::product(&asked.host) {
        return api::answer(shared, asked, product, dc);
    }
    if let Some(answer) = records::answer(shared, asked) {
        return answer;
    }
    if let Some(answer) = keyed::answer(shared, asked) {
        return answer;
    }
    let issued_as = shared.ledger().issued_as(asked);
    let dialect = Dialect::of(asked, &shared.catalog, issued_as.as_deref());
    match endpoint(asked, &dialect) {
        Some(Endpoint::Authorization) => authorize::answer(shared, asked, &dialect),
        Some(Endpoint::Device) => device::answer(shared, asked, &dialect),
        Some(Endpoint::Token) => token::answer(shared, asked, &dialect),
        Some(Endpoint::Revocation) => token::revoked(shared, asked, &dialect),
        Some(Endpoint::Userinfo) => token::userinfo(shared, asked),
        Some(Endpoint::ServerInfo) => server_info(),
        None => page::message("Nothing here", "The sandbox impersonates the endpoints of the catalog only.")
            .with_status(404),
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Endpoint {
    Authorization,
    Device,
    Token,
    Revocation,
    Userinfo,
    ServerInfo,
}

/// Paths differ by provider; what is asked does not.
fn endpoint(asked: &Seen, dialect: &Dialect) -> Option<Endpoint> {
    let path = asked.path.to_ascii_lowercase();
    let reading = asked.method == Method::GET;
    if path == "/oauth/serverinfo" {
        return Some(Endpoint::ServerInfo);
    }
    if path.contains("revoke") || path.contains("revocation") {
        return Some(Endpoint::Revocation);
    }
    if path.ends_with("userinfo") || (reading && asked.header("authorization").is_some()) {
        return Some(Endpoint::Userinfo);
    }
    let client = asked.query(dialect.term("client_id")).is_some();
    if reading && client && asked.query(dialect.term("redirect_uri")).is_some() {
        return Some(Endpoint::Authorization);
    }
    if !reading && path.contains("device") && !path.ends_with("token") {
        return Some(Endpoint::Device);
    }
    if path.contains("token")
        || path.contains("access")
        || asked.param("grant_type").is_some()
        || asked.param("code").is_some()
    {
        return Some(Endpoint::Token);
    }
    (reading && (path.contains("auth") || path.contains("login"))).then_some(Endpoint::Authorization)
}

fn own_page(shared: &Shared, asked: &Seen) -> Answer {
    match (&asked.method, asked.path.as_str()) {
        (&Method::GET, "/") => switches::front(shared),
        (&Method::POST, "/_mode") => switches::switched(shared, asked),
        (&Method::POST, "/_mode/clear") => switches::cleared(shared, asked),
        (&Method::GET, "/_device") => device::form(shared, asked),
        (&Method::POST, "/_device") => device::decided(shared, asked),
        (&Method::POST, path) => match path.strip_prefix("/_consent/") {
            Some(ticket) => consent::answer(shared, asked, ticket),
            None => page::message("Nothing here", "Start in Credenza.").with_status(404),
        },
        _ => page::message("Nothing here", "Start in Credenza.").with_status(404),
    }
}

/// A page elsewhere must not reach the sandbox under a name of its own (DNS rebinding).
fn is_ours(shared: &Shared, asked: &Seen) -> bool {
    let host = asked.header("host").unwrap_or_default();
    ["127.0.0.1", "localhost"].iter().any(|name| host == format!("{name}:{}", shared.port))
}

fn server_info() -> Answer {
    Answer::json(&json!({ "result": "success", "locations": {
        "us": "https://accounts.zoho.com", "eu": "https://accounts.zoho.eu", "in": "https://accounts.zoho.in",
        "au": "https://accounts.zoho.com.au", "jp": "https://accounts.zoho.jp", "ca": "https://accounts.zohocloud.ca",
        "sa": "https://accounts.zoho.sa", "uk": "https://accounts.zoho.uk",
    } }))
}
