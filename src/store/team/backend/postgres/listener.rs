//! Waits for changes with LISTEN, on a connection of its own that sleeps until the server sends a notification.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio_postgres::{AsyncMessage, Client};

use super::deadlines::CONNECT;
use super::pool::Pool;
use super::refusal::Sent;
use super::settings::Encryption;
use super::statements::Statements;
use crate::clock::SuspendAwareInstant;
use crate::store::team::backend::contract::BackendError;
use crate::store::team::backend::driver::{Driver, Late};

/// State shared by the callers and the listening connection.
#[derive(Debug, Default)]
pub(super) struct Listener {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    heard: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// The client of the connection that listens; dropping it closes the connection.
    client: Option<Client>,
    /// Also set for each new connection, because changes before it went unnoticed.
    changed: bool,
}

impl State {
    fn is_listening(&self) -> bool {
        self.client.as_ref().is_some_and(|client| !client.is_closed())
    }
}

/// The half of a connection that has to be polled.
type Incoming<S, T> = tokio_postgres::Connection<S, T>;

impl Listener {
    /// Waits up to `longest` for a notification. Connects first if necessary, which counts as a change.
    pub(super) fn wait(
        &self,
        longest: Duration,
        driver: &Driver,
        pool: &Arc<Pool>,
        statements: &Arc<Statements>,
    ) -> Result<bool, BackendError> {
        let started = SuspendAwareInstant::now();
        if !self.shared.lock().is_listening() {
            let (shared, pool, statements) = (Arc::clone(&self.shared), Arc::clone(pool), Arc::clone(statements));
            let refusals = pool.refusals();
            let listening = driver.run(CONNECT, async move { listen(&shared, &pool, &statements).await });
            listening.map_err(|Late| refusals.late(CONNECT))??;
        }
        let mut state = self.shared.lock();
        loop {
            if std::mem::take(&mut state.changed) {
                return Ok(true);
            }
            if !state.is_listening() {
                return Err(pool.refusals().broken());
            }
            let left = longest.saturating_sub(started.elapsed());
            if left.is_zero() {
                return Ok(false);
            }
            state = self.shared.heard.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Shared {
    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.heard.notify_all();
    }
}

async fn listen(shared: &Arc<Shared>, pool: &Pool, statements: &Statements) -> Result<(), BackendError> {
    let settings = pool.settings();
    let connect = async {
        match &settings.encryption {
            Encryption::Verified(tls) => {
                let (client, incoming) = settings.config.connect(tls.clone()).await?;
                start(shared, client, incoming, statements).await
            }
            Encryption::Local => {
                let (client, incoming) = settings.config.connect(tokio_postgres::NoTls).await?;
                start(shared, client, incoming, statements).await
            }
        }
    };
    connect.await.map_err(|error| pool.refusals().of(&error, Sent::SignIn))
}

async fn start<S, T>(
    shared: &Arc<Shared>,
    client: Client,
    incoming: Incoming<S, T>,
    statements: &Statements,
) -> Result<(), tokio_postgres::Error>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let listeners = Arc::clone(shared);
    tokio::runtime::Handle::current().spawn(receive_notifications(listeners, incoming));
    client.batch_execute(&format!("LISTEN \"{}\"", statements.channel)).await?;
    shared.tell(|state| (state.client, state.changed) = (Some(client), true));
    Ok(())
}

/// Collects notifications until the connection closes.
async fn receive_notifications<S, T>(shared: Arc<Shared>, mut incoming: Incoming<S, T>)
where
    S: AsyncRead + AsyncWrite + Unpin,
    T: AsyncRead + AsyncWrite + Unpin,
{
    while let Some(Ok(message)) = poll_fn(|context| Pin::new(&mut incoming).get_mut().poll_message(context)).await {
        if matches!(message, AsyncMessage::Notification(_)) {
            shared.tell(|state| state.changed = true);
        }
    }
    // Dropped before the waiters are woken, so that they see the client as closed. `shared` is left as it is, because a
    // newer client may be in it already.
    drop(incoming);
    shared.tell(|_| ());
}
