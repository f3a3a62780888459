//! The configuration of real engines, and a record of each test that used one.

use std::fs::OpenOptions;
use std::io::Write as _;

/// The value of a variable that configures a real engine; records that `test` used it.
pub(super) fn variable(name: &str, test: &str) -> Option<String> {
    let value = std::env::var(name).ok().filter(|value| !value.is_empty())?;
    if let Ok(file) = std::env::var("CREDENZA_TEST_RAN") {
        let mut file = OpenOptions::new().create(true).append(true).open(file).unwrap();
        // A single write, so that lines of several threads do not interleave.
        file.write_all(format!("{name} {test}\n").as_bytes()).unwrap();
    }
    Some(value)
}

/// The name of the test that runs in this thread.
pub(crate) fn this_test() -> String {
    std::thread::current().name().unwrap_or("unnamed").to_owned()
}
