//! The requests to a bucket, and what each response means for an object.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use jiff::Timestamp;
use object_store::path::Path;
use object_store::{Error, ObjectMeta, ObjectStore, ObjectStoreExt as _, PutMode, PutOptions, UpdateVersion};

use super::exchange::Exchange;
use super::refusal::Refusals;
use crate::clock::SuspendAwareInstant;
use crate::store::team::backend::address::{checked, is_object_path};
use crate::store::team::backend::contract::{
    BackendError, Expected, ListedObject, Object, ObjectPath, Version, Write, Written,
};

/// Concurrent requests.
const AT_ONCE: usize = 16;
/// How long the store's time may be extrapolated from the latest response.
const CLOCK_VALID: Duration = Duration::from_secs(5);
/// The signal object, rewritten on each change. Object paths have no uppercase letters, so listings skip this name.
const CHANGED: &str = "CHANGED";

/// A bucket, and the prefix of all object names in it.
pub(super) struct Requests {
    store: Arc<dyn ObjectStore>,
    prefix: String,
    pub(super) refusals: Refusals,
    /// The store's clock in the latest response, and when that came.
    latest_date: Mutex<Option<(Timestamp, SuspendAwareInstant)>>,
}

impl fmt::Debug for Requests {
    /// Omits the store, whose `Debug` output contains the credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Requests").field("place", &self.refusals.place).finish_non_exhaustive()
    }
}

impl Requests {
    pub(super) fn new(store: Arc<dyn ObjectStore>, prefix: &str, refusals: Refusals) -> Self {
        Self { store, prefix: prefix.to_owned(), refusals, latest_date: Mutex::new(None) }
    }

    /// The name in the bucket, with the prefix.
    fn name(&self, path: &str) -> Path {
        if self.prefix.is_empty() { Path::from(path) } else { Path::from(format!("{}/{path}", self.prefix)) }
    }

    fn unfit(&self, why: &str) -> BackendError {
        BackendError::Unsuitable { place: self.refusals.place.clone(), why: why.to_owned() }
    }

