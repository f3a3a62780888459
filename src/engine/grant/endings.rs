//! The problems that end a sign-in, and the scopes that it did not grant.

use std::time::Duration;

use super::options::Options;
use crate::problem::{Kind, Problem};

/// Scopes that were requested and not granted. A response without scopes grants all (RFC 6749 section 5.1).
pub(super) fn missing(requested: &[String], granted: Option<&[String]>) -> Vec<String> {
    let Some(granted) = granted else { return Vec::new() };
    let has = |scope: &String| granted.iter().any(|granted| granted.eq_ignore_ascii_case(scope));
    requested.iter().filter(|scope| !has(scope)).cloned().collect()
}

pub(in crate::engine) fn canceled() -> Problem {
    Problem::new(Kind::NeedsAuthentication, "The authentication was canceled.").why("Nothing was changed.")
}

pub(super) fn timed_out(options: &Options) -> Problem {
    Problem::new(
        Kind::NeedsAuthentication,
        format!("The sign-in was not completed in the browser within {}.", duration(options.deadline)),
    )
    .why(
        "If the browser shows an error page, the Client ID does not exist in this data center, or the redirect URI or \
         a scope is not registered exactly as shown. Another likely cause is an MFA page that was not completed.",
    )
    .try_this(
        "Compare Client ID, Customer Domain and redirect URI with the provider's console, and authenticate again.",
    )
}

pub(in crate::engine) fn duration(time: Duration) -> String {
    match time.as_secs() {
        seconds if seconds >= 120 && seconds.is_multiple_of(60) => format!("{} minutes", seconds / 60),
        1 => "1 second".to_owned(),
        seconds => format!("{seconds} seconds"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_compared_as_sets() {
        let list = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(missing(&list("a b c"), Some(&list("c A"))), ["b"]);
        assert!(missing(&list("a b"), None).is_empty());
    }
}
