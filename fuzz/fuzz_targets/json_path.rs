//! Paths into JSON as it came: no document and no path make it panic, and what is found is a part of the document.

#![no_main]

use credenza::raw_json;
use libfuzzer_sys::fuzz_target;
use serde_json::value::RawValue;

fuzz_target!(|input: (&str, &str)| {
    let (text, path) = input;
    let Ok(json) = serde_json::from_str::<&RawValue>(text) else { return };
    if let Some(found) = raw_json::at(json, path) {
        assert!(text.contains(found.get()));
    }
    let mut line = Vec::new();
    raw_json::compact(json, &mut line);
    assert!(serde_json::from_slice::<&RawValue>(&line).is_ok());
    raw_json::flatten(json, 4, &mut |_, value| assert!(text.contains(value.get())));
});
