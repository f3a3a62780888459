//! Vaults for the measurements: created by the program's own commands, with credentials as large as real ones.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::measure::output;
use crate::provider::Provider;

pub(crate) const PASSPHRASE: &str = "ledger orbit walnut prism";

/// The name of the credential whose tokens are issued by the benchmark's token endpoint.
pub(crate) const LOOPBACK: &str = "Loopback";

/// A folder with a vault and an identity file, which opens it without scrypt.
pub(crate) struct Vault {
    folder: PathBuf,
    /// The token endpoint of [`LOOPBACK`].
    token_url: String,
}

/// The program to measure: the one that `cargo bench` built, or the one in `CREDENZA`, such as a packaged one.
pub(crate) fn program() -> PathBuf {
    std::env::var_os("CREDENZA").map_or_else(|| env!("CARGO_BIN_EXE_credenza").into(), PathBuf::from)
}

impl Vault {
    /// Creates a folder without a vault, in which the benchmark's token endpoint is a custom integration.
    pub(crate) fn folder_at(folder: &Path, provider: &Provider) -> Self {
        fs::create_dir_all(folder.join("config/catalog")).unwrap();
        fs::write(folder.join("config/catalog/loopback.toml"), provider.catalog_file()).unwrap();
        fs::write(folder.join("pass"), PASSPHRASE).unwrap();
        Self { folder: folder.to_owned(), token_url: provider.token_url() }
    }

    /// Creates a vault without credentials in such a folder.
    pub(crate) fn init(folder: &Path, provider: &Provider) -> Self {
        let vault = Self::folder_at(folder, provider);
        let pass = vault.path("pass");
        output(vault.bare_command(&["init"]).arg("--passphrase-file").arg(&pass));
        let mut add = vault.bare_command(&["recipients", "add", "bench", "--key-file"]);
        output(add.arg(vault.key()).arg("--passphrase-file").arg(&pass));
        vault
    }

    /// Copies the vault to another folder.
    pub(crate) fn copy(&self, folder: &Path) -> Self {
        let copied = Command::new("cp").arg("-a").arg(&self.folder).arg(folder).status().unwrap();
        assert!(copied.success());
        Self { folder: folder.to_owned(), token_url: self.token_url.clone() }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub(crate) fn key(&self) -> PathBuf {
        self.path("key")
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.path("data/vault.age")
    }

    /// The program on this vault, without anything that unlocks it.
    pub(crate) fn bare_command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(program());
        command.args(words).env_clear().env("HOME", &self.folder).env("CREDENZA_DIR", &self.folder);
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("LANG", "C.UTF-8");
        command
    }

    /// The program on this vault, unlocked with the identity file.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = self.bare_command(words);
        command.arg("--no-input").arg("--identity-file").arg(self.key());
        command
    }

    /// The command that imports a file written by [`write_export`](Self::write_export).
    pub(crate) fn import(&self, file: &Path) -> Command {
        let mut command = self.command(&["import", "--yes", "--no-refresh"]);
        command.arg("--key-file").arg(self.key()).arg(file);
        command
    }

    pub(crate) fn recipient(&self) -> age::x25519::Recipient {
        let key = fs::read_to_string(self.key()).unwrap();
        let identity = key.lines().find(|line| line.starts_with("AGE-SECRET-KEY-")).unwrap();
        identity.parse::<age::x25519::Identity>().unwrap().to_public()
    }

    /// Writes what `export --with-tokens` would write for `count` credentials, encrypted to this vault's identity file.
    pub(crate) fn write_export(&self, count: usize, file: &Path) {
        let mut credentials: Vec<Value> = (1..count).map(credential).collect();
        credentials.push(loopback(&self.token_url));
        let export = json!({ "format": "credenza-export", "version": 1, "credentials": credentials });
        fs::write(file, age::encrypt(&self.recipient(), &serde_json::to_vec(&export).unwrap()).unwrap()).unwrap();
    }

    /// Writes the decrypted payload, so that peers can encrypt the same amount of data.
    pub(crate) fn write_payload(&self, file: &Path) {
        let key = fs::read_to_string(self.key()).unwrap();
        let identity: age::x25519::Identity =
            key.lines().find(|line| line.starts_with("AGE-SECRET-KEY-")).unwrap().parse().unwrap();
        fs::write(file, age::decrypt(&identity, &fs::read(self.file()).unwrap()).unwrap()).unwrap();
    }
}

