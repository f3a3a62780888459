//! Ways back from the browser other than the stored port of this machine over plain http.

use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use credenza::catalog::{Catalog, Origin, Provider, Redirect};
use credenza::clock::Clock;
use credenza::engine::ops::credentials;
use credenza::engine::ops::sign_in::{self, Control, Progress, SignInPrompt};
use credenza::engine::{Opener, Session};
use credenza::sandbox::{Consent, Options, Sandbox, visit};
use credenza::secret::Secret;
use credenza::settings::Settings;
use tokio::sync::mpsc;
use url::Url;

use super::desk::{free_port, open};
use super::providers::draft;
use crate::sandbox::wire::get;

/// A custom provider that accepts any port, as some shipped ones do.
const ANY_PORT: &str = r#"
schema = 1
id = "acme"
name = "Acme"
category = "itsm"
verification = "one-source"
redirect = "loopback"

[auth]
kind = "oauth2-code"
authorize_url = "https://login.acme.example/authorize"
token_url = "https://login.acme.example/token"
"#;

struct Stage {
    session: Session,
    catalog: Arc<Catalog>,
    _sandbox: Sandbox,
    _dir: tempfile::TempDir,
}

async fn stage() -> Stage {
    let dir = crate::scratch::folder();
    let folder = dir.path().join("config/catalog");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("acme.toml"), ANY_PORT).unwrap();
    let (catalog, problems) = Catalog::load(&folder, Origin::Internet);
    assert!(problems.is_empty(), "{problems:?}");
    let catalog = Arc::new(catalog);
    let options = Options { catalog: Arc::clone(&catalog), consent: Consent::Accept, ..Options::default() };
    let sandbox = Sandbox::start(options).await.unwrap();
    let session = open(&dir, &sandbox, &Clock::system());
    Stage { session, catalog, _sandbox: sandbox, _dir: dir }
}

impl Stage {
    fn provider(&self, is: impl Fn(&Provider) -> bool) -> &Provider {
        self.catalog.iter().find(|provider| is(provider)).unwrap()
    }

    /// Signs in with this redirect URI. `browse` receives the URL that the provider redirects to, and returns the URL
    /// to visit, or `None` to paste it. Returns what the user was shown.
    async fn sign_in(
        &self,
        provider: &Provider,
        redirect_uri: &str,
        browse: impl Fn(&Url) -> Option<Url> + Clone + Send + Sync + 'static,
    ) -> SignInPrompt {
        let mut draft = draft(provider);
        redirect_uri.clone_into(&mut draft.setup.redirect_uri);
        let id = credentials::add(&self.session, draft).unwrap();
        let mut session = self.session.clone();
        let (control, commands) = mpsc::channel(4);
        session.workspace.opener = Opener::stand_in(move |url| {
            let (url, control, browse) = (url.clone(), control.clone(), browse.clone());
            tokio::spawn(async move {
                let target = Url::parse(get(url.as_str()).await.location()).unwrap();
                match browse(&target) {
                    Some(next) => assert_eq!(visit(&next).await.unwrap().status, 200),
                    None => control.send(Control::Paste(Secret::new(target.into()))).await.unwrap(),
                }
            });
            Ok(())
        });
        let (progress, mut reports) = mpsc::channel(16);
        let told = Arc::new(Mutex::new(None));
        let keep = Arc::clone(&told);
        let listen = tokio::spawn(async move {
            while let Some(report) = reports.recv().await {
                if let Progress::Waiting(invitation) = report {
                    *keep.lock().unwrap() = Some(*invitation);
                }
            }
        });
        let options = sign_in::Options { deadline: Duration::from_secs(20), ..Default::default() };
        sign_in::authenticate(&session, id, options, progress, commands).await.unwrap();
        listen.await.unwrap();
        told.lock().unwrap().take().unwrap()
    }
}

/// The forwarding that the script of `assets/redirect/index.html` does.
fn bounced(target: &Url) -> Url {
    let state = target.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    let port: u16 = state.rsplit_once('.').unwrap().1.parse().unwrap();
    Url::parse(&format!("http://127.0.0.1:{port}/callback?{}", target.query().unwrap())).unwrap()
}

#[tokio::test]
async fn a_page_elsewhere_sends_the_browser_on_to_the_port_in_the_state() {
    let stage = stage().await;
    let page = "https://auth.acme.example/credenza/";
    let provider = stage.provider(|provider| provider.id == "box");
    let told = stage.sign_in(provider, page, |target| Some(bounced(target))).await;
    assert_eq!(told.redirect_uri, page);
    assert!(told.behind_page.unwrap().starts_with("http://127.0.0.1:"));
    assert!(told.fingerprint.is_none() && told.no_listener.is_none());
    // Without such a page, the URL is pasted, as before.
    let paste = stage.provider(|provider| provider.id == "figma");
    stage.sign_in(paste, page, |_| None).await;
}

#[tokio::test]
async fn an_https_address_of_this_machine_is_listened_at_and_shows_a_fingerprint() {
    let stage = stage().await;
    let provider = stage.provider(|provider| matches!(provider.redirect, Redirect::HttpsLoopback(_)));
    let told = stage.sign_in(provider, &provider.redirect_uri(free_port()), |_| None).await;
    assert!(told.short_link.unwrap().starts_with("https://localhost:"));
    assert_eq!(told.fingerprint.unwrap(), stage.session.workspace.certificate().unwrap().fingerprint());
    // A credential of an earlier version, whose registered redirect URI has no port.
    let old = stage.provider(|provider| provider.id == "calendly");
    let told = stage.sign_in(old, "https://localhost/callback", |_| None).await;
    assert!(told.short_link.is_none() && told.no_listener.is_none() && told.fingerprint.is_none());
}

#[tokio::test]
async fn the_ports_of_the_settings_are_tried_in_their_order() {
    let mut stage = stage().await;
    let holders = [TcpListener::bind(("127.0.0.1", 0)).unwrap(), TcpListener::bind(("127.0.0.1", 0)).unwrap()];
    let taken = holders.each_ref().map(|listener| listener.local_addr().unwrap().port());
    let free = free_port();
    let settings =
        Settings { redirect_port: taken[0], other_redirect_ports: vec![taken[1], free], ..Settings::default() };
    stage.session.workspace.settings = Arc::new(settings);
    let provider = stage.provider(|provider| matches!(provider.redirect, Redirect::AnyPort(_)));
    let told = stage.sign_in(provider, &provider.redirect_uri(taken[0]), |target| Some(target.clone())).await;
    assert_eq!(told.redirect_uri, provider.redirect_uri(free));
    let why = told.other_port.unwrap();
    assert!(why.what.contains(&format!("Port {}", taken[0])), "{why}");
}
