//! A token endpoint on loopback that answers immediately, so that the duration of a refresh is the program's own.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

/// Makes each token unique.
static SERIAL: AtomicU64 = AtomicU64::new(0);

/// The endpoint, which listens until the benchmark ends.
pub(crate) struct Provider {
    address: String,
}

impl Provider {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                thread::spawn(move || serve(&stream));
            }
        });
        Self { address }
    }

    pub(crate) fn token_url(&self) -> String {
        format!("{}/token", self.address)
    }

    /// A catalog file that defines this endpoint as a custom integration.
    pub(crate) fn catalog_file(&self) -> String {
        format!(
            "schema = 1\nid = \"loopback\"\nname = \"Loopback\"\ncategory = \"own\"\nverification = \"unverified\"\n\
             [auth]\nkind = \"oauth2-code\"\nauthorize_url = \"https://loopback.example/authorize\"\n\
             token_url = \"{}\"\n",
            self.token_url()
        )
    }
}

/// Answers the requests of one connection; `None` once it is closed.
fn serve(stream: &TcpStream) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut reader = BufReader::new(stream);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            let line = line.trim_end().to_lowercase();
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
            if line.is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
        let answer = format!(
            "{{\"access_token\":\"access-{serial:060}\",\"refresh_token\":\"refresh-{serial:060}\",\
             \"token_type\":\"Bearer\",\"expires_in\":3600}}"
        );
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{answer}",
            answer.len()
        );
        let mut writer = stream;
        writer.write_all(head.as_bytes()).ok()?;
    }
}
