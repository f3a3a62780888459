//! Where the redirect is received: by a listener on this machine, directly or behind a page elsewhere, or pasted.
//!
//! The stored redirect URI decides. For a loopback address with a port there is a listener, http or https. At another
//! https address there may be a page that redirects the browser to this machine. For any other address the user pastes
//! the redirect.

use url::Url;

use super::options::{Options, RedirectReturn};
use super::progress::SignInPrompt;
use crate::catalog::{Provider, Redirect};
use crate::engine::workspace::Workspace;
use crate::loopback::is_loopback;
use crate::model::credential::Setup;
use crate::oauth::loopback::{Certificate, Listener, with_free_port, with_port};
use crate::problem::{Kind, Problem};

/// Where a page elsewhere redirects the browser; the page knows the path.
const BEHIND_PAGE: &str = "http://127.0.0.1/callback";

/// How many free ports are tried.
const FREE_PORT_TRIES: usize = 5;

/// How the authorization response is received.
pub(super) struct RedirectTarget {
    pub(super) listener: Option<Listener>,
    pub(super) no_listener: Option<Problem>,
    /// The redirect URI of the request.
    pub(super) redirect_uri: String,
    /// Why the listener uses another port than the stored redirect URI.
    other_port: Option<Problem>,
    certificate: Option<Certificate>,
    /// The listener's address, if the redirect URI is a page elsewhere.
    behind_page: Option<String>,
}

/// The kind of a redirect URI.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum RedirectKind {
    /// This machine, over plain http; also an address that cannot be bound, which is reported when binding it.
    Http,
    /// This machine, over https.
    Https,
    /// An https address elsewhere.
    Page,
    /// This machine, over https without a port: the user pastes the address.
    Pasted,
}

impl RedirectKind {
    fn of(redirect_uri: &str) -> Self {
        match Url::parse(redirect_uri) {
            Ok(url) if url.scheme() == "https" => match (is_loopback(&url), url.port()) {
                (true, Some(_)) => Self::Https,
                (true, None) => Self::Pasted,
                (false, _) => Self::Page,
            },
            _ => Self::Http,
        }
    }
}

impl RedirectTarget {
    /// Opens the listener that the redirect URI and the options require. A failure becomes part of the prompt.
    pub(super) fn open(workspace: &Workspace, provider: &Provider, setup: &Setup, options: &Options) -> Self {
        let place = RedirectKind::of(&setup.redirect_uri);
        if options.redirect_return == RedirectReturn::Paste || place == RedirectKind::Pasted {
            return Self::nowhere(&setup.redirect_uri);
        }
        let opened = match place {
            RedirectKind::Page => Self::behind(workspace, &setup.redirect_uri),
            RedirectKind::Https => workspace.certificate().and_then(|certificate| {
                let bind = |uri: &str| Listener::bind_https(uri, &certificate);
                let way_in = Self::at_this_machine(workspace, provider, setup, &bind)?;
                Ok(Self { certificate: Some(certificate), ..way_in })
            }),
            _ => Self::at_this_machine(workspace, provider, setup, &Listener::bind),
        };
        opened.unwrap_or_else(|problem| Self { no_listener: Some(problem), ..Self::nowhere(&setup.redirect_uri) })
    }

    /// Listens on the port of the redirect URI. If the provider accepts any port, falls back to the ports of the
    /// settings, then to a free one.
    fn at_this_machine(
        workspace: &Workspace,
        provider: &Provider,
        setup: &Setup,
        bind: &dyn Fn(&str) -> Result<Listener, Problem>,
    ) -> Result<Self, Problem> {
        let stored = &setup.redirect_uri;
        match bind(stored) {
            Ok(listener) => Ok(Self { listener: Some(listener), ..Self::nowhere(stored) }),
            Err(problem) if problem.kind == Kind::Temporary && matches!(provider.redirect, Redirect::AnyPort(_)) => {
                let Some((listener, uri)) = first_free(workspace, stored, bind) else { return Err(problem) };
                Ok(Self { listener: Some(listener), other_port: Some(problem), ..Self::nowhere(&uri) })
            }
            Err(problem) => Err(problem),
        }
    }

    /// Listens behind a page, on any port: each request tells the page the port.
    fn behind(workspace: &Workspace, page: &str) -> Result<Self, Problem> {
        let (listener, uri) = first_free(workspace, BEHIND_PAGE, &Listener::bind)
            .ok_or_else(|| Problem::new(Kind::Temporary, "No local port could be opened for the redirect."))?;
        Ok(Self { listener: Some(listener), behind_page: Some(uri), ..Self::nowhere(page) })
    }

    /// No listener: the user pastes the address.
    fn nowhere(redirect_uri: &str) -> Self {
        Self {
            listener: None,
            no_listener: None,
            redirect_uri: redirect_uri.to_owned(),
            other_port: None,
            certificate: None,
            behind_page: None,
        }
    }

    /// The port to include in the state, if the listener is behind a page.
    pub(super) fn behind_page(&self) -> Option<u16> {
        self.behind_page.as_ref().and(self.listener.as_ref()).map(Listener::port)
    }

    /// The prompt for the user, and the listener that waits for the redirect.
    pub(super) fn into_prompt(self, url: &Url) -> (SignInPrompt, Option<Listener>) {
        let listener = self.listener.as_ref();
        let prompt = SignInPrompt {
            redirect_uri: self.redirect_uri,
            url: url.clone(),
            short_link: listener.map(Listener::short_link),
            ssh: listener.map(|listener| format!("ssh -L {0}:localhost:{0} <this host>", listener.port())),
            no_listener: self.no_listener,
            other_port: self.other_port,
            fingerprint: self.certificate.map(|certificate| certificate.fingerprint()),
            behind_page: self.behind_page,
        };
        (prompt, self.listener)
    }
}

/// Listens on the first free port of the settings, else on any.
fn first_free(
    workspace: &Workspace,
    redirect_uri: &str,
    bind: &dyn Fn(&str) -> Result<Listener, Problem>,
) -> Option<(Listener, String)> {
    let bound = |uri: String| bind(&uri).ok().map(|listener| (listener, uri));
    let ports = workspace.settings.redirect_ports();
    let of_settings = ports.filter_map(|port| with_port(redirect_uri, port).ok()).find_map(bound);
    let of_system = || {
        let free = std::iter::repeat_with(|| with_free_port(redirect_uri).ok()).take(FREE_PORT_TRIES);
        free.flatten().find_map(bound)
    };
    of_settings.or_else(of_system)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_redirect_uri_decides_where_the_browser_comes_back() {
        for (uri, place) in [
            ("http://localhost:53682/callback", RedirectKind::Http),
            ("https://localhost:53682/callback", RedirectKind::Https),
            ("https://127.0.0.1:8443/cb", RedirectKind::Https),
            ("https://localhost/callback", RedirectKind::Pasted),
            ("https://auth.acme.example/credenza/", RedirectKind::Page),
            ("com.acme.app:/cb", RedirectKind::Http),
        ] {
            assert_eq!(RedirectKind::of(uri), place, "{uri}");
        }
    }
}
