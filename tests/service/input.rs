//! CF-13 and CF-06: input that users paste, and what a custom catalog file changes.

use std::sync::Arc;

use credenza::catalog::{Catalog, Origin};
use credenza::engine::ops::credentials::{self, Draft};
use credenza::engine::ops::sign_in::{Control, Options, RedirectReturn, SignInOverrides, authenticate};
use credenza::engine::ops::token::Request;
use credenza::engine::{Opener, Session};
use credenza::model::change::Change;
use credenza::model::credential::{ClientId, CredentialId, Details, Name};
use credenza::problem::next_step::HostUse;
use credenza::problem::{Kind, NextStep, Problem};
use credenza::secret::ClientSecret;
use tokio::sync::mpsc;

use super::{Fake, Home, ask, force, json, pair};

/// Adds a credential with this client; returns the ID and secret that were stored.
fn added(home: &Home, id: &str, secret: &str) -> Result<(String, String), Problem> {
    let session = home.session();
    let mut setup = home.stored().setup;
    setup.client.id = ClientId(id.to_owned());
    setup.client.secret = Some(ClientSecret::new(secret.to_owned()));
    let draft =
        Draft { name: "New".to_owned(), provider: "manageengine".to_owned(), details: Details::default(), setup };
    let added = credentials::add(&session, draft)?;
    let snapshot = credentials::snapshot(&session)?;
    let client = snapshot.credentials.by_id(added).unwrap().setup.client.clone();
    credentials::delete(&session, added)?;
    Ok((client.id.0, client.secret.unwrap().expose().to_owned()))
}

#[test]
fn cf_13_what_a_paste_brings_around_a_client_id_or_secret_is_dropped() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    for around in ["{}\n", " {}\r\n", "\t{}\u{a0}", "\u{200b}{}\u{feff}", "\u{202a}{}\u{202c}", "\u{3000}{}\0"] {
        let pasted = |text: &str| around.replace("{}", text);
        let stored = added(&home, &pasted("1000.ABC"), &pasted("CNRY-secret/+=~")).unwrap();
        assert_eq!(stored, ("1000.ABC".to_owned(), "CNRY-secret/+=~".to_owned()), "{around:?}");
    }
}

#[test]
fn cf_13_what_stands_inside_and_cannot_be_is_refused_with_its_place_and_not_repeated() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    for inside in
        ["\r\n", "\n", "\t", "\u{a0}", "\u{200b}", "\u{1b}[2J", "\0", "\u{202e}", "\u{201c}", "\u{2013}", "\u{430}"]
    {
        let text = format!("CNRY{inside}rest");
        for (id, secret, label) in [(text.as_str(), "fine", "Client ID"), ("fine", text.as_str(), "Client Secret")] {
            let problem = added(&home, id, secret).unwrap_err();
            assert_eq!(problem.kind, Kind::Usage, "{inside:?}: {problem}");
            assert!(problem.what.contains(label) && problem.what.contains("(position 5)"), "{inside:?}: {problem}");
            assert!(!problem.to_string().contains("CNRY"), "{problem}");
        }
    }
    let spaced = added(&home, "CNRY rest", "CNRY rest").unwrap();
    assert_eq!(spaced, ("CNRY rest".to_owned(), "CNRY rest".to_owned()), "RFC 6749 appendix A.1 and A.2: VSCHAR");
    for quoted in ["\u{201c}1000.ABC\u{201d}", "\u{2018}1000.ABC\u{2019}"] {
        assert!(
            added(&home, quoted, "fine").unwrap_err().what.contains("(position 1)"),
            "typographic quotes around it"
        );
    }
}

/// A custom file overrides the shipped provider with these endpoints; `more` are additional keys.
fn overridden(home: &Home, authorize: &str, token: &str, more: &str) -> Session {
    let text = format!(
        "schema = 1\nid = \"manageengine\"\nname = \"Own\"\ncategory = \"own\"\nverification = \"unverified\"\n[auth]\n\
         kind = \"oauth2-code\"\nauthorize_url = \"{authorize}\"\ntoken_url = \"{token}\"\n{more}\n"
    );
    let folder = home.workspace.paths.catalog();
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("own.toml"), text).unwrap();
    let (catalog, problems) = Catalog::load(&folder, Origin::Internet);
    assert_eq!(problems, []);
    let mut session = home.session();
    session.workspace.catalog = Arc::new(catalog);
    session
}

