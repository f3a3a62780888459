//! One sign-in in progress: the credential, the user's controls, and the progress events.

use tokio::sync::mpsc;
use url::Url;

use super::hosts;
use super::options::Options;
use super::progress::{Control, Progress};
use crate::catalog::Provider;
use crate::engine::audit::SharedEntry;
use crate::engine::blocking::blocking;
use crate::engine::session::Session;
use crate::model::credential::{Credential, Endpoints};
use crate::problem::Problem;

/// The state that every flow starts with.
#[derive(Debug)]
pub(in crate::engine) struct Attempt {
    pub(in crate::engine) session: Session,
    pub(in crate::engine) credential: Credential,
    pub(in crate::engine) options: Options,
    /// Receives the progress; may be closed.
    pub(in crate::engine) progress: mpsc::Sender<Progress>,
    /// Receives the user's controls; may be closed.
    pub(in crate::engine) control: mpsc::Receiver<Control>,
    pub(in crate::engine) note: SharedEntry,
}

impl Attempt {
    pub(super) fn provider(&self) -> Result<&Provider, Problem> {
        self.session.provider(&self.credential)
    }

    /// The catalog's endpoints, if their hosts are known to the credential.
    ///
    /// # Errors
    /// `Kind::NotFound`, `Kind::Usage`; `Kind::Refused` for a new host, unless that is allowed.
    pub(super) fn endpoints(&self) -> Result<Endpoints, Problem> {
        let (variables, origin) = (&self.credential.setup.variables, self.session.workspace.catalog.origin());
        let endpoints = self.provider()?.endpoints(variables, origin)?;
        if !self.options.overrides.new_host {
            hosts::must_be_known(&self.credential, &endpoints)?;
        }
        Ok(endpoints)
    }

    pub(in crate::engine) async fn report(&self, progress: Progress) {
        // A closed receiver is not an error.
        let _ = self.progress.send(progress).await;
    }

    /// The next control event; pending forever without controls.
    pub(super) async fn order(&mut self) -> Control {
        match self.control.recv().await {
            Some(order) => order,
            None => std::future::pending().await,
        }
    }

    /// Completes when the user cancels; other controls are ignored.
    pub(in crate::engine) async fn until_canceled(&mut self) {
        while !matches!(self.order().await, Control::Cancel) {}
    }

    pub(super) async fn open_browser(&self, url: &Url) {
        let wanted = Some(self.credential.details.browser.clone()).filter(|wanted| !wanted.is_empty());
        let (opener, address) = (self.session.workspace.opener.clone(), url.clone());
        let report = match blocking(move || opener.open(&address, wanted.as_deref())).await {
            Ok(failed) => {
                if let Some(failed) = failed {
                    self.report(Progress::Ignored(failed)).await;
                }
                Progress::BrowserOpened
            }
            Err(problem) => Progress::NoBrowser(problem),
        };
        self.report(report).await;
    }
}
