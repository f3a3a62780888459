//! A TCP proxy on loopback that delays responses, or loses one after the request went through and closes both sides.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// Runs until the process ends; its threads only wait for connections.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    armed: Arc<AtomicBool>,
    connections: Arc<AtomicU64>,
    /// Delay of each response in milliseconds.
    delay: Arc<AtomicU64>,
}

impl Proxy {
    pub(crate) fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (armed, connections) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let delay = Arc::new(AtomicU64::new(0));
        let (cut, counted, slow) = (Arc::clone(&armed), Arc::clone(&connections), Arc::clone(&delay));
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                counted.fetch_add(1, Ordering::SeqCst);
                let Ok(upstream) = TcpStream::connect(server) else { continue };
                let (up, back) = (upstream.try_clone().unwrap(), client.try_clone().unwrap());
                std::thread::spawn(move || copy(client, up, None));
                let (cut, slow) = (Arc::clone(&cut), Arc::clone(&slow));
                std::thread::spawn(move || copy(upstream, back, Some((&cut, &slow))));
            }
        });
        Self { port, armed, connections, delay }
    }

    /// Delays each response from now on.
    pub(crate) fn slow_down(&self, by: Duration) {
        self.delay.store(by.as_millis().try_into().unwrap(), Ordering::SeqCst);
    }

    /// Loses the next bytes from the server, and closes that connection.
    pub(super) fn arm(&self) -> Box<dyn Fn()> {
        let armed = Arc::clone(&self.armed);
        Box::new(move || armed.store(true, Ordering::SeqCst))
    }

    pub(super) fn connections(&self) -> u64 {
        self.connections.load(Ordering::SeqCst)
    }
}

/// Copies one direction until it ends. For responses: drops the connection if the flag is set, and delays each chunk by
/// this many milliseconds.
fn copy(mut from: TcpStream, mut to: TcpStream, answers: Option<(&AtomicBool, &AtomicU64)>) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(count) = from.read(&mut buffer) {
        let lost = answers.is_some_and(|(cut, _)| count > 0 && cut.swap(false, Ordering::SeqCst));
        if let Some((_, delay)) = answers {
            std::thread::sleep(Duration::from_millis(delay.load(Ordering::SeqCst)));
        }
        if count == 0 || lost || to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    for side in [&from, &to] {
        let _ = side.shutdown(Shutdown::Both);
    }
}
