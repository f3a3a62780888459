//! Secrets that a provider echoes, in any encoding and in any response that is quoted, are concealed.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use url::form_urlencoded::byte_serialize;

use crate::cli::Cli;
use crate::cli::authenticate::cli;
use crate::secrets::authenticated;
use crate::service::{Fake, json};

/// Secrets with characters that form encoding, URLs and JSON escape.
const ACCESS: &str = "CNRY-access/1d7a+x==";
const REFRESH: &str = "CNRY-refresh/88c2+y~";
const CLIENT: &str = "CNRY-client-secret";

/// An authenticated credential with a test call and a revocation endpoint at the fake.
fn signed_in(fake: &Fake) -> Cli {
    let (cli, port) = cli(fake);
    let file = cli.folder().join("config/catalog/own.toml");
    let url = &fake.url;
    let more = format!("revoke_url = \"{url}\"\n[[test]]\nurl = \"{url}\"\n");
    let text = std::fs::read_to_string(&file).unwrap() + &more;
    std::fs::write(&file, text).unwrap();
    fake.script([json(200, &serde_json::json!({"access_token": ACCESS, "refresh_token": REFRESH}).to_string())]);
    authenticated(&cli, port);
    cli
}

fn forms(secret: &str) -> Vec<String> {
    let each = |write: fn(u8) -> String| secret.bytes().map(write).collect();
    let form: String = byte_serialize(secret.as_bytes()).collect();
    let mut forms = vec![
        secret.to_owned(),
        form.clone(),
        each(|byte| format!("%{byte:02x}")),
        each(|byte| format!("\\u{byte:04x}")),
        secret.replace('/', "\\/"),
        STANDARD.encode(secret),
        STANDARD_NO_PAD.encode(secret),
        URL_SAFE.encode(secret),
        STANDARD.encode(format!("id-1:{form}")),
    ];
    forms.extend(["", "u", "us"].map(|user| URL_SAFE_NO_PAD.encode(format!("{user}:{secret}"))));
    forms
}

/// Whether the output contains a long piece of a form.
fn shows(said: &str, form: &str) -> bool {
    form.as_bytes().windows(12).any(|piece| said.as_bytes().windows(12).any(|window| window == piece))
}

#[test]
fn no_answer_is_quoted_with_a_secret_of_the_credential_in_any_form() {
    let fake = Fake::start();
    let cli = signed_in(&fake);
    let places: [(&[&str], u16); 3] =
        [(&["token", "Own", "--force"], 500), (&["test", "Own"], 400), (&["revoke", "Own"], 400)];
    for (arguments, status) in places {
        for secret in [ACCESS, REFRESH, CLIENT] {
            for form in forms(secret) {
                let words = serde_json::json!({ "error": "odd", "error_description": format!("<{form}>") });
                fake.script([json(status, &words.to_string())]);
                let ran = cli.run(arguments);
                let said = format!("{}{}", ran.out, ran.err);
                assert!(said.contains("[concealed]"), "{arguments:?} was to quote {form}: {said}");
                // The encoded "user:secret" may begin with letters of the user name.
                assert!(!shows(&said, &form), "{arguments:?} shows {form}: {said}");
            }
        }
    }
}
