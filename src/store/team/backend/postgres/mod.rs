//! The backend for PostgreSQL: one table with a row per object.
//!
//! Each conditional write is a single statement, so it is atomic however the connection ends. A write that was sent but
//! not answered is [`BackendError::Unknown`] and is never sent again; a read is retried once on a new connection.

mod deadlines;
mod listener;
mod password;
mod pool;
mod refusal;
mod settings;
mod statements;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::address::{Database, checked};
use super::contract::{Backend, BackendError, ListedObject, Object, ObjectPath, Write, Written};
use super::driver::{Driver, Late};
use super::platform::Platform;
use crate::problem::Problem;
use deadlines::{ANSWER, CONNECT};
use listener::Listener;
use pool::{Connection, Pool};
use refusal::{Refusals, Sent, ends_connection};
use settings::Settings;
use statements::Statements;

/// Most objects that one statement reads.
const AT_ONCE: usize = 256;

/// A database, with a small pool of connections that are opened on demand.
#[derive(Debug)]
pub(super) struct Postgres {
    place: String,
    // Declared before the driver, so that it is dropped first and does not outlive the runtime.
    listener: Listener,
    pool: Arc<Pool>,
    statements: Arc<Statements>,
    driver: Driver,
}

impl Postgres {
    /// Reads the settings of the environment, but does not connect yet.
    pub(super) fn open(database: &Database, platform: &Platform) -> Result<Self, Problem> {
        let settings = Settings::of(database, platform)?;
        let place = settings.place.clone();
        let statements = Arc::new(Statements::of(&database.schema));
        let pool = Arc::new(Pool::new(settings));
        Ok(Self { place, listener: Listener::default(), pool, statements, driver: Driver::new()? })
    }

    fn late(&self) -> impl Fn(Late) -> BackendError {
        let refusals = self.pool.refusals();
        move |Late| refusals.late(ANSWER)
    }

    /// Runs a read, and retries it once on a new connection if a pooled one turns out to be broken.
    fn read<T, F>(&self, read: impl Fn(Connection, Arc<Statements>) -> F + Send + 'static) -> Result<T, BackendError>
    where
        T: Send + 'static,
        F: Future<Output = (Connection, Result<T, tokio_postgres::Error>)> + Send,
    {
        let (pool, statements) = (Arc::clone(&self.pool), Arc::clone(&self.statements));
        let work = async move {
            let used = pool.take().await?;
            let fresh = used.is_fresh();
            let refusals = pool.refusals();
            match answered(read(used, Arc::clone(&statements)), &refusals).await {
                Ok((used, Ok(value))) => {
                    pool.give_back(used);
                    return Ok(value);
                }
                Ok((_, Err(error))) if fresh || error.as_db_error().is_some_and(|said| !ends_connection(said)) => {
                    return Err(refusals.of(&error, Sent::Read));
                }
                Ok((_, Err(_))) => {}
                Err(late) => return Err(late),
            }
            let new = pool.connect().await?;
            let (new, value) = answered(read(new, statements), &refusals).await?;
            let value = value.map_err(|error| refusals.of(&error, Sent::Read))?;
            pool.give_back(new);
            Ok(value)
        };
        self.driver.run(CONNECT * 2 + ANSWER * 2, work).map_err(self.late())?
    }

    fn refused_path(&self, why: String) -> BackendError {
        BackendError::Unsuitable { place: self.place.clone(), why }
    }
}

async fn answered<T>(work: impl Future<Output = T>, refusals: &Refusals) -> Result<T, BackendError> {
    tokio::time::timeout(ANSWER, work).await.map_err(|_| refusals.late(ANSWER))
}

impl Backend for Postgres {
    fn place(&self) -> String {
        self.place.clone()
    }

    fn prepare(&self) -> Result<(), BackendError> {
        let (pool, statements) = (Arc::clone(&self.pool), Arc::clone(&self.statements));
        let work = async move {
            let connection = pool.take().await?;
            let refusals = pool.refusals();
            let made = answered(statements::prepare(&connection, &statements), &refusals).await?;
            made.map_err(|error| refusals.of(&error, Sent::Table))?;
            pool.give_back(connection);
            Ok(())
        };
        self.driver.run(CONNECT + ANSWER, work).map_err(self.late())?
    }

    fn get(&self, path: &ObjectPath) -> Result<Option<Object>, BackendError> {
        Ok(self.read_all(std::slice::from_ref(path))?.pop().flatten())
    }

    fn read_all(&self, paths: &[ObjectPath]) -> Result<Vec<Option<Object>>, BackendError> {
        let mut objects = Vec::with_capacity(paths.len());
        for some in paths.chunks(AT_ONCE) {
            let wanted: Vec<String> = some.iter().map(|path| path.0.clone()).collect();
            let found = self.read(move |connection, statements| {
                let wanted = wanted.clone();
                async move {
                    let found = statements::get(&connection, &statements, &wanted).await;
                    (connection, found)
                }
            })?;
            objects.extend(some.iter().map(|path| found.get(&path.0).cloned()));
        }
        Ok(objects)
    }

    fn list(&self, prefix: &str) -> Result<Vec<ListedObject>, BackendError> {
        let prefix = prefix.to_owned();
        self.read(move |connection, statements| {
            let prefix = prefix.clone();
            async move {
                let listed = statements::list(&connection, &statements, &prefix).await;
                (connection, listed)
            }
        })
    }

    fn write(&self, write: Write) -> Result<Written, BackendError> {
        checked(&write.path).map_err(|why| self.refused_path(why))?;
        let (pool, statements) = (Arc::clone(&self.pool), Arc::clone(&self.statements));
        let work = async move {
            let connection = pool.take().await?;
            let refusals = pool.refusals();
            let written = tokio::time::timeout(ANSWER, statements::write(&*connection, &statements, &write)).await;
            match written.map_err(|_| refusals.unknown_in_time(ANSWER))? {
                Ok(version) => {
                    pool.give_back(connection);
                    Ok(version.map_or(Written::Conflict(write.path), |version| Written::Done(vec![version])))
                }
                Err(error) if refusal::is_conflict(&error) => Ok(Written::Conflict(write.path)),
                Err(error) => Err(refusals.of(&error, Sent::Write)),
            }
        };
        self.driver.run(CONNECT + ANSWER * 2, work).map_err(|Late| self.pool.refusals().unknown_in_time(ANSWER))?
    }

    fn write_all(&self, writes: &[Write]) -> Result<Option<Written>, BackendError> {
        for write in writes {
            checked(&write.path).map_err(|why| self.refused_path(why))?;
        }
        let (pool, statements, writes) = (Arc::clone(&self.pool), Arc::clone(&self.statements), writes.to_vec());
        let work = async move {
            let mut connection = pool.take().await?;
            let refusals = pool.refusals();
            let written = statements::write_all(&mut connection, &statements, &writes, &refusals).await?;
            pool.give_back(connection);
            Ok(Some(written))
        };
        self.driver.run(CONNECT + ANSWER * 5, work).map_err(|Late| self.pool.refusals().unknown_in_time(ANSWER))?
    }

    fn now(&self) -> Result<Timestamp, BackendError> {
        let micros = self.read(|connection, statements| async move {
            let now = statements::now(&connection, &statements).await;
            (connection, now)
        })?;
        Timestamp::from_microsecond(micros).map_err(|_| self.refused_path("its clock shows an invalid date".to_owned()))
    }

    fn wait_for_change(&self, longest: Duration) -> Result<bool, BackendError> {
        self.listener.wait(longest, &self.driver, &self.pool, &self.statements)
    }
}
