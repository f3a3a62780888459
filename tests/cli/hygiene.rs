//! Secrets that must not be shown whatever the environment variables say, and requests that must not be repeated too
//! often.

use std::path::Path;

use crate::service::{Fake, Home, json};

const CANARIES: [&str; 2] = ["CNRY-access", "CNRY-refresh"];

#[test]
fn ag_10_mm_10_no_variable_makes_it_tell_a_secret() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    let answer = r#"{"access_token":"CNRY-access","refresh_token":"CNRY-refresh","expires_in":3600,"scope":"x"}"#;
    for reply in [json(200, answer), json(500, answer)] {
        fake.script([reply]);
        let mut command = home.token_command(&["--force", "--json", "-v"]);
        for (variable, value) in [
            ("RUST_LOG", "trace,hyper=trace,rustls=trace,h2=trace,reqwest=trace"),
            ("RUST_BACKTRACE", "full"),
            ("CREDENZA_DEBUG", "1"),
            ("CREDENZA_LOG", "trace"),
            ("SSLKEYLOGFILE", home.folder.path().join("keys").to_str().unwrap()),
        ] {
            command.env(variable, value);
        }
        let output = command.output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(CANARIES.iter().all(|canary| !told.contains(canary)), "{told}");
    }
    assert!(!home.folder.path().join("keys").exists(), "TLS keys are written to no file");
}

#[test]
fn cr_16_no_more_refreshes_than_the_provider_allows_however_often_they_are_forced() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    for _ in 0..30 {
        assert!(home.token_command(&[]).output().unwrap().status.success());
    }
    assert_eq!(fake.requests().len(), 1, "while it lasts it is handed out again");
    let ended: Vec<_> = (0..30).map(|_| home.token_command(&["--force"]).output().unwrap()).collect();
    assert!(fake.requests().len() <= 10, "{} requests", fake.requests().len());
    let refused = ended.last().unwrap();
    assert_eq!(refused.status.code(), Some(6), "{refused:?}");
    let told = String::from_utf8_lossy(&refused.stderr);
    assert!(told.contains("minute") || told.contains(" at "), "it says how long: {told}");
    assert!(home.token_command(&[]).output().unwrap().status.success(), "stored token is valid");
}

#[test]
fn sc_01_and_sc_03_one_tls_stack_one_client_and_no_plugin() {
    let lock = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock")).unwrap();
    let count = |name: &str| lock.matches(&format!("\nname = \"{name}\"\n")).count();
    for once in ["rustls", "reqwest", "ring", "tokio", "serde_json", "ratatui", "crossterm"] {
        assert!(count(once) <= 1, "{once}: {}", count(once));
    }
    for never in ["openssl", "openssl-sys", "native-tls", "cookie_store", "age-plugin"] {
        assert_eq!(count(never), 0, "{never}");
    }
}

#[test]
fn sc_02_unsafe_code_is_forbidden_and_a_panic_unwinds() {
    let manifest = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).unwrap();
    let manifest: toml::Table = manifest.parse().unwrap();
    assert_eq!(manifest["lints"]["rust"]["unsafe_code"].as_str(), Some("forbid"));
    let release = &manifest["profile"]["release"];
    assert_eq!(release["overflow-checks"].as_bool(), Some(true));
    assert!(release.get("panic").is_none(), "unwinding wipes secrets and gives the terminal back");
}
