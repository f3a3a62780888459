//! What a team's store runs on: named objects with versions and conditional writes. It sees only ciphertext.

#![warn(missing_docs)]

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;

/// Where an object is: segments of `[a-z0-9._-]` parted by `/`, such as `record/ID/tokens`.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ObjectPath(pub String);

/// Tells one state of an object from the next one: a row's counter, an `ETag`. Opaque, compared for equality only.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Version(pub String);

/// An object as it is now.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Object {
    /// What a conditional write names.
    pub version: Version,
    /// Ciphertext, or public data with a signature.
    pub body: Vec<u8>,
}

/// A row of a listing.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Listed {
    /// Where it is.
    pub path: ObjectPath,
    /// Its state.
    pub version: Version,
    /// Bytes of its body.
    pub size: u64,
}

/// What an object must be for a write to happen.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Expected {
    /// There is none.
    Absent,
    /// It is in this state.
    Version(Version),
}

/// One conditional write; no body removes the object.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Write {
    /// Where.
    pub path: ObjectPath,
    /// Only if the object is in this state.
    pub expected: Expected,
    /// The new body.
    pub body: Option<Vec<u8>>,
}

/// What became of a write.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Written {
    /// Done; the version of each object that was written, in the order of the writes (`None` for a removed one).
    Done(Vec<Option<Version>>),
    /// Nothing was written: this object is in another state than expected.
    Conflict(ObjectPath),
}

/// Why a backend could not answer. `place` is [`Backend::place`]; `why` and `try_this` are sentences for a person.
#[derive(Clone, Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the fields are the same in each variant, and described above")]
pub enum BackendError {
    /// It cannot be reached, or did not answer within the deadline.
    #[error("{place} cannot be reached: {why}")]
    Unreachable { place: String, why: String },
    /// The connection broke after a write was sent: it may have happened. Read the object and compare.
    #[error("it is unknown whether {place} saved the change: {why}")]
    Unknown { place: String, why: String },
    /// It refuses: no rights, no such database or bucket, the wrong region, a certificate that is not valid. `password`:
    /// another password would help.
    #[error("{place} rejected the request: {why}")]
    Refused { place: String, why: String, try_this: String, password: bool },
    /// It answers in a way that no store with conditional writes does.
    #[error("{place} cannot be used: {why}")]
    Unfit { place: String, why: String },
    /// A person ended the self-test early.
    #[error("the test of {place} was canceled")]
    Canceled { place: String },
}

/// A store of objects. Blocks with a deadline for each call; a remote one drives its own runtime. No call is repeated
/// blindly after a write went out.
pub trait Backend: fmt::Debug + Send + Sync {
    /// Where it is, for a person; no password is in it.
    fn place(&self) -> String;

    /// Makes what objects are kept in, if the engine needs that and it is missing: a table. Called when a vault is made.
    ///
    /// # Errors
    /// As [`Backend::write`].
    fn prepare(&self) -> Result<(), BackendError> {
        Ok(())
    }

    /// The object; `None` if there is none.
    ///
    /// # Errors
    /// [`BackendError`].
    fn get(&self, path: &ObjectPath) -> Result<Option<Object>, BackendError>;

    /// Several objects in one round trip where that can be, in the order of `paths`.
    ///
    /// # Errors
    /// As [`Backend::get`].
    fn read_all(&self, paths: &[ObjectPath]) -> Result<Vec<Option<Object>>, BackendError> {
        paths.iter().map(|path| self.get(path)).collect()
    }

    /// Every object whose path begins with `prefix`, by path.
    ///
    /// # Errors
    /// As [`Backend::get`].
    fn list(&self, prefix: &str) -> Result<Vec<Listed>, BackendError>;

    /// One conditional write.
    ///
    /// # Errors
    /// As [`Backend::get`]; [`BackendError::Unknown`] if it may have been written.
    fn write(&self, write: Write) -> Result<Written, BackendError>;

    /// All of the writes or none, where the engine can; `None` where it cannot (a bucket), and nothing was written.
    ///
    /// # Errors
    /// As [`Backend::write`].
    fn write_all(&self, _writes: &[Write]) -> Result<Option<Written>, BackendError> {
        Ok(None)
    }

    /// Removes every object whose path begins with `prefix`, in whatever state: only what a self-test has written.
    ///
    /// # Errors
    /// As [`Backend::write`].
    fn discard(&self, prefix: &str) -> Result<(), BackendError> {
        for listed in self.list(prefix)? {
            self.write(Write { path: listed.path, expected: Expected::Version(listed.version), body: None })?;
        }
        Ok(())
    }

    /// The backend's clock.
    ///
    /// # Errors
    /// As [`Backend::get`].
    fn now(&self) -> Result<Timestamp, BackendError>;

    /// Waits until something may have changed since the former call, at most `longest`; whether it did. The first call,
    /// and one after a broken connection, may say so without a change. A bucket is asked at intervals.
    ///
    /// # Errors
    /// As [`Backend::get`].
    fn wait_for_change(&self, longest: Duration) -> Result<bool, BackendError>;
}
