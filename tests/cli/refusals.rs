//! Refusals that no other test produces: what is wrong, why, and what to do about it, as standard error says it.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;
use std::process::{Command, Stdio};

use serde_json::{Map, Value, json};

use super::{Cli, Ran};
use crate::backends::{Manner, Small};
use crate::service::{Fake, json as reply};

/// A command line, its exit code, and parts of its standard error. Variables may precede the arguments, as in a shell;
/// `HERE` stands for the folder of the vault.
pub(super) type Row<'a> = (&'a str, i32, &'a [&'a str]);

fn command(cli: &Cli, line: &str) -> Command {
    let here = cli.folder().to_str().unwrap();
    let words: Vec<String> = line.split(' ').map(|word| word.replace("HERE", here)).collect();
    let variables = words.iter().take_while(|word| word.starts_with(char::is_uppercase)).count();
    let (variables, arguments) = words.split_at(variables);
    let mut command = cli.command(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    command.env("CREDENZA_PASSPHRASE_FILE", cli.folder().join("pass"));
    // A port on which nothing listens stands for all providers.
    command.env("AWS_ACCESS_KEY_ID", "id").env("AWS_SECRET_ACCESS_KEY", "id");
    command.env("CREDENZA_SANDBOX", "http://127.0.0.1:1");
    command.envs(variables.iter().filter_map(|word| word.split_once('=')));
    command
}

fn run(cli: &Cli, line: &str) -> Ran {
    Ran::of(command(cli, line).output().unwrap())
}

#[track_caller]
fn is_refused(cli: &Cli, ran: Ran, (line, code, words): Row<'_>) {
    let err = ran.ends(code).err.replace(cli.folder().to_str().unwrap(), "HERE");
    for word in words {
        assert!(err.contains(word), "{line}: {word:?} is missing: {err}");
    }
}

impl Cli {
    #[track_caller]
    pub(super) fn refuses(&self, rows: &[Row<'_>]) {
        for row in rows {
            is_refused(self, run(self, row.0), *row);
        }
    }
}

/// Writes a file that only its owner can read, or creates a folder if the name ends with a slash.
pub(super) fn put(cli: &Cli, name: &str, content: impl AsRef<[u8]>) {
    let path = cli.folder().join(name);
    if name.ends_with('/') {
        return fs::create_dir_all(path).unwrap();
    }
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, content).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
}

#[test]
fn a_file_in_the_place_of_a_folder_is_named_and_so_is_the_opposite() {
    let certificate = ["The certificate of https://localhost cannot be used.", "certificate.pem: ", "move the file"];
    let no_vault = ["There is no vault yet.", "HERE/data/identity.age does not exist.", "credenza init"];
    let bundle = ["HERE/none/x.tgz could not be written.", "The folder must exist, and the file must not."];
    // What exists, with each command.
    let on_new_machine: &[(&str, Row<'_>)] = &[
        ("state", ("init --allow-weak", 7, &["The folder HERE/state cannot be created.", "Create it yourself."])),
        ("data/backups", ("init --allow-weak", 7, &["The folder HERE/data/backups cannot be created."])),
        ("state/redirect-certificate.pem/", ("trust", 7, &certificate)),
        ("data/", ("restore", 7, &no_vault)),
        ("data/", ("doctor --bundle HERE/none/x.tgz", 7, &bundle)),
        ("data/", ("--demo list", 2, &["--demo opens the screens", "credenza sandbox"])),
        ("data/", ("sandbox --mode nope", 2, &["Unknown sandbox mode.", "The sandbox has no mode nope."])),
    ];
    let beside_vault: &[(&str, Row<'_>)] = &[
        ("state/agent", ("agent start --foreground", 7, &["The folder HERE/state/agent cannot be created."])),
        ("state/agent", ("agent start --locked", 7, &["The agent did not start.", "See the message above."])),
        ("state/agent/agent.lock/", ("agent start --foreground --locked", 7, &["agent.lock cannot be opened."])),
        ("taken/", ("import HERE/taken", 2, &["HERE/taken is a folder."])),
    ];
    for (of, rows) in [(Cli::empty as fn() -> Cli, on_new_machine), (Cli::new, beside_vault)] {
        for (name, row) in rows {
            let cli = of();
            put(&cli, name, "");
            cli.refuses(&[*row]);
        }
    }
}

#[test]
fn a_catalog_update_that_cannot_be_read_or_kept_is_refused() {
    let (cli, fake) = (Cli::empty(), Fake::start());
    put(&cli, "config/settings.toml", "catalog_key = \"nonsense\"\n");
    let no_key = ["catalog_key in the settings is not a minisign public key.", "56 characters", "the second line"];
    cli.refuses(&[("catalog update HERE/x", 2, &no_key)]);
    let key = include_str!("../catalogs/updates/key.pub").lines().nth(1).unwrap();
    put(&cli, "config/settings.toml", format!("catalog_key = \"{key}\"\n"));
    put(&cli, "odd.minisig", b"\xff\xfe\n");
    put(&cli, "good", include_bytes!("../catalogs/updates/good.json"));
    put(&cli, "good.minisig", include_bytes!("../catalogs/updates/good.json.minisig"));
    put(&cli, "data/catalog-update/", "");
    fake.script([reply(404, "{}")]);
    let absent = format!("catalog update {}", fake.url);
    let kept = ["The catalog update cannot be kept", "HERE/data/catalog-update: ", "Install the update again."];
    cli.refuses(&[
        ("catalog update", 2, &["No catalog update is named.", "or set catalog_url in settings.toml."]),
        ("catalog update https://[/x", 2, &["https://[/x.minisig is neither a file nor an address."]),
        (&absent, 6, &["token.minisig answers with status 404.", "redirects are not followed."]),
        ("catalog update HERE/odd", 8, &["The signature of the catalog update is not text."]),
        ("--no-input catalog update HERE/good", 7, &kept),
    ]);
}

#[test]
fn a_file_that_is_not_what_it_is_imported_as_is_refused() {
    let cli = Cli::new();
    let kit = run(&cli, "recovery-kit --json").ends(0).json();
    put(&cli, "key", kit["identity"].as_str().unwrap());
    let recipient: age::x25519::Recipient = kit["recipient"].as_str().unwrap().parse().unwrap();
    let sealed = |text: &str| age::encrypt(&recipient, text.as_bytes()).unwrap();
    put(&cli, "malformed.age", sealed("{\"format\":\"x\"}"));
    put(&cli, "newer.age", sealed("{\"format\":\"credenza-export\",\"version\":2,\"credentials\":[]}"));
    for (name, content) in [("half", &b"\xff\xfeA"[..]), ("nul", b"a\0b"), ("words", b"two words"), ("word", b"CNRY-r")]
    {
        put(&cli, name, content);
    }
    let section = |name: &str| format!("[{name}]\ntype = drive\nclient_id = {name}\nclient_secret = CNRY-s\n");
    put(&cli, "two", section("a") + &section("b"));
    let two = ["The file contains 2 credentials, but only one name was given.", "add --only NAME"];
    cli.refuses(&[
        ("import HERE/half", 2, &["The file is not valid UTF-16 text."]),
        ("import HERE/nul", 2, &["The file is not text.", "It contains NUL bytes."]),
        ("import HERE/words --from refresh-token", 2, &["is not one refresh token.", "more than one word"]),
        ("import HERE/word --from refresh-token --integration none", 3, &["The catalog has no integration \"none\"."]),
        ("import HERE/two --integration google-drive --name One", 2, &two),
        ("import HERE/malformed.age --key-file HERE/key", 2, &["holds no exported credentials.", "Line 1, column 14"]),
        ("import HERE/newer.age --key-file HERE/key", 2, &["an export of a newer version.", "Update Credenza."]),
        ("import HERE/newer.age --key-file HERE/half", 2, &["The key file contains no secret.", "is not UTF-8."]),
    ]);
}

#[test]
fn what_does_not_fit_a_credential_or_a_key_is_refused() {
    let cli = Cli::new();
    cli.add("Zoho").ends(0);
    put(&cli, "secret", "CNRY-s");
    put(&cli, "empty", "");
    put(&cli, "strong", "walnut prism orbit lantern");
    put(&cli, "kit", run(&cli, "recovery-kit").ends(0).out);
    run(&cli, "recipients add ci --key-file HERE/host").ends(0);
    let add = "add --integration manageengine --name New --client-secret-file HERE/secret --client-id";
    let (long, stand_in) = (format!("{add} {}", "x".repeat(4_097)), format!("{add} YOUR_CLIENT_ID"));
    let not_secret = format!("{add} 1000.ABC --set-file customer_domain=HERE/secret");
    let own = "import HERE/secret --from refresh-token --integration custom-oauth2 --name Own --client-id abc --yes";
    let places = "--set authorization_url=http://127.0.0.1:1/a --set token_url=http://127.0.0.1:1/t --no-refresh";
    run(&cli, &format!("{own} {places} --client-secret-file HERE/strong")).ends(0);
    let no_passphrase = ["A new passphrase is needed.", "An empty one would protect nothing."];
    cli.refuses(&[
        (&long, 2, &["Client ID is too long.", "The limit is 4,096 bytes."]),
        (&stand_in, 2, &["Client ID is a placeholder.", "would refuse it.", "without quotes."]),
        (&not_secret, 2, &["customer_domain is not a secret.", "Use --set customer_domain=VALUE."]),
        ("rotate Zoho --set-file x=HERE/secret", 2, &["\"Zoho\" has no secret setting x.", "credenza show 'Zoho'"]),
        ("revoke Zoho", 5, &["\"Zoho\" has no tokens to revoke.", "It was never authenticated."]),
        ("revoke Own", 2, &["does not support revoking tokens from here.", "then delete the credential."]),
        ("recipients remove nobody", 3, &["There is no host named nobody.", "credenza recipients list"]),
        ("recover --kit-file HERE/kit --new-passphrase-file HERE/empty --allow-weak", 2, &no_passphrase),
        ("recover --kit-file HERE/host --new-passphrase-file HERE/strong", 8, &["This identity is not the vault's"]),
        ("--vault local team list", 8, &["No team shares this vault.", "It is HERE/data/vault.age.", "or create one."]),
        ("--vault local team unlock-with HERE/kit", 8, &["Only a member of a team", "is the vault of this machine;"]),
    ]);
}

#[test]
fn a_relative_path_in_a_folder_that_is_not_utf_8_or_that_is_gone_is_refused() {
    let cli = Cli::new();
    cli.add("Zoho").ends(0);
    let odd = cli.folder().join(OsStr::from_bytes(b"odd\xff"));
    fs::create_dir(&odd).unwrap();
    for row in [
        ("integration add --name CMDB --credential Zoho --folder rel", 2, &["cannot be used.", "is not UTF-8."][..]),
        ("integration units - --identity-file rel", 2, &["The path after --identity-file is not in UTF-8."]),
    ] {
        is_refused(&cli, Ran::of(command(&cli, row.0).current_dir(&odd).output().unwrap()), row);
    }
    let mut shell = Command::new("sh");
    shell.args(["-c", "mkdir gone && cd gone && rmdir ../gone && exec \"$0\" --dir rel list"]);
    shell.arg(env!("CARGO_BIN_EXE_credenza")).current_dir(cli.folder()).stdin(Stdio::null());
    is_refused(
        &cli,
        Ran::of(shell.output().unwrap()),
        ("list", 2, &["The vault's folder cannot be used.", "--dir DIR"]),
    );
}

/// Puts the identity of a team vault there whose store cannot be reached: a part of a file, or none of it.
fn with_identity(cli: &Cli, file: &str, bytes: usize) {
    put(cli, "data/vaults/team/team.json", r#"{"format":1,"store":"postgres://ana@127.0.0.1:1/x"}"#);
    let content = fs::read(cli.folder().join(file)).unwrap();
    put(cli, "data/vaults/team/identity.age", &content[..bytes.min(content.len())]);
}

#[test]
fn a_team_vault_whose_identity_is_gone_damaged_or_locked_by_an_unknown_key_is_explained() {
    let cli = Cli::new();
    put(&cli, "key", run(&cli, "recovery-kit").ends(0).out);
    // The vault is encrypted to a key; the identity, with a passphrase.
    with_identity(&cli, "data/vault.age", usize::MAX);
    let create = "--vault team team create postgres://ana@127.0.0.1:1/x --as Ana";
    cli.refuses(&[
        ("--vault team list", 4, &["by a key, and its file is not known.", "Name it with --identity-file FILE."]),
        (create, 8, &["A vault named team is already on this machine.", "choose another name for the new vault."]),
    ]);
    with_identity(&cli, "data/vault.age", 100);
    let damaged = ["identity.age cannot be read.", "or bytes of it changed.", "or join the vault again."];
    cli.refuses(&[("--vault team list --identity-file HERE/key", 7, &damaged)]);
    with_identity(&cli, "data/identity.age", usize::MAX);
    let team = [
        "A team vault cannot be restored from a file.",
        "It is in postgres://ana@127.0.0.1:1/x.",
        "by its number instead.",
    ];
    cli.refuses(&[("--vault team restore HERE/x", 8, &team)]);
    fs::remove_file(cli.folder().join("data/vaults/team/identity.age")).unwrap();
    let team = cli.folder().join("data/vaults/team");
    for file in fs::read_dir(&team).unwrap().map(Result::unwrap).filter(|file| file.path().is_file()) {
        put(&cli, &format!("data/vaults/acme/{}", file.file_name().display()), fs::read(file.path()).unwrap());
    }
    // Not a vault, although its folder exists.
    put(&cli, "data/vaults/empty/", "");
    let half = ["Half of the team vault is missing", "identity.age does not exist.", "join again under another name."];
    cli.refuses(&[
        ("--vault team list", 7, &half),
        ("team list", 2, &["several team vaults on this machine.", "They are: acme, team.", "--vault NAME"]),
        ("--vault other list", 7, &["No vault has this name.", "Vaults on this machine: local, acme, team."]),
    ]);
}

#[test]
fn settings_of_a_store_that_cannot_be_read_are_named_before_anything_is_sent() {
    let cli = Cli::empty();
    put(&cli, "binary", b"\xff");
    put(&cli, "services", "[mine]\nhost=127.0.0.1\n");
    put(&cli, "taken/", "");
    for (variable, words) in [
        ("AWS_CA_BUNDLE=HERE/none", &["The CA file HERE/none cannot be used.", "It does not exist."]),
        ("AWS_CA_BUNDLE=HERE/pass", &["The CA file HERE/pass cannot be used.", "no certificates in PEM format."]),
        ("AWS_CA_BUNDLE=HERE/binary", &["The file HERE/binary cannot be read.", "It is not UTF-8 text."]),
        ("AWS_CONFIG_FILE=HERE/taken", &["The file HERE/taken cannot be read.", "Correct the file"]),
    ] {
        cli.refuses(&[(&format!("{variable} team create s3://bucket/x --as Ana"), 2, words)]);
    }
    let by_service = "PGSERVICEFILE=HERE/services team create postgres:///?service=mine --as Ana";
    cli.refuses(&[(by_service, 2, &["Neither the address nor the service names a database.", "Add dbname="])]);
}

#[test]
fn nobody_joins_a_team_without_a_comparison_and_nothing_unreadable_is_moved_into_one() {
    const FORBIDDEN: &str = "HTTP/1.1 403 X\r\nContent-Length: 40\r\n\r\n<Error><Code>AccessDenied</Code></Error>";
    let (ana, bob, bucket) = (Cli::new(), Cli::empty(), Small::that(Manner::Answers(FORBIDDEN)));
    let address = bucket.address();
    let team = |line: &str| format!("--vault team {line}");
    let create = team(&format!("team create {address} --as Ana --allow-weak"));
    ana.refuses(&[(&create, 8, &["The team's store", "rejected the request.", "403 AccessDenied"])]);
    bucket.set(Manner::Fit);
    let later = json!([{ "id": "x-1", "name": "Later", "new": 1 }]);
    rewrite(&ana, |vault| vault["credentials"] = later);
    let unread = ["Some records of the vault cannot be read by this version.", "1 of them.", "or delete them first."];
    ana.refuses(&[(&format!("{create} --from-local"), 8, &unread)]);
    run(&ana, &create).ends(0);
    let joining = run(&bob, &team(&format!("--json team join {address} --as Bob --allow-weak"))).ends(0).json();
    let code = joining["code"].as_str().unwrap();
    let (unasked, differs) = (team(&format!("team add {code}")), team(&format!("team add {code} --words other")));
    ana.refuses(&[
        (&unasked, 4, &["Confirmation is required, but the program cannot ask for it."]),
        (&differs, 8, &["Bob was not added.", "The four words differ", "Have the code sent again"]),
        (&team("recipients add ci --key-file HERE/x"), 8, &["This machine cannot change who opens the vault."]),
    ]);
}

/// Listens as an agent that sends these lines, one per connection.
fn answering(cli: &Cli, answers: &[&str]) {
    let path = cli.folder().join("state/agent/agent.sock");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let _ = fs::remove_file(&path);
    let listener = UnixListener::bind(path).unwrap();
    let answers: Vec<String> = answers.iter().map(|answer| format!("{answer}\n")).collect();
    std::thread::spawn(move || {
        for (answer, stream) in answers.into_iter().zip(listener.incoming().flatten()) {
            BufReader::new(&stream).read_line(&mut String::new()).unwrap();
            (&stream).write_all(answer.as_bytes()).unwrap();
        }
    });
}

#[test]
fn an_agent_that_cannot_serve_or_listen_and_a_process_that_is_none_are_told_apart() {
    const ELSEWHERE: &str = r#"{"elsewhere":"It serves another vault."}"#;
    let token = |id: &str, access: &str| {
        format!(r#"{{"token":{{"name":"Zoho",{id}"access":"{access}","sent":[],"expires_at":null,"notes":[]}}}}"#)
    };
    let id = r#""id":"0ba13d41-63c1-42b7-9f49-85bd369f60b2","#;
    let (old, new, long) = (token("", "CNRY-t"), token(id, "CNRY-t"), token(id, &"x".repeat(16_385)));
    let named = |line: &str| format!("CREDENZA_AGENT_SOCKET=HERE/state/agent/agent.sock {line}");
    let inside = format!("run Zoho --serve -- {} token Zoho", env!("CARGO_BIN_EXE_credenza"));
    let no_agent = ["at the agent's socket is not an agent.", "the format of this version.", "credenza agent start"];
    let older = ["agent cannot serve a single credential.", "It is an older version.", "credenza agent stop"];
    let ended = ["The agent that provides this command's tokens has ended.", "credenza agent start"];
    let other = ["The agent named in the environment does not serve this vault.", "It serves another vault."];
    let one_kind = ["The running agent cannot serve one kind of token.", "Update it and start it again."];
    let cli = Cli::new();
    let rows: &[(&[&str], Row<'_>)] = &[
        (&["nonsense"], ("agent status", 8, &no_agent)),
        (&[ELSEWHERE], (&named("token Zoho"), 8, &other)),
        (&[&old], (&named("token Zoho --kind bot"), 8, &one_kind)),
        (&[&old], ("run Zoho --serve -- true", 8, &older)),
        (&[&new, &old], (&inside, 8, &older)),
        (&[&new, ELSEWHERE], (&inside, 6, &ended)),
        (&[&long], ("run Zoho --fd FD -- true", 2, &["The token is too long for a pipe.", "Use --env."])),
    ];
    for (answers, row) in rows {
        answering(&cli, answers);
        cli.refuses(&[*row]);
    }
    let long = "x".repeat(100);
    fs::create_dir(cli.folder().join(&long)).unwrap();
    fs::rename(cli.folder().join("data"), cli.folder().join(&long).join("data")).unwrap();
    let start = format!("--dir HERE/{long} agent start --foreground --locked");
    cli.refuses(&[(&start, 2, &["The path of the agent's socket is too long.", "107 bytes", "a shorter path"])]);
}

/// Opens the identity file.
fn identity(cli: &Cli) -> String {
    let passphrase = age::scrypt::Identity::new("test".to_owned().into());
    let text = age::decrypt(&passphrase, &fs::read(cli.folder().join("data/identity.age")).unwrap()).unwrap();
    String::from_utf8(text).unwrap()
}

/// Rewrites the vault in its first format, as a program would that has its key. It is empty before the edit.
fn rewrite(cli: &Cli, edit: impl FnOnce(&mut Value)) {
    let text = identity(cli);
    let key = text.lines().find(|line| line.starts_with("AGE-SECRET-KEY-1")).unwrap();
    let key: age::x25519::Identity = key.parse().unwrap();
    let path = cli.folder().join("data/vault.age");
    let payload: Value = serde_json::from_slice(&age::decrypt(&key, &fs::read(&path).unwrap()).unwrap()).unwrap();
    let mut vault = payload["head"].clone();
    (vault["format"], vault["credentials"]) = (json!(1), json!([]));
    edit(&mut vault);
    fs::write(path, age::encrypt(&key.to_public(), vault.to_string().as_bytes()).unwrap()).unwrap();
    // As if another machine had written it: this one has no record of the version.
    fs::remove_file(cli.folder().join("state/seen.json")).unwrap();
}

/// A credential as the vault stores it, with a number as its name.
fn stored(number: u32, provider: &str, more: Value) -> Value {
    let mut credential = json!({
        "id": format!("8df16f6e-d672-4dde-b47e-{number:012}"), "name": number.to_string(), "provider": provider,
        "client_id": "", "details": { "description": "", "owner": "", "tags": [] }, "created_at": "2026-11-23T10:00:00Z"
    });
    credential.as_object_mut().unwrap().extend(serde_json::from_value::<Map<String, Value>>(more).unwrap());
    credential
}

#[test]
fn content_of_a_vault_that_no_command_would_write_is_refused_where_it_is_used() {
    let cli = Cli::new();
    let keys = json!({ "access_key_id": "AKIAIOSFODNN7EXAMPLE", "region": "eu-central-1" });
    let first = stored(1, "zoom", json!({}));
    let setup = json!({ "credential": first["id"], "loads": ["users"], "folder": "records", "format": "ndjson" });
    rewrite(&cli, |vault| {
        vault["credentials"] = json!([
            first,
            stored(2, "zoom", json!({ "client_id": "id", "client_secret": "CNRY-s", "redirect_uri": "nonsense" })),
            stored(3, "manageengine", json!({ "client_id": "id", "variables": { "accounts_host": "EU" } })),
            stored(4, "pagerduty-key", json!({ "secrets": { "secret": "CNRY-\u{7}" } })),
            stored(5, "pagerduty-key", json!({ "secrets": { "secret": "CNRY-s" } })),
            stored(6, "aws", json!({ "variables": keys })),
        ]);
        vault["integrations"] = json!([{
            "id": "8df16f6e-d672-4dde-b47e-000000000009", "name": "CMDB", "provider": "zoom", "setup": setup,
            "created_at": "2026-11-23T10:00:00Z"
        }]);
    });
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let call = format!("CREDENZA_SANDBOX=http://{} authenticate 5 --timeout 1s", silent.local_addr().unwrap());
    cli.refuses(&[
        ("authenticate 1 --method paste", 2, &["The Client ID is missing."]),
        ("authenticate 3 --method paste", 2, &["not in its canonical form.", "Set it to accounts.zoho.eu."]),
        ("token 4", 2, &["A value for the provider contains control characters."]),
        (&call, 6, &["The test call received no response within 1 s", "Nothing was changed.", "Check the network"]),
        ("authenticate 6", 2, &["The secret access key is missing."]),
        ("integration sync CMDB", 2, &["records is not an absolute path.", "such as /srv/inventory."]),
    ]);
    put(&cli, "pasted", "https://own.example/?code=x&state=y\n");
    let paste = "authenticate 2 --method paste";
    let pasted = command(&cli, paste).stdin(fs::File::open(cli.folder().join("pasted")).unwrap()).output().unwrap();
    let words = ["The redirect URI of the credential is not an address.", "The authentication was canceled."];
    is_refused(&cli, Ran::of(pasted), (paste, 5, &words));
}

#[test]
fn nothing_is_saved_that_somebody_could_not_open() {
    let cli = Cli::new();
    let row = || json!([stored(1, "zoom", json!({}))]);
    rewrite(&cli, |vault| {
        vault["credentials"] = row();
        let host = json!({ "kind": "x25519", "role": "host", "name": "ci", "recipient": "age1tag1qqqq" });
        vault["recipients"].as_array_mut().unwrap().push(host);
    });
    let unknown = ["recipient of a kind this version cannot encrypt to.", "would lock out", "version that added it."];
    cli.refuses(&[("rename 1 New", 8, &unknown)]);
    let cli = Cli::new();
    let other = age::x25519::Identity::generate().to_public().to_string();
    rewrite(&cli, |vault| {
        vault["credentials"] = row();
        vault["recipients"][0]["recipient"] = other.into();
    });
    let differs = ["did not decrypt to the same content.", "The file was not changed.", "Check the machine's memory."];
    cli.refuses(&[("rename 1 New", 7, &differs)]);
    let mut passphrase = age::scrypt::Recipient::new("test".to_owned().into());
    passphrase.set_work_factor(1);
    let newer = identity(&cli).replacen("format 1", "format 9", 1);
    put(&cli, "data/identity.age", age::encrypt(&passphrase, newer.as_bytes()).unwrap());
    let format = ["identity.age has format 9; this version supports 1.", "Use the newer version that wrote it."];
    cli.refuses(&[("list", 7, &format)]);
}

#[test]
fn what_the_catalog_no_longer_has_or_a_provider_has_not_said_is_named() {
    let cli = Cli::new();
    let own = include_str!("../../assets/catalog/zoom.toml").replacen("id = \"zoom\"", "id = \"own\"", 1);
    put(&cli, "config/catalog/own.toml", &own);
    put(&cli, "secret", "CNRY-s");
    let abroad = " --set customer_domain=ae";
    for (id, load, more) in [("own", "users", ""), ("jira", "users", ""), ("manageengine", "mdm-devices", abroad)] {
        let client = "--client-id 1000.ABC --client-secret-file HERE/secret";
        run(&cli, &format!("add --integration {id} --name {id} {client}{more}")).ends(0);
        run(&cli, &format!("integration add --name {id} --credential {id} --load {load}")).ends(0);
    }
    let test = "integration test own";
    let unknown = ["The address of Users is not known yet.", "after a sign-in.", "credenza authenticate 'jira'"];
    let no_host = ["The catalog has no host of Mobile Device Manager Plus", "It depends on the data center."];
    cli.refuses(&[("integration test jira", 5, &unknown), ("integration test manageengine", 2, &no_host)]);
    put(&cli, "config/catalog/own.toml", own.replacen("id = \"users\"", "id = \"people\"", 1));
    cli.refuses(&[(test, 3, &["no longer has the record type users of Zoom.", "choose its record types."])]);
    fs::remove_file(cli.folder().join("config/catalog/own.toml")).unwrap();
    let gone = ["The catalog has no integration own.", "no longer valid.", "back into HERE/config/catalog."];
    cli.refuses(&[(test, 3, &gone)]);
}
