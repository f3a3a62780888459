//! Why the sandbox refuses a token request.

/// Why a token request is refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Refusal {
    Request,
    GrantType,
    Client,
    Secret,
    RedirectUri,
    Grant,
    Throttled,
    /// The device code is still pending.
    Pending,
    TooFast,
    Denied,
    Expired,
}
