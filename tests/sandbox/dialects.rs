//! Providers other than Zoho: the sandbox answers as their catalog files describe.

use std::sync::Arc;

use credenza::catalog::{Catalog, Origin};
use credenza::sandbox::{Consent, Options, Sandbox};
use serde_json::json;

use super::wire::{Reply, get, post, send};

async fn sandbox() -> Sandbox {
    let (catalog, _) = Catalog::load(std::path::Path::new("/nonexistent"), Origin::Internet);
    let options = Options { catalog: Arc::new(catalog), consent: Consent::Accept, ..Options::default() };
    Sandbox::start(options).await.unwrap()
}

async fn code(sandbox: &Sandbox, host: &str, path: &str, query: &str) -> String {
    let redirect_uri = "redirect_uri=http%3A%2F%2Flocalhost%3A53682%2Fcallback";
    let url = format!("{}?response_type=code&client_id=me&state=s&{redirect_uri}&{query}", sandbox.at(host, path));
    get(&url).await.code()
}

fn form(code: &str) -> Vec<(&str, &str)> {
    vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("client_id", "me"),
        ("client_secret", "mine"),
        ("redirect_uri", "http://localhost:53682/callback"),
    ]
}

#[tokio::test]
async fn a_rotating_provider_ends_the_grant_when_a_spent_refresh_token_comes_back() {
    let sandbox = sandbox().await;
    let at = sandbox.at("api.box.com", "/oauth2/token");
    let code = code(&sandbox, "account.box.com", "/api/oauth2/authorize", "").await;
    let first = post(&at, &form(&code)).await.json();
    let refresh = |token: String| {
        let at = at.clone();
        async move {
            let form = [
                ("grant_type", "refresh_token"),
                ("refresh_token", &token),
                ("client_id", "me"),
                ("client_secret", "mine"),
            ];
            post(&at, &form).await
        }
    };
    let token = |reply: &serde_json::Value| reply["refresh_token"].as_str().unwrap().to_owned();
    let second = refresh(token(&first)).await.json();
    let again = refresh(token(&first)).await;
    assert_eq!((again.status, again.json()), (400, json!({ "error": "invalid_grant" })));
    assert_eq!(refresh(token(&second)).await.status, 400, "the whole family is dead");
}

#[tokio::test]
async fn tokens_of_a_user_are_nested_where_the_user_scope_was_asked() {
    let sandbox = sandbox().await;
    for (query, nested) in [("user_scope=users:read", true), ("scope=users:read", false)] {
        let code = code(&sandbox, "slack.com", "/oauth/v2/authorize", query).await;
        let answer = post(&sandbox.at("slack.com", "/api/oauth.v2.access"), &form(&code)).await.json();
        assert_eq!(answer.pointer("/authed_user/access_token").is_some(), nested, "{answer}");
        assert_eq!(answer.get("access_token").is_some(), !nested, "{answer}");
    }
    let answer = post(&sandbox.at("slack.com", "/api/oauth.v2.access"), &form("used")).await;
    assert_eq!((answer.status, answer.json()), (200, json!({ "ok": false, "error": "invalid_grant" })));
}

#[tokio::test]
async fn a_json_provider_wants_json_and_basic() {
    let sandbox = sandbox().await;
    let code = code(&sandbox, "api.notion.com", "/v1/oauth/authorize", "owner=user").await;
    let at = sandbox.at("api.notion.com", "/v1/oauth/token");
    assert_eq!(post(&at, &form(&code)).await.status, 400);
    let body = json!({
        "grant_type": "authorization_code", "code": code, "redirect_uri": "http://localhost:53682/callback",
    });
    // "me:mine" in base64.
    let headers = [("Content-Type", "application/json"), ("Authorization", "Basic bWU6bWluZQ==")];
    let reply: Reply = send("POST", &at, &headers, &body.to_string()).await.unwrap();
    assert!(reply.json()["access_token"].is_string(), "{}", reply.text());
}

#[tokio::test]
async fn an_extra_parameter_is_what_brings_the_refresh_token() {
    let sandbox = sandbox().await;
    for (query, has_refresh) in [("access_type=offline&prompt=consent&scope=a", true), ("scope=a", false)] {
        let code = code(&sandbox, "accounts.google.com", "/o/oauth2/v2/auth", query).await;
        let answer = post(&sandbox.at("oauth2.googleapis.com", "/token"), &form(&code)).await.json();
        assert_eq!(answer["refresh_token"].is_string(), has_refresh, "{answer}");
    }
}

#[tokio::test]
async fn userinfo_knows_a_living_token_and_no_other() {
    let sandbox = sandbox().await;
    let code = code(&sandbox, "accounts.google.com", "/o/oauth2/v2/auth", "scope=openid").await;
    let answer = post(&sandbox.at("oauth2.googleapis.com", "/token"), &form(&code)).await.json();
    let at = sandbox.at("openidconnect.googleapis.com", "/v1/userinfo");
    let bearer = format!("Bearer {}", answer["access_token"].as_str().unwrap());
    let known = send("GET", &at, &[("Authorization", &bearer)], "").await.unwrap();
    assert_eq!((known.status, &known.json()["email"]), (200, &json!("ann@northwind.example")));
    assert_eq!(send("GET", &at, &[("Authorization", "Bearer dead")], "").await.unwrap().status, 401);
}
