//! Identities that are locked with an SSH key or an age plugin (case 30).

use std::collections::VecDeque;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use credenza::paths::Paths;
use credenza::problem::{Kind, Problem};
use credenza::secret::{Passphrase, Secret};
use credenza::store::local::{KeyKind, KeyPrompts, Lock, MemberKey, Presence, UnlockBy, member_key, recovery_kit};
use credenza::store::{Role, Store, StoreError};

use super::stage::{Machine, World, add, insert, names, passphrase};
use super::{ssh_keys, stub_plugin};

/// Answers prompts from a list, and records the messages.
#[derive(Debug)]
struct Person {
    answers: Mutex<VecDeque<&'static str>>,
    said: Mutex<Vec<String>>,
    deadline: Duration,
}

impl Person {
    fn who_says(answers: &[&'static str]) -> Self {
        let answers = Mutex::new(answers.iter().copied().collect());
        Self { answers, said: Mutex::default(), deadline: Duration::from_secs(60) }
    }

    fn heard(&self) -> Vec<String> {
        self.said.lock().unwrap().clone()
    }

    fn answer(&self, question: &str) -> Result<String, Problem> {
        self.show(question);
        let answer = self.answers.lock().unwrap().pop_front();
        answer.map(str::to_owned).ok_or_else(|| Problem::new(Kind::Locked, "Nobody answers."))
    }
}

impl KeyPrompts for Person {
    fn show(&self, message: &str) {
        self.said.lock().unwrap().push(message.to_owned());
    }

    fn secret(&self, question: &str) -> Result<Secret, Problem> {
        self.answer(question).map(Secret::new)
    }

    fn text(&self, question: &str) -> Result<String, Problem> {
        self.answer(question)
    }

    fn choose(&self, question: &str, yes: &str, no: Option<&str>) -> Result<bool, Problem> {
        self.answer(&format!("{question} {yes}/{}", no.unwrap_or("-"))).map(|answer| answer == yes)
    }

