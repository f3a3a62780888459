//! Secret text that cannot be printed, compared or serialized by accident.
//!
//! [`Secret::expose`] is the only way out, and `tests/architecture.rs` lists the files that may call it.
//!
//! ```compile_fail,E0277
//! let secret = credenza::secret::Secret::new("x".to_owned());
//! println!("{}", secret);
//! ```
//!
//! ```compile_fail,E0369
//! let secret = credenza::secret::Secret::new("x".to_owned());
//! let _ = secret == credenza::secret::Secret::new("x".to_owned());
//! ```

use std::fmt;

use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

/// Secret text, wiped from memory when dropped.
#[derive(Clone, Default)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes ownership of `text`; the caller keeps no copy.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text itself. Every caller is listed in `tests/architecture.rs`.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether there is no text at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether there is nothing but white space.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.0.trim().is_empty()
    }

    /// Number of characters, for "pasted, 42 characters".
    #[must_use]
    pub fn chars(&self) -> usize {
        self.0.chars().count()
    }

    /// Compares in constant time with regard to the content (not the length).
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("•••")
    }
}

impl From<Zeroizing<String>> for Secret {
    fn from(text: Zeroizing<String>) -> Self {
        Self(text)
    }
}

/// Declares a secret with a name of its own, so that one kind cannot be passed for another.
macro_rules! secret_types {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Default)]
        pub struct $name(Secret);

        impl $name {
            /// Takes ownership of `text`; the caller keeps no copy.
            #[must_use]
            pub fn new(text: String) -> Self {
                Self(Secret::new(text))
            }
        }

        impl std::ops::Deref for $name {
            type Target = Secret;
            fn deref(&self) -> &Secret {
                &self.0
            }
        }

        impl From<Secret> for $name {
            fn from(secret: Secret) -> Self {
                Self(secret)
            }
        }
    )+};
}

secret_types! {
    /// What opens `identity.age`.
    Passphrase,
    /// RFC 6749 section 2.3.1.
    ClientSecret,
    /// RFC 6749 section 1.4.
    AccessToken,
    /// RFC 6749 section 1.5.
    RefreshToken,
    /// RFC 6749 section 1.3.1.
    AuthorizationCode,
    /// RFC 7636 section 4.1.
    CodeVerifier,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing_of_the_text() {
        let secret = ClientSecret::new("CNRY-client-secret".to_owned());
        assert_eq!(format!("{secret:?}"), "ClientSecret(•••)");
        assert_eq!(format!("{:#?}", *secret), "•••");
    }

    #[test]
    fn matches_compares_content() {
        let a = Secret::new("one".to_owned());
        assert!(a.matches(&a.clone()));
        assert!(!a.matches(&Secret::new("two".to_owned())));
        assert!(!a.matches(&Secret::new("one ".to_owned())));
    }
}
