//! Checks the structure of the source: layers, import cycles, calls that only some files may make, sizes, names. Each
//! failure names the file, the rule and how to fix it.

mod files;
mod imports;
mod source;
mod words;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use source::{Source, below, item_end};

/// Layer of each top-level module, and the modules of its own layer it may import.
/// A lower layer may always be imported, unless [`NEVER`] says otherwise.
#[rustfmt::skip]
const LAYERS: &[(&str, u8, &[&str])] = &[
    ("printable", 0, &[]), ("secret", 0, &["printable"]), ("clock", 0, &[]), ("problem", 0, &["printable"]),
    ("raw_json", 0, &[]), ("nearest", 0, &[]), ("loopback", 0, &[]), ("memory", 0, &["problem"]), ("process", 0, &[]),
    ("hardening", 1, &[]), ("paths", 1, &[]), ("diagnostics", 1, &["paths"]), ("settings", 1, &["paths"]), ("model", 1, &[]), ("mask", 1, &[]), ("filter", 1, &[]),
    ("audit", 2, &[]), ("catalog", 2, &[]),
    ("oauth", 3, &[]), ("store", 3, &[]), ("records", 3, &[]),
    ("api", 4, &[]),
    ("engine", 5, &[]),
    ("cli", 6, &[]), ("tui", 6, &[]), ("sandbox", 6, &[]),
    ("demo", 7, &[]), ("main", 8, &[]),
];

/// The front ends and the stand-in for a provider use tokens and files only through `engine`.
const NEVER: &[(&str, &[&str])] = &[
    ("cli", &["api", "oauth", "store", "records"]),
    ("tui", &["api", "oauth", "store", "records"]),
    ("sandbox", &["api", "oauth", "store", "records", "engine"]),
    ("demo", &["api", "oauth", "store", "records", "cli", "tui"]),
    ("main", &["api", "oauth", "store", "records"]),
];

