//! `credenza integration` from a script, with a real vault and an in-process sandbox.

mod due;
mod ending;
mod folders;
mod history;
mod setting_up;
mod sync;
mod trying;
mod units;
mod used_by;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Child, Stdio};

use credenza::catalog::Catalog;
use credenza::sandbox::{Options, Sandbox};
use serde_json::Value;

use super::{Cli, Ran};

/// The scopes required by the loads of ManageEngine.
const ALL: [&str; 3] = ["MDMOnDemand.MDMInventory.READ", "SDPOnDemand.assets.ALL", "DesktopCentralCloud.SOM.READ"];

/// A vault and a provider.
pub(crate) struct Desk {
    pub(crate) cli: Cli,
    pub(crate) sandbox: Sandbox,
}

impl Desk {
    /// With a credential "Zoho" that has all scopes.
    fn new() -> Self {
        let desk = Self::empty();
        desk.credential("Zoho", &ALL);
        desk
    }

    pub(crate) fn empty() -> Self {
        let options = Options { catalog: Catalog::default().into(), ..Options::default() };
        Self { cli: Cli::new(), sandbox: Sandbox::start_apart(options).unwrap() }
    }

    fn command(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = self.cli.command(arguments);
        command.env("CREDENZA_PASSPHRASE_FILE", self.cli.folder().join("pass"));
        command.env("CREDENZA_SANDBOX", self.sandbox.base().as_str());
        command
    }

    /// Runs `credenza integration ARGUMENTS --no-input`.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.plain(&[&["integration"], arguments, &["--no-input"]].concat())
    }

    /// Runs it with `--json`; it must succeed.
    #[track_caller]
    fn json(&self, arguments: &[&str]) -> Value {
        self.run(&[arguments, &["--json"]].concat()).ends(0).json()
    }

    /// Runs another command of the program.
    pub(crate) fn plain(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command(arguments).output().unwrap())
    }

    /// Starts `credenza integration ARGUMENTS --no-input`.
    fn start(&self, arguments: &[&str]) -> Child {
        let mut command = self.command(&[&["integration"], arguments, &["--no-input"]].concat());
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Adds a credential with these scopes, and authenticates it with a code from the provider's console.
    pub(crate) fn credential(&self, name: &str, scopes: &[&str]) {
        self.cli.add(name).ends(0);
        let code = self.sandbox.console_code("accounts.zoho.com", "1000.ABC", scopes);
        let mut command = self.command(&["authenticate", name, "--method", "paste"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(format!("{code}\n").as_bytes()).unwrap();
        Ran::of(child.wait_with_output().unwrap()).ends(0);
        self.sandbox.forget_seen();
    }

    /// The path of an output folder that does not exist yet.
    fn folder(&self, name: &str) -> String {
        self.cli.folder().join(name).to_str().unwrap().to_owned()
    }

    /// Adds an integration for "Zoho" whose output folder has the same name.
    fn add(&self, name: &str, loads: &[&str]) {
        let folder = self.folder(name);
        let mut arguments = vec!["add", "--name", name, "--credential", "Zoho", "--folder", &folder];
        arguments.extend(loads.iter().flat_map(|load| ["--load", load]));
        self.run(&arguments).ends(0);
    }

    fn lines(&self, folder: &str, file: &str) -> Vec<String> {
        let text = std::fs::read_to_string(self.cli.folder().join(folder).join(file)).unwrap();
        text.lines().map(str::to_owned).collect()
    }

    fn runs(&self, name: &str) -> PathBuf {
        let id = self.json(&["show", name])["id"].as_str().unwrap().to_owned();
        self.cli.folder().join("state/sync").join(id)
    }

    /// The number of requests to the token endpoint.
    fn refreshes(&self) -> usize {
        self.sandbox.count("/oauth/v2/token")
    }

    /// The number of requests for Endpoint Central computers.
    fn pages(&self) -> usize {
        self.sandbox.count("/som/computers")
    }
}

/// The sorted names of the entries in a folder.
fn names(folder: &str) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// The problem that `--json` wrote to standard error.
#[track_caller]
fn problem(ran: &Ran) -> Value {
    let last = ran.err.lines().last().unwrap();
    serde_json::from_str::<Value>(last).unwrap_or_else(|_| panic!("{ran:?}"))["error"].clone()
}
