//! What an authentication needs to know, as entered in the form.

use std::collections::BTreeMap;

use super::client::Client;
use crate::secret::Secret;

/// The name of the main secret of a key, token or password credential in [`Setup::secrets`]: `{secret}` in the
/// catalog's templates.
pub const MAIN_SECRET: &str = "secret";

/// What an authentication needs to know, as entered in the form.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// Client identifier and secret.
    pub client: Client,
    /// The provider's variables by name, such as the Customer Domain.
    pub variables: BTreeMap<String, String>,
    /// Secrets other than the client's: [`MAIN_SECRET`] for a key, token or password that the user enters, and every
    /// secret variable, by name.
    pub secrets: BTreeMap<String, Secret>,
    /// The scopes to request (RFC 6749 section 3.3).
    pub scopes: Vec<String>,
    /// Registered at the provider and sent in both requests, byte for byte (RFC 6749 section 3.1.2).
    pub redirect_uri: String,
}
