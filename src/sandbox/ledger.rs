//! Everything that the sandbox has issued (clients, codes, grants, tokens), and when it expires.
//!
//! Invariants: a code is used once; a grant's tokens end with the grant; reuse of a spent refresh token ends its grant.

use std::collections::HashMap;

use base64::Engine as _;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};

use super::people::Person;
use super::recorded_request::RecordedRequest;
use super::refusal::Refusal;
use super::script::TokenRules;

/// Zoho's limit on the access tokens that one refresh token returns within [`THROTTLE_WINDOW`].
const THROTTLE: usize = 10;
const THROTTLE_WINDOW: SignedDuration = SignedDuration::from_mins(10);
/// Zoho's limit on the grants of one user for one client; a further grant ends the oldest.
const MAX_GRANTS: usize = 20;

/// Number of stored access tokens at which expired ones are dropped.
const MAX_ACCESS: usize = 10_000;

/// A registered client.
#[derive(Clone, Debug)]
pub struct Registration {
    /// Its client ID.
    pub id: String,
    /// Its client secret; `None` accepts any.
    pub secret: Option<String>,
    /// Its redirect URIs, compared byte for byte; without any, every redirect URI is accepted.
    pub redirect_uris: Vec<String>,
}

/// What the user is asked to consent to.
#[derive(Clone, Debug)]
pub(super) struct ConsentRequest {
    pub(super) host: String,
    pub(super) client_id: String,
    pub(super) redirect_uri: String,
    pub(super) scopes: Vec<String>,
    pub(super) state: Option<String>,
    pub(super) challenge: Option<String>,
    pub(super) refresh: bool,
    pub(super) zoho: bool,
    /// Id of the provider in the catalog.
    pub(super) provider: String,
    /// Where the code is valid, see [`Ledger`].
    pub(super) realm: String,
    /// Additional token sets that were requested: path of each set in the response, and its scopes.
    pub(super) sets: Vec<(String, Vec<String>)>,
}

/// A device code that was issued.
#[derive(Debug)]
pub(super) struct Device {
    pub(super) consent: ConsentRequest,
    pub(super) user_code: String,
    pub(super) state: DeviceState,
    pub(super) ends_at: Timestamp,
}

/// The state of a device code.
#[derive(Clone, Copy, Debug)]
pub(super) enum DeviceState {
    Waiting,
    /// The next poll is told to slow down.
    TooFast,
    Accepted(&'static Person),
    Denied,
    Expired,
    Used,
}

/// Everything that was issued.
///
/// Codes and tokens of one realm (the accounts host of a data center, else the provider's id) are not valid in another.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    clients: Vec<Registration>,
    /// Whether every client ID counts as registered.
    open: bool,
    pub(super) visits: HashMap<String, ConsentRequest>,
    pub(super) devices: HashMap<String, Device>,
    pub(super) trusted: HashMap<&'static str, Timestamp>,
    codes: HashMap<String, Code>,
    grants: Vec<Grant>,
    refresh: HashMap<String, RefreshToken>,
    access: HashMap<String, AccessGrant>,
    /// Whether the access tokens of the first grant will not work, see [`doubt_all`](Self::doubt_all).
    doubts_first: bool,
}

#[derive(Debug)]
struct Code {
    consent: ConsentRequest,
    approval: Approval,
    issued_at: Timestamp,
    used_for: Option<usize>,
    used: bool,
}

#[derive(Clone, Debug)]
struct Grant {
    client_id: String,
    provider: String,
    person: &'static Person,
    scopes: Vec<String>,
    realm: String,
    alive: bool,
    /// Whether its first refresh will be refused, which ends the grant.
    doomed: bool,
    /// Whether APIs refuse its access tokens, although refreshing works.
    doubted: bool,
    minted_at: Vec<Timestamp>,
}

#[derive(Debug)]
struct RefreshToken {
    grant: usize,
    spent: bool,
}

#[derive(Debug)]
struct AccessGrant {
    grant: usize,
    ends_at: Timestamp,
}