/// Words that only some files may contain: the word, the files, and the reason. To allow another file, add it with its
/// reason.
#[rustfmt::skip]
const ONLY_IN: &[(&str, &[(&str, &str)])] = &[
    ("tokio::spawn", &[
        ("src/tui/runtime", "the one place that turns effects into tasks"),
        ("src/sandbox/", "a server answers each connection on its own"),
        ("src/engine/", "a listener waits beside the browser"),
    ]),
    ("std::fs", &[
        ("src/paths.rs", "makes the folders, closed to others"),
        ("src/paths/replace.rs", "replaces a file in one step, and creates one that is not there"),
        ("src/settings.rs", "reads settings.toml"),
        ("src/settings/file.rs", "edits settings.toml"),
        ("src/diagnostics/", "appends to the diagnostic log"),
        ("src/audit/", "opens, reads and appends to the audit log"),
        ("src/catalog/", "reads the user's own catalog files"),
        ("src/store/file/", "reads and commits the vault's files"),
        ("src/store/team/cache.rs", "appends to the copy of a team's objects on this machine"),
        ("src/store/team/index.rs", "replaces the index of that copy"),
        ("src/oauth/loopback/port_owner.rs", "asks /proc who holds a port"),
        ("src/records/", "spools records and writes them out"),
        ("src/engine/agent/socket.rs", "takes the agent's socket, and removes one that was left"),
        ("src/engine/agent/private_folder.rs", "removes the folders of commands that were killed"),
        ("src/engine/agent/login.rs", "looks whether the login session is over"),
        ("src/engine/ops/transfer/file.rs", "reads the file a person names"),
        ("src/engine/clock_offset.rs", "keeps how far the clock was off"),
        ("src/engine/names_file.rs", "removes the names that completion had"),
        ("src/cli/input.rs", "reads the file a person names for a secret"),
        ("src/cli/prompt.rs", "opens the terminal"),
        ("src/cli/agent/detached.rs", "puts /dev/null in the place of the terminal"),
        ("src/cli/run/child.rs", "asks whose the terminal is"),
    ]),
    ("tokio::task::spawn", &[
        ("src/engine/blocking.rs", "what blocks runs beside the async threads"),
        ("src/engine/submit.rs", "the agent is unlocked beside"),
        ("src/tui/runtime", "what blocks runs beside the async threads"),
        ("src/tui/work.rs", "what blocks runs beside the async threads"),
    ]),
    (".vault()", &[("src/paths.rs", "names it"), ("src/store/", "the only place that knows it is a file")]),
    ("tokio::fs", &[]),
    ("Command::new", &[("src/process.rs", "starts other programs, without what opens the vault")]),
    ("open::commands", &[("src/process.rs", "starts a browser")]),
    ("open::that", &[]),
    ("tokio::process", &[]),
    ("std::env::set_var", &[]),
    ("SystemTime::now", &[]),
    ("Timestamp::now", &[("src/clock.rs", "where time enters")]),
    ("tracing", &[("src/diagnostics/", "takes typed fields only, so no secret is logged")]),
    ("reqwest", &[
        ("src/oauth/http/", "the one HTTP client, with its limits"),
        ("src/store/team/backend/objects/http.rs", "the client of a bucket, below the crate that signs its requests"),
    ]),
    ("rustls", &[
        ("src/oauth/http/", "whom it trusts, and why a certificate was refused"),
        ("src/oauth/loopback/", "listens by https where a provider accepts nothing else"),
        ("src/store/team/backend/tls.rs", "whom it trusts, and why a certificate was refused"),
        ("src/store/team/backend/postgres/settings.rs", "connects with it"),
    ]),
    ("Http::new(", &[("src/engine/workspace.rs", "the one client of the process")]),
    ("Http::with_deadline(", &[]),
    ("Http::default(", &[("src/demo/mod.rs", "the one client of the demo, which has no settings")]),
    (".expose(", &[
        ("src/store/file/adopt.rs", "writes the sheet that a person asked for"),
        ("src/store/file/document.rs", "writes the payload that is encrypted at once"),
        ("src/store/stored.rs", "its rows"),
        ("src/store/file/rescue.rs", "compares the pair that is spent with the stored one"),
        ("src/store/file/key.rs", "hands the passphrase to age"),
        ("src/store/key_file/file.rs", "hands the passphrase of an SSH key to age"),
        ("src/store/key_file/plugin.rs", "answers a plugin that asks for a PIN"),
        ("src/store/team/identity.rs", "writes the identity that is encrypted at once"),
        ("src/store/team/backend/postgres/settings.rs", "signs in at the database"),
        ("src/model/credential/unread_response.rs", "decodes the bytes that a person asked to see"),
        ("src/oauth/", "puts secrets into requests"),
        ("src/api/", "puts secrets into requests"),
        ("src/engine/ops/passphrase.rs", "estimates how strong it is"),
        ("src/engine/agent/protocol.rs", "writes what the agent hands out, to nobody but ourselves"),
        ("src/engine/agent/background.rs", "gives the agent the passphrase, through a pipe"),
        ("src/engine/grant/authorization_code.rs", "reads the address a person pastes"),
        ("src/tui/clipboard", "copies what the person asked to copy"),
        ("src/tui/configuration/security/recovery/sheet.rs", "draws the kit for a person to keep"),
        ("src/cli/token.rs", "prints the token it was asked for"),
        ("src/cli/run.rs", "puts the token into a command's environment"),
        ("src/mask.rs", "knows every form that is to be hidden"),
        ("src/cli/run/mask.rs", "takes the scheme from what is to be hidden"),
        ("src/cli/recovery.rs", "prints the kit it was asked for"),
        ("src/cli/show.rs", "reveals on a terminal when asked to"),
    ]),
    (".trimmed(|text|", &[
        ("src/engine/ops/notes.rs", "looks for what a secret is pasted with"),
        ("src/engine/ops/setup.rs", "refuses a secret that cannot be sent"),
        ("src/engine/ops/transfer/formats/mapping.rs", "looks for a reference in the place of a secret"),
        ("src/tui/widgets/text_field.rs", "takes what is pasted"),
    ]),
    (".without_line_break(|text|", &[
        ("src/tui/widgets/text_field.rs", "takes what is pasted"),
        ("src/store/team/backend/objects/azure.rs", "signs in at the container"),
        ("src/store/team/backend/objects/s3.rs", "signs in at the bucket"),
    ]),
    ("MustFinish::granted(", &[("src/engine/supervisor.rs", "what it runs is finished")]),
];

