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
    /// Nobody has decided about the device code yet.
    Pending,
    TooFast,
    Denied,
    Expired,
}
