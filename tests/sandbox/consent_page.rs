//! The consent page: what it shows, what it never contains, and where its buttons lead.

use credenza::sandbox::{Consent, Sandbox};
use jiff::SignedDuration;

use super::wire::{REDIRECT_URI, US, authorization, exchange, get, post, refresh, sandbox};

/// Opens the page; returns the URL that its form submits to.
async fn open(sandbox: &Sandbox) -> String {
    sandbox.script().consent(Consent::Page);
    let page = get(&authorization(sandbox, US, &[])).await;
    action(sandbox, page.text())
}

fn action(sandbox: &Sandbox, page: &str) -> String {
    let (_, rest) = page.split_once("action=\"/").expect("a form");
    format!("{}{}", sandbox.base(), rest.split('"').next().unwrap())
}

#[tokio::test]
async fn the_page_says_what_it_is_and_loads_and_runs_nothing() {
    let (sandbox, _) = sandbox().await;
    sandbox.script().consent(Consent::Page);
    let page = get(&authorization(&sandbox, US, &[])).await;
    for text in ["Sandbox: not the real provider", "see devices and their inventory", "Ann Okafor", "Accept", "Reject"]
    {
        assert!(page.text().contains(text), "{text}");
    }
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'") && policy.contains("form-action 'self' http://localhost:53682;"));
    for forbidden in ["<script", "src=", "http-equiv", "onclick"] {
        assert!(!page.text().contains(forbidden), "{forbidden}");
    }
}

#[tokio::test]
async fn nothing_of_the_request_stands_on_the_page_unescaped() {
    let (sandbox, _) = sandbox().await;
    sandbox.script().consent(Consent::Page);
    let hostile = "<script>alert(1)</script>\"'";
    for name in ["client_id", "scope", "state", "redirect_uri"] {
        let page = get(&authorization(&sandbox, US, &[(name, hostile)])).await;
        assert!(!page.text().contains("<script"), "{name}");
    }
    let page = get(&sandbox.at("x.example", "/authorize?client_id=%3Cscript%3E&redirect_uri=https://x.example")).await;
    assert!(!page.text().contains("<script"));
}

#[tokio::test]
async fn accept_and_reject_go_back_to_the_app_and_a_ticket_is_good_once() {
    let (sandbox, _) = sandbox().await;
    let form = open(&sandbox).await;
    let reply = post(&form, &[("person", "ann"), ("decision", "accept")]).await;
    assert_eq!(reply.status, 303);
    assert!(exchange(&sandbox, US, &reply.code(), &[]).await.json()["refresh_token"].is_string());
    assert_eq!(post(&form, &[("person", "ann"), ("decision", "accept")]).await.status, 410);
    let form = open(&sandbox).await;
    let reply = post(&form, &[("decision", "reject")]).await;
    assert_eq!(reply.location(), format!("{REDIRECT_URI}?state=st-ate&error=access_denied"));
}

#[tokio::test]
async fn the_second_factor_is_trusted_for_180_days() {
    let (sandbox, clock) = sandbox().await;
    let bea = [("person", "bea"), ("decision", "accept")];
    let page = post(&open(&sandbox).await, &bea).await;
    assert!(page.status == 200 && page.text().contains("180 days"));
    let reply = post(&action(&sandbox, page.text()), &[("person", "bea"), ("decision", "trust")]).await;
    assert!(reply.location().contains("location=eu"));
    assert_eq!(post(&open(&sandbox).await, &bea).await.status, 303);
    clock.set(clock.now() + SignedDuration::from_hours(180 * 24));
    assert_eq!(post(&open(&sandbox).await, &bea).await.status, 200);
}

#[tokio::test]
async fn approved_just_once_the_first_refresh_is_refused() {
    let (sandbox, _) = sandbox().await;
    let page = post(&open(&sandbox).await, &[("person", "bea"), ("decision", "accept")]).await;
    let reply = post(&action(&sandbox, page.text()), &[("person", "bea"), ("decision", "once")]).await;
    let tokens = exchange(&sandbox, "accounts.zoho.eu", &reply.code(), &[]).await.json();
    let answer = refresh(&sandbox, "accounts.zoho.eu", tokens["refresh_token"].as_str().unwrap()).await;
    assert_eq!(answer.json()["error"], "invalid_code");
}

#[tokio::test]
async fn every_failure_on_the_page_can_be_provoked_once() {
    let (sandbox, _) = sandbox().await;
    let reply = post(&open(&sandbox).await, &[("trouble", "wrong-state")]).await;
    assert!(reply.location().contains("state=evil"));
    let reply = post(&open(&sandbox).await, &[("trouble", "unknown-client")]).await;
    assert!(reply.text().contains("Invalid Client"));
    let reply = post(&open(&sandbox).await, &[("trouble", "throttled-zh")]).await;
    let code = reply.code();
    assert_eq!(exchange(&sandbox, US, &code, &[]).await.status, 400);
    assert!(exchange(&sandbox, US, &code, &[]).await.json()["access_token"].is_string());
}
