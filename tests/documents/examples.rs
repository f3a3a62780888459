//! The JSON examples in the documentation are real output of the program: each is in a code block after `<!-- example:
//! NAME -->`.

use std::collections::BTreeMap;

use regex_lite::Regex;
use serde_json::{Map, Value};

use super::vault_examples::{self, decrypted};
use super::{hold, pages};
use crate::cli::Ran;
use crate::cli::integration::Desk;

/// The scopes required by the loads in the examples.
const SCOPES: [&str; 3] = ["MDMOnDemand.MDMInventory.READ", "SDPOnDemand.assets.ALL", "DesktopCentralCloud.SOM.READ"];

/// Values that are secret, or that differ between runs or machines, and what the pages show instead.
const FIXED: [(&str, &str); 16] = [
    ("access_token", "1000.e97b…"),
    ("refresh_token", "1000.4c2f…"),
    ("client_secret", "9f0c…"),
    ("vault_secret", "5023…"),
    ("value", "Zoho-oauthtoken 1000.e97b…"),
    ("Authorization", "Zoho-oauthtoken 1000.e97b…"),
    ("user", "ann"),
    ("program", "bash"),
    ("version", "0.1.0"),
    ("system", "linux x86_64"),
    ("session", "f49ff022-7bb3-4a36-8d87-8530433d5774"),
    ("hash", "b568…"),
    ("nonce", "7954…"),
    ("parent", "cf35…"),
    ("prev", "8531…"),
    ("mac", "91f4…"),
];

/// As [`FIXED`], for numbers.
const FIXED_NUMBERS: [(&str, u64); 5] =
    [("uid", 1000), ("pid", 4121), ("milliseconds", 38), ("size", 3052), ("seq", 41)];

/// Replaces such values in an example.
pub(super) struct Tidy {
    folder: String,
    ids: Vec<String>,
}

impl Tidy {
    pub(super) fn new(desk: &Desk) -> Self {
        Self { folder: desk.cli.folder().to_str().unwrap().to_owned(), ids: Vec::new() }
    }

    pub(super) fn value(&mut self, key: &str, value: Value) -> Value {
        match value {
            Value::Object(object) => {
                let entry = |(key, value): (String, Value)| (shown_key(&key), self.value(&key, value));
                Value::Object(object.into_iter().map(entry).collect::<Map<_, _>>())
            }
            Value::Array(rows) => rows.into_iter().map(|row| self.value(key, row)).collect(),
            Value::Number(number) => {
                let fixed = FIXED_NUMBERS.iter().find(|(fixed, _)| *fixed == key);
                fixed.map_or(Value::Number(number), |(_, value)| (*value).into())
            }
            Value::String(text) => {
                let fixed = FIXED.iter().find(|(fixed, _)| *fixed == key);
                Value::String(fixed.map_or_else(|| self.text(&text), |(_, text)| (*text).to_owned()))
            }
            value => value,
        }
    }

    fn text(&mut self, text: &str) -> String {
        let mut text = text.replace(&self.folder, "/srv/credenza");
        for (pattern, shown) in [
            (r"http://127\.0\.0\.1:\d+/", "https://"),
            (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "2026-11-23T10:00:00Z"),
            (r"\d{8}\.age", "20261123.age"),
            (r"^127\.0\.0\.1:\d+$", "mdm.manageengine.com"),
            (r"\d+ bytes", "3052 bytes"),
            (r"[0-9a-f]{32,}", "5f0c…"),
            (r"age1[0-9a-z]{58}", "age1…"),
        ] {
            text = Regex::new(pattern).unwrap().replace_all(&text, shown).into_owned();
        }
        let id = Regex::new("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}").unwrap();
        for found in id.find_iter(&text.clone()) {
            let at = self.ids.iter().position(|id| id == found.as_str()).unwrap_or_else(|| {
                self.ids.push(found.as_str().to_owned());
                self.ids.len() - 1
            });
            text = text.replace(found.as_str(), &format!("038e952c-c98d-4317-8e8f-0560df63b8{at:02}"));
        }
        text
    }

    pub(super) fn pretty(&mut self, value: Value) -> String {
        serde_json::to_string_pretty(&self.value("", value)).unwrap() + "\n"
    }
}

/// The hash of a machine ID differs between machines.
fn shown_key(key: &str) -> String {
    let is_hash = key.len() == 16 && key.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hash { "0035…".to_owned() } else { key.to_owned() }
}

