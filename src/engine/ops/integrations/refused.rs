//! Turns an API's refusal into a problem: what happened, why (as far as known), and what to do.

use super::plan::Plan;
use crate::api::page::{Refusal, RefusalClass};
use crate::catalog::ApiClass;
use crate::engine::ops::token::authenticate_again;
use crate::model::credential::Credential;
use crate::problem::{Kind, Problem};

pub(super) fn problem(refusal: &Refusal, plan: &Plan<'_>, credential: &Credential, asked: &str) -> Problem {
    let label = plan.label();
    let name = &credential.name;
    let why = |words: &str| format!("{words}. Request: {asked}");
    let cure = |usual: String| if refusal.hint.is_empty() { usual } else { refusal.hint.clone() };
    match refusal.class {
        RefusalClass::Said(ApiClass::Token) => {
            let what = format!("{label}: the API rejected the token of \"{name}\".");
            Problem::new(Kind::NeedsAuthentication, what)
                .why(why(&refusal.words))
                .try_this(cure("First check whether the user still has access there.".to_owned()))
                .step(authenticate_again(credential))
        }
        RefusalClass::Said(ApiClass::Scope) => {
            let what = format!("{label}: \"{name}\" is not allowed to read this.");
            let missing = missing_scope(plan, credential);
            let words = match &missing {
                Some(scope) => format!("{}; the scope {scope} was not granted", refusal.words),
                None => refusal.words.clone(),
            };
            let usual = match &missing {
                Some(scope) => format!("Add the scope {scope} to the credential, and authenticate it again."),
                None => "Give the credential's user permission to read it, or sign in as another user.".to_owned(),
            };
            Problem::new(Kind::NeedsAuthentication, what).why(why(&words)).try_this(cure(usual))
        }
        RefusalClass::Said(ApiClass::Unavailable) => {
            let what = format!("{label}: not available to this account.");
            let usual = "The account may not include it, or its address differs: check the data center and the \
                parameters.";
            Problem::new(Kind::NotFound, what).why(why(&refusal.words)).try_this(cure(usual.to_owned()))
        }
        RefusalClass::Said(ApiClass::Throttled) => {
            let wait = refusal.wait.map_or_else(
                || "a few minutes".to_owned(),
                |seconds| {
                    format!("{} {}", seconds.div_ceil(60).max(1), if seconds > 60 { "minutes" } else { "minute" })
                },
            );
            Problem::new(Kind::Temporary, format!("{label}: the provider asks to wait."))
                .why(why(&refusal.words))
                .try_this(cure(format!("Nothing was lost; run it again in {wait}.")))
        }
        RefusalClass::Said(ApiClass::Request) => {
            Problem::new(Kind::Usage, format!("{label}: the provider rejected the request."))
                .why(why(&refusal.words))
                .try_this(cure("Check the integration's parameters and the credential's data center.".to_owned()))
        }
        RefusalClass::Unclear => Problem::new(Kind::Temporary, format!("{label}: the response was not usable."))
            .why(why(&refusal.words))
            .try_this("Nothing was lost; run it again later."),
        RefusalClass::Elsewhere => {
            Problem::new(Kind::Refused, format!("{label}: the response redirects to another host."))
                .why(why(&refusal.words))
                .try_this("The token was not sent there. Ask the provider, or check the catalog file.")
        }
    }
}

/// The scope that the records need, if it is known to be missing.
fn missing_scope(plan: &Plan<'_>, credential: &Credential) -> Option<String> {
    let scope = plan.load.scope.as_ref()?;
    let granted = credential.tokens.as_ref()?.scopes.as_ref()?;
    let all = scope.rsplit_once('.').map(|(module, _)| format!("{module}.ALL"));
    let has = granted.iter().any(|known| known == scope || Some(known) == all.as_ref());
    (!has).then(|| scope.clone())
}
