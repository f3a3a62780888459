//! Which requests may reuse a connection: requests for pages of records may, token requests never.

use std::io::{Read as _, Write as _};
use std::time::Duration;

use credenza::oauth::http::{BodyLimit, Http, Request, Reuse};
use http::Method;

use super::fake::Fake;

/// Answers requests on the same connection until none arrives for a while.
fn patient() -> Fake {
    Fake::new(|stream| {
        let _ = stream.set_read_timeout(Some(Duration::from_millis(500)));
        let mut request = [0; 4_096];
        loop {
            if stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}").is_err() {
                return;
            }
            if !matches!(stream.read(&mut request), Ok(1..)) {
                return;
            }
        }
    })
}

async fn ask(http: &Http, fake: &Fake, reuse: Reuse) {
    let url = fake.url();
    let request = Request { method: Method::GET, url: &url, headers: Vec::new(), body: None, secrets: Vec::new() };
    assert_eq!(http.send_over(reuse, request, BodyLimit::Token).await.unwrap().status, 200);
}

#[tokio::test]
async fn pages_share_a_connection_and_a_token_request_of_the_same_client_does_not() {
    let (fake, http) = (patient(), Http::default());
    for _ in 0..3 {
        ask(&http, &fake, Reuse::Idle).await;
    }
    assert_eq!(fake.connections(), 1);
    ask(&http.clone(), &fake, Reuse::Never).await;
    assert_eq!(fake.connections(), 2);
}

#[test]
fn a_connection_of_a_runtime_that_is_gone_is_not_used_again() {
    let (fake, http) = (patient(), Http::default());
    for _ in 0..3 {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(ask(&http, &fake, Reuse::Idle));
    }
    assert_eq!(fake.connections(), 3);
}
