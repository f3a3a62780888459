//! Shared by all rows: options, a scratch folder, the token endpoint, and vaults that are created only once.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::options::Options;
use crate::peers::Peers;
use crate::provider::Provider;
use crate::vault::Vault;

pub(crate) struct Bench {
    pub(crate) options: Options,
    pub(crate) peers: Peers,
    pub(crate) provider: Provider,
    scratch: tempfile::TempDir,
    bare: OnceCell<Vault>,
    filled: RefCell<BTreeMap<usize, Rc<Vault>>>,
}

impl Bench {
    pub(crate) fn new(options: Options) -> Self {
        let scratch = tempfile::Builder::new().prefix("credenza-bench-").tempdir().unwrap();
        let peers = Peers::found(scratch.path());
        let (bare, filled) = (OnceCell::new(), RefCell::default());
        Self { options, peers, provider: Provider::start(), scratch, bare, filled }
    }

    /// The number of rounds of a row that usually takes `usual`; fewer with `--quick`.
    pub(crate) fn rounds(&self, usual: usize) -> usize {
        if self.options.quick { (usual / 5).max(3) } else { usual }
    }

    /// The vault sizes to measure, without those above `--most`.
    pub(crate) fn sizes<'a>(&self, sizes: &'a [usize]) -> impl Iterator<Item = usize> + use<'a> {
        let most = self.options.most;
        sizes.iter().copied().filter(move |size| *size <= most)
    }

    /// A path in the scratch folder of this run.
    pub(crate) fn place(&self, name: &str) -> PathBuf {
        self.scratch.path().join(name)
    }

    /// The scratch folder of this run.
    pub(crate) fn folder(&self) -> &Path {
        self.scratch.path()
    }

    /// A vault without credentials, with the real scrypt work factor.
    pub(crate) fn bare(&self) -> &Vault {
        self.bare.get_or_init(|| Vault::init(&self.place("bare"), &self.provider))
    }

    /// A vault with `count` credentials, shared by the rows that only read.
    pub(crate) fn vault(&self, count: usize) -> Rc<Vault> {
        if let Some(vault) = self.filled.borrow().get(&count) {
            return Rc::clone(vault);
        }
        let vault = self.bare().copy(&self.place(&format!("vault-{count}")));
        let file = self.place(&format!("export-{count}.age"));
        vault.write_export(count, &file);
        crate::measure::output(&mut vault.import(&file));
        let vault = Rc::new(vault);
        self.filled.borrow_mut().insert(count, Rc::clone(&vault));
        vault
    }

    /// A copy of such a [`vault`](Self::vault), for a row that saves.
    pub(crate) fn own_vault(&self, count: usize, name: &str) -> Vault {
        self.vault(count).copy(&self.place(&format!("{name}-{count}")))
    }
}
