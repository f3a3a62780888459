//! Translates the error responses of a bucket into messages for people.

use jiff::SignedDuration;
use object_store::Error;

use super::exchange::{Exchange, Failure};
use crate::clock::Clock;
use crate::printable::printable;
use crate::store::team::backend::contract::BackendError;

/// Stores reject signatures whose time is off by more than 15 minutes. If a signature was rejected, a smaller offset is
/// reported as well.
const CLOCK_OFF: SignedDuration = SignedDuration::from_mins(5);

/// Builds the errors of one bucket.
#[derive(Clone, Debug)]
pub(super) struct Refusals {
    pub(super) place: String,
    /// The kind and name, such as "bucket acme-vault".
    pub(super) bucket: String,
    /// Where the credentials came from, for messages.
    pub(super) credentials: String,
    pub(super) clock: Clock,
}

impl Refusals {
    /// The error of a read, which had no effect.
    pub(super) fn of_read(&self, exchange: &Exchange, error: &Error) -> BackendError {
        self.of(exchange, error, false)
    }

    /// The error of a write, which may have happened if nothing was answered.
    pub(super) fn of_write(&self, exchange: &Exchange, error: &Error) -> BackendError {
        self.of(exchange, error, true)
    }

    fn of(&self, exchange: &Exchange, error: &Error, writes: bool) -> BackendError {
        match (&exchange.failure, exchange.status) {
            (Some(Failure::Certificate(why)), _) => {
                self.refused(*why, "Name the file of the authority's certificates in AWS_CA_BUNDLE or SSL_CERT_FILE.")
            }
            (Some(Failure::NotSent(why)), _) => self.unreachable(why.clone()),
            (Some(Failure::Broken(why)), _) => self.unanswered(why.clone(), writes),
            (None, Some(status)) => self.of_status(exchange, status, writes),
            // No request was sent, so the credentials or settings are invalid.
            (None, None) => self.refused(printable(&error.to_string(), 200), "Check the settings and credentials."),
        }
    }

    fn of_status(&self, exchange: &Exchange, status: u16, writes: bool) -> BackendError {
        let code = exchange.code.as_deref().unwrap_or_default();
        let answered =
            if code.is_empty() { format!("it answered {status}") } else { format!("it answered {status} {code}") };
        if let Some(refused) = self.of_clock(exchange, status, code) {
            return refused;
        }
        match (status, code) {
            (_, "NoSuchBucket" | "ContainerNotFound") => {
                self.refused(format!("there is no {}", self.bucket), "Create it, or correct the address.")
            }
            (
                _,
                "PermanentRedirect"
                | "TemporaryRedirect"
                | "AuthorizationHeaderMalformed"
                | "IllegalLocationConstraintException",
            )
            | (301 | 307, _) => {
                let region = exchange.region.as_deref();
                let elsewhere =
                    region.map_or_else(|| "another region".to_owned(), |region| format!("the region {region}"));
                let name = region.unwrap_or("NAME");
                self.refused(
                    format!("the {} is in {elsewhere}", self.bucket),
                    format!("Add ?region={name} to the address, or set AWS_REGION={name}."),
                )
            }
            (
                _,
                "InvalidAccessKeyId"
                | "SignatureDoesNotMatch"
                | "InvalidToken"
                | "ExpiredToken"
                | "AuthenticationFailed",
            )
            | (401, _) => self.refused(
                format!("{answered}: the credentials are not valid"),
                format!("Correct the credentials. They came from {}.", self.credentials),
            ),
            (403, _) => self.refused(
                format!("{answered}: the credentials may not do this"),
                format!(
                    "Allow reading, writing and listing below the prefix of the {}. The credentials came from {}.",
                    self.bucket, self.credentials
                ),
            ),
            (501, _) | (_, "NotImplemented") => BackendError::Unsuitable {
                place: self.place.clone(),
                why: format!("{answered}: it has no conditional writes"),
            },
            (429, _) => self.unreachable(format!("{answered}: too many requests")),
            (500.., _) => self.unanswered(answered, writes),
            _ => self.refused(answered, format!("Check the {} and the rights of the credentials.", self.bucket)),
        }
    }

    /// The error if a signature was rejected because the local clock or the store's clock is off.
    fn of_clock(&self, exchange: &Exchange, status: u16, code: &str) -> Option<BackendError> {
        let ahead = exchange.date?.duration_until(self.clock.now());
        let refused = matches!(status, 400 | 401 | 403) && (ahead.abs() > CLOCK_OFF || code == "RequestTimeTooSkewed");
        let (minutes, side) = (ahead.abs().as_mins(), if ahead.is_negative() { "behind" } else { "ahead of" });
        refused.then(|| {
            self.refused(
                format!(
                    "the clock of this machine is {minutes} minutes {side} the store's, and signatures carry the time"
                ),
                "Set the clock of this machine, best by network time (NTP).",
            )
        })
    }

    /// No response arrived, or one from which the outcome is not clear.
    pub(super) fn unanswered(&self, why: String, writes: bool) -> BackendError {
        if writes { BackendError::Unknown { place: self.place.clone(), why } } else { self.unreachable(why) }
    }

    fn unreachable(&self, why: String) -> BackendError {
        BackendError::Unreachable { place: self.place.clone(), why }
    }

    fn refused(&self, why: impl Into<String>, try_this: impl Into<String>) -> BackendError {
        BackendError::Refused { place: self.place.clone(), why: why.into(), try_this: try_this.into(), password: false }
    }
}
