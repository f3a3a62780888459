//! Listens on loopback for the authorization response in the browser's redirect (RFC 8252 section 7.3).
//!
//! Any other request gets a page and is ignored, and the wait continues.

mod certificate;
mod connection;
mod first_bytes;
mod page;
mod port_owner;

use std::collections::VecDeque;
use std::fmt;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::sync::atomic::AtomicBool;

use futures_util::future::select_all;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use rand::Rng as _;
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::time::{Duration, sleep, timeout};
use tokio_rustls::TlsAcceptor;
use url::{Host, Url};

pub use self::certificate::Certificate;
use self::connection::{ConnectionEvent, ListenerConfig, serve};
use super::redirect::{AuthorizationResponse, ExpectedResponse};
use crate::problem::{Kind, Problem};
use crate::secret::Secret;

/// Most connections served at once. Another one closes the oldest that has not sent its request.
const MAX_CONNECTIONS: usize = 64;
/// How long other connections may still get their page after the response came.
const PARTING: Duration = Duration::from_millis(100);
/// Letters of a short link; no two look alike.
const LETTERS: &[u8] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// 26 letters out of 32 are 130 bits.
const SHORT: usize = 26;

/// The listening sockets of one flow; closed when dropped.
pub struct Listener {
    sockets: Vec<TcpListener>,
    port: u16,
    /// Scheme and host, as the redirect URI writes them.
    base: String,
    site: ListenerConfig,
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listener").field("base", &self.base).field("port", &self.port).finish_non_exhaustive()
    }
}

impl Listener {
    /// Listens at the redirect URI's address: for `localhost` at 127.0.0.1 and, if the system has it, at `::1`.
    ///
    /// # Errors
    /// `Kind::Usage` if it is not a loopback address with a port; `Kind::Temporary`, naming the port, if that is in
    /// use.
    pub fn bind(redirect_uri: &str) -> Result<Self, Problem> {
        Self::bind_with(redirect_uri, None)
    }

    /// As [`bind`](Self::bind), for an https redirect URI with the certificate shown to the browser.
    ///
    /// # Errors
    /// As [`bind`](Self::bind).
    pub fn bind_https(redirect_uri: &str, certificate: &Certificate) -> Result<Self, Problem> {
        Self::bind_with(redirect_uri, Some(certificate))
    }

    fn bind_with(redirect_uri: &str, certificate: Option<&Certificate>) -> Result<Self, Problem> {
        let scheme = if certificate.is_some() { "https" } else { "http" };
        let unfit = || {
            let problem = Problem::new(Kind::Usage, "This program cannot listen at the redirect URI.");
            problem.try_this("It must look like http://localhost:8765/callback.")
        };
        let url = Url::parse(redirect_uri).map_err(|_| unfit())?;
        if url.scheme() != scheme {
            return Err(unfit());
        }
        let port = url.port_or_known_default().filter(|port| *port != 0).ok_or_else(unfit)?;
        let (v4, v6) = (IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST));
        let addresses = match url.host() {
            Some(Host::Domain("localhost")) => vec![v4, v6],
            Some(Host::Ipv4(address)) if address.is_loopback() => vec![IpAddr::V4(address)],
            Some(Host::Ipv6(address)) if address.is_loopback() => vec![v6],
            _ => return Err(unfit()),
        };
        let sockets = listen_at(&addresses, port)?;
        let host = url.host_str().unwrap_or("localhost").to_owned();
        let mut hosts = vec![format!("{host}:{port}")];
        if url.port().is_none() {
            hosts.push(host.clone());
        }
        let mut random = rand::rng();
        let letters = (0..SHORT).map(|_| char::from(LETTERS[random.random_range(0..LETTERS.len())]));
        let short = Secret::new(format!("/go/{}", letters.collect::<String>()));
        let tls = certificate.map(|certificate| TlsAcceptor::from(certificate.server.clone()));
        let site = ListenerConfig { hosts, path: url.path().to_owned(), short, target: None, tls };
        Ok(Self { sockets, port, base: format!("{scheme}://{host}"), site })
    }

    /// Sets the URL that the short link redirects to: the authorization URL.
    pub fn set_target(&mut self, target: Url) {
        self.site.target = Some(target);
    }

    /// A link short enough to copy manually or to open through `ssh -L`; it redirects to the target.
    #[must_use]
    pub fn short_link(&self) -> String {
        format!("{}:{}{}", self.base, self.port, self.site.short.expose())
    }

    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Waits for the one response that matches `expected`, and writes its page before returning. Calls `ignored` for
    /// requests that look like a response but do not match. Dropping the future is safe.
    pub async fn wait(
        &mut self,
        expected: &ExpectedResponse,
        ignored: &mut (dyn FnMut(Problem) + Send),
    ) -> AuthorizationResponse {
        let site = &self.site;
        let sockets = tokio_sockets(&self.sockets);
        let taken = AtomicBool::new(false);
        let mut visits = FuturesUnordered::new();
        let mut waiting: VecDeque<oneshot::Sender<()>> = VecDeque::new();
        let response = loop {
            tokio::select! {
                stream = accept(&sockets) => {
                    // Connections that have ended or have sent their request cannot be evicted.
                    waiting.retain(|evict| !evict.is_closed());
                    if waiting.len() >= MAX_CONNECTIONS {
                        waiting.pop_front();
                    }
                    let (evict, evicted) = oneshot::channel();
                    waiting.push_back(evict);
                    visits.push(serve(stream, evicted, site, expected, &taken));
                }
                Some(event) = visits.next() => match event {
                    ConnectionEvent::Nothing => {}
                    ConnectionEvent::Ignored(problem) => ignored(problem),
                    ConnectionEvent::Response(response) => break response,
                },
            }
        };
        let parting = async { while visits.next().await.is_some() {} };
        let _ = timeout(PARTING, parting).await;
        response
    }
}

fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = TcpListener::bind(address)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

fn is_absent(error: &std::io::Error) -> bool {
    // EAFNOSUPPORT has no `ErrorKind`.
    matches!(error.kind(), ErrorKind::AddrNotAvailable | ErrorKind::Unsupported)
        || error.raw_os_error() == Some(rustix::io::Errno::AFNOSUPPORT.raw_os_error())
}

/// Returns the URI with a port that is free now, for a provider that accepts any loopback port (RFC 8252 section 7.3).
/// Another program may take the port before it is bound.
///
/// # Errors
/// `Kind::Temporary` if the system has none.
pub(crate) fn with_free_port(redirect_uri: &str) -> Result<String, Problem> {
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|socket| socket.local_addr());
    let port = port.map_err(|error| taken(0, &error))?.port();
    with_port(redirect_uri, port)
}

/// Returns the URI with this port.
///
/// # Errors
/// `Kind::Internal` if it has no host.
pub fn with_port(redirect_uri: &str, port: u16) -> Result<String, Problem> {
    let mut url = Url::parse(redirect_uri).map_err(|_| Problem::internal("The redirect URI is not an address."))?;
    url.set_port(Some(port)).map_err(|()| Problem::internal("The redirect URI must not have a port."))?;
    Ok(url.into())
}

/// Binds one socket per address; a system may lack one of the two families.
fn listen_at(addresses: &[IpAddr], port: u16) -> Result<Vec<TcpListener>, Problem> {
    let mut sockets = Vec::new();
    let mut missing = None;
    for address in addresses {
        match listen(SocketAddr::new(*address, port)) {
            Ok(socket) => sockets.push(socket),
            Err(error) if is_absent(&error) => missing = Some(error),
            Err(error) => return Err(taken(port, &error)),
        }
    }
    match missing {
        Some(error) if sockets.is_empty() => Err(taken(port, &error)),
        _ => Ok(sockets),
    }
}

fn taken(port: u16, error: &std::io::Error) -> Problem {
    let holder = if error.kind() == ErrorKind::AddrInUse { port_owner::of_port(port) } else { None };
    let what = match &holder {
        Some(holder) => format!("Port {port} is already in use by {holder}."),
        None => format!("Could not listen on port {port}."),
    };
    let problem = Problem::new(Kind::Temporary, what);
    let problem = match error.kind() {
        ErrorKind::AddrInUse if holder.is_some() => problem.why("The browser cannot redirect to this machine."),
        ErrorKind::AddrInUse => {
            problem.why("Another user's program may be listening there, or another sign-in of this program.")
        }
        ErrorKind::PermissionDenied => problem.why("Only an administrator can use that port."),
        _ => problem.why(format!("The system says: {error}.")),
    };
    problem.try_this(
        "Paste the address from the browser, stop that program, or set another redirect_port in settings.toml and \
         register the new redirect URI.",
    )
}

/// Clones the sockets for the runtime. The flow keeps the originals, so that a wait can be canceled and repeated.
fn tokio_sockets(sockets: &[TcpListener]) -> Vec<tokio::net::TcpListener> {
    let clones = sockets.iter().filter_map(|socket| socket.try_clone().ok());
    clones.filter_map(|socket| tokio::net::TcpListener::from_std(socket).ok()).collect()
}

/// The next connection of any socket.
async fn accept(sockets: &[tokio::net::TcpListener]) -> TcpStream {
    loop {
        if sockets.is_empty() {
            // No file descriptors were left; the wait can still be canceled, or the address pasted.
            std::future::pending::<()>().await;
        }
        let (accepted, ..) = select_all(sockets.iter().map(|socket| Box::pin(socket.accept()))).await;
        match accepted {
            Ok((stream, _)) => return stream,
            // Out of file descriptors: wait until some connections end.
            Err(_) => sleep(Duration::from_millis(50)).await,
        }
    }
}