/// Creates a vault with a credential and an integration that was synced once; returns the JSON output of the commands.
pub(super) fn outputs() -> (Desk, Vec<(String, Value)>) {
    let desk = Desk::empty();
    desk.credential("CMDB sync", &SCOPES);
    let folder = desk.cli.folder().join("inventory");
    desk.run(&[
        "add",
        "--name",
        "CMDB",
        "--credential",
        "CMDB sync",
        "--load",
        "mdm-devices",
        "--folder",
        folder.to_str().unwrap(),
        "--fields",
        "mdm-devices=device_id=id,device_name=name",
        "--schedule",
        "6h",
    ])
    .ends(0);
    let commands: [(&str, &[&str]); 12] = [
        ("sync", &["integration", "sync", "CMDB"]),
        ("list", &["list"]),
        ("show", &["show", "CMDB sync"]),
        ("token", &["token", "CMDB sync"]),
        ("test", &["test", "CMDB sync"]),
        ("check", &["check"]),
        ("log", &["log", "CMDB sync", "--last", "1"]),
        ("history", &["history"]),
        ("integration-list", &["integration", "list"]),
        ("integration-test", &["integration", "test", "CMDB"]),
        ("sessions", &["integration", "sessions", "CMDB"]),
        ("doctor", &["doctor"]),
    ];
    let outputs = commands.map(|(name, arguments)| {
        if name == "doctor" {
            // Uses another redirect port: a sign-in of another test may occupy the usual one, which `doctor` reports.
            drop(desk.cli.with_port(""));
        }
        let ran = desk.plain(&[arguments, &["--json", "--no-input"]].concat());
        (name.to_owned(), ran.ends(0).json())
    });
    (desk, outputs.into())
}

/// The output of the commands as the pages show it.
fn examples() -> BTreeMap<String, String> {
    let (desk, outputs) = outputs();
    let mut tidy = Tidy::new(&desk);
    let mut examples = BTreeMap::new();
    for (name, value) in outputs {
        let text = tidy.pretty(shortened(&name, value));
        examples.insert(name, text);
    }
    let error = tidy.pretty(real_error(&desk));
    examples.insert("error".to_owned(), error);
    for (name, text) in vault_examples::of(&decrypted(&desk), &mut tidy) {
        examples.insert(name, text);
    }
    examples
}

/// The error object on standard error of a command that fails.
pub(super) fn real_error(desk: &Desk) -> Value {
    let ran: Ran = desk.plain(&["show", "nobody", "--json"]).ends(3);
    let line = ran.err.lines().find(|line| line.starts_with('{')).unwrap();
    serde_json::from_str(line).unwrap()
}

/// Shortens lists to their first rows, and replaces what depends on the machine.
fn shortened(name: &str, mut value: Value) -> Value {
    match name {
        "doctor" => {
            value["findings"].as_array_mut().unwrap().truncate(1);
            value["terminal"] = serde_json::json!({ "TERM": "xterm-256color", "LANG": "en_US.UTF-8", "ssh": false });
        }
        "integration-test" => {
            for load in value["loads"].as_array_mut().unwrap() {
                load["fields"].as_array_mut().unwrap().truncate(2);
            }
        }
        "history" => {
            let rows = value.as_array_mut().unwrap();
            rows.drain(..1);
            rows.truncate(1);
        }
        _ => {}
    }
    value
}

/// The text of a page with up-to-date examples.
fn filled(text: &str, examples: &BTreeMap<String, String>, used: &mut Vec<String>) -> String {
    let place = Regex::new(r"(<!-- example: ([a-z-]+) -->\n+```[a-z]+\n)([^`]*)```").unwrap();
    place
        .replace_all(text, |found: &regex_lite::Captures| {
            used.push(found[2].to_owned());
            let example = examples.get(&found[2]).unwrap_or_else(|| panic!("no example {}", &found[2]));
            format!("{}{example}```", &found[1])
        })
        .into_owned()
}

#[test]
fn the_examples_are_what_the_program_prints() {
    let examples = examples();
    let mut used = Vec::new();
    for page in pages().iter().filter(|page| page.text.contains("<!-- example: ")) {
        let filled = filled(&page.text, &examples, &mut used);
        hold(page.path.to_str().unwrap(), &filled);
    }
    for name in examples.keys() {
        assert!(used.contains(name), "no page has the example {name}");
    }
}
