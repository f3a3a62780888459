//! The reader of catalog files: no text makes it panic.

#![no_main]

use credenza::catalog::check;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = check(text, "fuzz");
});
