//! Faults on the wire: too much, too slow, misdirected, not HTTP. Rows PR-01 to 03, 06 to 08, 18, 24; CR-15.

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use credenza::catalog::OAuthProfile;
use credenza::oauth::http::{BodyLimit, Http, Network, Request, TransportError};
use credenza::oauth::token::TokenError;
use credenza::problem::Kind;
use http::Method;
use tokio::net::{TcpSocket, TcpStream};
use url::Url;

use super::fake::{Fake, OLD_REFRESH, SECRET, http, json, refresh, refresh_by, reply, shown};

/// The maximum length of a response that is read.
const MIB: usize = 1024 * 1024;
/// Well below the time limit of a test, and well above what a busy machine needs for a response.
const SHORT: Duration = Duration::from_millis(600);

fn impatient() -> Http {
    Http::with_deadline(&Network::default(), SHORT)
}

/// Checks that the error is temporary; returns whether the request may have reached the server.
fn temporary(error: &TokenError) -> bool {
    shown(error);
    match error {
        TokenError::Temporary { problem, sent } => {
            assert_eq!(problem.kind, Kind::Temporary, "{problem}");
            *sent
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn pr_01_an_endless_body_is_left_soon() {
    let written = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&written);
    let fake = Fake::new(move |stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        let chunk = [b"10000\r\n".as_slice(), &vec![b'x'; 0x10000], b"\r\n"].concat();
        // 1 GiB, if the client read all of it.
        for _ in 0..16_384 {
            if stream.write_all(&chunk).is_err() {
                return;
            }
            count.fetch_add(chunk.len(), Ordering::SeqCst);
        }
    });
    // The response is kept, because its status is a success.
    let TokenError::Unreadable { response, .. } = refresh(&fake, OAuthProfile::default()).await.unwrap_err() else {
        panic!()
    };
    assert_eq!(response.bytes().len(), MIB);
    fake.left().await;
    // Only what fits into the socket buffers.
    assert!(written.load(Ordering::SeqCst) < 64 * 1024 * 1024);
}

#[tokio::test]
async fn pr_01_a_declared_petabyte_is_not_waited_for() {
    let fake = Fake::saying("HTTP/1.1 200 OK\r\nContent-Length: 1000000000000000\r\n\r\n{");
    let error = refresh(&fake, OAuthProfile::default()).await.unwrap_err();
    assert!(temporary(&error));
}

#[tokio::test]
async fn pr_01_the_cap_is_exact() {
    for (length, fits) in [(MIB, true), (MIB + 1, false)] {
        let end = r#"","access_token":"a","refresh_token":"r"}"#;
        let body = format!("{{\"pad\":\"{}{end}", "x".repeat(length - end.len() - 8));
        assert_eq!(body.len(), length);
        let fake = Fake::saying(json(&body));
        assert_eq!(refresh(&fake, OAuthProfile::default()).await.is_ok(), fits, "{length}");
    }
}

#[tokio::test]
async fn pr_02_a_slow_drip_ends_at_the_deadline_in_all() {
    for start in ["", "HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n"] {
        let fake = Fake::new(move |stream| {
            let _ = stream.write_all(start.as_bytes());
            // The pause is far shorter than any idle timeout.
            for byte in "HTTP/1.1 200 OK\r\nX-Pad: ".bytes().chain(std::iter::repeat_n(b'x', 400)) {
                if stream.write_all(&[byte]).is_err() {
                    return;
                }
                std::thread::sleep(Duration::from_millis(20));
            }
        });
        let began = Instant::now();
        let error = refresh_by(&impatient(), &fake.url(), OAuthProfile::default()).await.unwrap_err();
        assert!(temporary(&error));
        assert!(shown(&error).contains("in time"), "{error:?}");
        // All bytes together would take more than eight seconds.
        assert!(began.elapsed() >= SHORT && began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
    }
}

#[tokio::test]
async fn pr_03_compression_is_not_asked_for_and_undone_where_it_comes() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(br#"{"access_token":"a2","refresh_token":"r2"}"#).unwrap();
    let zipped = encoder.finish().unwrap();
    for coding in ["gzip", "x-gzip", "", "identity"] {
        let fake = Fake::saying(reply("200 OK", &[("Content-Encoding", coding)], &zipped));
        assert_eq!(refresh(&fake, OAuthProfile::default()).await.unwrap().access.expose(), "a2", "{coding}");
        let request = fake.requests().remove(0).to_lowercase();
        assert!(!request.contains("accept-encoding"), "{request}");
    }
    let fake = Fake::saying(reply("200 OK", &[("Content-Encoding", "br")], [0x0b, 0x02, 0x80, 0x7b, 0x7d, 0x03]));
    let error = refresh(&fake, OAuthProfile::default()).await.unwrap_err();
    assert!(matches!(error, TokenError::Unreadable { .. }), "{error:?}");
}

#[tokio::test]
async fn pr_06_a_redirect_to_another_host_is_not_followed() {
    for status in ["301 Moved", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let evil = Fake::saying(json(r#"{"access_token":"evil"}"#));
        let target = format!("http://127.0.0.1:{}/token", evil.port);
        let body = r#"{"access_token":"evil","refresh_token":"evil"}"#;
        let fake = Fake::saying(reply(status, &[("Location", &target), ("Content-Type", "application/json")], body));
        let error = refresh(&fake, OAuthProfile::default()).await.unwrap_err();
        assert!(temporary(&error));
        assert!(shown(&error).contains(&format!("127.0.0.1:{}", evil.port)), "{error:?}");
        assert_eq!((fake.connections(), evil.connections()), (1, 0), "{status}");
    }
    let fake = Fake::saying(reply("302 Found", &[("Location", "https://evil.example/token?x=CNRY")], ""));
    let error = refresh(&fake, OAuthProfile::default()).await.unwrap_err();
    assert!(shown(&error).contains("evil.example"), "{error:?}");
}

#[tokio::test]
async fn pr_07_no_redirect_of_any_scheme_is_followed() {
    for target in ["file:///etc/passwd", "ftp://127.0.0.1/x", "javascript:alert(1)", "/token", "//evil.example/", "::"]
    {
        let fake = Fake::saying(reply("302 Found", &[("Location", target)], ""));
        let error = refresh(&fake, OAuthProfile::default()).await.unwrap_err();
        assert!(temporary(&error));
        assert!(shown(&error).contains("redirect"), "{target}: {error:?}");
        assert_eq!(fake.connections(), 1, "{target}");
    }
}

#[tokio::test]
async fn pr_08_plain_http_elsewhere_is_refused_before_anything_is_sent() {
    for url in ["http://accounts.example.com/token", "http://192.0.2.1/token", "http://localhost.example/token"] {
        let url = Url::parse(url).unwrap();
        let request = Request { method: Method::GET, url: &url, headers: Vec::new(), body: None, secrets: Vec::new() };
        let Err(failure) = impatient().send(request, BodyLimit::Token).await else { panic!("{url} was asked") };
        assert!(!failure.sent);
        assert_eq!(failure.problem.kind, Kind::Refused, "{url}");
        assert!(matches!(failure.cause, Some(TransportError::NotHttps { .. })), "{failure:?}");
    }
}

#[tokio::test]
async fn pr_18_what_is_not_a_whole_answer_is_an_error() {
    let tokens = r#"{"access_token":"a","refresh_token":"r","expires_in":3600}"#;
    let many = "X-H: y\r\n".repeat(100_000);
    let long = "x".repeat(1024 * 1024);
    for (name, bytes) in [
        ("nothing", String::new()),
        ("HTTP/0.9", tokens.to_owned()),
        ("another protocol", "SSH-2.0-OpenSSH_9.6\r\n".to_owned()),
        ("100,000 headers", format!("HTTP/1.1 200 OK\r\n{many}\r\n{tokens}")),
        ("a header of 1 MB", format!("HTTP/1.1 200 OK\r\nX-H: {long}\r\n\r\n{tokens}")),
        ("two lengths", format!("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 58\r\n\r\n{tokens}")),
    ] {
        let fake = Fake::saying(bytes);
        let error = refresh(&fake, OAuthProfile::default()).await.unwrap_err();
        assert!(temporary(&error), "{name}: the server may have rotated the refresh token");
        assert_eq!(fake.connections(), 1, "{name}");
    }
}

#[tokio::test]
async fn pr_18_any_success_is_read_and_an_empty_one_kept() {
    let tokens = r#"{"access_token":"a","refresh_token":"r","expires_in":3600}"#;
    for status in ["200 OK", "201 Created", "202 Accepted", "203 Other", "206 Partial Content"] {
        assert!(refresh(&Fake::saying(reply(status, &[], tokens)), OAuthProfile::default()).await.is_ok(), "{status}");
    }
    for bytes in [b"HTTP/1.1 204 No Content\r\n\r\n".to_vec(), json("")] {
        let error = refresh(&Fake::saying(bytes), OAuthProfile::default()).await.unwrap_err();
        assert!(matches!(error, TokenError::Unreadable { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn pr_18_tokens_of_an_answer_that_was_cut_are_taken() {
    let tokens = r#"{"access_token":"a","refresh_token":"r","expires_in":3600}"#;
    for bytes in [
        format!("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{tokens}"),
        format!("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{}", &tokens[..50]),
        format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{tokens}"),
    ] {
        let read = refresh(&Fake::saying(bytes.as_str()), OAuthProfile::default())
            .await
            .unwrap_or_else(|error| panic!("{bytes}: {error:?}"));
        assert_eq!(read.refresh.unwrap().expose(), "r", "{bytes}");
    }
    // The part that arrived contains no tokens, so the response counts as lost.
    let cut = format!("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{}", &tokens[..10]);
    assert!(temporary(&refresh(&Fake::saying(cut), OAuthProfile::default()).await.unwrap_err()));
}

#[tokio::test]
async fn pr_18_tokens_at_the_start_of_a_body_that_unpacks_to_too_much_are_taken() {
    let tokens = r#"{"access_token":"a","refresh_token":"r","expires_in":3600,"id_token":""#;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(tokens.as_bytes()).unwrap();
    encoder.write_all(&vec![b'x'; 2 * MIB]).unwrap();
    let fake = Fake::saying(reply("200 OK", &[("Content-Encoding", "gzip")], encoder.finish().unwrap()));
    assert_eq!(refresh(&fake, OAuthProfile::default()).await.unwrap().refresh.unwrap().expose(), "r");
}

#[tokio::test]
async fn a_refusal_that_repeats_the_tokens_that_were_sent_is_a_refusal() {
    for body in [
        r#"{"error":"invalid_grant","refresh_token":"r0"}"#,
        r#"{"error":"invalid_grant","request":{"refresh_token":"r0"}}"#,
        r#"{"error":"invalid_grant","access_token":"a0","refresh_token":"r0"}"#,
    ] {
        let fake = Fake::saying(reply("400 Bad Request", &[("Content-Type", "application/json")], body));
        let error = refresh(&fake, OAuthProfile::default()).await.unwrap_err();
        assert!(matches!(error, TokenError::Reauthenticate { .. }), "{body}: {error:?}");
    }
}

// The deadline is checked between batches of buffered data, not within one, so the end is bounded but not exact.
#[tokio::test]
async fn pr_18_a_storm_of_interim_answers_ends_soon_after_the_deadline() {
    let fake = Fake::new(|stream| while stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").is_ok() {});
    let http = impatient();
    let began = Instant::now();
    let error = refresh_by(&http, &fake.url(), OAuthProfile::default()).await.unwrap_err();
    assert!(temporary(&error));
    assert!(shown(&error).contains("in time"), "{error:?}");
    assert!(began.elapsed() < Duration::from_secs(120), "{:?}", began.elapsed());
    fake.left().await;
}

#[tokio::test]
async fn pr_18_declared_compression_over_plain_text_is_read_as_it_is() {
    let body = r#"{"access_token":"a2","expires_in":3600}"#;
    let fake = Fake::saying(reply("200 OK", &[("Content-Encoding", "gzip")], body));
    assert_eq!(refresh(&fake, OAuthProfile::default()).await.unwrap().access.expose(), "a2");
}

#[tokio::test]
async fn pr_24_a_refused_connection_names_the_host_and_sent_nothing() {
    // The port was bound and released, so nobody listens on it.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = Url::parse(&format!("http://127.0.0.1:{port}/token")).unwrap();
    let error = refresh_by(&http(), &url, OAuthProfile::default()).await.unwrap_err();
    assert!(!temporary(&error));
    assert!(shown(&error).contains(&format!("127.0.0.1:{port}")), "{error:?}");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn pr_24_a_black_hole_is_left_at_the_connection_deadline() {
    // A full accept queue drops new connections: the closest thing to a black hole on a single machine.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let hole = socket.listen(1).unwrap();
    let address = hole.local_addr().unwrap();
    let mut waiting = Vec::new();
    while let Ok(stream) = tokio::time::timeout(Duration::from_millis(200), TcpStream::connect(address)).await {
        waiting.push(stream);
        assert!(waiting.len() < 64, "the queue never fills");
    }
    let url = Url::parse(&format!("http://{address}/token")).unwrap();
    let began = Instant::now();
    let error = refresh_by(&impatient(), &url, OAuthProfile::default()).await.unwrap_err();
    assert!(!temporary(&error), "nothing was sent");
    assert!(shown(&error).contains("could not be reached in time"), "{error:?}");
    // The system alone would retry for two minutes.
    assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
}

#[tokio::test]
async fn cr_15_a_lost_answer_is_not_asked_for_again() {
    let fake = Fake::saying("");
    assert!(temporary(&refresh(&fake, OAuthProfile::default()).await.unwrap_err()));
    assert_eq!(fake.connections(), 1);
    let request = fake.requests().remove(0);
    assert!(request.contains(OLD_REFRESH) && request.contains(SECRET), "it had reached the server: {request}");
}

#[tokio::test]
async fn cr_15_no_connection_is_kept_for_the_next_request() {
    let body = r#"{"access_token":"a2","expires_in":3600}"#;
    let fake = Fake::saying(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()));
    let http = http();
    for asked in 1..=3 {
        refresh_by(&http, &fake.url(), OAuthProfile::default()).await.unwrap();
        assert_eq!(fake.connections(), asked);
    }
}
