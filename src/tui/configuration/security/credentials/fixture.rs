//! A vault of five credentials and a terminal in memory, for the tests of the screens.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use crate::engine::ops::unlock::VaultState;
use crate::engine::{Snapshot, Workspace};
use crate::model::credential::{AuthFailure, Client, ClientId, Credential, Event, EventKind, Name, Setup, Tokens};
use crate::secret::{AccessToken, ClientSecret, RefreshToken};
use crate::tui::attention_counts::AttentionCounts;
use crate::tui::context::Context;
use crate::tui::effect::OperationId;
use crate::tui::theme::Theme;
use crate::tui::view::View;

/// A secret in the vault that must not appear in any frame.
pub(super) const CANARY: &str = "CNRY-secret-7f3a";

/// Owns the values that a context borrows.
pub(super) struct Fixture {
    snapshot: Snapshot,
    workspace: Workspace,
    vault: VaultState,
    tally: AttentionCounts,
    zone: TimeZone,
    pub(super) now: Timestamp,
    pub(super) theme: Theme,
    _dir: tempfile::TempDir,
}

impl Fixture {
    pub(super) fn new() -> Self {
        let mut fixture = Self::empty();
        let now = fixture.now;
        let mut list = vec![
            credential("ManageEngine Computers Asset Load", "manageengine", now, true),
            credential("ManageEngine MDM (EU)", "manageengine", now, true),
            credential("Intune – Berlin 日本語", "microsoft-intune", now, true),
            credential("Jamf Pro school devices", "jamf-pro", now, false),
            credential("Okta directory", "okta", now, true),
        ];
        list[1].setback = Some(AuthFailure::Refused { at: now, code: "invalid_grant".to_owned() });
        list[4].setback = Some(AuthFailure::Revoked { at: now });
        std::sync::Arc::make_mut(&mut fixture.snapshot.credentials).list =
            list.into_iter().map(std::sync::Arc::new).collect();
        fixture.tally = AttentionCounts::default();
        fixture.tally.refresh(&fixture.snapshot, fixture.now);
        fixture
    }

    pub(super) fn empty() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (workspace, _) = Workspace::open(Some(dir.path()), None).unwrap();
        Self {
            snapshot: Snapshot::default(),
            workspace,
            vault: VaultState::Absent,
            tally: AttentionCounts::default(),
            zone: TimeZone::UTC,
            now: "2026-11-23T09:58:00Z".parse().unwrap(),
            theme: Theme::plain(false),
            _dir: dir,
        }
    }

    pub(super) fn cx(&self) -> Context<'_> {
        Context {
            snapshot: &self.snapshot,
            workspace: &self.workspace,
            catalog: &self.workspace.catalog,
            is_open: true,
            vault_name: self.workspace.vault_name(),
            vaults: &[],
            vault: &self.vault,
            now: self.now,
            zone: &self.zone,
            theme: &self.theme,
            tally: &self.tally,
            beat: 0,
            operation: OperationId(7),
            size: (80, 24),
            locks_in: None,
        }
    }

    /// The frame as lines of text.
    pub(super) fn draw(&self, view: &dyn View, width: u16, height: u16) -> String {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        let cx = Context { size: (width, height), ..self.cx() };
        terminal.draw(|frame| view.view(&cx, frame, frame.area())).unwrap();
        let text = terminal.backend().to_string();
        assert!(!text.contains(CANARY), "{text}");
        text
    }

    pub(super) fn draw_every_size(&self, view: &dyn View) {
        for width in (1..=130).step_by(3) {
            for height in (1..=45).step_by(4) {
                self.draw(view, width, height);
            }
        }
    }
}

fn credential(name: &str, provider: &str, now: Timestamp, tokens: bool) -> Credential {
    let setup = Setup {
        client: Client { id: ClientId("1000.4F7KQ2M8VZ1T6RXC".into()), secret: Some(ClientSecret::new(CANARY.into())) },
        scopes: vec!["a.READ".to_owned(), "b.READ".to_owned()],
        redirect_uri: "http://localhost:53682/callback".to_owned(),
        ..Setup::default()
    };
    let mut credential = Credential::new(Name::parse(name).unwrap(), provider, setup, now);
    if tokens {
        credential.record(Event::new(now, EventKind::Authenticated, "by browser"));
        credential.tokens = Some(Tokens {
            access: AccessToken::new(CANARY.to_owned()),
            refresh: Some(RefreshToken::new(CANARY.to_owned())),
            received_at: now,
            expires_at: Some(now + jiff::SignedDuration::from_mins(52)),
            refresh_expires_at: None,
            scopes: Some(vec!["a.READ".to_owned()]),
            captured: BTreeMap::new(),
        });
    }
    credential
}
