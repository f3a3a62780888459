//! A small in-process bucket with the S3 protocol. It honors preconditions, or violates them in one of several ways.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};

use credenza::store::team::backend::address::Address;
use credenza::store::team::backend::platform::Platform;
use credenza::store::team::backend::{self, Backend};

use super::engine::{Engine, Losing};
use super::proxy::Proxy;

/// How the bucket treats requests.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Manner {
    /// Honors all preconditions.
    #[default]
    Fit,
    /// Ignores `If-Match`.
    IgnoresVersions,
    /// Ignores `If-None-Match`.
    IgnoresAbsence,
    /// Performs a write, and then answers with 500.
    FailsAfterWriting,
    /// Always sends this response.
    Answers(&'static str),
}

#[derive(Debug, Default)]
struct Contents {
    objects: BTreeMap<String, (u64, Vec<u8>)>,
    written: u64,
    manner: Manner,
    outage: Option<Outage>,
}

/// A number of failing requests that follow a certain write.
#[derive(Debug)]
struct Outage {
    /// A part of the path of the write.
    after: &'static str,
    has_begun: bool,
    requests: usize,
}

/// A bucket named `test` on a port of its own.
pub(crate) struct Small {
    address: SocketAddr,
    contents: Arc<Mutex<Contents>>,
}

struct Request {
    method: String,
    path: String,
    query: String,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

impl Small {
    pub(crate) fn that(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let contents = Arc::new(Mutex::new(Contents { manner, ..Contents::default() }));
        let shared = Arc::clone(&contents);
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let contents = Arc::clone(&shared);
                std::thread::spawn(move || serve(&connection, &contents));
            }
        });
        Self { address, contents }
    }

    pub(crate) fn set(&self, manner: Manner) {
        self.contents.lock().unwrap().manner = manner;
    }

    /// After the next write of an object whose path contains `after`, fails this number of requests.
    pub(crate) fn fail_after(&self, after: &'static str, requests: usize) {
        self.contents.lock().unwrap().outage = Some(Outage { after, has_begun: false, requests });
    }

    /// A bucket that honors preconditions.
    pub(crate) fn fit() -> Self {
        Self::that(Manner::Fit)
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.contents.lock().unwrap().objects.keys().cloned().collect()
    }

    /// The address of a vault in this bucket.
    pub(crate) fn address(&self) -> String {
        format!("s3://test/team/prod?endpoint=http://{}", self.address)
    }

    fn at(port: u16) -> Arc<dyn Backend> {
        let address = format!("s3://test/team/prod?endpoint=http://127.0.0.1:{port}");
        open(&address)
    }
}

/// Opens an address with test credentials.
pub(super) fn open(address: &str) -> Arc<dyn Backend> {
    open_with(address, "id")
}

/// Opens an address with an access key whose secret equals its id.
pub(super) fn open_with(address: &str, key: &str) -> Arc<dyn Backend> {
    let variables = [("AWS_ACCESS_KEY_ID", key), ("AWS_SECRET_ACCESS_KEY", key)];
    backend::open(&Address::parse(address).unwrap(), &Platform::new(Path::new("/nowhere"), variables)).unwrap()
}

impl Engine for Small {
    fn make(_: &str) -> Option<Self> {
        Some(Self::that(Manner::Fit))
    }

    fn open(&self) -> Arc<dyn Backend> {
        Self::at(self.address.port())
    }

    fn losing_one_answer(&self) -> Losing {
        let proxy = Proxy::to(self.address);
        Losing { backend: Self::at(proxy.port), arm: proxy.arm() }
    }

    fn put_as_owner(&self, name: &str, body: Option<Vec<u8>>) {
        let mut contents = self.contents.lock().unwrap();
        contents.written += 1;
        let (name, written) = (format!("team/prod/{name}"), contents.written);
        match body {
            Some(body) => contents.objects.insert(name, (written, body)),
            None => contents.objects.remove(&name),
        };
    }
}

fn serve(connection: &TcpStream, contents: &Mutex<Contents>) {
    let mut reader = BufReader::new(connection);
    while let Some(request) = read(&mut reader) {
        let answer = contents.lock().unwrap().answer(&request);
        let mut connection = connection;
        if connection.write_all(&answer).is_err() {
            return;
        }
    }
}

