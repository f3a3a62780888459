//! The error of a request: its problem, and whether it may have been sent.

use super::transport_error::TransportError;
use crate::problem::Problem;

/// A request without a response.
#[derive(Debug)]
pub struct Failure {
    /// Shown to the user. Code must branch on `cause` instead of this text.
    pub problem: Problem,
    /// Whether the server may have received the request and acted on it.
    pub sent: bool,
    /// The response is larger than what is read, so a retry would fail as well.
    pub too_long: bool,
    /// The cause; `None` if the request could not be built.
    pub cause: Option<TransportError>,
}

impl Failure {
    /// A request that could not be built.
    pub(crate) fn unsent(problem: Problem) -> Self {
        Self { problem, sent: false, too_long: false, cause: None }
    }
}

impl From<TransportError> for Failure {
    fn from(error: TransportError) -> Self {
        let too_long = matches!(error, TransportError::TooLong { .. });
        Self { problem: Problem::from(&error), sent: error.may_have_been_sent(), too_long, cause: Some(error) }
    }
}
