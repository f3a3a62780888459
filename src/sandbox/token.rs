//! The token, revocation and userinfo endpoints (RFC 6749 section 5, RFC 7009), with the deviations of each provider.

use jiff::SignedDuration;
use serde_json::{Map, Value, json};

use super::dialect::Dialect;
use super::ledger::{IssuedTokens, Ledger, Redemption, Renewal, random_token};
use super::recorded_request::RecordedRequest;
use super::refusal::Refusal;
use super::response::Response;
use super::shared::Shared;
use super::zoho;
use crate::catalog::{OAuthProfile, Refresh};

/// Responds to a token request.
pub(super) fn respond(shared: &Shared, asked: &RecordedRequest, dialect: &Dialect) -> Response {
    let refreshing = asked.param("refresh_token").is_some();
    let scripted = shared.script.next_token(refreshing);
    let response = match scripted {
        Some(response) if !response.is_spending() => response,
        Some(response) => match minted(shared, asked, dialect) {
            Ok(minted) => {
                let refresh = minted.refresh.unwrap_or_else(|| random_token(dialect.zoho));
                response.fill(&minted.access, &refresh)
            }
            Err(refusal) => refused(refusal, dialect),
        },
        None => match minted(shared, asked, dialect) {
            Ok(minted) => granted(&minted, asked, dialect),
            Err(refusal) => refused(refusal, dialect),
        },
    };
    match shared.script.delay() {
        delay if delay.is_zero() => response,
        delay => response.after(delay),
    }
}

/// Responds to a revocation: in Zoho's two ways, or by RFC 7009 (always 200).
pub(super) fn revoked(shared: &Shared, asked: &RecordedRequest, dialect: &Dialect) -> Response {
    if let Some(response) = shared.script.next_revocation() {
        return response;
    }
    let Some(token) = asked.param("token").or_else(|| asked.param("refresh_token")) else {
        return Response::status(400);
    };
    let was_alive = shared.ledger().revoke(token);
    match (dialect.zoho, was_alive) {
        (true, true) => Response::json(&json!({ "status": "success" })),
        (true, false) => Response::status(400).header("server", "ZGS"),
        (false, _) => Response::status(200),
    }
}

/// Responds with the account of an access token (OpenID Connect Core section 5.3).
pub(super) fn userinfo(shared: &Shared, asked: &RecordedRequest) -> Response {
    let token = asked.header("authorization").and_then(|value| value.split_once(' ')).map(|(_, token)| token);
    let bearer = token.and_then(|token| shared.ledger().bearer(token, shared.clock.now()));
    match bearer {
        Some(bearer) => plain_json(&json!({
            "sub": bearer.person.id, "name": bearer.person.name, "email": bearer.person.email, "email_verified": true,
        })),
        None => plain_json(&json!({ "error": "invalid_token" }))
            .with_status(401)
            .header("www-authenticate", "Bearer error=\"invalid_token\""),
    }
}

fn minted(shared: &Shared, asked: &RecordedRequest, dialect: &Dialect) -> Result<IssuedTokens, Refusal> {
    let grant = asked.param("grant_type");
    if asked.method != http::Method::POST || (dialect.zoho && grant.is_none()) || !dialect.takes_body(asked) {
        return Err(Refusal::Request);
    }
    let (client_id, secret) = dialect.client(asked).ok_or(Refusal::Client)?;
    let mut ledger = shared.ledger();
    check_client(&mut ledger, &client_id, &secret)?;
    let rules = shared.script.rules();
    let now = shared.clock.now();
    if let Some(code) = dialect.device_code(asked) {
        if let Some(refusal) = shared.script.undecided() {
            return Err(refusal);
        }
        return ledger.redeem_device(code, &client_id, rules, now);
    }
    if let Some(token) = asked.param("refresh_token") {
        let renewal = Renewal {
            realm: dialect.realm(asked),
            client_id: &client_id,
            refresh_token: token,
            rotate: rules.rotate || dialect.rotates(),
            zoho: dialect.zoho,
        };
        return ledger.refresh(&renewal, rules, now);
    }
    let for_itself =
        grant == Some("client_credentials") || (grant.is_some() && grant == dialect.client_grant.as_deref());
    if for_itself && !dialect.zoho {
        let scopes = dialect.scopes(asked.param(dialect.term("scope")).unwrap_or_default());
        return Ok(ledger.serve_client(dialect.realm(asked), &client_id, scopes, rules, now));
    }
    let Some(code) = asked.param(dialect.term("code")) else {
        // The error with which Zoho rejects an unknown grant type.
        return Err(if dialect.zoho { Refusal::Client } else { Refusal::GrantType });
    };
    let redemption = Redemption {
        realm: dialect.realm(asked),
        client_id: &client_id,
        code,
        redirect_uri: asked.param(dialect.term("redirect_uri")),
        verifier: asked.param("code_verifier"),
    };
    ledger.redeem(&redemption, rules, now)
}

/// The client of a device authorization request.
pub(super) fn client_of(shared: &Shared, asked: &RecordedRequest, dialect: &Dialect) -> Result<String, Refusal> {
    if asked.method != http::Method::POST {
        return Err(Refusal::Request);
    }
    let (client_id, secret) = dialect.client(asked).ok_or(Refusal::Client)?;
    check_client(&mut shared.ledger(), &client_id, &secret)?;
    Ok(client_id)
}

fn check_client(ledger: &mut Ledger, id: &str, secret: &str) -> Result<(), Refusal> {
    let client = ledger.client(id).ok_or(Refusal::Client)?;
    match &client.secret {
        Some(known) if known != secret => Err(Refusal::Secret),
        _ => Ok(()),
    }
}

