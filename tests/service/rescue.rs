//! WP-08: the provider has responded, the old refresh token is spent, and the vault cannot be saved.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use crate::local_vault::Vault;
use credenza::engine::ops::token::{Refresh, Request, Start, begin};
use credenza::model::change::Change;
use credenza::problem::Kind;

use super::{Fake, Home, ask, both, finish, pair, passphrase, tokens};

fn begun(home: &Home) -> Refresh {
    let request = Request { force: true, ..Request::default() };
    match begin(&home.session(), home.id, request, &mut || ()).unwrap() {
        Start::Refresh(refresh) => *refresh,
        Start::Token(_) => panic!("no refresh"),
    }
}

/// A refresh whose response arrived, but could not be saved.
fn unsaved(home: &Home) -> PathBuf {
    home.pass(1_800);
    let refresh = begun(home);
    home.break_saves();
    let problem = finish(home, refresh).unwrap_err();
    home.mend_saves();
    assert_eq!(problem.kind, Kind::Storage);
    assert!(problem.why.contains("rescue-") && problem.try_this.contains("moves the tokens into"), "{problem}");
    let files = rescued(home);
    assert_eq!(files.len(), 1, "{files:?}");
    files[0].clone()
}

fn rescued(home: &Home) -> Vec<PathBuf> {
    let entries = fs::read_dir(home.workspace.paths.state()).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.file_name().unwrap().to_string_lossy().starts_with("rescue-")).collect()
}

fn vault(home: &Home) -> Vault {
    Vault::unlock(&home.workspace.paths, &passphrase(), &home.clock).unwrap()
}

#[test]
fn wp_08_tokens_whose_save_failed_are_kept_and_taken_over() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    let file = unsaved(&home);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let bytes = fs::read(&file).unwrap();
    assert!(bytes.starts_with(b"age-encryption.org/v1"));
    assert!(!bytes.windows(13).any(|window| window == b"refresh_token"), "no JSON shows");
    assert_eq!(pair(&home.stored()), both(0), "the vault is as it was");
    home.pass(1_790);
    assert_eq!(ask(&home, Request::default()).unwrap().access.expose(), "a1");
    assert_eq!(fake.requests().len(), 1, "the token came from the file");
    assert_eq!(pair(&home.stored()), both(1));
    assert!(rescued(&home).is_empty(), "it is removed once it is in the vault");
    home.pass(4_000);
    assert_eq!(ask(&home, Request::default()).unwrap().access.expose(), "a2", "the grant is alive");
}

#[test]
fn wp_08_an_edit_takes_the_tokens_over_as_well() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    unsaved(&home);
    let (session, id) = (home.session(), home.id);
    credenza::engine::ops::credentials::rename(&session, id, "Renamed").unwrap();
    assert_eq!((pair(&home.stored()), home.stored().name.as_str()), (both(1), "Renamed"));
    assert!(rescued(&home).is_empty());
}

#[test]
fn wp_08_a_vault_that_still_cannot_be_saved_keeps_the_file_and_sends_nothing() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    let file = unsaved(&home);
    home.pass(4_000);
    home.break_saves();
    let problem = ask(&home, Request::default()).unwrap_err();
    assert!(problem.kind == Kind::Storage && problem.why.contains("rescue-"), "{problem}");
    assert_eq!(fake.requests().len(), 1, "the spent refresh token was not sent");
    assert!(file.exists());
    home.mend_saves();
    fake.script([super::json(200, r#"{"access_token":"a9","expires_in":3600}"#)]);
    assert_eq!(ask(&home, Request::default()).unwrap().access.expose(), "a9");
    assert!(fake.requests()[1].contains("refresh_token=r1"), "{:?}", fake.requests());
}

#[test]
fn wp_08_a_file_older_than_the_stored_pair_is_not_taken_over() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    let (file, aside) = (unsaved(&home), home.folder.path().join("aside.age"));
    fs::rename(&file, &aside).unwrap();
    vault(&home).commit(Change::Refreshed { id: home.id, tokens: Box::new(tokens(7)), spent: None }).unwrap();
    fs::rename(&aside, &file).unwrap();
    vault(&home).touch().unwrap();
    assert_eq!(pair(&home.stored()), both(7));
    assert!(rescued(&home).is_empty(), "it is of no use any more");
}

#[test]
fn wp_08_a_file_of_a_deleted_credential_brings_nothing_back() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    let (file, aside) = (unsaved(&home), home.folder.path().join("aside.age"));
    fs::rename(&file, &aside).unwrap();
    vault(&home).commit(Change::Remove { id: home.id }).unwrap();
    fs::rename(&aside, &file).unwrap();
    vault(&home).touch().unwrap();
    assert!(vault(&home).snapshot().unwrap().credentials.list.is_empty());
    assert!(rescued(&home).is_empty());
}

