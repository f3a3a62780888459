//! The reader of token answers: no bytes make it panic, and tokens that are there are found, whatever surrounds them.

#![no_main]

use credenza::oauth::fuzzing::tokens;
use libfuzzer_sys::fuzz_target;

const OBJECT: &str = r#"{"access_token":"fuzz-a","refresh_token":"fuzz-r","expires_in":3600}"#;

fuzz_target!(|data: &[u8]| {
    for encoding in ["", "gzip", "deflate"] {
        let _ = tokens(encoding, data);
    }
    let Some((split, rest)) = data.split_first() else { return };
    let (before, after) = rest.split_at(usize::from(*split).min(rest.len()));
    let wanted = Some(("fuzz-a".to_owned(), "fuzz-r".to_owned()));
    // What comes before opens nothing: a string, a page or another object would have the tokens inside it.
    let before: Vec<u8> =
        before.iter().copied().filter(|byte| byte.is_ascii() && !b"\"{[<=&".contains(byte)).collect();
    let surrounded = [before.as_slice(), OBJECT.as_bytes(), after].concat();
    assert_eq!(tokens("", &surrounded), wanted, "{}", String::from_utf8_lossy(&surrounded));
    // Other members, whatever they hold.
    let text = String::from_utf8_lossy(rest);
    let beside = serde_json::json!({ "note": text, "access_token": "fuzz-a", "list": [text], "refresh_token": "fuzz-r" });
    assert_eq!(tokens("", beside.to_string().as_bytes()), wanted);
});
