//! What a caller gets instead of an answer.

use super::transport_error::TransportError;
use crate::problem::Problem;

/// No answer.
#[derive(Debug)]
pub struct Failure {
    /// For a person. Nothing may branch on its sentences: `cause` is for that.
    pub problem: Problem,
    /// Whether the server may have got the request, and acted on it.
    pub sent: bool,
    /// It answered with more than is read: asked again, it would do so again.
    pub too_long: bool,
    /// Why; nothing where the request could not be put together.
    pub cause: Option<TransportError>,
}

impl Failure {
    /// The request could not be put together.
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
