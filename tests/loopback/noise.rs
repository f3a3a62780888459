//! Requests that are no valid response get a response that reflects nothing, and do not end the flow.

use super::{CODE, STATE, assert_status, right, start};

#[test]
fn cb_01_a_wrong_state_is_ignored_a_hundred_times() {
    let flow = start();
    for _ in 0..100 {
        assert_status(&flow.get("/callback?code=x&state=bad"), 400, "wrong state");
    }
    // Each ignored request is reported before the next connection is accepted, and thus before the valid response.
    let ignored = flow.ignored.clone();
    flow.finish();
    assert_eq!(ignored.lock().unwrap().len(), 100);
}

#[test]
fn cb_06_no_page_reflects_or_loads_anything() {
    let flow = start();
    let hostile = "%3Cscript%3Ealert(1)%3C/script%3E&x=\"><img/onerror=1>";
    for target in [
        format!("/callback?code=CNRY-x&state={hostile}"),
        format!("/{hostile}</title>"),
        format!("/callback?error={hostile}"),
        format!("/callback?state={STATE}&code=%00</title>"),
    ] {
        let answer = flow.get(&target);
        for reflected in ["alert", "onerror", "CNRY", "</title><"] {
            let body = answer.split_once("\r\n\r\n").unwrap().1.replacen("</title>\n", "", 1);
            assert!(!body.contains(reflected), "{reflected}: {answer}");
        }
        hold_headers(&answer);
    }
    let page = flow.finish();
    hold_headers(&page);
    assert!(!page.contains("CNRY"), "{page}");
}

fn hold_headers(answer: &str) {
    for header in [
        "content-security-policy: default-src 'none';",
        "frame-ancestors 'none'\r\n",
        "x-content-type-options: nosniff\r\n",
        "referrer-policy: no-referrer\r\n",
        "cache-control: no-store\r\n",
        "connection: close\r\n",
    ] {
        assert!(answer.contains(header), "{header}: {answer}");
    }
    assert!(!answer.to_lowercase().contains("access-control"), "{answer}");
}

#[test]
fn cb_06_a_refusal_with_script_in_it_reflects_nothing() {
    let flow = start();
    let page = flow.get(&format!("/callback?error=access_denied&error_description=%3Cscript%3E%1b[2J&state={STATE}"));
    assert_status(&page, 200, "a refusal");
    assert!(page.contains("Not authorized") && !page.contains("access_denied") && !page.contains('\u{1b}'), "{page}");
    hold_headers(&page);
    flow.wait.join().unwrap();
}

#[test]
fn cb_07_dns_rebinding_meets_an_exact_host() {
    let flow = start();
    let port = flow.port;
    for host in [
        "Host: evil.com\r\n".to_owned(),
        format!("Host: evil.com:{port}\r\n"),
        "Host: localhost:1\r\n".to_owned(),
        String::new(),
        format!("Host: localhost:{port}\r\nHost: localhost:{port}\r\n"),
        format!("Host: localhost:{port}\r\nHost: evil.com\r\n"),
        format!("Host: localhost.:{port}\r\n"),
        "Host: localhost\r\n".to_owned(),
        format!("Host: 127.0.0.1:{port}\r\n"),
        format!("Host: [::1]:{port}\r\n"),
        format!("Host: x@localhost:{port}\r\n"),
        format!("Host: localhost:{port}, evil.com\r\n"),
        format!("Host: localhost:0{port}\r\n"),
    ] {
        let request = format!("GET {} HTTP/1.1\r\n{host}\r\n", right());
        assert_status(&flow.raw(request.as_bytes()), 421, &host);
    }
    let request = format!("GET {} HTTP/1.0\r\n\r\n", right());
    assert_status(&flow.raw(request.as_bytes()), 421, "HTTP/1.0 without Host");
    let ignored = flow.ignored.clone();
    flow.finish();
    assert!(ignored.lock().unwrap().iter().all(|problem| problem.what.contains("another site")));
}

#[test]
fn cb_08_other_methods_are_refused_and_consume_no_code() {
    let flow = start();
    for method in ["HEAD", "OPTIONS", "POST", "PUT", "CONNECT", "TRACE", "DELETE", "get"] {
        let head = format!(
            "{method} {} HTTP/1.1\r\nHost: {}\r\nOrigin: https://e\r\nContent-Length: 1\r\n\r\nx",
            right(),
            flow.host
        );
        let answer = flow.raw(head.as_bytes());
        assert_status(&answer, 405, method);
        assert!(answer.contains("allow: GET\r\n") && !answer.to_lowercase().contains("access-control"), "{answer}");
        assert!(answer.ends_with("\r\n\r\n"), "no body, as HEAD asks: {answer}");
    }
    flow.finish();
}