pub(crate) fn name(number: usize) -> String {
    format!("Zoho MDM {number:06}")
}

/// A deterministic ID.
fn id(number: usize) -> String {
    format!("{number:08x}-0000-4000-8000-{number:012x}")
}

/// A deterministic value of this length that looks random.
fn secret(number: usize, length: usize) -> String {
    let digits = format!("{:x}", (number as u128 + 1) * 0x9e37_79b9_7f4a_7c15_f39c_c060);
    digits.chars().cycle().take(length).collect()
}

const SCOPES: [&str; 10] = [
    "MDMOnDemand.MDMInventory.CREATE",
    "MDMOnDemand.MDMInventory.READ",
    "SDPOnDemand.assets.ALL",
    "DesktopCentralCloud.Common.READ",
    "DesktopCentralCloud.SOM.READ",
    "DesktopCentralCloud.SOM.UPDATE",
    "DesktopCentralCloud.Inventory.READ",
    "DesktopCentralCloud.Inventory.UPDATE",
    "DesktopCentralCloud.PatchMgmt.READ",
    "DesktopCentralCloud.PatchMgmt.UPDATE",
];

/// A credential after a month of use: ten scopes, tokens, a history; about 2.3 KB. Its access token is valid for years.
fn credential(number: usize) -> Value {
    let event =
        |day: usize| json!({ "at": format!("2026-10-{day:02}T08:15:{:02}Z", number % 60), "kind": "refreshed" });
    json!({
        "id": id(number),
        "name": name(number),
        "details": {
            "description": format!("Reads the devices of site {number} for the inventory; ask before it is revoked"),
            "owner": format!("IT desk {}", number % 12),
            "tags": ["cmdb", format!("site-{}", number % 40)],
        },
        "provider": "manageengine",
        "client_id": format!("1000.{}", secret(number, 30).to_uppercase()),
        "client_secret": secret(number + 1, 42),
        "variables": { "accounts_host": "accounts.zoho.eu" },
        "scopes": SCOPES,
        "redirect_uri": "http://localhost:53682/callback",
        "endpoints": {
            "grant_type": "authorization_code",
            "authorization": "https://accounts.zoho.eu/oauth/v2/auth",
            "token": "https://accounts.zoho.eu/oauth/v2/token",
            "revocation": "https://accounts.zoho.eu/oauth/v2/token/revoke",
        },
        "tokens": {
            "access_token": format!("1000.{}.{}", secret(number + 2, 32), secret(number + 3, 32)),
            "refresh_token": format!("1000.{}.{}", secret(number + 4, 32), secret(number + 5, 32)),
            "received_at": "2026-11-01T08:15:00Z",
            "expires_at": "2036-11-01T08:15:00Z",
            "scopes": SCOPES,
            "captured": { "api_domain": "https://www.zohoapis.eu", "location": "eu" },
        },
        "created_at": "2026-10-01T08:15:00Z",
        "history": (1..8).map(event).collect::<Vec<_>>(),
    })
}

/// The credential whose tokens are refreshed.
fn loopback(token_url: &str) -> Value {
    json!({
        "id": id(0),
        "name": LOOPBACK,
        "provider": "loopback",
        "client_id": "bench",
        "client_secret": "bench-secret",
        "scopes": ["read"],
        "redirect_uri": "http://localhost:53682/callback",
        "endpoints": {
            "grant_type": "authorization_code",
            "authorization": "https://loopback.example/authorize",
            "token": token_url,
        },
        "tokens": {
            "access_token": "first",
            "refresh_token": "first-refresh",
            "received_at": "2026-11-01T08:15:00Z",
            "expires_at": "2036-11-01T08:15:00Z",
        },
        "created_at": "2026-10-01T08:15:00Z",
    })
}