/// The tokens of one response.
#[derive(Clone, Debug)]
pub(super) struct IssuedTokens {
    pub(super) access: String,
    /// The refresh token; `None` if the response has none.
    pub(super) refresh: Option<String>,
    pub(super) scopes: Vec<String>,
    pub(super) life: SignedDuration,
    /// Additional token sets, each with its path in the response.
    pub(super) sets: Vec<(String, IssuedTokens)>,
}

/// The account and scopes of the access token that came with a call.
#[derive(Clone, Debug)]
pub(super) struct Bearer {
    pub(super) person: &'static Person,
    pub(super) scopes: Vec<String>,
    pub(super) realm: String,
}

/// A token request with an authorization code.
#[derive(Debug)]
pub(super) struct Redemption<'a> {
    pub(super) realm: &'a str,
    pub(super) client_id: &'a str,
    pub(super) code: &'a str,
    pub(super) redirect_uri: Option<&'a str>,
    pub(super) verifier: Option<&'a str>,
}

/// A token request with a refresh token.
#[derive(Debug)]
pub(super) struct Renewal<'a> {
    pub(super) realm: &'a str,
    pub(super) client_id: &'a str,
    pub(super) refresh_token: &'a str,
    /// Whether to issue a new refresh token and spend the old one.
    pub(super) rotate: bool,
    pub(super) zoho: bool,
}

/// The user's consent, and the realm in which the code is valid.
#[derive(Debug)]
pub(super) struct Approval {
    pub(super) person: &'static Person,
    pub(super) realm: String,
    /// Whether the first refresh will be refused.
    pub(super) doomed: bool,
}

impl Ledger {
    /// A ledger with these clients; without any, every client ID counts as registered.
    pub(super) fn new(clients: Vec<Registration>) -> Self {
        Self { open: clients.is_empty(), clients, ..Self::default() }
    }

    /// The registration of a client. With open registration, an unknown client is registered.
    pub(super) fn client(&mut self, id: &str) -> Option<&Registration> {
        if self.open && !id.is_empty() && !self.clients.iter().any(|client| client.id == id) {
            self.clients.push(Registration { id: id.to_owned(), secret: None, redirect_uris: Vec::new() });
        }
        self.clients.iter().find(|client| client.id == id)
    }

    /// The provider that the code or token in a request was issued for.
    pub(super) fn issued_as(&self, asked: &RecordedRequest) -> Option<String> {
        let text = |name| asked.param(name);
        if let Some(code) = text("code").and_then(|code| self.codes.get(code)) {
            return Some(code.consent.provider.clone());
        }
        let device = text("device_code").or_else(|| text("code")).and_then(|code| self.devices.get(code));
        if let Some(device) = device {
            return Some(device.consent.provider.clone());
        }
        let token = text("refresh_token").or_else(|| text("token")).and_then(|token| self.refresh.get(token))?;
        self.grants.get(token.grant).map(|grant| grant.provider.clone())
    }

    /// Issues a code for what the user consented to.
    pub(super) fn issue(&mut self, consent: ConsentRequest, approval: Approval, now: Timestamp) -> String {
        let code = random_token(consent.zoho);
        let issued = Code { consent, approval, issued_at: now, used_for: None, used: false };
        self.codes.insert(code.clone(), issued);
        code
    }