#[test]
fn cb_08_other_protocols_and_garbage_are_refused() {
    let flow = start();
    let all: Vec<u8> = (0..=255).collect();
    for garbage in [
        &b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..],
        b"\0\0\0\0\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /callback\r\n\r\n",
        b"GET /callback HTTP/9.9\r\n\r\n",
        &all,
    ] {
        assert_status(&flow.raw(garbage), 400, "garbage");
    }
    flow.finish();
}

#[test]
fn cb_09_other_paths_are_not_found_even_with_the_right_state() {
    let flow = start();
    let query = format!("?state={STATE}&code={CODE}");
    for path in [
        "/",
        "/favicon.ico",
        "/robots.txt",
        "//evil",
        "//callback",
        "/../callback",
        "/%2e%2e/callback",
        "/callback/",
        "/Callback",
        "/call%62ack",
        "/go/",
        "/go/aaaaaaaaaaaaaaaaaaaaaaaaaa",
        "http://localhost/callback",
        "*",
    ] {
        assert_status(&flow.get(&format!("{path}{query}")), 404, path);
    }
    flow.finish();
}

#[test]
fn cb_10_oversize_requests_are_cut() {
    let flow = start();
    let host = &flow.host;
    let line = format!("GET /callback?{} HTTP/1.1\r\nHost: {host}\r\n\r\n", "x".repeat(1_000_000));
    assert_status(&flow.raw(line.as_bytes()), 414, "request line");
    assert_status(&flow.raw(&vec![b'A'; 100_000]), 414, "no line at all");
    let headers = format!("GET /callback HTTP/1.1\r\nHost: {host}\r\n{}\r\n", "X: y\r\n".repeat(100_000));
    assert_status(&flow.raw(headers.as_bytes()), 431, "headers");
    let long = format!("GET /callback HTTP/1.1\r\nX: {}\r\n\r\n", "y".repeat(1_000_000));
    assert_status(&flow.raw(long.as_bytes()), 431, "one header");
    let body = format!("GET {} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 100000000\r\n\r\n", right());
    assert_status(&flow.raw(body.as_bytes()), 400, "body");
    flow.finish();
}

#[test]
fn cb_19_the_page_clears_the_query_and_holds_no_address() {
    let page = start().finish();
    let (_, body) = page.split_once("\r\n\r\n").unwrap();
    assert!(body.contains("<script>history.replaceState(null, \"\", \"/\")</script>"), "{body}");
    assert!(page.contains("script-src 'sha256-"), "its policy lets that script run: {page}");
    assert!(!page.contains("unsafe-inline") && !page.contains("location:") && !page.contains("CNRY"), "{page}");
}

#[test]
fn cb_21_one_request_of_a_connection_is_answered() {
    let flow = start();
    let first = format!("GET /x HTTP/1.1\r\nHost: {}\r\n\r\n", flow.host);
    let second = String::from_utf8(flow.request(&right())).unwrap();
    let answer = flow.raw(format!("{first}{second}").as_bytes());
    assert_status(&answer, 404, "pipelined");
    assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
    for headers in [
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        "Transfer-Encoding: chunked\r\n",
        "Transfer-Encoding : chunked\r\n",
        "Content-Length: 5\r\nContent-Length: 0\r\n",
        "Content-Length: +0\r\n",
        "X: a\r\n b\r\n",
        "X\0: a\r\n",
    ] {
        let request = format!("GET {} HTTP/1.1\r\nHost: {}\r\n{headers}\r\n0\r\n\r\n{second}", right(), flow.host);
        assert_status(&flow.raw(request.as_bytes()), 400, headers);
    }
    flow.finish();
}

#[test]
fn the_short_link_leads_to_the_authorization_server() {
    let flow = start();
    let url = url::Url::parse(&flow.short_link).unwrap();
    assert_eq!((url.host_str(), url.port()), (Some("localhost"), Some(flow.port)));
    let answer = flow.get(url.path());
    assert_status(&answer, 302, "short link");
    assert!(answer.contains("location: https://login.example.com/authorize?state=s\r\n"), "{answer}");
    flow.finish();
}
