//! Machines, each with a folder of its own, on one store: in memory, or on the real engine in `CREDENZA_TEST_TEAM_ON`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use credenza::clock::Clock;
use credenza::model::change::Change;
use credenza::model::credential::{Credential, CredentialField, CredentialId, Name, Setup, Tokens};
use credenza::model::field::FieldValue;
use credenza::model::record::Base;
use credenza::model::transaction::Transaction;
use credenza::paths::Paths;
use credenza::secret::{AccessToken, ClientSecret, Passphrase, RefreshToken};
use credenza::store::local::{JoinTicket, Local, UnlockBy};
use credenza::store::team::backend::{Backend, ObjectPath};
use credenza::store::{Lease, Member, Role, Store, StoreError, Wait};
use jiff::{SignedDuration, Timestamp};

use crate::backends::{Azure, Engine, Faults, Memory, Postgres, S3, this_test};

pub(super) fn now() -> Timestamp {
    "2026-11-23T10:00:00Z".parse().unwrap()
}

pub(super) fn passphrase() -> Passphrase {
    Passphrase::new("team".to_owned())
}

/// A store, with direct access to it and with fault injection.
pub(super) struct World {
    engine: Arc<dyn Engine>,
    /// A connection without fault injection.
    owner: Arc<dyn Backend>,
    pub(super) faults: Faults,
}

pub(super) struct Machine {
    pub(super) clock: Clock,
    engine: Arc<dyn Engine>,
    faults: Faults,
    pub(super) folder: tempfile::TempDir,
}

/// An in-memory store with transactions.
fn in_memory() -> Memory {
    Memory::new(&Clock::settable(now()))
}

/// A new store on the real engine for team tests, if one is configured. Records that this test used the engine.
fn real() -> Option<Arc<dyn Engine>> {
    fn made<E: Engine + 'static>() -> Arc<dyn Engine> {
        Arc::new(E::make(&this_test()).expect("the variable of that engine is not set"))
    }
    Some(match std::env::var("CREDENZA_TEST_TEAM_ON").ok()?.as_str() {
        "postgres" => made::<Postgres>(),
        "s3" => made::<S3>(),
        "azure" => made::<Azure>(),
        other => panic!("CREDENZA_TEST_TEAM_ON={other}: no such engine"),
    })
}

impl World {
    /// A real store if one is configured, else an in-memory store with transactions.
    pub(super) fn new() -> Self {
        Self::on(real().unwrap_or_else(|| Arc::new(in_memory())))
    }

    /// A real store if one is configured, else an in-memory store without transactions.
    pub(super) fn bucket() -> Self {
        Self::on(real().unwrap_or_else(|| Arc::new(in_memory().one_at_a_time())))
    }

    /// Constructors for each kind of store: two in memory, or the real engine.
    pub(super) fn kinds() -> &'static [fn() -> Self] {
        if std::env::var_os("CREDENZA_TEST_TEAM_ON").is_some() { &[Self::new] } else { &[Self::new, Self::bucket] }
    }

    /// One store of each kind.
    pub(super) fn each() -> impl Iterator<Item = Self> {
        Self::kinds().iter().map(|make| make())
    }

    /// Moves the store's clock to `now()`. On a real engine it continues to run.
    fn on(engine: Arc<dyn Engine>) -> Self {
        let (owner, faults) = (engine.open(), Faults::default());
        faults.move_clock(now().duration_since(owner.now().unwrap()));
        Self { engine, owner, faults }
    }

    /// A machine with a clock of its own.
    pub(super) fn machine(&self) -> Machine {
        Machine {
            clock: Clock::settable(now()),
            engine: Arc::clone(&self.engine),
            faults: self.faults.clone(),
            folder: crate::scratch::folder(),
        }
    }

    /// The machine of a new vault's founder.
    pub(super) fn found(&self) -> Machine {
        let machine = self.machine();
        machine.found("Ana").unwrap();
        machine
    }

    /// The machine of a member who was added.
    pub(super) fn member(&self, admin: &Machine, name: &str, role: Role) -> Machine {
        let machine = self.machine();
        let joining = machine.join(name).unwrap();
        add(admin, &joining.code, role).unwrap();
        machine
    }

    /// Advances the store's clock.
    pub(super) fn pass(&self, seconds: i64) {
        self.faults.move_clock(SignedDuration::from_secs(seconds));
    }

    /// The size of a large vault; smaller on a real bucket, where each object takes a request.
    pub(super) fn many(&self, many: u32, in_a_real_bucket: u32) -> u32 {
        let is_real = std::env::var_os("CREDENZA_TEST_TEAM_ON").is_some();
        if is_real && self.writes_one_by_one() { in_a_real_bucket } else { many }
    }

    /// Whether the store has no transactions, so that a save of several objects takes several writes.
    pub(super) fn writes_one_by_one(&self) -> bool {
        self.owner.write_all(&[]).unwrap().is_none()
    }

    pub(super) fn place(&self) -> String {
        self.owner.place()
    }

    /// All objects with their bodies, as the operator of the store sees them.
    pub(super) fn objects(&self) -> BTreeMap<ObjectPath, Vec<u8>> {
        let paths: Vec<ObjectPath> = self.owner.list("").unwrap().into_iter().map(|one| one.path).collect();
        let found = self.owner.read_all(&paths).unwrap();
        paths.into_iter().zip(found).filter_map(|(path, object)| Some((path, object?.body))).collect()
    }

    /// The body at a path, as the operator of the store sees it.
    pub(super) fn body(&self, path: &str) -> Option<Vec<u8>> {
        self.owner.get(&ObjectPath(path.to_owned())).unwrap().map(|object| object.body)
    }

    /// Replaces the body at a path, as the operator of the store can.
    pub(super) fn put(&self, path: &str, body: Option<Vec<u8>>) {
        self.engine.put_as_owner(path, body);
    }
}

