//! The types of values that may be logged. Strings are not among them, so a secret cannot be logged by mistake.

use std::fmt;
use std::time::Duration;

use url::Url;

use crate::printable::printable;
use crate::problem::Kind;

/// Longest host that is written, in characters.
const MAX_HOST: usize = 260;

mod sealed {
    /// Keeps other types from implementing [`Field`](super::Field): a type is added here only after checking what it
    /// can contain.
    pub(crate) trait Sealed {}
}

/// A value without secrets.
pub(crate) trait Field: sealed::Sealed {
    /// Writes the value.
    ///
    /// # Errors
    /// Those of the formatter.
    fn put(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;
}

/// Host and port of a URL, without user name, password, path and query.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Host(String);

impl Host {
    #[must_use]
    pub(crate) fn of(url: &Url) -> Self {
        let host = url.host_str().unwrap_or("none");
        let text = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        Self(printable(&text, MAX_HOST))
    }
}

macro_rules! fields {
    ($($type:ty => |$value:ident, $f:ident| $written:expr),+ $(,)?) => {$(
        impl sealed::Sealed for $type {}

        impl Field for $type {
            fn put(&self, $f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let $value = self;
                $written
            }
        }
    )+};
}

fields! {
    bool => |value, f| write!(f, "{value}"),
    u64 => |value, f| write!(f, "{value}"),
    &'static str => |value, f| f.write_str(value),
    Duration => |value, f| write!(f, "{}ms", value.as_millis()),
    Kind => |value, f| f.write_str(value.word()),
    Host => |value, f| f.write_str(&value.0),
}
