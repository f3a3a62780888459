//! The message for each [`TransportError`](super::transport_error::TransportError). Nothing else depends on the texts.

use std::borrow::Cow;
use std::time::Duration;

use super::transport_error::TransportError as Error;
use crate::problem::{Kind, Problem};

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self::from(&error)
    }
}

impl From<&Error> for Problem {
    fn from(error: &Error) -> Self {
        let kind = match error {
            Error::NotHttps { .. } => Kind::Refused,
            Error::BadHeader { .. } | Error::BadRequest { .. } => Kind::Usage,
            _ => Kind::Temporary,
        };
        let problem = Self::new(kind, what(error)).why(why(error));
        // The user cannot change the size of a server's response.
        if kind != Kind::Temporary || matches!(error, Error::TooLong { .. }) {
            return problem;
        }
        if matches!(error, Error::ProxyPassword { .. }) {
            return problem
                .try_this("Put the user name and password into the proxy's address: http://NAME:PASSWORD@HOST:PORT.");
        }
        problem.try_this("Check the network, the proxy and the CA file in the settings, then try again.")
    }
}

fn what(error: &Error) -> String {
    match error {
        Error::NotHttps { place } => format!("{place} is not used: it is not https."),
        Error::BadHeader { .. } => "A request header contains characters that are not allowed.".to_owned(),
        Error::BadRequest { place } => format!("{place} could not be reached with this request."),
        Error::NameNotFound { place } => format!("{place} was not found."),
        Error::ConnectTimeout { place, .. } => format!("{place} could not be reached in time."),
        Error::Refused { place, .. }
        | Error::Connect { place, .. }
        | Error::Proxy { place }
        | Error::ProxyPassword { place } => {
            format!("{place} could not be reached.")
        }
        Error::CertificateExpired { place, .. }
        | Error::CertificateNotYetValid { place, .. }
        | Error::CertificateWrongName { place, .. }
        | Error::CertificateUntrusted { place, .. }
        | Error::CertificateInvalid { place, .. } => format!("{place} could not prove its identity."),
        Error::TlsUnsupported { place, .. } => format!("{place} does not support a secure connection."),
        Error::ResponseTimeout { place, .. } => format!("{place} did not respond in time."),
        Error::Broken { place, .. } => format!("{place} sent no usable response."),
        Error::TooLong { place, max } => format!("{place} sent more than {} KiB.", max / 1024),
    }
}

fn why(error: &Error) -> Cow<'static, str> {
    Cow::Borrowed(match error {
        Error::NotHttps { .. } => "Data sent there could be read by others.",
        Error::BadHeader { name, .. } => return format!("The header is {name}.").into(),
        Error::BadRequest { .. } => "The address contains characters that HTTP does not allow.",
        Error::NameNotFound { .. } => "The name could not be resolved.",
        Error::ConnectTimeout { limit, .. } => return format!("No connection within {}.", spoken(*limit)).into(),
        Error::Refused { .. } => "The connection was refused.",
        Error::Connect { .. } => "The connection was lost before it was established.",
        Error::Proxy { .. } => "The proxy refused the connection.",
        Error::ProxyPassword { .. } => "The proxy asks for a user name and password (status 407).",
        Error::CertificateExpired { .. } => "Its certificate has expired, or this machine's date is wrong.",
        Error::CertificateNotYetValid { .. } => "Its certificate is not valid yet, or this machine's date is wrong.",
        Error::CertificateWrongName { .. } => "Its certificate is for another name.",
        Error::CertificateUntrusted { .. } => "Its certificate is not signed by an authority this machine trusts.",
        Error::CertificateInvalid { .. } => "Its certificate is damaged, revoked, or not meant for a server.",
        Error::TlsUnsupported { .. } => "It does not support a TLS version that this program accepts.",
        Error::ResponseTimeout { limit, .. } => {
            return format!("The complete response must arrive within {}.", spoken(*limit)).into();
        }
        Error::Broken { .. } => "The connection was lost, or the response was not HTTP.",
        Error::TooLong { .. } => "It was not used.",
    })
}

/// "10 seconds", "600 milliseconds".
fn spoken(limit: Duration) -> String {
    match limit.subsec_millis() {
        0 => format!("{} seconds", limit.as_secs()),
        _ => format!("{} milliseconds", limit.as_millis()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_spoken_in_the_unit_it_was_set_in() {
        assert_eq!(spoken(Duration::from_secs(10)), "10 seconds");
        assert_eq!(spoken(Duration::from_millis(600)), "600 milliseconds");
    }

    #[test]
    fn what_a_person_can_change_is_named_only_where_it_may_help() {
        let place = || "a.example".to_owned();
        let problem = Problem::from(Error::Proxy { place: place() });
        assert_eq!(problem.kind, Kind::Temporary);
        assert!(problem.try_this.contains("proxy"), "{problem}");
        let problem = Problem::from(Error::TooLong { place: place(), max: 64 * 1024 });
        assert_eq!((problem.what.as_str(), problem.try_this.as_str()), ("a.example sent more than 64 KiB.", ""));
        let problem = Problem::from(Error::BadHeader { place: place(), name: "x y".to_owned() });
        assert_eq!((problem.kind, problem.why.as_str()), (Kind::Usage, "The header is x y."));
        assert_eq!(Problem::from(Error::NotHttps { place: place() }).kind, Kind::Refused);
    }
}