const BREAK_LOOP: &str = "Move what both need to a third file, which imports neither.";

const MAX_LINES: usize = 500;
const MEDIAN_LINES: usize = 150;
const MAX_FUNCTION_LINES: usize = 60;

/// Fails with all breaches, one per line, and how to fix them.
fn hold(rule: &str, to_fix: &str, breaches: &[String]) {
    assert!(breaches.is_empty(), "{rule}:\n  {}\n{to_fix}\n", breaches.join("\n  "));
}

fn top(source: &Source) -> String {
    match source.path.as_str() {
        "src/main.rs" => "main".to_owned(),
        _ => source.module().first().map(|first| (*first).to_owned()).unwrap_or_default(),
    }
}

fn rank(module: &str) -> Option<&'static (&'static str, u8, &'static [&'static str])> {
    LAYERS.iter().find(|(name, ..)| *name == module)
}

fn may_import(from: &str, to: &str) -> bool {
    let (Some((_, own, peers)), Some((_, other, _))) = (rank(from), rank(to)) else { return false };
    let forbidden = NEVER.iter().any(|(module, never)| *module == from && never.contains(&to));
    !forbidden && (other < own || (other == own && peers.contains(&to)))
}

#[test]
fn every_module_imports_only_what_its_layer_may() {
    let mut breaches = Vec::new();
    for source in below("src").iter().filter(|source| source.path != "src/lib.rs") {
        let from = top(source);
        if rank(&from).is_none() {
            breaches
                .push(format!("{}: the module has no layer; add it to LAYERS in tests/architecture.rs", source.path));
        }
        let targets: BTreeSet<String> =
            imports::paths(source).into_iter().filter_map(|path| path.into_iter().next()).collect();
        for to in targets.iter().filter(|to| **to != from && rank(to).is_some() && !may_import(&from, to)) {
            breaches.push(format!("{}: `{from}` may not import `{to}`", source.path));
        }
    }
    let to_fix = "Move the shared type to a lower layer, or ask for it through `engine`. src/lib.rs draws the layers.";
    hold("A module imports only from lower layers", to_fix, &breaches);
}

#[test]
fn modules_of_one_folder_never_import_each_other_in_a_loop() {
    let sources = below("src");
    let breaches: Vec<String> = imports::siblings(&sources)
        .iter()
        .filter_map(|(folder, graph)| imports::cycle(graph).map(|cycle| (folder, cycle)))
        .map(|(folder, cycle)| format!("src/{}: {}", folder.replace("::", "/"), cycle.join(" -> ")))
        .collect();
    hold("Modules of one folder must not import each other in a loop", BREAK_LOOP, &breaches);
}

#[test]
fn files_never_import_each_other_in_a_loop() {
    let sources = below("src");
    let graph = files::graph(&sources);
    let breaches: Vec<String> = files::loops(&graph).iter().map(|group| files::in_words(&graph, group)).collect();
    let rule = "Files must not import each other in a loop, parent modules and their children included";
    hold(rule, BREAK_LOOP, &breaches);
}

