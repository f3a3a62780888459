//! A pool of authenticated connections: opened on demand, kept while they work, used by one call at a time.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, PoisonError};

use tokio_postgres::Client;

use super::deadlines::CONNECT;
use super::refusal::{Refusals, Sent};
use super::settings::{Encryption, Settings};
use crate::store::team::backend::contract::BackendError;

/// Idle connections that are kept: two, because screens read in the background while a refresh writes.
const KEPT: usize = 2;

#[derive(Debug)]
pub(super) struct Pool {
    settings: Settings,
    idle: Mutex<Vec<Client>>,
}

/// A connection that a call has checked out of the pool. Dropping it closes it.
pub(super) struct Connection {
    client: Client,
    fresh: bool,
}

impl Connection {
    /// Whether it was opened for this call. The server may have closed an older one in the meantime.
    pub(super) fn is_fresh(&self) -> bool {
        self.fresh
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("fresh", &self.fresh).finish_non_exhaustive()
    }
}

impl Deref for Connection {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl DerefMut for Connection {
    fn deref_mut(&mut self) -> &mut Client {
        &mut self.client
    }
}

impl Pool {
    pub(super) fn new(settings: Settings) -> Self {
        Self { settings, idle: Mutex::default() }
    }

    pub(super) fn refusals(&self) -> Refusals {
        self.settings.refusals()
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Checks out an idle connection, or opens a new one.
    pub(super) async fn take(&self) -> Result<Connection, BackendError> {
        loop {
            let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            match idle {
                Some(client) if client.is_closed() => {}
                Some(client) => return Ok(Connection { client, fresh: false }),
                None => return self.connect().await,
            }
        }
    }

    /// Returns a connection to the pool. Only call this if its last statement was answered; otherwise drop the
    /// connection.
    pub(super) fn give_back(&self, connection: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < KEPT && !connection.client.is_closed() {
            idle.push(connection.client);
        }
    }

    /// Opens a connection, which a background task drives until it closes.
    pub(super) async fn connect(&self) -> Result<Connection, BackendError> {
        let refusals = self.refusals();
        let connected = tokio::time::timeout(CONNECT, self.client()).await.map_err(|_| refusals.late(CONNECT))?;
        let client = connected.map_err(|error| refusals.of(&error, Sent::SignIn))?;
        Ok(Connection { client, fresh: true })
    }

    async fn client(&self) -> Result<Client, tokio_postgres::Error> {
        let settings = &self.settings;
        // An error that closes the connection is reported to the call that uses it.
        Ok(match &settings.encryption {
            Encryption::Verified(tls) => {
                let (client, connection) = settings.config.connect(tls.clone()).await?;
                tokio::runtime::Handle::current().spawn(connection);
                client
            }
            Encryption::Local => {
                let (client, connection) = settings.config.connect(tokio_postgres::NoTls).await?;
                tokio::runtime::Handle::current().spawn(connection);
                client
            }
        })
    }
}