    fn deadline(&self) -> Duration {
        self.deadline
    }
}

fn found(machine: &Machine, key: &Path, person: &Person) -> Result<Arc<dyn Store>, StoreError> {
    machine.local().found_team(machine.connect(), "memory:team", "Ana", Lock::KeyFile(key, person))
}

fn open(machine: &Machine, key: &Path, person: &Person) -> Result<Arc<dyn Store>, Problem> {
    let opened = machine.local().unlock_team(UnlockBy::KeyFile(key, person), |_| Ok(machine.connect()));
    opened.map_err(Problem::from)
}

fn key_of(machine: &Machine) -> Option<MemberKey> {
    member_key(&Paths::discover(Some(machine.folder.path())).unwrap())
}

fn refused(machine: &Machine, key: &Path, person: &Person) -> Problem {
    open(machine, key, person).map(|_| ()).unwrap_err()
}

#[test]
fn an_ssh_key_opens_a_member_s_identity_and_no_other_key_does() {
    let world = World::new();
    let (ana, bob) = (world.machine(), world.machine());
    let nobody = Person::who_says(&[]);
    let key = ssh_keys::plain(ana.folder.path(), "id_ed25519");
    let store = found(&ana, &key, &nobody).unwrap();
    insert(&*store, "Payroll");
    drop(store);

    // "Wrong file" (locked with a passphrase, or with another key) is reported differently from "wrong passphrase".
    let sealed = fs::read(ana.folder.path().join("data/identity.age")).unwrap();
    assert!(String::from_utf8_lossy(&sealed).contains("-> ssh-ed25519 "), "the stock tool opens it by the same key");
    let other = ssh_keys::plain(ana.folder.path(), "other");
    let problem = refused(&ana, &other, &nobody);
    assert!(problem.kind == Kind::Locked && problem.why.contains("another key"), "{problem}");
    assert!(ana.try_open().is_err());
    let Presence::Locked { key: Some(words), .. } = ana.local().presence() else { panic!() };
    assert!(words.label.is_none() && words.about.ends_with("id_ed25519"), "{words:?}");

    // Bob joins with an SSH key of his own, and is added like anybody else.
    let bobs = ssh_keys::plain(bob.folder.path(), "bobs");
    let lock = Lock::KeyFile(&bobs, &nobody);
    let joining = bob.local().join_team(bob.connect(), "memory:team", "Bob", lock).unwrap().joining().unwrap();
    let admin = open(&ana, &key, &nobody).unwrap();
    admin.team().unwrap().add_member(&joining.code, Role::Member, &mut |_, _| ()).unwrap();
    assert_eq!(names(&*open(&bob, &bobs, &nobody).unwrap()), ["Payroll"]);
    assert_eq!(nobody.heard(), Vec::<String>::new(), "a key without a passphrase asks nothing");
}

#[test]
fn a_key_file_that_cannot_serve_is_refused_before_anything_is_made() {
    let world = World::new();
    let machine = world.machine();
    let nobody = Person::who_says(&[]);
    let file = |name: &str, text: &str| ssh_keys::private_file(machine.folder.path(), name, text);
    let shared = ssh_keys::plain(machine.folder.path(), "shared");
    fs::set_permissions(&shared, fs::Permissions::from_mode(0o644)).unwrap();
    let files = [
        (file("public", "ssh-ed25519 AAAA ana@acme\n"), Kind::Usage, "public key"),
        (file("text", "hunter2\n"), Kind::Usage, "neither"),
        (file("empty", ""), Kind::Usage, "neither"),
        (machine.folder.path().join("none"), Kind::Usage, "No such file"),
        (shared, Kind::Refused, "opens the vault"),
    ];
    for (file, kind, why) in files {
        let problem = Problem::from(found(&machine, &file, &nobody).map(|_| ()).unwrap_err());
        assert!(problem.kind == kind && problem.why.contains(why), "{}: {problem}", file.display());
        assert!(!problem.to_string().contains("hunter2"), "{problem}");
    }
    assert!(!machine.local().is_team() && !machine.folder.path().join("data/identity.age").exists());
    if let Some(dsa) = ssh_keys::made(machine.folder.path(), "ecdsa", &["ecdsa"], "") {
        let problem = Problem::from(found(&machine, &dsa, &nobody).map(|_| ()).unwrap_err());
        assert!(problem.kind == Kind::Usage && problem.why.contains("ecdsa"), "{problem}");
    }
}

#[test]
fn keys_of_ssh_keygen_open_it_and_ask_for_their_passphrase() {
    for (name, kind) in [("ed25519", &["ed25519"][..]), ("rsa", &["rsa", "-b", "2048"])] {
        let machine = World::new().machine();
        let Some(key) = ssh_keys::made(machine.folder.path(), name, kind, "correct horse") else { return };
        let person = Person::who_says(&["correct horse"; 2]);
        found(&machine, &key, &person).unwrap();
        open(&machine, &key, &person).unwrap();
        let asked = person.heard();
        assert!(asked.len() == 2 && asked.iter().all(|said| said.starts_with("Passphrase of ")), "{asked:?}");
        let wrong = refused(&machine, &key, &Person::who_says(&["battery staple"]));
        assert!(wrong.kind == Kind::Locked && wrong.what.contains("Wrong passphrase for the key"), "{wrong}");
        assert_eq!(refused(&machine, &key, &Person::who_says(&[])).what, "Nobody answers.");
        let Presence::Locked { key: Some(words), .. } = machine.local().presence() else { panic!() };
        assert_eq!(words.label, Some("Passphrase"));
        // A key that cannot open the identity is refused before its passphrase is requested.
        let other = ssh_keys::made(machine.folder.path(), "other", kind, "correct horse").unwrap();
        let person = Person::who_says(&["correct horse"]);
        assert!(refused(&machine, &other, &person).why.contains("another key"));
        assert!(person.heard().is_empty());
    }
}

#[test]
fn a_passphrase_and_a_key_replace_each_other() {
    let world = World::new();
    let machine = world.found();
    let id = insert(&*machine.open(), "Payroll");
    let nobody = Person::who_says(&[]);
    let key = ssh_keys::plain(machine.folder.path(), "key");
    let (by_key, old) = (Lock::KeyFile(&key, &nobody), passphrase());
    let local = machine.local();
    let wrong = Passphrase::new("wrong".to_owned());
    assert!(matches!(local.change_member_lock((&wrong, 1), by_key), Err(StoreError::WrongPassphrase)));
    assert!(key_of(&machine).is_none());
    local.change_member_lock((&old, 1), by_key).unwrap();
    assert_eq!(key_of(&machine).unwrap().file, key);
    assert!(machine.try_open().is_err());
    let new = Passphrase::new("new".to_owned());
    assert!(local.change_member_lock(by_key, (&Passphrase::default(), 1)).is_err(), "an empty one locks nothing");
    assert!(open(&machine, &key, &nobody).unwrap().credential(id).unwrap().is_some());
    local.change_member_lock(by_key, (&new, 1)).unwrap();
    assert!(key_of(&machine).is_none());
    local.unlock_team(UnlockBy::Passphrase(&new), |_| Ok(machine.connect())).unwrap();
    assert!(refused(&machine, &key, &nobody).why.contains("another key"));
}

/// Runs the test of this name again in a child process with the plugin in its `PATH`. Returns whether this is that
/// child.
fn with_plugin(test: &str, manner: &str) -> bool {
    const MARK: &str = "CREDENZA_TESTS_WITH_PLUGIN";
    if std::env::var_os(MARK).is_some_and(|mark| mark == manner) {
        return true;
    }
    if std::env::var_os(MARK).is_none() {
        let folder = crate::scratch::folder();
        let bin = stub_plugin::installed(folder.path(), manner);
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", test, "--nocapture", "--test-threads=1"]).env(MARK, manner);
        let ran = command.env("PATH", stub_plugin::path_with(&bin)).output().unwrap();
        assert!(ran.status.success(), "{manner}: {}", String::from_utf8_lossy(&ran.stderr));
    }
    false
}

#[test]
fn a_plugin_opens_it_after_a_touch_a_pin_or_a_choice() {
    let test = "team::keys::a_plugin_opens_it_after_a_touch_a_pin_or_a_choice";
    let answers: [(&str, &[&'static str], &str); 5] = [
        ("plain", &[], ""),
        ("grease", &[], ""),
        ("touch", &[], "Please touch your stub\\u{1b}[2J now"),
        ("pin", &[stub_plugin::PIN; 2], "Enter PIN for stub:"),
        ("choice", &["Yes, use"; 2], "Use the stub? Yes, use/No"),
    ];
    for (manner, answers, said) in answers {
        if !with_plugin(test, manner) {
            continue;
        }
        let machine = World::new().machine();
        let file = stub_plugin::identity_file(machine.folder.path(), 1);
        let person = Person::who_says(answers);
        found(&machine, &file, &person).unwrap();
        insert(&*open(&machine, &file, &person).unwrap(), "Payroll");
        let heard = person.heard();
        assert!(heard.iter().all(|heard| heard == said), "{heard:?}");
        // Once to verify that the identity can be decrypted after encryption, and once to open it.
        assert_eq!(heard.len(), if said.is_empty() { 0 } else { 2 }, "{heard:?}");
        let kind = key_of(&machine).unwrap().kind.unwrap();
        assert_eq!(kind, KeyKind::Plugin { name: "stub".to_owned() });
        if manner == "plain" {
            let other = stub_plugin::identity_file(machine.folder.path(), 2);
            assert!(refused(&machine, &other, &person).why.contains("another key"));
        }
    }
}

#[test]
fn a_wrong_pin_is_tried_once_and_no_answer_ends_it() {
    if !with_plugin("team::keys::a_wrong_pin_is_tried_once_and_no_answer_ends_it", "pin") {
        return;
    }
    let machine = World::new().machine();
    let file = stub_plugin::identity_file(machine.folder.path(), 1);
    found(&machine, &file, &Person::who_says(&[stub_plugin::PIN])).unwrap();
    let person = Person::who_says(&["000000", "111111"]);
    let problem = refused(&machine, &file, &person);
    assert!(problem.kind == Kind::Locked && problem.why.contains("wrong PIN, 2 tries are left"), "{problem}");
    assert_eq!(person.heard().len(), 1);
    assert_eq!(refused(&machine, &file, &Person::who_says(&[])).what, "Nobody answers.");
}

#[test]
fn a_plugin_that_is_silent_broken_or_endless_is_ended_in_time() {
    let test = "team::keys::a_plugin_that_is_silent_broken_or_endless_is_ended_in_time";
    let manners = [
        ("silent", "did not answer within"),
        ("garbage", "not respond as an age plugin"),
        ("endless", "not respond as an age plugin"),
        ("dies", "ended early"),
        ("refuses", "the stub is broken\\u{1b}[31m"),
    ];
    for (manner, why) in manners {
        if !with_plugin(test, manner) {
            continue;
        }
        let machine = World::new().machine();
        let file = stub_plugin::identity_file(machine.folder.path(), 1);
        let person = Person { deadline: Duration::from_secs(2), ..Person::who_says(&[]) };
        let began = Instant::now();
        let problem = Problem::from(found(&machine, &file, &person).map(|_| ()).unwrap_err());
        assert!(problem.kind == Kind::Locked && problem.why.contains(why), "{manner}: {problem}");
        assert!(began.elapsed() < Duration::from_secs(30), "{manner}: {:?}", began.elapsed());
        assert!(!machine.folder.path().join("data/identity.age").exists(), "a lock that does not open is not used");
    }
}

#[test]
fn a_plugin_that_is_not_installed_is_named() {
    let machine = World::new().machine();
    let file = stub_plugin::identity_file(machine.folder.path(), 1);
    let problem = Problem::from(found(&machine, &file, &Person::who_says(&[])).map(|_| ()).unwrap_err());
    assert!(problem.kind == Kind::NotFound && problem.what.contains("age-plugin-stub"), "{problem}");
}

#[test]
fn a_member_by_a_key_is_let_in_by_one_with_a_passphrase() {
    let world = World::new();
    let (ana, bob) = (world.found(), world.machine());
    let nobody = Person::who_says(&[]);
    let key = ssh_keys::plain(bob.folder.path(), "key");
    let lock = Lock::KeyFile(&key, &nobody);
    let joining = bob.local().join_team(bob.connect(), "memory:team", "Bob", lock).unwrap().joining().unwrap();
    add(&ana, &joining.code, Role::Admin).unwrap();
    insert(&*open(&bob, &key, &nobody).unwrap(), "Payroll");
    assert_eq!(names(&*ana.open()), ["Payroll"]);
}

#[test]
fn a_recovery_kit_opens_an_identity_whose_key_is_lost() {
    let world = World::new();
    let machine = world.machine();
    let nobody = Person::who_says(&[]);
    let key = ssh_keys::plain(machine.folder.path(), "key");
    let store = found(&machine, &key, &nobody).unwrap();
    insert(&*store, "Payroll");
    let (kit, recipient) = recovery_kit();
    let recover = |kit: &Secret, passphrase: &Passphrase| {
        let recovered = machine.local().recover_member((kit, 1), passphrase, |_| Ok(machine.connect()));
        recovered.map_err(Problem::from)
    };
    assert_eq!(recover(&kit, &passphrase()).unwrap_err().kind, Kind::NotFound, "there is none yet");
    let (earlier, its_recipient) = recovery_kit();
    store.team().unwrap().keep_kit(&its_recipient).unwrap();
    store.team().unwrap().keep_kit(&recipient).unwrap();
    assert!(store.team().unwrap().keep_kit("age1").is_err());

    fs::remove_file(&key).unwrap();
    assert_eq!(refused(&machine, &key, &nobody).kind, Kind::Usage);
    assert_eq!(recover(&earlier, &passphrase()).unwrap_err().kind, Kind::Refused, "the newer kit replaced it");
    assert_eq!(recover(&Secret::new("AGE-SECRET-KEY-1".to_owned()), &passphrase()).unwrap_err().kind, Kind::Usage);
    assert_eq!(recover(&kit, &Passphrase::default()).unwrap_err().kind, Kind::Usage);
    assert_eq!(names(&*recover(&kit, &passphrase()).unwrap()), ["Payroll"]);
    assert_eq!(names(&*machine.open()), ["Payroll"]);
    assert!(key_of(&machine).is_none());
    // The kit works even if `identity.age` is missing.
    fs::remove_file(machine.folder.path().join("data/identity.age")).unwrap();
    recover(&kit, &passphrase()).unwrap();
    machine.open();
}

#[test]
fn a_host_has_no_recovery_kit() {
    let world = World::new();
    let (ana, ci) = (world.found(), world.machine());
    let id = insert(&*ana.open(), "Payroll");
    let file = ana.file("ci.key");
    ana.open().team().unwrap().add_team_host("ci", &[id], &file, &mut |_, _| ()).unwrap();
    let host = ci.open_as_host(&file).unwrap();
    let problem = Problem::from(host.team().unwrap().keep_kit(&recovery_kit().1).unwrap_err());
    assert!(problem.kind == Kind::Refused && problem.what.contains("host"), "{problem}");
    assert!(!ci.folder.path().join("data/identity-kit.age").exists());
}
