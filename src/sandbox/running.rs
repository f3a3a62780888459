//! A running sandbox: how it is started, asked and stopped.

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

/// A running sandbox. It stops when this is dropped.
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
    /// Temporary when the port is taken.
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

    /// Starts on a thread of its own, for callers without a runtime.
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

    /// A pretend browser that can be kept apart from the sandbox.
    #[must_use]
    pub fn visitor(&self) -> Visitor {
        Visitor::new(self.base(), self.handle.clone())
    }

    /// Where it is: `http://127.0.0.1:PORT/`.
    #[must_use]
    pub fn base(&self) -> Url {
        self.shared.base.clone()
    }

    /// Where `https://HOST/PATH` is served.
    #[must_use]
    pub fn at(&self, host: &str, path: &str) -> String {
        format!("{}{host}{path}", self.shared.base)
    }

    /// What can be asked of it while it runs.
    #[must_use]
    pub fn script(&self) -> &Script {
        &self.shared.script
    }

    /// The last requests, oldest first.
    #[must_use]
    pub fn seen(&self) -> Vec<RecordedRequest> {
        self.shared.seen().iter().cloned().collect()
    }

    /// Of the last requests, how many went to a path with this ending: `count("/oauth/v2/token")`.
    #[must_use]
    pub fn count(&self, ending: &str) -> usize {
        self.shared.seen().iter().filter(|seen| seen.path.ends_with(ending)).count()
    }

    /// A code as Zoho's console makes one for a self client: no redirect, no page.
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

    /// Grants that still work.
    #[must_use]
    pub fn grants_alive(&self) -> usize {
        self.shared.ledger().grants_alive()
    }

    /// Ends every grant behind its client's back, as an administrator does.
    pub fn end_all_grants(&self) {
        self.shared.ledger().end_all();
    }

    /// The APIs refuse the access tokens of every grant there is, old and new ones, while refreshing them still works: so
    /// it goes when a second factor was not finished. Where there is no grant yet, it meets the first to come. A later
    /// consent is free of it.
    pub fn doubt_all_grants(&self) {
        self.shared.ledger().doubt_all();
    }

    /// The same for the newest grant alone.
    pub(crate) fn doubt_newest_grant(&self) {
        self.shared.ledger().doubt_newest();
    }

    /// Lets go of every request, for a count that starts over.
    pub fn forget_seen(&self) {
        self.shared.seen().clear();
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // Nobody listens when the runtime went first.
            let _ = stop.send(());
        }
        if let Some(runtime) = self.apart.take() {
            // Requests that hang on purpose must not hold up the end.
            runtime.shutdown_background();
        }
    }
}

fn port_in_use(port: u16) -> Problem {
    Problem::new(Kind::Temporary, format!("The sandbox cannot listen on port {port} of 127.0.0.1."))
        .why("Another program uses it, or it needs permission.")
        .try_this("Leave out --port to use a free one, or choose another with --port.")
}
