//! `credenza catalog verify`: compares what the providers' hosts answer today with the catalog.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;

use serde_json::Value;

use super::Cli;

/// A server that knows a few paths, and whose metadata document names a different token endpoint.
fn server() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut line = String::new();
            BufReader::new(stream.try_clone().unwrap()).read_line(&mut line).unwrap();
            let path = line.split(' ').nth(1).unwrap_or_default();
            let (status, body) = match path {
                "/authorize" => ("200 OK", String::new()),
                "/.well-known/oauth-authorization-server" => (
                    "200 OK",
                    format!(
                        "{{\"token_endpoint\":\"http://127.0.0.1:{port}/v2/token\",\"authorization_endpoint\":\"http://127.0.0.1:{port}/authorize\"}}"
                    ),
                ),
                "/token" => ("405 Method Not Allowed", String::new()),
                _ => ("404 Not Found", String::new()),
            };
            write!(stream, "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
                .unwrap();
        }
    });
    port
}

fn with_entry(port: u16) -> Cli {
    let cli = Cli::empty();
    let folder = cli.folder().join("config/catalog");
    std::fs::create_dir_all(&folder).unwrap();
    let base = format!("http://127.0.0.1:{port}");
    let text = format!(
        "schema = 1\nid = \"acme\"\nname = \"Acme\"\ncategory = \"itsm\"\nverification = \"one-source\"\n[auth]\n\
         kind = \"oauth2-code\"\nauthorize_url = \"{base}/authorize\"\ntoken_url = \"{base}/token\"\nrevoke_url = \"{base}/gone\"\n"
    );
    std::fs::write(folder.join("acme.toml"), text).unwrap();
    cli
}

#[test]
fn endpoints_that_moved_or_are_gone_are_named() {
    let cli = with_entry(server());
    let ran = cli.run(&["--json", "catalog", "verify", "acme"]).ends(6);
    let rows: Vec<Value> = serde_json::from_str(&ran.out).unwrap();
    let verdict = |endpoint: &str| {
        let row = rows.iter().find(|row| row["endpoint"] == endpoint).unwrap();
        format!("{} {}", row["verdict"].as_str().unwrap(), row["detail"].as_str().unwrap())
    };
    assert_eq!(verdict("authorization endpoint"), "answers 200");
    assert!(verdict("token endpoint").starts_with("differs") && verdict("token endpoint").contains("/v2/token"));
    assert_eq!(verdict("revocation endpoint"), "missing 404");
    let err = cli.run(&["catalog", "verify", "acme"]).ends(6).err;
    assert!(err.contains("2 of 3 endpoints"), "{err}");
}

#[test]
fn a_host_that_does_not_answer_is_told_and_an_unknown_id_refused() {
    let port = {
        let closed = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        closed.local_addr().unwrap().port()
    };
    let out = with_entry(port).run(&["catalog", "verify", "acme"]).ends(6).out;
    assert!(out.lines().all(|line| line.starts_with("unreachable")), "{out}");
    assert!(Cli::empty().run(&["catalog", "verify", "acmee"]).ends(3).err.contains("acmee"));
}
