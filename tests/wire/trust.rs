//! Certificates that the client reads from disk: none for plain http on loopback, and otherwise once.

use std::path::Path;
use std::process::Command;

use credenza::oauth::http::{BodyLimit, Http, Network, Request, Reuse};
use credenza::problem::Kind;
use http::Method;
use url::Url;
use zeroize::Zeroizing;

use super::fake::{Fake, json};
use super::tls::{Authority, BODY, Server, proxy_to, status, trusting};

/// Tells the child process what to run; its system roots are in `SSL_CERT_FILE`.
const CHILD: &str = "CREDENZA_TEST_ROOTS";
const OUTSIDE: &str = "https://accounts.example.com/token";

/// Sends a request that may reuse a connection, as requests for pages do.
async fn page(http: &Http, url: &str) -> u16 {
    let url = Url::parse(url).unwrap();
    let body = Some(("application/x-www-form-urlencoded", Zeroizing::new(BODY.as_bytes().to_vec())));
    let request = Request { method: Method::POST, url: &url, headers: Vec::new(), body, secrets: Vec::new() };
    http.send_over(Reuse::Idle, request, BodyLimit::Token).await.unwrap().status
}

#[tokio::test]
async fn the_ca_file_is_read_once_for_all_requests() {
    let authority = Authority::new();
    let here = Server::start(authority.signs("localhost", |_| {}));
    let there = Server::start(authority.signs("accounts.example.com", |_| {}));
    let proxy = proxy_to(there.port);
    let network = Network { proxy: Some(format!("http://127.0.0.1:{}", proxy.port)), ..trusting(&authority.file) };
    let http = Http::new(&network);
    let url = format!("https://localhost:{}/token", here.port);
    assert_eq!(status(&http, &url).await.unwrap(), 200);
    std::fs::remove_file(&authority.file).unwrap();
    assert_eq!(status(&http.clone(), &url).await.unwrap(), 200);
    assert_eq!(page(&http, &url).await, 200);
    // The connection through the proxy trusts it, too, without reading the file again.
    assert_eq!(status(&http, OUTSIDE).await.unwrap(), 200);
    assert_eq!(page(&http, OUTSIDE).await, 200);
    assert_eq!(Http::new(&network).check().unwrap_err().kind, Kind::Usage, "a new client would have read it");
}

#[tokio::test]
async fn a_ca_file_that_cannot_be_read_is_told_by_the_first_request_that_needs_it() {
    let folder = crate::scratch::folder();
    let http = Http::new(&trusting(&folder.path().join("missing.pem")));
    let here = Fake::saying(json("{}"));
    assert_eq!(status(&http, here.url().as_str()).await.unwrap(), 200);
    for url in [OUTSIDE, "https://localhost:9/token"] {
        let failure = status(&http, url).await.unwrap_err();
        assert_eq!(failure.problem.kind, Kind::Usage, "{failure:?}");
        assert!(failure.problem.what.contains("missing.pem"), "{failure:?}");
    }
    let wrong = Http::new(&Network { proxy: Some("http://u:CNRY pass@[".to_owned()), ca_file: None });
    let failure = status(&wrong, OUTSIDE).await.unwrap_err();
    assert_eq!(failure.problem.kind, Kind::Usage, "{failure:?}");
    assert!(!format!("{failure:?}").contains("CNRY"), "{failure:?}");
}

/// Not a test on its own: the child process of the next tests.
#[tokio::test]
async fn child_with_roots_of_its_own() {
    let Ok(roots) = std::env::var("SSL_CERT_FILE") else { return };
    match std::env::var(CHILD).as_deref() {
        Ok("none") => without_roots().await,
        Ok("once") => roots_read_once(Path::new(&roots)).await,
        _ => {}
    }
}

async fn without_roots() {
    let http = Http::default();
    let here = Fake::saying(json("{}"));
    assert_eq!(status(&http, here.url().as_str()).await.unwrap(), 200);
    let failure = status(&http, OUTSIDE).await.unwrap_err();
    assert_eq!(failure.problem.kind, Kind::Usage, "{failure:?}");
    let authority = Authority::new();
    let server = Server::start(authority.signs("localhost", |_| {}));
    let url = format!("https://localhost:{}/token", server.port);
    assert_eq!(status(&Http::new(&trusting(&authority.file)), &url).await.unwrap(), 200);
    assert!(status(&http, &url).await.is_err());
}

async fn roots_read_once(roots: &Path) {
    let authority = Authority::new();
    std::fs::copy(&authority.file, roots).unwrap();
    let there = Server::start(authority.signs("accounts.example.com", |_| {}));
    let proxy = proxy_to(there.port);
    let network = Network { proxy: Some(format!("http://127.0.0.1:{}", proxy.port)), ca_file: None };
    let http = Http::new(&network);
    assert_eq!(status(&http, OUTSIDE).await.unwrap(), 200);
    std::fs::remove_file(roots).unwrap();
    assert_eq!(status(&http, OUTSIDE).await.unwrap(), 200);
    assert_eq!(page(&http, OUTSIDE).await, 200);
    assert!(Http::new(&network).check().is_err(), "a new client would have read them");
}

/// Runs the child process with `roots` as its only system roots.
fn child(what: &str, roots: &Path) {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "wire::trust::child_with_roots_of_its_own"]).env(CHILD, what);
    let output = child.env("SSL_CERT_FILE", roots).env("SSL_CERT_DIR", "/nonexistent").output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

#[cfg(target_os = "linux")]
#[test]
fn loopback_is_asked_on_a_machine_without_any_roots() {
    child("none", Path::new("/nonexistent/roots.pem"));
}

#[cfg(target_os = "linux")]
#[test]
fn the_systems_roots_are_read_once_for_all_requests() {
    let folder = crate::scratch::folder();
    child("once", &folder.path().join("roots.pem"));
}