    /// Exchanges a code for tokens, once.
    pub(super) fn redeem(
        &mut self,
        asked: &Redemption<'_>,
        rules: TokenRules,
        now: Timestamp,
    ) -> Result<IssuedTokens, Refusal> {
        let code = self.codes.get_mut(asked.code).ok_or(Refusal::Grant)?;
        if code.approval.realm != asked.realm || code.consent.client_id != asked.client_id {
            return Err(Refusal::Client);
        }
        if code.used {
            if let (Some(grant), false) = (code.used_for, code.consent.zoho) {
                self.end(grant);
            }
            return Err(Refusal::Grant);
        }
        // A code from Zoho's console is not bound to a redirect URI, and must be redeemed without one.
        let bound_to = Some(code.consent.redirect_uri.as_str()).filter(|uri| !uri.is_empty());
        if asked.redirect_uri != bound_to {
            return Err(Refusal::RedirectUri);
        }
        code.used = true;
        let late = code.issued_at.duration_until(now) > rules.code_life;
        if late || !proves(code.consent.challenge.as_deref(), asked.verifier) {
            return Err(Refusal::Grant);
        }
        let grant = Grant {
            client_id: code.consent.client_id.clone(),
            provider: code.consent.provider.clone(),
            person: code.approval.person,
            scopes: code.consent.scopes.clone(),
            realm: code.approval.realm.clone(),
            alive: true,
            doomed: code.approval.doomed,
            doubted: false,
            minted_at: Vec::new(),
        };
        code.used_for = Some(self.grants.len());
        let (wants_refresh, zoho) = (code.consent.refresh, code.consent.zoho);
        let sets = code.consent.sets.clone();
        let of_set = |ledger: &mut Self, scopes: Vec<String>| {
            let at = ledger.open_grant(Grant { scopes, ..grant.clone() }, zoho);
            let refresh = wants_refresh.then(|| ledger.mint_refresh(at, zoho));
            ledger.mint(at, refresh, zoho, rules, now)
        };
        let minted = of_set(self, grant.scopes.clone());
        let sets = sets.into_iter().map(|(path, scopes)| (path, of_set(self, scopes))).collect();
        Ok(IssuedTokens { sets, ..minted })
    }

    /// Exchanges a refresh token for an access token; with `rotate`, also for a new refresh token.
    pub(super) fn refresh(
        &mut self,
        asked: &Renewal<'_>,
        rules: TokenRules,
        now: Timestamp,
    ) -> Result<IssuedTokens, Refusal> {
        let held = self.refresh.get_mut(asked.refresh_token).ok_or(Refusal::Grant)?;
        let (at, spent) = (held.grant, held.spent);
        let grant = self.grants.get_mut(at).ok_or(Refusal::Grant)?;
        if grant.client_id != asked.client_id || grant.realm != asked.realm {
            return Err(Refusal::Client);
        }
        if spent || grant.doomed {
            self.end(at);
            return Err(Refusal::Grant);
        }
        if !grant.alive {
            return Err(Refusal::Grant);
        }
        grant.minted_at.retain(|minted| minted.duration_until(now) < THROTTLE_WINDOW);
        if asked.zoho && grant.minted_at.len() >= THROTTLE {
            return Err(Refusal::Throttled);
        }
        grant.minted_at.push(now);
        held.spent = asked.rotate;
        let refresh = asked.rotate.then(|| self.mint_refresh(at, asked.zoho));
        Ok(self.mint(at, refresh, asked.zoho, rules, now))
    }

    /// Issues a token for the client itself (RFC 6749 section 4.4), never with a refresh token.
    pub(super) fn serve_client(
        &mut self,
        realm: &str,
        client_id: &str,
        scopes: Vec<String>,
        rules: TokenRules,
        now: Timestamp,
    ) -> IssuedTokens {
        let grant = Grant {
            client_id: client_id.to_owned(),
            provider: String::new(),
            person: Person::anybody(),
            scopes,
            realm: realm.to_owned(),
            alive: true,
            doomed: false,
            doubted: false,
            minted_at: Vec::new(),
        };
        let at = self.open_grant(grant, false);
        self.mint(at, None, false, rules, now)
    }

    /// Issues tokens for a device code that the user accepted.
    pub(super) fn serve_device(
        &mut self,
        consent: ConsentRequest,
        person: &'static Person,
        rules: TokenRules,
        now: Timestamp,
    ) -> IssuedTokens {
        let zoho = consent.zoho;
        let grant = Grant {
            client_id: consent.client_id,
            provider: consent.provider,
            person,
            scopes: consent.scopes,
            realm: consent.realm,
            alive: true,
            doomed: false,
            doubted: false,
            minted_at: Vec::new(),
        };
        let at = self.open_grant(grant, zoho);
        let refresh = consent.refresh.then(|| self.mint_refresh(at, zoho));
        self.mint(at, refresh, zoho, rules, now)
    }

    /// Ends the grant of a refresh token, or only one access token. Returns false if there was nothing to end.
    pub(super) fn revoke(&mut self, token: &str) -> bool {
        if let Some(held) = self.refresh.get(token) {
            let at = held.grant;
            return self.end(at);
        }
        self.access.remove(token).is_some()
    }

