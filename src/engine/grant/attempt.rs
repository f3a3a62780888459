//! One sign-in under way: the credential, the person who steers, and who watches.

use tokio::sync::mpsc;
use url::Url;

use super::hosts;
use super::options::Options;
use super::progress::{Control, Progress};
use crate::catalog::Provider;
use crate::engine::audit::SharedNote;
use crate::engine::blocking::blocking;
use crate::engine::session::Session;
use crate::model::credential::{Credential, Endpoints};
use crate::problem::Problem;

/// What every flow begins with.
#[derive(Debug)]
pub(in crate::engine) struct Attempt {
    pub(in crate::engine) session: Session,
    pub(in crate::engine) credential: Credential,
    pub(in crate::engine) options: Options,
    /// To an optional watcher.
    pub(in crate::engine) progress: mpsc::Sender<Progress>,
    /// From an optional controller.
    pub(in crate::engine) control: mpsc::Receiver<Control>,
    pub(in crate::engine) note: SharedNote,
}

impl Attempt {
    pub(super) fn provider(&self) -> Result<&Provider, Problem> {
        self.session.provider(&self.credential)
    }

    /// Those of the catalog, if the person knows their hosts.
    ///
    /// # Errors
    /// `NotFound`, Usage; Refused for a new host, unless it is let in.
    pub(super) fn endpoints(&self) -> Result<Endpoints, Problem> {
        let (variables, origin) = (&self.credential.setup.variables, self.session.workspace.catalog.origin());
        let endpoints = self.provider()?.endpoints(variables, origin)?;
        if !self.options.leave.new_host {
            hosts::must_be_known(&self.credential, &endpoints)?;
        }
        Ok(endpoints)
    }

    pub(in crate::engine) async fn report(&self, progress: Progress) {
        // Whether anybody watches is not the flow's concern.
        let _ = self.progress.send(progress).await;
    }

    /// The next order; for ever where nobody steers.
    pub(super) async fn order(&mut self) -> Control {
        match self.control.recv().await {
            Some(order) => order,
            None => std::future::pending().await,
        }
    }

    /// Returns when the person gives up; other orders find nothing to steer.
    pub(in crate::engine) async fn until_cancelled(&mut self) {
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
