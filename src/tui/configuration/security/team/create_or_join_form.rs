//! The form for creating or joining a team vault, with the options of `credenza team create` and `join`.

use crate::engine::ops::passphrase::must_be_strong;
use crate::engine::ops::team::entry::Entry;
use crate::paths;
use crate::problem::{Kind, NextStep, Problem};
use crate::secret::Passphrase;
use crate::tui::route::TeamEntry;
use crate::tui::widgets::text_field::TextField;
use crate::tui::widgets::text_form::TextForm;

const ADDRESS: usize = 0;
const NAME: usize = 1;
const VAULT: usize = 2;
const STORE_PASSWORD: usize = 3;
const KEY_FILE: usize = 4;
pub(super) const PASSPHRASE: usize = 5;
const REPEAT: usize = 6;

/// The default name of a team vault on this machine.
const DEFAULT_VAULT: &str = "team";

const ABOUT: [&str; 7] = [
    "postgres://user@host/database, s3://bucket/prefix or az://container/prefix. Without a password.",
    "Your name in the team, such as Ana, or Ana's laptop for a second machine. Empty: your login name.",
    "What this machine calls the vault: lower-case letters, digits, hyphens.",
    "Needed only if psql, aws or az cannot find the store's password. It is saved in your identity.",
    "A private SSH key or an age identity file to open the vault with, instead of a passphrase. Optional.",
    "Opens the vault on this machine; nobody else needs it. With a key file: the key's own passphrase or PIN.",
    "The same passphrase again.",
];

/// The hint for the passphrase field if records are moved from the local vault.
const OF_LOCAL: &str = "The passphrase of this vault. It becomes yours in the team, unless you name a key file.";

/// The empty form.
pub(super) fn form(way: TeamEntry) -> TextForm {
    let moves = way == TeamEntry::CreateFromLocal;
    let mut fields = vec![
        ("Address", TextField::default()),
        ("Your name", TextField::default()),
        ("Vault name", TextField::new(DEFAULT_VAULT).proposed()),
        ("Store password", TextField::masked()),
        ("Key file", TextField::default()),
        (if moves { "Passphrase" } else { "New passphrase" }, TextField::passphrase()),
    ];
    if !moves {
        fields.push(("Repeat it", TextField::passphrase()));
    }
    TextForm::new(fields)
}

/// The hint for the focused field.
pub(super) fn about(form: &TextForm, way: TeamEntry) -> &'static str {
    match form.focus() {
        PASSPHRASE if way == TeamEntry::CreateFromLocal => OF_LOCAL,
        at => ABOUT.get(at).copied().unwrap_or_default(),
    }
}

/// The input; on error, the index of the invalid field and the problem. `accepts_weak` accepts a weak passphrase after
/// a warning.
pub(super) fn typed(form: &TextForm, way: TeamEntry, accepts_weak: bool) -> Result<Entry, (usize, Problem)> {
    let missing = |at: usize, what: &str| Err((at, Problem::new(Kind::Usage, what)));
    if form.is_empty(ADDRESS) {
        return missing(ADDRESS, "Type the address of the team's store.");
    }
    let key_file = Some(form.text(KEY_FILE)).filter(|text| !text.is_empty()).map(paths::typed).transpose();
    let key_file = key_file.map_err(|problem| (KEY_FILE, problem))?;
    let moves = way == TeamEntry::CreateFromLocal;
    let passphrase = Passphrase::from(form.secret(PASSPHRASE));
    if moves && passphrase.is_empty() {
        return missing(PASSPHRASE, "Type the passphrase of this vault.");
    }
    if !moves && key_file.is_none() {
        if passphrase.is_empty() {
            return missing(PASSPHRASE, "Choose a passphrase, or name a key file.");
        }
        if !passphrase.matches(&form.secret(REPEAT)) {
            return missing(REPEAT, "The two passphrases differ.");
        }
        must_be_strong(&passphrase).or_else(|weak| if accepts_weak { Ok(()) } else { Err((PASSPHRASE, weak)) })?;
    }
    let vault = Some(form.text(VAULT)).filter(|text| !text.is_empty()).unwrap_or(DEFAULT_VAULT);
    let store_password = (!form.is_empty(STORE_PASSWORD)).then(|| form.secret(STORE_PASSWORD));
    let (address, name) = (form.text(ADDRESS).to_owned(), form.text(NAME).to_owned());
    Ok(Entry { vault: vault.to_owned(), address, name, store_password, key_file, passphrase, moves })
}

/// Translates a problem into the terms of this form, and returns the field to correct if it is known.
pub(super) fn refused(problem: Problem) -> (Option<usize>, Problem) {
    match problem.step.as_deref() {
        Some(NextStep::GiveStorePassword) => {
            let problem = problem.step(None).try_this("Type it into Store password.");
            (Some(STORE_PASSWORD), problem)
        }
        _ if problem.kind == Kind::Locked => (Some(PASSPHRASE), problem.step(None)),
        _ => (None, problem),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(way: TeamEntry, fields: &[(usize, &str)]) -> TextForm {
        let mut form = form(way);
        for (at, text) in fields {
            form.set(*at, text);
        }
        form
    }

    const ADDRESS_TYPED: (usize, &str) = (ADDRESS, "s3://acme/prod");

    #[test]
    fn what_is_missing_is_said_with_its_field() {
        let missing = |way, fields: &[(usize, &str)]| typed(&filled(way, fields), way, false).unwrap_err().0;
        assert_eq!(missing(TeamEntry::Create, &[]), ADDRESS);
        assert_eq!(missing(TeamEntry::CreateFromLocal, &[ADDRESS_TYPED]), PASSPHRASE);
        assert_eq!(missing(TeamEntry::Join, &[ADDRESS_TYPED]), PASSPHRASE);
        let strong = (PASSPHRASE, "correct horse battery");
        assert_eq!(missing(TeamEntry::Join, &[ADDRESS_TYPED, strong]), REPEAT);
        assert_eq!(missing(TeamEntry::Join, &[ADDRESS_TYPED, (PASSPHRASE, "abc"), (REPEAT, "abc")]), PASSPHRASE);
    }

    #[test]
    fn a_key_file_needs_no_passphrase_and_a_weak_one_is_taken_when_it_is_insisted_on() {
        let way = TeamEntry::Join;
        let by_key = typed(&filled(way, &[ADDRESS_TYPED, (KEY_FILE, "/home/ana/key")]), way, false).unwrap();
        assert_eq!(by_key.key_file.unwrap().to_str(), Some("/home/ana/key"));
        assert_eq!((by_key.vault.as_str(), by_key.moves), ("team", false));
        let weak = filled(way, &[ADDRESS_TYPED, (VAULT, "acme"), (PASSPHRASE, "abc"), (REPEAT, "abc")]);
        assert_eq!(typed(&weak, way, true).unwrap().vault, "acme");
        let moved = filled(TeamEntry::CreateFromLocal, &[ADDRESS_TYPED, (PASSPHRASE, "abc")]);
        assert!(typed(&moved, TeamEntry::CreateFromLocal, false).unwrap().moves);
    }
}