pub(super) fn add(admin: &Machine, code: &str, role: Role) -> Result<Member, StoreError> {
    admin.try_open()?.team().unwrap().add_member(code, role, &mut |_, _| ())
}

impl Machine {
    pub(super) fn local(&self) -> Local {
        Local::at(&Paths::discover(Some(self.folder.path())).unwrap(), &self.clock, "credenza token")
    }

    pub(super) fn connect(&self) -> Arc<dyn Backend> {
        self.faults.over(self.engine.open())
    }

    pub(super) fn found(&self, name: &str) -> Result<Arc<dyn Store>, StoreError> {
        self.local().found_team(self.connect(), "memory:team", name, (&passphrase(), 1))
    }

    pub(super) fn join(&self, name: &str) -> Result<JoinTicket, StoreError> {
        self.local().join_team(self.connect(), "memory:team", name, (&passphrase(), 1))?.joining()
    }

    /// Opens the vault and reads what is new.
    pub(super) fn try_open(&self) -> Result<Arc<dyn Store>, StoreError> {
        let store = self.open_unread()?;
        store.snapshot()?;
        Ok(store)
    }

    /// Opens the vault without reading from the store.
    pub(super) fn open_unread(&self) -> Result<Arc<dyn Store>, StoreError> {
        self.local().unlock_team(UnlockBy::Passphrase(&passphrase()), |_| Ok(self.connect()))
    }

    pub(super) fn state_file(&self, name: &str) -> PathBuf {
        Paths::discover(Some(self.folder.path())).unwrap().state().join(name)
    }

    /// Opens the vault, as another process of this machine would.
    pub(super) fn open(&self) -> Arc<dyn Store> {
        self.try_open().unwrap()
    }

    /// Opens the vault with a host's identity file.
    pub(super) fn open_as_host(&self, file: &std::path::Path) -> Result<Arc<dyn Store>, StoreError> {
        let store = self.local().unlock_team(UnlockBy::IdentityFile(file), |_| Ok(self.connect()))?;
        store.snapshot()?;
        Ok(store)
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

pub(super) fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

/// A credential with a client secret.
pub(super) fn credential(text: &str) -> Credential {
    let mut one = Credential::new(name(text), "p", Setup::default(), now());
    one.setup.client.secret = Some(ClientSecret::new(format!("secret of {text}")));
    one
}

pub(super) fn insert(store: &dyn Store, text: &str) -> CredentialId {
    let one = credential(text);
    let id = one.id;
    store.commit(Change::Insert(Box::new(one)).into()).unwrap();
    id
}

pub(super) fn tokens(n: u32) -> Box<Tokens> {
    Box::new(Tokens {
        access: AccessToken::new(format!("access{n}")),
        refresh: Some(RefreshToken::new(format!("refresh{n}"))),
        received_at: now() + SignedDuration::from_secs(i64::from(n)),
        expires_at: None,
        refresh_expires_at: None,
        scopes: None,
        captured: std::collections::BTreeMap::new(),
    })
}

pub(super) fn refreshed(id: CredentialId, n: u32) -> Transaction {
    Change::Refreshed { id, tokens: tokens(n), spent: None }.into()
}

pub(super) fn access(store: &dyn Store, id: CredentialId) -> Option<String> {
    store.credential(id).unwrap()?.tokens.map(|tokens| tokens.access.expose().to_owned())
}

pub(super) fn names(store: &dyn Store) -> Vec<String> {
    store.snapshot().unwrap().credentials.list.iter().map(|one| one.name.to_string()).collect()
}

pub(super) fn edit(base: &Base<Credential>, field: CredentialField, to: &str) -> Transaction {
    let fields = vec![base.edit(field, FieldValue::text(to, true)).unwrap()];
    Change::Edit { id: base.id, fields }.into()
}

pub(super) fn lease(store: &dyn Store, id: CredentialId) -> Result<Box<dyn Lease>, StoreError> {
    store.lease(id, Wait { longest: Duration::ZERO, noticed: &mut || () })
}

pub(super) fn setup_of(id: CredentialId) -> String {
    format!("record/{id}/setup")
}

pub(super) fn tokens_of(id: CredentialId) -> String {
    format!("record/{id}/tokens")
}