#[test]
fn some_things_happen_in_one_place_only() {
    let mut breaches = Vec::new();
    for source in below("src") {
        for (word, places) in ONLY_IN {
            if places.iter().any(|(place, _)| source.path.starts_with(place)) {
                continue;
            }
            let written = source.shipped.match_indices(word).map(|(at, _)| at);
            let grouped = imports::used(&source).into_iter().filter(|(_, path)| path.starts_with(word));
            let places_of_it: BTreeSet<usize> = written.chain(grouped.map(|(at, _)| at)).collect();
            for at in places_of_it {
                let allowed: Vec<&str> = places.iter().map(|(place, _)| *place).collect();
                let allowed = if allowed.is_empty() { "no file".to_owned() } else { allowed.join(", ") };
                breaches.push(format!("{}:{}: `{word}` is allowed in {allowed}", source.path, source.line(at)));
            }
        }
    }
    let to_fix = "Call the code that does it there. If this file has a reason of its own, add both to ONLY_IN in \
                  tests/architecture.rs, and expect a question about it in the review.";
    hold("Some things happen in a few files only", to_fix, &breaches);
}

#[test]
fn every_file_opens_with_its_job() {
    let files: Vec<Source> = below("src").into_iter().chain(below("tests")).collect();
    let silent = files.iter().filter(|source| !source.text.starts_with("//! "));
    let breaches: Vec<String> = silent.map(|source| format!("{}: does not begin with `//! `", source.path)).collect();
    let to_fix = "Begin the file with a line such as `//! Reads and commits the vault file.`";
    hold("The first line of a file says what the file is responsible for", to_fix, &breaches);
}

#[test]
fn files_and_functions_stay_small() {
    let mut breaches = Vec::new();
    for source in below("src").iter().chain(&below("tests")) {
        let lines = source.text.lines().count();
        if lines > MAX_LINES {
            breaches.push(format!("{}: {lines} lines, at most {MAX_LINES}", source.path));
        }
        for (name, line, length) in functions(source) {
            if length >= MAX_FUNCTION_LINES {
                breaches
                    .push(format!("{}:{line}: fn {name} has {length} lines, under {MAX_FUNCTION_LINES}", source.path));
            }
        }
    }
    let to_fix = "Split by responsibility: move what belongs together to a file or a function with a name of its own.";
    hold("Files and functions stay small", to_fix, &breaches);
}

#[test]
fn half_of_the_files_are_short() {
    let mut lines: Vec<usize> = below("src").iter().map(|source| source.text.lines().count()).collect();
    lines.sort_unstable();
    let median = lines[lines.len() / 2];
    assert!(
        median < MEDIAN_LINES,
        "half of the files in src have {median} lines or more; keep the median below {MEDIAN_LINES}"
    );
}

/// The name, first line and number of lines of each function with a body.
fn functions(source: &Source) -> Vec<(&str, usize, usize)> {
    let code = &source.code;
    let starts = code.match_indices("fn ").filter(|(at, _)| *at == 0 || code.as_bytes()[at - 1].is_ascii_whitespace());
    starts
        .filter_map(|(at, _)| {
            let rest = &code[at + 3..];
            let name = &rest[..rest.find(|c: char| !c.is_alphanumeric() && c != '_')?];
            let body = &code[at..item_end(code, at)];
            (!name.is_empty()).then(|| (name, source.line(at), body.lines().count()))
        })
        .collect()
}

/// First words of product names that are also ordinary English or technical words.
const ORDINARY: [&str; 35] = [
    // Part of the name of a signature algorithm that other services verify, too: "AWS Signature Version 4".
    "aws",
    // The protocol of a storage service; the crate that implements it uses this name.
    "azure",
    "abnormal",
    "box",
    "carbon",
    "cursor",
    "custom",
    "employment",
    "factorial",
    "front",
    "gong",
    "greenhouse",
    "guru",
    "halo",
    "help",
    "incident",
    "ironclad",
    "lattice",
    "lever",
    "linear",
    "new",
    "make",
    "orca",
    "outreach",
    "perk",
    "ping",
    "ramp",
    "recorded",
    "sage",
    "shortcut",
    "smart",
    "trend",
    "ups",
    "wiz",
    "workspace",
];