fn read(reader: &mut impl std::io::BufRead) -> Option<Request> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|count| *count > 0)?;
    let mut parts = line.split_whitespace();
    let (method, target) = (parts.next()?.to_owned(), parts.next()?.to_owned());
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.split_once(':') else { break };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let path = path.trim_start_matches("/test").trim_start_matches('/').replace("%20", " ");
    Some(Request { method, path, query: query.to_owned(), headers, body })
}

fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let date = jiff::fmt::rfc2822::DateTimePrinter::new();
    let now = credenza::clock::Clock::system().now();
    let date = date.timestamp_to_rfc9110_string(&now).unwrap();
    let text = format!("HTTP/1.1 {status}\r\nDate: {date}\r\nContent-Length: {}\r\n{headers}\r\n", body.len());
    [text.as_bytes(), body].concat()
}

impl Contents {
    fn answer(&mut self, request: &Request) -> Vec<u8> {
        if let Manner::Answers(text) = self.manner {
            return text.as_bytes().to_vec();
        }
        if self.is_down(request) {
            return answer("503 Slow Down", "", b"<Error><Code>SlowDown</Code></Error>");
        }
        match request.method.as_str() {
            "PUT" => self.put(request),
            "DELETE" => {
                self.objects.remove(&request.path);
                answer("204 No Content", "", b"")
            }
            "GET" if request.query.contains("list-type") => answer("200 OK", "", self.list(&request.query).as_bytes()),
            method => match self.objects.get(&request.path) {
                Some((version, body)) => {
                    let head = format!(
                        "ETag: \"v{version}\"\r\nLast-Modified: Mon, 23 Nov 2026 10:00:00 GMT\r\nContent-Type: x/y\r\n"
                    );
                    // The response to a HEAD request states the length that the body would have.
                    let mut whole = answer("200 OK", &head, body);
                    if method == "HEAD" {
                        whole.truncate(whole.len() - body.len());
                    }
                    whole
                }
                None if method == "HEAD" => answer("404 Not Found", "", b""),
                None => answer("404 Not Found", "", b"<Error><Code>NoSuchKey</Code></Error>"),
            },
        }
    }

    fn is_down(&mut self, request: &Request) -> bool {
        let Some(outage) = &mut self.outage else { return false };
        if !outage.has_begun {
            outage.has_begun = request.method == "PUT" && request.path.contains(outage.after);
            return false;
        }
        outage.requests = outage.requests.saturating_sub(1);
        if outage.requests == 0 {
            self.outage = None;
        }
        true
    }

    fn put(&mut self, request: &Request) -> Vec<u8> {
        let stored = self.objects.get(&request.path).map(|(version, _)| format!("\"v{version}\""));
        let stale = match request.headers.get("if-match") {
            Some(version) if self.manner != Manner::IgnoresVersions => stored.as_ref() != Some(version),
            _ => false,
        };
        let absent = request.headers.contains_key("if-none-match") && self.manner != Manner::IgnoresAbsence;
        if stale || (absent && stored.is_some()) {
            return answer("412 Precondition Failed", "", b"<Error><Code>PreconditionFailed</Code></Error>");
        }
        self.written += 1;
        self.objects.insert(request.path.clone(), (self.written, request.body.clone()));
        match self.manner {
            Manner::FailsAfterWriting => {
                answer("500 Internal Server Error", "", b"<Error><Code>InternalError</Code></Error>")
            }
            _ => answer("200 OK", &format!("ETag: \"v{}\"\r\n", self.written), b""),
        }
    }

    fn list(&self, query: &str) -> String {
        let prefix = query.split('&').find_map(|part| part.strip_prefix("prefix=")).unwrap_or_default();
        let prefix = prefix.replace("%2F", "/");
        let mut xml = "<?xml version=\"1.0\"?><ListBucketResult><IsTruncated>false</IsTruncated>".to_owned();
        for (name, (version, body)) in self.objects.iter().filter(|(name, _)| name.starts_with(&prefix)) {
            write!(
                xml,
                "<Contents><Key>{name}</Key><LastModified>2026-11-23T10:00:00.000Z</LastModified>\
                 <ETag>&quot;v{version}&quot;</ETag><Size>{}</Size></Contents>",
                body.len()
            )
            .unwrap();
        }
        xml + "</ListBucketResult>"
    }
}
