//! `credenza integration` as a script sees it, over a real vault and an in-process sandbox.

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

/// The scopes of the loads of ManageEngine.
const ALL: [&str; 3] = ["MDMOnDemand.MDMInventory.READ", "SDPOnDemand.assets.ALL", "DesktopCentralCloud.SOM.READ"];

/// A vault and a provider.
pub(crate) struct Desk {
    pub(crate) cli: Cli,
    pub(crate) sandbox: Sandbox,
}

impl Desk {
    /// With a credential "Zoho" that may read everything.
    fn new() -> Self {
        let desk = Self::empty();
        desk.credential("Zoho", &ALL);
        desk
    }

    /// Without any credential.
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

    /// `credenza integration ARGUMENTS --no-input`.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.plain(&[&["integration"], arguments, &["--no-input"]].concat())
    }

    /// The same with `--json`, which must end well.
    #[track_caller]
    fn json(&self, arguments: &[&str]) -> Value {
        self.run(&[arguments, &["--json"]].concat()).ends(0).json()
    }

    /// Another command of the program.
    pub(crate) fn plain(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command(arguments).output().unwrap())
    }

    /// Starts `credenza integration ARGUMENTS --no-input`.
    fn start(&self, arguments: &[&str]) -> Child {
        let mut command = self.command(&[&["integration"], arguments, &["--no-input"]].concat());
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// An authenticated credential with these scopes, by a code of the provider's console.
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

    /// A folder for records that is not there yet.
    fn folder(&self, name: &str) -> String {
        self.cli.folder().join(name).to_str().unwrap().to_owned()
    }

    /// Adds an integration of "Zoho" with a folder of its name.
    fn add(&self, name: &str, loads: &[&str]) {
        let folder = self.folder(name);
        let mut arguments = vec!["add", "--name", name, "--credential", "Zoho", "--folder", &folder];
        arguments.extend(loads.iter().flat_map(|load| ["--load", load]));
        self.run(&arguments).ends(0);
    }

    /// The lines of a file an integration wrote.
    fn lines(&self, folder: &str, file: &str) -> Vec<String> {
        let text = std::fs::read_to_string(self.cli.folder().join(folder).join(file)).unwrap();
        text.lines().map(str::to_owned).collect()
    }

    /// The folder of an integration's runs.
    fn runs(&self, name: &str) -> PathBuf {
        let id = self.json(&["show", name])["id"].as_str().unwrap().to_owned();
        self.cli.folder().join("state/sync").join(id)
    }

    /// How often the token endpoint was asked.
    fn refreshes(&self) -> usize {
        self.sandbox.count("/oauth/v2/token")
    }

    /// How often computers of Endpoint Central were asked for.
    fn pages(&self) -> usize {
        self.sandbox.count("/som/computers")
    }
}

/// Sorted names in a folder.
fn names(folder: &str) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// The problem that `--json` put on standard error.
#[track_caller]
fn problem(ran: &Ran) -> Value {
    let last = ran.err.lines().last().unwrap();
    serde_json::from_str::<Value>(last).unwrap_or_else(|_| panic!("{ran:?}"))["error"].clone()
}
