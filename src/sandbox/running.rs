//! A running sandbox: starts, inspects and stops it.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::oneshot;
use url::Url;

use super::ledger;
use super::options::Options;
use super::pretend_browser::Visitor;
use super::recorded_request::RecordedRequest;
use super::script::Script;
use super::shared::Shared;
use super::{people, route};
use crate::problem::{Kind, Problem};

/// A running sandbox. Dropping it stops it.
#[derive(Debug)]
pub struct Sandbox {
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    handle: Handle,
    apart: Option<Runtime>,
}

impl Sandbox {
    /// Starts on the current runtime.
    ///
    /// # Errors
    /// `Kind::Temporary` if the port is in use.
    pub async fn start(options: Options) -> Result<Self, Problem> {
        let listener =
            TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await.map_err(|_| port_in_use(options.port))?;
        let address: SocketAddr = listener.local_addr().map_err(|_| port_in_use(options.port))?;
        let base =
            Url::parse(&format!("http://{address}/")).map_err(|_| Problem::internal("The sandbox has no address."))?;
        let shared = Arc::new(Shared::new(base, address.port(), options));
        let (stop, stopped) = oneshot::channel();
        tokio::spawn(route::run(listener, Arc::clone(&shared), stopped));
        Ok(Self { shared, stop: Some(stop), handle: Handle::current(), apart: None })
    }

    /// Starts on a separate thread, for callers without a runtime.
    ///
    /// # Errors
    /// As [`Sandbox::start`].
    pub fn start_apart(options: Options) -> Result<Self, Problem> {
        let runtime = Builder::new_multi_thread().worker_threads(1).thread_name("sandbox").enable_all().build();
        let runtime = runtime.map_err(|_| Problem::new(Kind::Temporary, "The sandbox could not start a thread."))?;
        let mut sandbox = runtime.block_on(Self::start(options))?;
        sandbox.apart = Some(runtime);
        Ok(sandbox)
    }

    /// A simulated browser that does not borrow the sandbox.
    #[must_use]
    pub fn visitor(&self) -> Visitor {
        Visitor::new(self.base(), self.handle.clone())
    }

    /// The base URL: `http://127.0.0.1:PORT/`.
    #[must_use]
    pub fn base(&self) -> Url {
        self.shared.base.clone()
    }

    /// The URL at which `https://HOST/PATH` is served.
    #[must_use]
    pub fn at(&self, host: &str, path: &str) -> String {
        format!("{}{host}{path}", self.shared.base)
    }

    /// The settings that can be changed while it runs.
    #[must_use]
    pub fn script(&self) -> &Script {
        &self.shared.script
    }

    /// The last requests, oldest first.
    #[must_use]
    pub fn seen(&self) -> Vec<RecordedRequest> {
        self.shared.seen().iter().cloned().collect()
    }

    /// How many of the last requests have a path with this ending: `count("/oauth/v2/token")`.
    #[must_use]
    pub fn count(&self, ending: &str) -> usize {
        self.shared.seen().iter().filter(|seen| seen.path.ends_with(ending)).count()
    }

    /// Issues a code as Zoho's console does for a self client: without redirect and page.
    #[must_use]
    pub fn console_code(&self, host: &str, client_id: &str, scopes: &[&str]) -> String {
        let consent = ledger::ConsentRequest {
            host: host.to_owned(),
            client_id: client_id.to_owned(),
            redirect_uri: String::new(),
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
            state: None,
            challenge: None,
            refresh: true,
            zoho: true,
            provider: "zoho".to_owned(),
            realm: host.to_owned(),
            sets: Vec::new(),
        };
        let approval = ledger::Approval { person: people::Person::anybody(), realm: host.to_owned(), doomed: false };
        self.shared.ledger().issue(consent, approval, self.shared.clock.now())
    }

    /// Number of grants that are still valid.
    #[must_use]
    pub fn grants_alive(&self) -> usize {
        self.shared.ledger().grants_alive()
    }

    /// Revokes every grant without telling the client, as an administrator can.
    pub fn end_all_grants(&self) {
        self.shared.ledger().end_all();
    }

    /// Makes the APIs refuse the access tokens of all existing grants, old and new ones, while refreshing still works:
    /// real providers do this if the second factor was not completed. Without any grant, this affects the first one to
    /// come. Consents after that are not affected.
    pub fn reject_access_tokens(&self) {
        self.shared.ledger().doubt_all();
    }

    /// As [`reject_access_tokens`](Self::reject_access_tokens), for the newest grant only.
    pub(crate) fn doubt_newest_grant(&self) {
        self.shared.ledger().doubt_newest();
    }

    /// Forgets all recorded requests, so that counting starts over.
    pub fn forget_seen(&self) {
        self.shared.seen().clear();
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // Fails if the runtime ended first, when there is nothing left to stop.
            let _ = stop.send(());
        }
        if let Some(runtime) = self.apart.take() {
            // Does not wait for requests that hang on purpose.
            runtime.shutdown_background();
        }
    }
}

fn port_in_use(port: u16) -> Problem {
    Problem::new(Kind::Temporary, format!("The sandbox cannot listen on port {port} of 127.0.0.1."))
        .why("Another program uses it, or it needs permission.")
        .try_this("Leave out --port to use a free one, or choose another with --port.")
}