fn granted(minted: &IssuedTokens, asked: &RecordedRequest, dialect: &Dialect) -> Response {
    if dialect.zoho {
        return Response::json(&Value::Object(zoho_tokens(minted, asked)));
    }
    let default = OAuthProfile::default();
    let flow = dialect.flow.as_ref().unwrap_or(&default);
    let tokens = members(minted, asked, dialect, flow);
    let wants_json = asked.header("accept").is_some_and(|accept| accept.contains("application/json"));
    if flow.form_answer && !wants_json {
        return form_encoded(&tokens);
    }
    let mut body = nested(tokens, flow.token_path.as_deref());
    for (path, set) in &minted.sets {
        put(&mut body, path, Value::Object(members(set, asked, dialect, flow)));
    }
    for (name, path) in &flow.capture_token {
        // If a URL is expected, it points to a made-up host.
        let value =
            if name.ends_with("_url") { "https://sandbox.example".to_owned() } else { format!("sandbox-{name}") };
        put(&mut body, path, json!(value));
    }
    plain_json(&Value::Object(body))
}

/// The fields of one token set in the response.
fn members(
    minted: &IssuedTokens,
    asked: &RecordedRequest,
    dialect: &Dialect,
    flow: &OAuthProfile,
) -> Map<String, Value> {
    let mut tokens = Map::new();
    tokens.insert("access_token".into(), json!(minted.access));
    tokens.insert("token_type".into(), json!("Bearer"));
    // At these providers, a token from a user's consent does not expire if it cannot be refreshed.
    let endless = flow.refresh == Refresh::None
        && asked.param("grant_type") != Some("client_credentials")
        && dialect.client_grant.is_none();
    if !endless && flow.default_ttl.is_none() || minted.life != SignedDuration::from_hours(1) {
        tokens.insert("expires_in".into(), json!(minted.life.as_secs()));
    }
    if let Some(refresh) = &minted.refresh {
        tokens.insert("refresh_token".into(), json!(refresh));
    }
    if !minted.scopes.is_empty() {
        tokens.insert("scope".into(), json!(minted.scopes.join(" ")));
    }
    tokens
}

/// The fields in the order of the recorded responses. The response to a refresh contains neither scope nor refresh
/// token.
fn zoho_tokens(minted: &IssuedTokens, asked: &RecordedRequest) -> Map<String, Value> {
    let api_domain = zoho::by_accounts(&asked.host).map_or("https://www.zohoapis.com", |dc| dc.api_domain);
    let mut tokens = Map::new();
    tokens.insert("access_token".into(), json!(minted.access));
    if let Some(refresh) = &minted.refresh {
        tokens.insert("refresh_token".into(), json!(refresh));
    }
    if asked.param("refresh_token").is_none() {
        tokens.insert("scope".into(), json!(minted.scopes.join(" ")));
    }
    tokens.insert("api_domain".into(), json!(api_domain));
    tokens.insert("token_type".into(), json!("Bearer"));
    tokens.insert("expires_in".into(), json!(minted.life.as_secs()));
    tokens
}

pub(super) fn refused(refusal: Refusal, dialect: &Dialect) -> Response {
    if dialect.zoho {
        return match refusal {
            Refusal::Request => Response::status(400).header("server", "ZGS"),
            Refusal::Client | Refusal::GrantType => Response::error("invalid_client"),
            Refusal::Secret => Response::error("invalid_client_secret"),
            Refusal::RedirectUri => Response::error("invalid_redirect_uri"),
            Refusal::Grant => Response::error("invalid_code"),
            Refusal::Throttled => Response::throttled(),
            Refusal::Pending => Response::error("authorization_pending"),
            Refusal::TooFast => Response::error("slow_down"),
            Refusal::Denied => Response::error("access_denied"),
            Refusal::Expired => Response::error("expired_token"),
        };
    }
    let (status, error) = match refusal {
        Refusal::Request => (400, "invalid_request"),
        Refusal::GrantType => (400, "unsupported_grant_type"),
        Refusal::Client | Refusal::Secret => (401, "invalid_client"),
        Refusal::Grant | Refusal::RedirectUri => (400, "invalid_grant"),
        Refusal::Throttled => (429, "slow_down"),
        Refusal::Pending => (400, "authorization_pending"),
        Refusal::TooFast => (400, "slow_down"),
        Refusal::Denied => (400, "access_denied"),
        Refusal::Expired => (400, "expired_token"),
    };
    let body = if dialect.errors_with_200 { json!({ "ok": false, "error": error }) } else { json!({ "error": error }) };
    plain_json(&body).with_status(if dialect.errors_with_200 { 200 } else { status })
}

/// A JSON response with the headers that RFC 6749 section 5.1 requires.
fn plain_json(body: &Value) -> Response {
    Response::status(200)
        .header("content-type", "application/json")
        .header("cache-control", "no-store")
        .body(body.to_string().as_bytes())
}

fn form_encoded(tokens: &Map<String, Value>) -> Response {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in tokens {
        form.append_pair(name, value.as_str().unwrap_or(&value.to_string()));
    }
    Response::status(200)
        .header("content-type", "application/x-www-form-urlencoded; charset=utf-8")
        .header("cache-control", "no-store")
        .body(form.finish().as_bytes())
}

/// `{"authed_user": {...}}` for the path `authed_user`.
fn nested(tokens: Map<String, Value>, path: Option<&str>) -> Map<String, Value> {
    let Some(path) = path.filter(|path| !path.is_empty()) else { return tokens };
    let mut body = Map::from_iter([("ok".to_owned(), json!(true))]);
    put(&mut body, path, Value::Object(tokens));
    body
}

fn put(body: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            body.insert(path.to_owned(), value);
        }
        Some((first, rest)) => {
            let inner = body.entry(first).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}