/// Runs the flow up to the browser, and cancels it there.
fn reaches_the_browser(session: &Session, home: &Home, accept_new_endpoints: bool) -> Result<bool, Problem> {
    let mut session = session.clone();
    let (control, commands) = mpsc::channel(1);
    session.workspace.opener = Opener::stand_in(move |_| {
        control.try_send(Control::Cancel).unwrap();
        Ok(())
    });
    let (progress, _reports) = mpsc::channel(64);
    let options = Options {
        overrides: SignInOverrides { new_host: accept_new_endpoints, ..SignInOverrides::default() },
        redirect_return: RedirectReturn::Paste,
        ..Options::default()
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    match runtime.block_on(authenticate(&session, home.id, options, progress, commands)) {
        Err(problem) if problem.what.contains("canceled") => Ok(true),
        Err(problem) => Err(problem),
        Ok(_) => Ok(false),
    }
}

#[test]
fn cf_06_an_override_gets_no_token_of_an_existing_credential_until_the_person_says_so() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    let pinned = fake.url.as_str();
    for (authorize, token, more) in [
        (pinned, "https://evil.example/t", ""),
        ("https://evil.example/a", pinned, ""),
        (pinned, pinned, "userinfo_url = \"https://evil.example/me\""),
        (pinned, pinned, "revoke_url = \"https://evil.example/revoke\""),
    ] {
        let session = overridden(&home, authorize, token, more);
        let provider = session.workspace.catalog.by_id("manageengine").unwrap();
        assert!(provider.source_label().starts_with("custom ("), "{}", provider.source_label());
        let problem = reaches_the_browser(&session, &home, false).unwrap_err();
        assert_eq!(problem.kind, Kind::Refused, "{problem}");
        assert!(problem.what.contains("evil.example") && problem.why.contains("127.0.0.1"), "{problem}");
        assert!(
            matches!(problem.step.as_deref(), Some(NextStep::AcceptNewHost { by: HostUse::SignIn, .. })),
            "{problem:?}"
        );
        assert!(reaches_the_browser(&session, &home, true).unwrap(), "confirmed");
        assert_eq!(home.stored().endpoints.unwrap().token, fake.url, "pinned until new tokens are in");
    }
    // A refresh uses the stored endpoints, not those of the catalog.
    let mut home = home;
    home.workspace.catalog = Arc::new(Catalog::load(&home.workspace.paths.catalog(), Origin::Internet).0);
    assert_eq!(force(&home).unwrap().access.expose(), "a1");
    assert_eq!(ask(&home, Request::default()).unwrap().access.expose(), "a1");
    assert_eq!((pair(&home.stored()).0.as_str(), fake.requests().len()), ("a1", 1));
}

/// The endpoints of these entries have changed. Credentials that were authenticated before still refresh at their
/// stored endpoints, and signing in again asks for confirmation only if the host is different.
#[test]
fn credentials_of_a_changed_entry_keep_working_and_are_asked_about_new_hosts_only() {
    for (provider, old_authorize, old_token) in [
        ("monday", "https://auth.monday.com/oauth2/authorize", "https://auth.monday.com/oauth2/token"),
        ("hubspot", "https://app.hubspot.com/oauth/authorize", "https://api.hubapi.com/oauth/v1/token"),
    ] {
        let fake = Fake::start();
        let mut home = Home::with(&fake);
        let (mut credential, shipped) = (home.stored(), home.session());
        let entry = shipped.workspace.catalog.by_id(provider).unwrap();
        assert_ne!(entry.urls.token, old_token, "{provider}: the entry has changed");
        provider.clone_into(&mut credential.provider);
        credential.id = CredentialId::random();
        credential.name = Name::parse(provider).unwrap();
        credential.setup.variables.clear();
        (home.id, home.workspace.catalog) = (credential.id, Arc::clone(&shipped.workspace.catalog));
        home.vault().commit(Change::Insert(Box::new(credential.clone()))).unwrap();
        fake.script([json(200, r#"{"access_token":"a1","refresh_token":"r1","expires_in":3600}"#)]);
        assert_eq!(force(&home).unwrap().access.expose(), "a1", "{provider}");
        assert!(fake.requests()[0].contains("r0"), "{provider}: {:?}", fake.requests());
        assert_eq!(home.stored().endpoints.unwrap().token, fake.url, "{provider}: it refreshes where it was");
        let problem = reaches_the_browser(&home.session(), &home, false).unwrap_err();
        assert!(problem.kind == Kind::Refused && problem.why.contains("127.0.0.1"), "{provider}: {problem}");
        // As the version before the change stored it.
        let mut before = credential.clone();
        (before.id, before.name) = (CredentialId::random(), Name::parse("Before").unwrap());
        let pinned = before.endpoints.as_mut().unwrap();
        (pinned.authorization, pinned.token) = (Some(old_authorize.parse().unwrap()), old_token.parse().unwrap());
        home.id = before.id;
        home.vault().commit(Change::Insert(Box::new(before))).unwrap();
        assert!(reaches_the_browser(&home.session(), &home, false).unwrap(), "{provider}: the hosts are the same");
    }
}
