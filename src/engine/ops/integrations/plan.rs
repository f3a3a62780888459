//! Resolves one record type of an integration into credential, URL and host.

use url::Url;

use super::provider_of;
use crate::api::call::ApiCaller;
use crate::api::page::PageRequest;
use crate::catalog::{Product, Provider, RecordType};
use crate::engine::blocking::blocking;
use crate::engine::ops::token::authenticate_again;
use crate::engine::session::Session;
use crate::model::credential::Credential;
use crate::model::integration::{Integration, IntegrationChange, IntegrationId};
use crate::oauth::http::place;
use crate::problem::next_step::HostUse;
use crate::problem::{Kind, NextStep, Problem};

/// One record type, ready to be requested.
#[derive(Clone, Debug)]
pub(super) struct Plan<'a> {
    pub(super) provider: &'a Provider,
    pub(super) load: &'a RecordType,
    pub(super) product: Option<&'a Product>,
    /// The URL of the first page at the provider, without paging parameters.
    pub(super) url: Url,
    /// The host of `url`, with its port unless that is the default.
    pub(super) host: String,
    /// Whether the host is the pinned one.
    pub(super) is_pinned: bool,
}

impl<'a> Plan<'a> {
    /// Resolves a record type.
    ///
    /// # Errors
    /// `Kind::NotFound` if the catalog entry or the credential no longer exists, `Kind::Usage` for a missing value,
    /// `Kind::Refused` for another host than the pinned one, unless `accept_new_host`.
    pub(super) fn new(
        session: &'a Session,
        one: &Integration,
        load: &str,
        credential: &Credential,
        accept_new_host: bool,
    ) -> Result<Self, Problem> {
        let provider = provider_of(session, one)?;
        let load = provider.load(load).ok_or_else(|| {
            Problem::new(
                Kind::NotFound,
                format!("The catalog no longer has the record type {load} of {}.", provider.name),
            )
            .try_this("Edit the integration and choose its record types.")
        })?;
        let caller = ApiCaller { provider, setup: &credential.setup, tokens: credential.tokens.as_ref() };
        let values = caller.values();
        if provider.load_lacks_captured_value(load, &values) {
            return Err(Problem::new(
                Kind::NeedsAuthentication,
                format!("The address of {} is not known yet.", load.label),
            )
            .why("The provider names the site or tenant after a sign-in.")
            .step(authenticate_again(credential)));
        }
        let url = provider.load_url(load, &values, &one.setup.parameters)?;
        let host = place(&url);
        let pinned = one.hosts.get(&load.id);
        if let Some(pinned) = pinned.filter(|pinned| !accept_new_host && **pinned != host) {
            return Err(Problem::new(Kind::Refused, format!("The token would be sent to a new host: {host}."))
                .why(format!("Until now it was {pinned}. The credential's data center or a catalog file has changed."))
                .try_this("Check that the change is wanted.")
                .step(NextStep::AcceptNewHost { by: HostUse::Integration, name: one.name.to_string() }));
        }
        Ok(Self { provider, load, product: provider.product_of(load), is_pinned: pinned == Some(&host), url, host })
    }

    /// "ServiceDesk Plus: Assets".
    pub(super) fn label(&self) -> String {
        self.provider.load_label(self.load)
    }

    /// Pins the host after its first valid response.
    ///
    /// # Errors
    /// `Kind::Storage` if it cannot be saved.
    pub(super) async fn pin(&self, session: &Session, id: IntegrationId) -> Result<(), Problem> {
        if self.is_pinned {
            return Ok(());
        }
        let hosts = [(self.load.id.clone(), self.host.clone())].into();
        let session = session.clone();
        match blocking(move || Ok(session.store.commit(IntegrationChange::Pin { id, hosts }.into()).map(drop)?)).await {
            // The integration was deleted meanwhile: there is nothing to pin.
            Err(problem) if problem.kind == Kind::NotFound => Ok(()),
            pinned => pinned,
        }
    }

    /// A request for one page of records.
    pub(super) fn wanted(&self, at_most: Option<u32>) -> PageRequest<'_> {
        PageRequest {
            load: self.load,
            product: self.product,
            errors: &self.provider.api_errors,
            url: &self.url,
            at_most,
        }
    }
}

/// The current credential of an integration.
///
/// # Errors
/// `Kind::NotFound` if none is chosen, or it was deleted.
pub(super) fn credential_of(session: &Session, one: &Integration) -> Result<Credential, Problem> {
    let choose = NextStep::ChooseCredential { integration: one.name.to_string() };
    let id = one.setup.credential.ok_or_else(|| {
        Problem::new(Kind::NotFound, format!("\"{}\" has no credential.", one.name))
            .why("An integration needs a credential to sign in.")
            .step(choose.clone())
    })?;
    session.credential(id).map_err(|problem| match problem.kind {
        Kind::NotFound => Problem::new(Kind::NotFound, format!("The credential of \"{}\" was deleted.", one.name))
            .why("No further requests were sent with it.")
            .try_this("Choose another credential, or undo the deletion.")
            .step(choose),
        _ => problem,
    })
}