/// Anyone who knows the recipient can encrypt to it, but does not know the vault's secret.
#[test]
fn wp_08_a_forged_or_damaged_file_is_left_alone() {
    let (fake, another) = (Fake::start(), Fake::start());
    let home = Home::with(&fake);
    let file = unsaved(&home);
    let foreign = fs::read(unsaved(&Home::with(&another))).unwrap();
    let whole = fs::read(&file).unwrap();
    let mut flipped = whole.clone();
    *flipped.last_mut().unwrap() ^= 1;
    for bytes in [foreign.as_slice(), &flipped, &whole[..whole.len() / 2], b""] {
        fs::write(&file, bytes).unwrap();
        vault(&home).touch().unwrap();
        assert_eq!(pair(&home.stored()), both(0));
        assert!(file.exists(), "what is not ours is not deleted");
    }
    let recipient = recipient_of(&home);
    let forged = age::encrypt(&recipient, forged_json(&home).as_bytes()).unwrap();
    fs::write(&file, forged).unwrap();
    vault(&home).touch().unwrap();
    assert_eq!(pair(&home.stored()), both(0));
    fs::write(&file, whole).unwrap();
    vault(&home).touch().unwrap();
    assert_eq!(pair(&home.stored()), both(1), "the real one still fits");
}

/// The recipient of the vault, from its identity file.
fn recipient_of(home: &Home) -> age::x25519::Recipient {
    let secret = age::scrypt::Identity::new("test".to_owned().into());
    let bytes = fs::read(home.workspace.paths.identity()).unwrap();
    let text = String::from_utf8(age::decrypt(&secret, &bytes).unwrap()).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("# public key: ")).unwrap();
    line.parse().unwrap()
}

fn forged_json(home: &Home) -> String {
    let bytes = fs::read(home.workspace.paths.identity()).unwrap();
    let secret = age::scrypt::Identity::new("test".to_owned().into());
    let text = String::from_utf8(age::decrypt(&secret, &bytes).unwrap()).unwrap();
    let vault = text.lines().find_map(|line| line.strip_prefix("# vault: ")).unwrap();
    format!(
        r#"{{"vault_id":"{vault}","vault_secret":"guessed","id":"{}","superseded":"","tokens":{{"access_token":"evil",
        "received_at":"2023-11-14T22:13:20Z"}}}}"#,
        home.id
    )
}

#[test]
fn wp_08_the_program_says_where_the_tokens_are_and_the_next_run_prints_them() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    fake.hold();
    let child = home.token_command(&[]).spawn().unwrap();
    fake.arrived();
    home.break_saves();
    fake.release();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(7), b"".as_slice()), "{said}");
    assert!(said.contains("rescue-") && said.contains("moves the tokens into") && !said.contains("r1"), "{said}");
    home.mend_saves();
    let output = home.token_command(&[]).output().unwrap();
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(0), b"a1\n".as_slice()), "{output:?}");
    assert_eq!(fake.requests().len(), 1);
    assert_eq!(pair(&home.stored()), both(1));
}
