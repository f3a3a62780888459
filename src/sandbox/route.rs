//! Selects the handler of a request: by host and path, and by the parameters that distinguish the OAuth endpoints.

use std::io::Write as _;
use std::sync::Arc;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{ConnectInfo, Request, State};
use axum::response::Response as HttpResponse;
use http::Method;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::cuttable_stream::{CutSwitch, CuttableListener};
use super::dialect::Dialect;
use super::recorded_request::RecordedRequest;
use super::response::Response;
use super::shared::Shared;
use super::{api, authorize, consent, device, keyed, page, records, switches, token, zoho};
use crate::printable::printable;

/// Longest body that is read.
const MAX_BODY: usize = 1 << 20;

/// Serves until shutdown.
pub(super) async fn run(listener: TcpListener, shared: Arc<Shared>, stopped: oneshot::Receiver<()>) {
    let router = Router::new().fallback(handle).with_state(shared);
    let service = router.into_make_service_with_connect_info::<CutSwitch>();
    let stopped = async {
        // If the sender was dropped without sending, the sandbox stops as well.
        let _ = stopped.await;
    };
    // Returns only on shutdown; axum retries errors of accepting a connection.
    let _ = axum::serve(CuttableListener(listener), service).with_graceful_shutdown(stopped).await;
}

async fn handle(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(CutSwitch(cut)): ConnectInfo<CutSwitch>,
    request: Request,
) -> HttpResponse {
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_BODY).await else {
        return Response::status(413).send(&cut).await;
    };
    let asked = RecordedRequest::new(head.method, &head.uri, head.headers, &body);
    shared.remember(asked.clone());
    let response = dispatch(&shared, &asked).send(&cut).await;
    if shared.tell {
        // Ignore write errors on stderr.
        let _ = log_request(&asked, response.status().as_u16());
    }
    response
}

/// Logs a request such as `POST accounts.zoho.eu/oauth/v2/token 200`, without query, form and headers.
fn log_request(asked: &RecordedRequest, status: u16) -> std::io::Result<()> {
    let address = printable(&format!("{}{}", asked.host, asked.path), 200);
    writeln!(std::io::stderr().lock(), "{} {address} {status}", asked.method)
}

fn dispatch(shared: &Shared, asked: &RecordedRequest) -> Response {
    if !is_ours(shared, asked) {
        return page::message("Wrong address", "The sandbox answers to 127.0.0.1 and localhost only.").with_status(421);
    }
    if asked.host.is_empty() {
        return own_page(shared, asked);
    }
    switches::settle(shared);
    if let Some((product, dc)) = zoho::product(&asked.host) {
        return api::respond(shared, asked, product, dc);
    }
    if let Some(response) = records::respond(shared, asked) {
        return response;
    }
    if let Some(response) = keyed::respond(shared, asked) {
        return response;
    }
    let issued_as = shared.ledger().issued_as(asked);
    let dialect = Dialect::of(asked, &shared.catalog, issued_as.as_deref());
    match endpoint(asked, &dialect) {
        Some(Endpoint::Authorization) => authorize::respond(shared, asked, &dialect),
        Some(Endpoint::Device) => device::respond(shared, asked, &dialect),
        Some(Endpoint::Token) => token::respond(shared, asked, &dialect),
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

/// Recognizes the endpoint mainly by the parameters, because the paths differ by provider.
fn endpoint(asked: &RecordedRequest, dialect: &Dialect) -> Option<Endpoint> {
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

fn own_page(shared: &Shared, asked: &RecordedRequest) -> Response {
    match (&asked.method, asked.path.as_str()) {
        (&Method::GET, "/") => switches::front(shared),
        (&Method::POST, "/_mode") => switches::switched(shared, asked),
        (&Method::POST, "/_mode/clear") => switches::cleared(shared, asked),
        (&Method::GET, "/_device") => device::form(shared, asked),
        (&Method::POST, "/_device") => device::decided(shared, asked),
        (&Method::POST, path) => match path.strip_prefix("/_consent/") {
            Some(ticket) => consent::respond(shared, asked, ticket),
            None => page::message("Nothing here", "Start in Credenza.").with_status(404),
        },
        _ => page::message("Nothing here", "Start in Credenza.").with_status(404),
    }
}

/// Rejects other host names, so that a foreign page cannot reach the sandbox under a name of its own (DNS rebinding).
fn is_ours(shared: &Shared, asked: &RecordedRequest) -> bool {
    let host = asked.header("host").unwrap_or_default();
    ["127.0.0.1", "localhost"].iter().any(|name| host == format!("{name}:{}", shared.port))
}

fn server_info() -> Response {
    Response::json(&json!({ "result": "success", "locations": {
        "us": "https://accounts.zoho.com", "eu": "https://accounts.zoho.eu", "in": "https://accounts.zoho.in",
        "au": "https://accounts.zoho.com.au", "jp": "https://accounts.zoho.jp", "ca": "https://accounts.zohocloud.ca",
        "sa": "https://accounts.zoho.sa", "uk": "https://accounts.zoho.uk",
    } }))
}