    fn checked<'a>(&self, path: &'a ObjectPath) -> Result<&'a str, BackendError> {
        checked(path).map_err(|why| self.unfit(&why))
    }

    fn version(&self, e_tag: Option<&str>) -> Result<Version, BackendError> {
        let e_tag = e_tag.ok_or_else(|| self.unfit("its responses have no ETag, which conditional writes need"))?;
        // Some stores omit the quotes in listings.
        let bare = e_tag.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(e_tag);
        Ok(Version(bare.to_owned()))
    }

    pub(super) async fn get(&self, path: &ObjectPath) -> Result<Option<Object>, BackendError> {
        let name = self.name(self.checked(path)?);
        let (read, exchange) = self
            .record(async {
                let found = self.store.get(&name).await?;
                let e_tag = found.meta.e_tag.clone();
                Ok::<_, Error>((e_tag, found.bytes().await?))
            })
            .await;
        match read {
            Ok((_, body)) if body.is_empty() => Ok(None),
            Ok((e_tag, body)) => Ok(Some(Object { version: self.version(e_tag.as_deref())?, body: body.to_vec() })),
            Err(Error::NotFound { .. }) if !exchange.names_no_bucket() => Ok(None),
            Err(error) => Err(self.refusals.of_read(&exchange, &error)),
        }
    }

    /// The version of an object, and whether it is marked as deleted (empty).
    async fn head(&self, path: &ObjectPath) -> Result<Option<(Version, bool)>, BackendError> {
        let name = self.name(self.checked(path)?);
        let (head, exchange) = self.record(self.store.head(&name)).await;
        match head {
            Ok(meta) => Ok(Some((self.version(meta.e_tag.as_deref())?, meta.size == 0))),
            Err(Error::NotFound { .. }) if !exchange.names_no_bucket() => Ok(None),
            Err(error) => Err(self.refusals.of_read(&exchange, &error)),
        }
    }

    /// One conditional PUT; `None` if the precondition failed.
    async fn put(&self, path: &ObjectPath, mode: PutMode, body: Vec<u8>) -> Result<Option<Version>, BackendError> {
        let name = self.name(self.checked(path)?);
        let options = PutOptions { mode, ..PutOptions::default() };
        let (put, exchange) = self.record(self.store.put_opts(&name, body.into(), options)).await;
        match put {
            Ok(result) => self.version(result.e_tag.as_deref()).map(Some),
            Err(Error::AlreadyExists { .. } | Error::Precondition { .. }) if !exchange.refuses() => Ok(None),
            Err(error) => Err(self.refusals.of_write(&exchange, &error)),
        }
    }

    pub(super) async fn write(&self, write: &Write) -> Result<Written, BackendError> {
        let body = match &write.body {
            Some(body) if body.is_empty() => return Err(self.unfit("an empty body would remove the object")),
            body => body.clone().unwrap_or_default(),
        };
        let removes = body.is_empty();
        let put = match &write.expected {
            Expected::Version(version) => self.put(&write.path, update(version), body).await?,
            Expected::Absent if removes => {
                let there = self.head(&write.path).await?;
                return Ok(match there {
                    Some((_, false)) => Written::Conflict(write.path.clone()),
                    _ => Written::Done(vec![None]),
                });
            }
            Expected::Absent => match self.put(&write.path, PutMode::Create, body.clone()).await? {
                Some(version) => Some(version),
                // A deleted object may exist as an empty one: overwrite it, unless another machine was faster.
                None => match self.head(&write.path).await? {
                    Some((empty, true)) => self.put(&write.path, update(&empty), body).await?,
                    _ => None,
                },
            },
        };
        Ok(put.map_or_else(
            || Written::Conflict(write.path.clone()),
            |new| Written::Done(vec![(!removes).then_some(new)]),
        ))
    }

    async fn metadata(&self, prefix: &str) -> Result<Vec<ObjectMeta>, BackendError> {
        // Stores list by directory, so the incomplete last segment of the prefix is cut off here.
        let folder = prefix.rsplit_once('/').map(|(folder, _)| folder);
        let below = folder.map_or_else(|| Path::from(self.prefix.as_str()), |folder| self.name(folder));
        let (listed, exchange) = self.record(self.store.list(Some(&below)).try_collect::<Vec<_>>()).await;
        listed.map_err(|error| self.refusals.of_read(&exchange, &error))
    }

    pub(super) async fn list(&self, prefix: &str) -> Result<Vec<ListedObject>, BackendError> {
        let mut objects = Vec::new();
        for meta in self.metadata(prefix).await? {
            let name = meta.location.as_ref();
            let path =
                if self.prefix.is_empty() { Some(name) } else { name.strip_prefix(&format!("{}/", self.prefix)) };
            let Some(path) = path.filter(|path| path.starts_with(prefix) && is_object_path(path)) else { continue };
            if meta.size > 0 {
                let (path, version) = (ObjectPath(path.to_owned()), self.version(meta.e_tag.as_deref())?);
                objects.push(ListedObject { path, version, size: meta.size });
            }
        }
        objects.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(objects)
    }

    /// Deletes objects unconditionally, as far as permissions allow. Those that cannot be deleted are empty already.
    pub(super) async fn discard(&self, prefix: &str) -> Result<(), BackendError> {
        for meta in self.metadata(prefix).await? {
            let below = self.name(prefix.trim_end_matches('/'));
            if meta.location.prefix_matches(&below) {
                let (removed, exchange) = self.record(self.store.delete(&meta.location)).await;
                if let Err(error) = removed
                    && !exchange.is_forbidden()
                {
                    return Err(self.refusals.of_read(&exchange, &error));
                }
            }
        }
        Ok(())
    }

    /// Runs a call and returns its result with the last HTTP exchange, whose date is remembered.
    async fn record<T>(&self, call: impl Future<Output = T>) -> (T, Exchange) {
        let (done, exchange) = Exchange::record(call).await;
        if let Some((date, received)) = exchange.clock() {
            let mut latest = self.latest_date();
            // Responses of parallel calls end in any order.
            if latest.is_none_or(|(_, other)| other.elapsed() >= received.elapsed()) {
                *latest = Some((date, received));
            }
        }
        (done, exchange)
    }

    fn latest_date(&self) -> MutexGuard<'_, Option<(Timestamp, SuspendAwareInstant)>> {
        self.latest_date.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The store's time: extrapolated from a recent response, or else requested.
    pub(super) async fn now(&self) -> Result<Timestamp, BackendError> {
        let latest = *self.latest_date();
        if let Some((date, received)) = latest
            && let elapsed = received.elapsed()
            && elapsed < CLOCK_VALID
        {
            return Ok(date.saturating_add(elapsed).unwrap_or(date));
        }
        let (_, date) = self.signal_state().await?;
        date.ok_or_else(|| self.unfit("its answers have no date"))
    }

    /// Reads several objects; the results are in the order of `paths`.
    pub(super) async fn read_all(&self, paths: &[ObjectPath]) -> Result<Vec<Option<Object>>, BackendError> {
        let reads = paths.iter().map(|path| self.get(path)).collect::<Vec<_>>();
        stream::iter(reads).buffered(AT_ONCE).try_collect().await
    }

    /// Signals a change to other machines. A failure is ignored: the change itself succeeded.
    pub(super) async fn signal(&self) {
        // The content only has to differ from the previous one.
        let text = uuid::Uuid::new_v4().to_string();
        let _ = self.record(self.store.put(&self.name(CHANGED), text.into())).await;
    }

    /// The version of the signal object (empty if there is none) and the store's time, from one cheap HEAD request.
    pub(super) async fn signal_state(&self) -> Result<(String, Option<Timestamp>), BackendError> {
        let (head, exchange) = self.record(self.store.head(&self.name(CHANGED))).await;
        match head {
            Ok(meta) => Ok((meta.e_tag.unwrap_or_default(), exchange.date)),
            Err(Error::NotFound { .. }) if !exchange.names_no_bucket() => Ok((String::new(), exchange.date)),
            Err(error) => Err(self.refusals.of_read(&exchange, &error)),
        }
    }
}

fn update(Version(e_tag): &Version) -> PutMode {
    let quoted = if e_tag.starts_with("W/") { e_tag.clone() } else { format!("\"{e_tag}\"") };
    PutMode::Update(UpdateVersion { e_tag: Some(quoted), version: None })
}