    /// Revokes every grant, as an administrator can.
    pub(super) fn end_all(&mut self) {
        for at in 0..self.grants.len() {
            self.end(at);
        }
    }

    /// From now on, APIs refuse the access tokens of all existing grants; without any grant, those of the first one to
    /// come.
    pub(super) fn doubt_all(&mut self) {
        self.doubts_first = self.grants.is_empty();
        self.grants.iter_mut().for_each(|grant| grant.doubted = true);
    }

    /// As [`doubt_all`](Self::doubt_all), for the newest grant only.
    pub(super) fn doubt_newest(&mut self) {
        if let Some(grant) = self.grants.last_mut() {
            grant.doubted = true;
        }
    }

    /// Undoes [`doubt_all`](Self::doubt_all) and [`doubt_newest`](Self::doubt_newest).
    pub(super) fn trust_all(&mut self) {
        self.doubts_first = false;
        self.grants.iter_mut().for_each(|grant| grant.doubted = false);
    }

    /// The account and scopes of an access token, while it is valid.
    pub(super) fn bearer(&self, token: &str, now: Timestamp) -> Option<Bearer> {
        let access = self.access.get(token).filter(|access| now < access.ends_at)?;
        let grant = self.grants.get(access.grant).filter(|grant| grant.alive && !grant.doubted)?;
        Some(Bearer { person: grant.person, scopes: grant.scopes.clone(), realm: grant.realm.clone() })
    }

    /// Number of grants that are still valid.
    pub(super) fn grants_alive(&self) -> usize {
        self.grants.iter().filter(|grant| grant.alive).count()
    }

    fn open_grant(&mut self, grant: Grant, zoho: bool) -> usize {
        let grant = Grant { doubted: std::mem::take(&mut self.doubts_first), ..grant };
        let same =
            |held: &&mut Grant| held.alive && held.client_id == grant.client_id && held.person.id == grant.person.id;
        let mut rivals: Vec<&mut Grant> = self.grants.iter_mut().filter(same).collect();
        if let (true, Some(oldest)) = (zoho && rivals.len() >= MAX_GRANTS, rivals.first_mut()) {
            oldest.alive = false;
        }
        self.grants.push(grant);
        self.grants.len() - 1
    }

    fn mint_refresh(&mut self, grant: usize, zoho: bool) -> String {
        let token = random_token(zoho);
        self.refresh.insert(token.clone(), RefreshToken { grant, spent: false });
        token
    }

    fn mint(
        &mut self,
        at: usize,
        refresh: Option<String>,
        zoho: bool,
        rules: TokenRules,
        now: Timestamp,
    ) -> IssuedTokens {
        let access = random_token(zoho);
        let ends_at = now.checked_add(rules.access_life).unwrap_or(Timestamp::MAX);
        if self.access.len() >= MAX_ACCESS {
            self.access.retain(|_, access| now < access.ends_at);
        }
        self.access.insert(access.clone(), AccessGrant { grant: at, ends_at });
        let scopes = self.grants.get(at).map(|grant| grant.scopes.clone()).unwrap_or_default();
        IssuedTokens { access, refresh, scopes, life: rules.access_life, sets: Vec::new() }
    }

    fn end(&mut self, at: usize) -> bool {
        self.grants.get_mut(at).is_some_and(|grant| std::mem::replace(&mut grant.alive, false))
    }
}

/// A random token: for Zoho `1000.` and twice 32 hexadecimal digits, else 43 characters.
pub(super) fn random_token(zoho: bool) -> String {
    let bytes = rand::random::<[u8; 32]>();
    if !zoho {
        return base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes);
    }
    let (left, right) = bytes.split_at(16);
    format!("1000.{}.{}", hex(left), hex(right))
}

/// Verifies the PKCE code verifier (RFC 7636 section 4.6, S256 only).
fn proves(challenge: Option<&str>, verifier: Option<&str>) -> bool {
    match (challenge, verifier) {
        (None, None) => true,
        (Some(challenge), Some(verifier)) => {
            let digest = Sha256::digest(verifier.as_bytes());
            base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(digest) == challenge
        }
        _ => false,
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
