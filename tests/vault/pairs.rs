//! CR-18: the access and the refresh token always come from the same response, whatever two processes do in any order.

use std::collections::BTreeMap;

use crate::local_vault::Vault;
use credenza::model::change::Change;
use credenza::model::credential::{Credential, CredentialId, Endpoints, Name, Tokens};
use credenza::secret::{AccessToken, RefreshToken};
use proptest::prelude::*;

use super::{Stage, stage};

/// What a process may do next.
#[derive(Clone, Debug)]
enum Step {
    Refresh,
    Authenticate,
    Refused,
    Throttled,
    Rename,
    Describe,
    Configure,
    Remove,
    Undo,
    /// The save fails, and the tokens are written to the rescue file.
    Rescue,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => Just(Step::Refresh),
        2 => Just(Step::Rescue),
        1 => Just(Step::Authenticate),
        1 => Just(Step::Refused),
        1 => Just(Step::Throttled),
        1 => Just(Step::Rename),
        1 => Just(Step::Describe),
        1 => Just(Step::Configure),
        1 => Just(Step::Remove),
        2 => Just(Step::Undo),
    ]
}

fn tokens(n: usize, stage: &Stage) -> Box<Tokens> {
    Box::new(Tokens {
        access: AccessToken::new(format!("a{n}")),
        refresh: Some(RefreshToken::new(format!("r{n}"))),
        received_at: stage.clock.now(),
        expires_at: None,
        refresh_expires_at: None,
        scopes: None,
        captured: BTreeMap::new(),
    })
}

fn authenticated(id: CredentialId, n: usize, stage: &Stage) -> Change {
    let url: url::Url = "https://login.example.com/".parse().unwrap();
    let endpoints = Endpoints {
        grant_type: None,
        authorization: Some(url.clone()),
        token: url,
        refresh: None,
        revocation: None,
        userinfo: None,
        issuer: None,
        device: None,
        lookups: Vec::new(),
    };
    Change::Authenticated {
        id,
        tokens: tokens(n, stage),
        endpoints: Box::new(endpoints),
        moved: BTreeMap::new(),
        by: "by browser",
        sets: BTreeMap::new(),
    }
}

/// The number of the stored pair; panics if its tokens are from different responses.
fn number(credential: &Credential) -> usize {
    let tokens = credential.tokens.as_ref().unwrap();
    let refresh = tokens.refresh.as_ref().unwrap().expose();
    let (access, refresh) = (tokens.access.expose().strip_prefix('a'), refresh.strip_prefix('r'));
    assert_eq!(access, refresh, "a mixed pair");
    access.unwrap().parse().unwrap()
}

/// Performs a step; a conflict changes nothing. Returns whether new tokens were stored.
fn take(vault: &Vault, seen: &Credential, n: usize, stage: &Stage, step: &Step) -> bool {
    let id = seen.id;
    let name = |n| Name::parse(&format!("name {n}")).unwrap();
    let change = match step {
        Step::Refresh => Change::Refreshed { id, tokens: tokens(n, stage), spent: None },
        Step::Authenticate => authenticated(id, n, stage),
        Step::Refused => Change::RefreshRefused { id, code: "invalid_grant".to_owned(), spent: None },
        Step::Throttled => Change::Throttled { id, until: stage.clock.now() },
        Step::Rename => Change::rename(id, &seen.name.clone(), &name(n)),
        Step::Describe => crate::local_vault::edit(seen, |one| one.details.owner = format!("owner {n}")),
        Step::Configure => crate::local_vault::edit(seen, |one| one.setup.scopes = vec![format!("scope.{n}")]),
        Step::Remove => Change::Remove { id },
        Step::Undo => {
            let _ = vault.undo();
            return false;
        }
        Step::Rescue => {
            let mut lease = vault.lease(id).unwrap();
            let is_there = vault.snapshot().unwrap().credentials.by_id(id).is_some();
            return is_there && lease.stash(&[Change::Refreshed { id, tokens: tokens(n, stage), spent: None }]).is_ok();
        }
    };
    vault.commit(change).is_ok() && matches!(step, Step::Refresh | Step::Authenticate)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn cr_18_a_pair_is_never_mixed_and_never_replaced_by_an_older_one(
        steps in proptest::collection::vec((any::<bool>(), step()), 1..16),
    ) {
        let stage = stage();
        let id = stage.add("one");
        stage.vault.commit(authenticated(id, 0, &stage)).unwrap();
        let other = stage.again().unwrap();
        let mut seen = stage.vault.snapshot().unwrap().credentials.by_id(id).unwrap().clone();
        let mut newest = 0;
        for (at, (first, step)) in steps.iter().enumerate() {
            let vault = if *first { &stage.vault } else { &other };
            if take(vault, &seen, at + 1, &stage, step) {
                newest = at + 1;
            }
            // The next writer stores what was rescued.
            vault.touch().unwrap();
            if let Some(now) = stage.again().unwrap().snapshot().unwrap().credentials.by_id(id) {
                prop_assert_eq!(number(now), newest, "after {:?}", step);
                seen = now.clone();
            }
        }
    }
}
