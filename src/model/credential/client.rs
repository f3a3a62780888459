//! The OAuth client a credential signs in as (RFC 6749 section 2).

use serde::{Deserialize, Serialize};

use crate::secret::ClientSecret;

/// Client identifier and secret.
#[derive(Clone, Debug, Default)]
pub struct Client {
    /// RFC 6749 section 2.2. Not a secret.
    pub id: ClientId,
    /// `None` for a public client.
    pub secret: Option<ClientSecret>,
}

/// RFC 6749 section 2.2.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct ClientId(pub String);

impl ClientId {
    /// First and last characters with `…` between, for narrow places.
    #[must_use]
    pub fn short(&self) -> String {
        let chars: Vec<char> = self.0.chars().collect();
        match chars.as_slice() {
            [head @ .., a, b, c] if head.len() > 12 => {
                let head: String = head.iter().take(9).collect();
                format!("{head}…{a}{b}{c}")
            }
            _ => self.0.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_keeps_both_ends() {
        assert_eq!(ClientId("1000.4F7KQ2M8VZ1T6RXC3B0NDY5WHJ9QZ".into()).short(), "1000.4F7K…9QZ");
        assert_eq!(ClientId("my-client".into()).short(), "my-client");
    }
}
