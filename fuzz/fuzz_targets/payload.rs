//! The reader of a vault's payload, either format: no bytes make it panic, and what is read is written so that it is
//! read again as the same.

#![no_main]

use credenza::store::fuzzing::rewritten;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some(once) = rewritten(data) else { return };
    let twice = rewritten(&once).map(|json| String::from_utf8_lossy(&json).into_owned());
    assert_eq!(twice.as_deref(), Some(&*String::from_utf8_lossy(&once)));
    assert!(serde_json::from_slice::<&serde_json::value::RawValue>(&once).is_ok(), "one document");
});
