//! The listener's responses: fixed pages that reflect nothing of the request and load nothing.

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::{Duration, timeout};
use url::Url;

/// Timeout for writing a response.
const WRITE: Duration = Duration::from_secs(5);
/// How long the rest of a request is read after the response: closing at once would send a reset, and lose the page.
const LINGER: Duration = Duration::from_millis(250);

/// Allows only the pages' own style and script, by their SHA-256; a test compares the hashes with the pages.
const POLICY: &str = "default-src 'none'; \
    style-src 'sha256-aD/MGlA+0vNWFMznFt8+i5GAmbuCvR6N32oSUISgCoY='; \
    script-src 'sha256-QLM3P7pETsJ0WkvXSU+WoK9nOEX5PaZRdJCrQPcIC2A='; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const DONE: &str = include_str!("../../../assets/callback/done.html");
const DENIED: &str = include_str!("../../../assets/callback/denied.html");
const IGNORED: &str = include_str!("../../../assets/callback/ignored.html");

#[derive(Clone, Debug)]
pub(super) enum Page {
    Done,
    Denied,
    /// Not an authorization response: the status, and whether a body may follow.
    Ignored(u16),
    /// 405; a HEAD gets no body.
    Method,
    /// A redirect to the authorization server.
    Go(Url),
}

impl Page {
    /// Writes the page and reads the rest of the request. Ends within a bounded time, whatever the client does.
    pub(super) async fn send(&self, mut stream: impl AsyncRead + AsyncWrite + Unpin) {
        let text = self.text();
        let written = timeout(WRITE, async {
            stream.write_all(text.as_bytes()).await?;
            stream.flush().await?;
            stream.shutdown().await
        });
        if !matches!(written.await, Ok(Ok(()))) {
            return;
        }
        let mut rest = [0; 4_096];
        let hear = async { while stream.read(&mut rest).await.is_ok_and(|count| count > 0) {} };
        let _ = timeout(LINGER, hear).await;
    }

    fn text(&self) -> String {
        let (status, body) = match self {
            Self::Done => ("200 OK", DONE),
            Self::Denied => ("200 OK", DENIED),
            Self::Go(_) => ("302 Found", ""),
            Self::Method => ("405 Method Not Allowed", ""),
            Self::Ignored(404) => ("404 Not Found", IGNORED),
            Self::Ignored(414) => ("414 URI Too Long", IGNORED),
            Self::Ignored(421) => ("421 Misdirected Request", IGNORED),
            Self::Ignored(431) => ("431 Request Header Fields Too Large", IGNORED),
            Self::Ignored(_) => ("400 Bad Request", IGNORED),
        };
        let own = match self {
            Self::Go(target) => format!("location: {target}\r\n"),
            Self::Method => "allow: GET\r\n".to_owned(),
            _ => String::new(),
        };
        format!(
            "HTTP/1.1 {status}\r\n{own}content-type: text/html; charset=utf-8\r\ncontent-length: {}\r\n\
             connection: close\r\ncache-control: no-store\r\nreferrer-policy: no-referrer\r\n\
             x-content-type-options: nosniff\r\nx-frame-options: DENY\r\ncross-origin-opener-policy: same-origin\r\n\
             cross-origin-resource-policy: same-origin\r\ncontent-security-policy: {POLICY}\r\n\r\n{body}",
            body.len()
        )
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use sha2::{Digest as _, Sha256};

    use super::*;

    #[test]
    fn cb_19_the_pages_hold_the_one_style_and_the_one_script_that_clears_the_query() {
        for page in [DONE, DENIED, IGNORED] {
            for tag in ["style", "script"] {
                let (_, rest) = page.split_once(&format!("<{tag}>")).unwrap();
                let (inner, _) = rest.split_once(&format!("</{tag}>")).unwrap();
                let hash = STANDARD.encode(Sha256::digest(inner.as_bytes()));
                assert!(POLICY.contains(&format!("{tag}-src 'sha256-{hash}'")), "{tag}: {hash}");
            }
            assert!(page.contains("history.replaceState(null, \"\", \"/\")"));
            assert!(!page.contains("http") && !page.contains("src="), "a page loads nothing");
        }
    }
}
