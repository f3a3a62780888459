//! The interface to a team's storage: named objects with versions and conditional writes. The bodies are ciphertext or
//! signed public data.

#![warn(missing_docs)]

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;

/// The largest body of an object, in bytes. Larger objects are neither written nor accepted when read.
pub const MAX_OBJECT: usize = 64 << 20;

/// The path of an object: segments of `[a-z0-9._-]` separated by `/`, such as `record/ID/tokens`.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ObjectPath(pub String);

/// Identifies one state of an object (a row counter, an `ETag`). Opaque; only compared for equality.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Version(pub String);

/// An object and its version.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Object {
    /// The version to name in the next conditional write.
    pub version: Version,
    /// Ciphertext, or signed public data.
    pub body: Vec<u8>,
}

/// One entry of a listing.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ListedObject {
    /// The path of the object.
    pub path: ObjectPath,
    /// The current version.
    pub version: Version,
    /// Size of the body in bytes.
    pub size: u64,
}

/// The precondition of a write.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Expected {
    /// The object must not exist.
    Absent,
    /// The object must have this version.
    Version(Version),
}

/// One conditional write (compare-and-swap). Without a body it deletes the object.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Write {
    /// The object to write.
    pub path: ObjectPath,
    /// The precondition.
    pub expected: Expected,
    /// The new body; `None` deletes the object.
    pub body: Option<Vec<u8>>,
}

/// The result of a write.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Written {
    /// The new version of each written object, in the order of the writes (`None` for a deleted one).
    Done(Vec<Option<Version>>),
    /// The precondition of this object failed. Nothing was written.
    Conflict(ObjectPath),
}

/// Why a backend call failed. `place` is [`Backend::place`]; `why` and `try_this` are sentences for a person.
#[derive(Clone, Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the fields are the same in each variant, and described above")]
pub enum BackendError {
    /// There is no connection, or no answer within the deadline.
    #[error("{place} cannot be reached: {why}")]
    Unreachable { place: String, why: String },
    /// The connection broke after a write was sent, so it may have happened. Read the object again and compare.
    #[error("it is unknown whether {place} saved the change: {why}")]
    Unknown { place: String, why: String },
    /// The store refused: missing permissions, no such database or bucket, the wrong region, an invalid certificate.
    /// `password` is true if another password could help.
    #[error("{place} rejected the request: {why}")]
    Refused { place: String, why: String, try_this: String, password: bool },
    /// The store does not implement conditional writes correctly.
    #[error("{place} cannot be used: {why}")]
    Unsuitable { place: String, why: String },
    /// The user canceled the self-test.
    #[error("the test of {place} was canceled")]
    Canceled { place: String },
}

/// An object store. Each call blocks, with a deadline; a backend over the network drives its own async runtime. No call
/// is retried after a write was sent.
pub trait Backend: fmt::Debug + Send + Sync {
    /// The location to show to a person, without passwords.
    fn place(&self) -> String;

    /// Creates what the backend stores objects in (a table), if it is missing. Called when a vault is created.
    ///
    /// # Errors
    /// As [`Backend::write`].
    fn prepare(&self) -> Result<(), BackendError> {
        Ok(())
    }

    /// Reads an object; `None` if it does not exist.
    ///
    /// # Errors
    /// [`BackendError`].
    fn get(&self, path: &ObjectPath) -> Result<Option<Object>, BackendError>;

    /// Reads several objects, in one round trip where possible. The results are in the order of `paths`.
    ///
    /// # Errors
    /// As [`Backend::get`].
    fn read_all(&self, paths: &[ObjectPath]) -> Result<Vec<Option<Object>>, BackendError> {
        paths.iter().map(|path| self.get(path)).collect()
    }

    /// Lists all objects whose path begins with `prefix`, sorted by path.
    ///
    /// # Errors
    /// As [`Backend::get`].
    fn list(&self, prefix: &str) -> Result<Vec<ListedObject>, BackendError>;

    /// Performs one conditional write.
    ///
    /// # Errors
    /// As [`Backend::get`]; [`BackendError::Unknown`] if the write may have happened.
    fn write(&self, write: Write) -> Result<Written, BackendError>;

    /// Performs all writes in one transaction, or none. `None` if the backend has no transactions (a bucket); nothing
    /// was written then.
    ///
    /// # Errors
    /// As [`Backend::write`].
    fn write_all(&self, _writes: &[Write]) -> Result<Option<Written>, BackendError> {
        Ok(None)
    }

    /// Deletes every object whose path begins with `prefix`, whatever its version. Only for objects of the self-test.
    ///
    /// # Errors
    /// As [`Backend::write`].
    fn discard(&self, prefix: &str) -> Result<(), BackendError> {
        for listed in self.list(prefix)? {
            self.write(Write { path: listed.path, expected: Expected::Version(listed.version), body: None })?;
        }
        Ok(())
    }

    /// The time of the store's clock.
    ///
    /// # Errors
    /// As [`Backend::get`].
    fn now(&self) -> Result<Timestamp, BackendError>;

    /// Waits up to `longest` for a change since the previous call, and returns whether there was one. The first call,
    /// and one after a lost connection, may report a change that did not happen. Buckets are polled.
    ///
    /// # Errors
    /// As [`Backend::get`].
    fn wait_for_change(&self, longest: Duration) -> Result<bool, BackendError>;
}
