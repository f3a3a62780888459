//! The loopback listener with real sockets: only the valid response is accepted, whatever else connects.

mod crowd;
mod lifetime;
mod noise;
mod secure;

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use credenza::oauth::loopback::Listener;
use credenza::oauth::redirect::{AuthorizationResponse, ExpectedResponse};
use credenza::problem::Problem;
use credenza::secret::Secret;
use url::Url;

const STATE: &str = "CNRY-right-state";
const CODE: &str = "CNRY-1000.right.code";

/// A sign-in that waits in its own thread, and the requests it ignored.
struct Flow {
    host: String,
    port: u16,
    short_link: String,
    wait: JoinHandle<AuthorizationResponse>,
    ignored: Arc<Mutex<Vec<Problem>>>,
}

/// A listener on a port that no other test of this process uses.
fn bound(host: &str) -> (String, Listener) {
    free(&format!("http://{host}"), &|uri| Listener::bind(uri))
}

fn free(base: &str, bind: &dyn Fn(&str) -> Result<Listener, Problem>) -> (String, Listener) {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = u16::try_from(std::process::id() % 9_000).unwrap();
    for _ in 0..2_000 {
        let port = 10_000 + (start + NEXT.fetch_add(1, Ordering::Relaxed)) % 10_000;
        let redirect_uri = format!("{base}:{port}/callback");
        if let Ok(listener) = bind(&redirect_uri) {
            return (redirect_uri, listener);
        }
    }
    panic!("no free port of {base}");
}

fn start() -> Flow {
    start_at("localhost")
}

fn start_at(host: &str) -> Flow {
    let (redirect_uri, listener) = bound(host);
    wait(host, redirect_uri, listener)
}

fn wait(host: &str, redirect_uri: String, mut listener: Listener) -> Flow {
    listener.set_target(Url::parse("https://login.example.com/authorize?state=s").unwrap());
    let (port, short_link) = (listener.port(), listener.short_link());
    let ignored = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&ignored);
    let wait = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let state = Secret::new(STATE.to_owned());
        let expected = ExpectedResponse { redirect_uri, state, issuer: None, capture: Vec::new(), bare_code: true };
        let mut tell = move |problem| told.lock().unwrap().push(problem);
        runtime.block_on(listener.wait(&expected, &mut tell))
    });
    Flow { host: format!("{host}:{port}"), port, short_link, wait, ignored }
}

impl Flow {
    /// Sends raw bytes over IPv4; returns what arrives of the response.
    fn raw(&self, bytes: &[u8]) -> String {
        raw((Ipv4Addr::LOCALHOST, self.port).into(), bytes)
    }

    /// The bytes of a request that a browser sends.
    fn request(&self, target: &str) -> Vec<u8> {
        format!("GET {target} HTTP/1.1\r\nHost: {}\r\n\r\n", self.host).into_bytes()
    }

    fn get(&self, target: &str) -> String {
        self.raw(&self.request(target))
    }

    /// Sends the valid response, which proves that the flow is still waiting; returns the page.
    fn finish(self) -> String {
        let page = self.get(&right());
        assert_status(&page, 200, "the right response");
        let AuthorizationResponse::Code { code, .. } = self.wait.join().unwrap() else { panic!("a refusal") };
        assert_eq!(code.expose(), CODE);
        page
    }
}

/// The request target of the valid response.
fn right() -> String {
    format!("/callback?state={STATE}&code={CODE}&")
}

fn raw(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    // The listener may respond and close before it has read everything.
    let _ = stream.write_all(bytes);
    hear(stream)
}

/// Reads until the end of the connection.
fn hear(mut stream: TcpStream) -> String {
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let (mut answer, mut chunk) = (Vec::new(), [0; 4_096]);
    while let Ok(count @ 1..) = stream.read(&mut chunk) {
        answer.extend_from_slice(&chunk[..count]);
    }
    String::from_utf8(answer).unwrap()
}

#[track_caller]
fn assert_status(answer: &str, status: u16, what: &str) {
    assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{what}: {answer}");
}

fn wait_for(what: &str, met: impl Fn() -> bool) {
    let until = Instant::now() + Duration::from_secs(30);
    while !met() {
        assert!(Instant::now() < until, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The addresses on which this process listens at `port`: the entries of proc_net(5) with the inodes of this process's
/// sockets.
#[cfg(target_os = "linux")]
pub(crate) fn listening(port: u16) -> Vec<IpAddr> {
    let ours: std::collections::BTreeSet<String> = std::fs::read_dir("/proc/self/fd")
        .unwrap()
        .filter_map(|entry| Some(std::fs::read_link(entry.ok()?.path()).ok()?.to_str()?.to_owned()))
        .collect();
    let mut addresses = Vec::new();
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
        // Without IPv4 or IPv6, the system does not have the table.
        for line in std::fs::read_to_string(table).unwrap_or_default().lines().skip(1) {
            let words: Vec<&str> = line.split_whitespace().collect();
            let (local, state, inode) = (words[1], words[3], words[9]);
            let (address, at) = local.split_once(':').unwrap();
            let is_ours = ours.contains(&format!("socket:[{inode}]"));
            if state == "0A" && is_ours && u16::from_str_radix(at, 16).unwrap() == port {
                addresses.push(from_hex(address));
            }
        }
    }
    addresses
}

/// Decodes groups of four bytes, each in native byte order.
#[cfg(target_os = "linux")]
fn from_hex(text: &str) -> IpAddr {
    let words = (0..text.len()).step_by(8).map(|at| u32::from_str_radix(&text[at..at + 8], 16).unwrap());
    let bytes: Vec<u8> = words.flat_map(u32::to_ne_bytes).collect();
    match <[u8; 4]>::try_from(bytes.as_slice()) {
        Ok(four) => IpAddr::from(four),
        Err(_) => IpAddr::from(<[u8; 16]>::try_from(bytes.as_slice()).unwrap()),
    }
}
