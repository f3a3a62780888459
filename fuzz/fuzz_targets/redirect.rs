//! The reader of redirect URIs, which come from a browser or a person's clipboard: nothing makes it panic, and no code
//! is taken without the state.

#![no_main]

use credenza::oauth::redirect::{ExpectedResponse, AuthorizationResponse, parse_response};
use credenza::secret::Secret;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let expected = ExpectedResponse {
        redirect_uri: "http://127.0.0.1:53682/callback".to_owned(),
        state: Secret::new("fuzz-state".to_owned()),
        issuer: None,
        capture: vec![("place".to_owned(), "location".to_owned())],
        bare_code: false,
    };
    if let Ok(AuthorizationResponse::Code { .. }) = parse_response(&expected, text) {
        let joined: String = text.split_whitespace().collect();
        assert!(joined.contains("fuzz-state") || joined.contains('%'), "{text:?}");
    }
    let _ = parse_response(&ExpectedResponse { bare_code: true, ..expected }, text);
});
