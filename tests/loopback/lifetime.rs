//! Where the listener listens, and that it does so only during a sign-in.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};

use credenza::oauth::loopback::Listener;
use credenza::problem::Kind;

#[cfg(target_os = "linux")]
use super::listening;
use super::{STATE, assert_status, bound, raw, right, start, start_at};

fn has_ipv6() -> bool {
    TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_ok()
}

#[cfg(target_os = "linux")]
#[test]
fn cb_05_cb_14_nobody_listens_after_the_response() {
    let flow = start();
    let port = flow.port;
    assert!(!listening(port).is_empty(), "it listens while it waits");
    flow.finish();
    assert_eq!(listening(port), Vec::<IpAddr>::new(), "a replay finds nobody");
}

/// Playing another host on the network would take a network namespace, so the test checks the addresses of the
/// listening sockets.
#[cfg(target_os = "linux")]
#[test]
fn cb_13_only_loopback_addresses_are_listened_at() {
    for (host, expected) in [
        ("127.0.0.1", vec![IpAddr::V4(Ipv4Addr::LOCALHOST)]),
        ("[::1]", vec![IpAddr::V6(Ipv6Addr::LOCALHOST)]),
        ("localhost", vec![IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)]),
    ] {
        if host != "127.0.0.1" && !has_ipv6() {
            continue;
        }
        let (_, listener) = bound(host);
        assert_eq!(listening(listener.port()), expected, "{host}");
    }
}

#[test]
fn cb_14_a_dropped_listener_frees_its_port_and_a_taken_one_is_named() {
    let (redirect_uri, listener) = bound("localhost");
    let port = listener.port().to_string();
    let problem = Listener::bind(&redirect_uri).unwrap_err();
    assert_eq!(problem.kind, Kind::Temporary);
    assert!(problem.what.contains(&port) && !problem.why.is_empty() && !problem.try_this.is_empty(), "{problem}");
    drop(listener);
    drop(Listener::bind(&redirect_uri).unwrap());
}

/// Otherwise, whoever listens on `::1` would receive the code of a browser that tries IPv6 first.
#[test]
fn cb_16_half_of_localhost_taken_by_another_is_refused() {
    if !has_ipv6() {
        return;
    }
    for squatter in [SocketAddr::from((Ipv6Addr::LOCALHOST, 0)), SocketAddr::from((Ipv4Addr::LOCALHOST, 0))] {
        let squatting = TcpListener::bind(squatter).unwrap();
        let port = squatting.local_addr().unwrap().port();
        let problem = Listener::bind(&format!("http://localhost:{port}/callback")).unwrap_err();
        assert!(problem.what.contains(&port.to_string()), "{problem}");
    }
}

#[test]
fn cb_16_each_family_alone_works_and_localhost_is_both() {
    let (v4, v6) = (IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST));
    let mut families = vec![("127.0.0.1", vec![v4]), ("localhost", vec![v4])];
    if has_ipv6() {
        families = vec![("127.0.0.1", vec![v4]), ("[::1]", vec![v6]), ("localhost", vec![v4, v6])];
    }
    for (host, addresses) in families {
        let flow = start_at(host);
        for address in &addresses {
            let wrong = raw(SocketAddr::new(*address, flow.port), &flow.request(&format!("/callback?state={STATE}")));
            assert_status(&wrong, 400, "without a code");
        }
        let last = addresses[addresses.len() - 1];
        let page = raw(SocketAddr::new(last, flow.port), &flow.request(&right()));
        assert_status(&page, 200, host);
        flow.wait.join().unwrap();
    }
}

#[test]
fn only_a_loopback_address_can_be_listened_at() {
    for bad in [
        "https://localhost:8765/callback",
        "http://example.com:8765/",
        "http://0.0.0.0:8765/",
        "http://[::]:8765/",
        "http://192.0.2.1:1/",
        "http://localhost:0/",
        "http://localhost.example.com:1/",
        "app://callback",
        "nonsense",
    ] {
        assert_eq!(Listener::bind(bad).unwrap_err().kind, Kind::Usage, "{bad}");
    }
}
