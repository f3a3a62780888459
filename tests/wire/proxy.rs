//! Connections through a proxy: row PR-23.

use std::process::Command;

use credenza::oauth::http::{BodyLimit, Http, Network, Request};
use http::Method;
use url::Url;

use super::fake::{Fake, json, reply};

/// Set in the child process whose variables name a proxy.
const CHILD: &str = "PR_23_PROXY_PORT";

async fn ask(http: &Http, url: &str) -> Result<u16, String> {
    let url = Url::parse(url).unwrap();
    let request = Request { method: Method::GET, url: &url, headers: Vec::new(), body: None, secrets: Vec::new() };
    match http.send(request, BodyLimit::Token).await {
        Ok(answer) => Ok(answer.status),
        Err(failure) => {
            let text = format!("{} {failure:?}", failure.problem);
            assert!(!text.contains("CNRY"), "{text}");
            Err(text)
        }
    }
}

#[tokio::test]
async fn pr_23_a_proxy_gets_what_leaves_the_machine_and_its_password_is_in_no_error() {
    let proxy = Fake::saying(reply("407 Proxy Authentication Required", &[], ""));
    let address = format!("http://u:CNRY-proxy@127.0.0.1:{}", proxy.port);
    let http = Http::new(&Network { proxy: Some(address), ca_file: None });
    let error = ask(&http, "https://accounts.example.com/token").await.unwrap_err();
    assert!(error.contains("The proxy asks for a user name and password"), "{error}");
    let request = proxy.requests().remove(0);
    assert!(request.starts_with("CONNECT accounts.example.com:443 "), "{request}");
    assert!(request.to_lowercase().contains("proxy-authorization: basic "), "{request}");
    // Connections to this machine do not use the proxy.
    let here = Fake::saying(json("{}"));
    assert_eq!(ask(&http, here.url().as_str()).await, Ok(200));
    assert_eq!((here.connections(), proxy.connections()), (1, 1));
}

#[tokio::test]
async fn pr_23_a_dead_proxy_is_named_as_the_cause_without_its_password() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let network = Network { proxy: Some(format!("http://u:CNRY-proxy@127.0.0.1:{port}")), ca_file: None };
    let error = ask(&Http::new(&network), "https://accounts.example.com/token").await.unwrap_err();
    assert!(error.contains("accounts.example.com"), "{error}");
}

/// Not a test on its own: the child process of the next test.
#[tokio::test]
async fn pr_23_child_with_proxy_variables() {
    let Ok(port) = std::env::var(CHILD) else { return };
    let http = Http::new(&Network::default());
    let here = Fake::saying(json("{}"));
    for host in ["127.0.0.1", "localhost"] {
        assert_eq!(ask(&http, &format!("http://{host}:{}/token", here.port)).await, Ok(200));
    }
    assert_eq!(here.connections(), 2);
    let error = ask(&http, "https://accounts.example.com/token").await.unwrap_err();
    assert!(!error.contains(&port), "{error}");
}

#[test]
fn pr_23_the_systems_variables_count_except_for_loopback() {
    let proxy = Fake::saying(reply("502 Bad Gateway", &[], ""));
    let address = format!("http://u:CNRY-proxy@127.0.0.1:{}", proxy.port);
    let folder = crate::scratch::folder();
    let key_log = folder.path().join("keys");
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "wire::proxy::pr_23_child_with_proxy_variables"]);
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        child.env(name, &address);
    }
    child.env_remove("NO_PROXY").env_remove("no_proxy").env_remove("REQUEST_METHOD");
    let output = child.env(CHILD, proxy.port.to_string()).env("SSLKEYLOGFILE", &key_log).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
    assert!(!said.contains("CNRY"), "{said}");
    assert!(!key_log.exists(), "no session key is ever written down");
    let requests = proxy.requests();
    assert_eq!(requests.len(), 1, "{requests:?}");
    assert!(requests[0].starts_with("CONNECT accounts.example.com:443 "), "{requests:?}");
}
