//! A team's vault in PostgreSQL or a bucket, whose address comes from the environment, and a host that reads it.

use std::path::PathBuf;
use std::process::Command;

use crate::bench::Bench;
use crate::measure::output;
use crate::vault::{LOOPBACK, Vault, name};

/// A database that requires no password: USER@HOST:PORT/DATABASE.
pub(crate) struct Database {
    user: String,
    host: String,
    port: String,
    dbname: String,
}

impl Database {
    /// The database in the environment variable; `.ci/engines.py cargo bench` starts one.
    pub(crate) fn named() -> Result<Self, &'static str> {
        let missing = "no PostgreSQL: run .ci/engines.py cargo bench";
        let named = std::env::var("CREDENZA_TEST_POSTGRES").map_err(|_| missing)?;
        let parts = || {
            let (user, rest) = named.split_once('@')?;
            let (server, dbname) = rest.split_once('/')?;
            let (host, port) = server.split_once(':')?;
            Some([user, host, port, dbname].map(str::to_owned))
        };
        let [user, host, port, dbname] = parts().ok_or("CREDENZA_TEST_POSTGRES is malformed")?;
        Ok(Self { user, host, port, dbname })
    }

    /// A command that runs `psql` or `pg_dump` on the database.
    pub(crate) fn client(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.args(["-h", &self.host, "-p", &self.port, "-U", &self.user, "-d", &self.dbname]);
        command
    }

    /// A command that runs one SQL statement.
    pub(crate) fn psql(&self, statement: &str) -> Command {
        let mut command = self.client("psql");
        command.args(["-X", "-q", "-c", statement]);
        command
    }

    /// Creates a schema and returns the vault address in it.
    pub(crate) fn schema(&self, name: &str) -> String {
        output(&mut self.psql(&format!("CREATE SCHEMA {name}")));
        let Self { user, host, port, dbname } = self;
        format!("postgres://{user}@{host}:{port}/{dbname}?schema={name}")
    }
}

/// The endpoint of a server with the bucket `credenza-test`, which accepts any signature.
pub(crate) fn bucket() -> Result<String, &'static str> {
    std::env::var("CREDENZA_TEST_S3").map_err(|_| "no bucket: run .ci/engines.py cargo bench")
}

pub(crate) struct Host {
    vault: Vault,
}

impl Host {
    /// Creates a vault with `count` credentials at the address, and gives a new host access to all of them.
    pub(crate) fn of(bench: &Bench, address: &str, count: usize, label: &str) -> Self {
        let founder = Vault::folder_at(&bench.place(&format!("{label}-founder")), &bench.provider);
        let host = Vault::folder_at(&bench.place(&format!("{label}-host")), &bench.provider);
        let founders = |words: &[&str]| {
            let mut command = signed(founder.bare_command(&["--vault", "team"]));
            command.args(words).arg("--passphrase-file").arg(founder.path("pass"));
            command
        };
        output(&mut founders(&["team", "create", address, "--as", "Bench", "--allow-weak"]));
        let file = bench.place(&format!("{label}-export.age"));
        bench.bare().write_export(count, &file);
        let mut import = founders(&["import", "--yes", "--no-refresh"]);
        output(import.arg("--key-file").arg(bench.bare().key()).arg(&file));
        let mut add = founders(&["team", "add-host", "host"]);
        for credential in (1..count).map(name).chain([LOOPBACK.to_owned()]) {
            add.arg("--credential").arg(credential);
        }
        output(add.arg("--key-file").arg(host.key()));
        Self { vault: host }
    }

    pub(crate) fn command(&self, words: &[&str]) -> Command {
        signed(self.vault.command(words))
    }

    /// Deletes everything the host has stored about the vault.
    pub(crate) fn forget(&self) {
        for folder in ["state", "data"] {
            let folder: PathBuf = self.vault.path(folder);
            if folder.exists() {
                std::fs::remove_dir_all(folder).unwrap();
            }
        }
    }
}

/// Adds the credentials of the bucket to the environment.
fn signed(mut command: Command) -> Command {
    command.envs([("AWS_ACCESS_KEY_ID", "id"), ("AWS_SECRET_ACCESS_KEY", "secret"), ("AWS_REGION", "us-east-1")]);
    command
}