/// The first words of product names in the catalog, which must not appear in code. The generic files describe
/// protocols, not products.
fn product_names() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/catalog")).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        let value = |key: &str| {
            let line = text.lines().find(|line| line.starts_with(&format!("{key} = ")))?;
            line.split('"').nth(1).map(str::to_lowercase)
        };
        let (Some(id), Some(group)) = (value("id"), value("group")) else { continue };
        if group == "any provider" {
            continue;
        }
        names.extend(id.split('-').next().map(str::to_owned));
        names.extend(group.split(' ').next().map(str::to_owned));
    }
    for word in ORDINARY {
        names.remove(word);
    }
    names
}

#[test]
fn no_product_is_named_in_the_code() {
    let names = product_names();
    assert!(names.contains("manageengine") && names.len() >= 10, "read from assets/catalog: {names:?}");
    let spared = ["src/sandbox/", "src/demo/"];
    // Files whose `mod` declaration is under `#[cfg(test)]`.
    let of_tests = ["/fixture.rs", "/tests.rs"];
    let mut breaches = Vec::new();
    let ships = |path: &str| {
        !spared.iter().any(|place| path.starts_with(place)) && !of_tests.iter().any(|end| path.ends_with(end))
    };
    for source in below("src").iter().filter(|source| ships(&source.path)) {
        for (number, line) in shipped_lines(source) {
            let words: BTreeSet<String> = words(line).collect();
            for name in names.intersection(&words) {
                breaches.push(format!("{}:{number}: `{name}` is the name of a product", source.path));
            }
        }
    }
    let to_fix = "Express it in the provider's file in assets/catalog, with a new key if needed. If the word is ordinary English, \
                  add it to ORDINARY in tests/architecture.rs.";
    hold("No product is named in the code", to_fix, &breaches);
}

/// The lines that ship, with the contents of string literals, but without comments.
fn shipped_lines(source: &Source) -> impl Iterator<Item = (usize, &str)> {
    let kept = source.text.lines().zip(source.shipped.lines()).enumerate();
    kept.filter(|(_, (_, shipped))| !shipped.trim().is_empty())
        .map(|(number, (line, _))| (number + 1, line.split("// ").next().unwrap_or_default()))
}

fn words(line: &str) -> impl Iterator<Item = String> {
    line.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase)
}

#[test]
fn names_say_what_a_thing_is() {
    const EMPTY_WORDS: [&str; 8] = ["util", "utils", "helper", "helpers", "common", "misc", "manager", "managers"];
    let mut breaches = Vec::new();
    for source in below("src") {
        for word in source.path.split(['/', '.', '_']).filter(|word| EMPTY_WORDS.contains(word)) {
            breaches.push(format!("{}: the file is named `{word}`", source.path));
        }
        for (at, _) in source.code.match_indices("fn get_") {
            breaches.push(format!("{}:{}: a function begins with `get_`", source.path, source.line(at)));
        }
        for ending in ["Manager", "Helper", "Utils"] {
            for (at, _) in source.code.match_indices(&format!("{ending} ")) {
                breaches.push(format!("{}:{}: a name ends in `{ending}`", source.path, source.line(at)));
            }
        }
    }
    hold("Names say what a thing is", "Name it after what it is responsible for.", &breaches);
}

#[test]
fn no_test_is_switched_off_and_every_exception_has_its_reason() {
    let mut breaches = Vec::new();
    for source in below("src").iter().chain(&below("tests")) {
        for (at, _) in source.code.match_indices("#[ignore") {
            breaches.push(format!("{}:{}: a test is ignored", source.path, source.line(at)));
        }
        for (at, _) in source.code.match_indices("[allow(").chain(source.code.match_indices("[expect(")) {
            let end = source.code[at..].find(")]").map_or(source.code.len(), |end| at + end);
            if !source.code[at..end].contains("reason =") {
                breaches.push(format!("{}:{}: an exception without `reason = …`", source.path, source.line(at)));
            }
        }
    }
    let to_fix = "Make the test pass, or delete it; write `#[allow(lint, reason = \"…\")]`.";
    hold("No test is ignored, and every exception to a lint has its reason", to_fix, &breaches);
}
