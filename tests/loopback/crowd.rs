//! Many clients at once: idle ones do not keep the browser out, and only one of several valid responses is accepted.

use std::io::Write as _;
use std::net::{Ipv4Addr, TcpStream};
use std::time::{Duration, Instant};

use credenza::oauth::redirect::AuthorizationResponse;

use super::{assert_status, hear, right, start, wait_for};

/// The listener's timeout for a silent client.
const PATIENCE: Duration = Duration::from_secs(5);

fn connections(port: u16, count: usize) -> Vec<TcpStream> {
    (0..count).map(|_| TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap()).collect()
}

/// Whether the peer has closed the connection; it has never sent anything.
fn is_closed(stream: &TcpStream) -> bool {
    stream.set_nonblocking(true).unwrap();
    !matches!(stream.peek(&mut [0]), Err(error) if error.kind() == std::io::ErrorKind::WouldBlock)
}

#[test]
fn cb_11_hundreds_of_idle_connections_do_not_keep_the_browser_out() {
    let flow = start();
    let begun = Instant::now();
    let idle = connections(flow.port, 300);
    assert_status(&flow.get("/favicon.ico"), 404, "another page of the browser");
    // At most 64 connections wait, and the browser's was one of them for a while: the oldest ones were closed to make
    // room.
    wait_for("the oldest to be closed", || idle[..300 - 64].iter().all(is_closed));
    flow.finish();
    let took = begun.elapsed();
    assert!(took < PATIENCE, "they were closed to make room, not because their time was up: {took:?}");
}

#[test]
fn cb_11_a_client_that_drips_is_closed_and_the_browser_answered() {
    let flow = start();
    let begun = Instant::now();
    let mut dripping = connections(flow.port, 1).remove(0);
    dripping.set_nonblocking(true).unwrap();
    dripping.write_all(b"GET /callback HTTP/1.1\r\n").unwrap();
    wait_for("the end of a request that never ends", || {
        // One byte at a time: the limit applies to the whole request, not to the pause between bytes.
        let _ = (&dripping).write(b"x");
        is_closed(&dripping)
    });
    assert!(begun.elapsed() >= PATIENCE, "not before its time");
    flow.finish();
}

#[test]
fn cb_12_of_twenty_right_responses_at_once_one_counts() {
    let flow = start();
    let request = flow.request(&right());
    let mut streams = connections(flow.port, 20);
    for stream in &mut streams {
        stream.write_all(&request).unwrap();
    }
    let pages: Vec<String> = streams.into_iter().map(hear).collect();
    assert_eq!(pages.iter().filter(|page| page.contains("Signed in")).count(), 1);
    for page in pages.iter().filter(|page| !page.is_empty() && !page.contains("Signed in")) {
        assert_status(page, 400, "another one gets a neutral page");
        assert!(!page.contains("CNRY"), "{page}");
    }
    assert!(matches!(flow.wait.join().unwrap(), AuthorizationResponse::Code { .. }));
}
