//! The closed set of screens: the stack's element, and how each is entered.

use crate::problem::Problem;
use crate::tui::configuration::doctor::Doctor;
use crate::tui::configuration::integrations as loads;
use crate::tui::configuration::menu::Menu;
use crate::tui::configuration::security::audit::Audit;
use crate::tui::configuration::security::credentials::{add, authenticate, delete, details, form, rename, table};
use crate::tui::configuration::security::generations::Generations;
use crate::tui::configuration::security::passphrase::ChangePassphrase;
use crate::tui::configuration::security::recovery::Recovery;
use crate::tui::context::Context;
use crate::tui::effect::Effect;
use crate::tui::first_run::FirstRun;
use crate::tui::route::Route;
use crate::tui::undoing;
use crate::tui::unlock::Unlock;
use crate::tui::view::View;
use crate::tui::widgets::confirm::ConfirmDialog;
use crate::tui::widgets::name_dialog::NameDialog;

/// A screen on the stack.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "a handful on a stack")]
#[allow(missing_docs, reason = "each is documented in its file")]
pub enum Screen {
    Unlock(Unlock),
    FirstRun(FirstRun),
    Menu(Menu),
    Credentials(table::Table),
    Add(add::Add),
    Form(form::Form),
    Details(details::Details),
    Rename(NameDialog<rename::Naming>),
    Confirm(ConfirmDialog),
    Authenticate(authenticate::Authenticate),
    Doctor(Doctor),
    /// Security > Audit log.
    Audit(Audit),
    /// Security > Version history.
    Generations(Generations),
    Integrations(loads::table::Integrations),
    AddIntegration(loads::add::Add),
    IntegrationForm(loads::form::Form),
    Integration(loads::details::Details),
    NameIntegration(NameDialog<loads::name::Naming>),
    ChooseCredential(loads::choose::Choose),
    TestRun(loads::test_run::TestRun),
    Sync(loads::sync::Sync),
    SyncSessions(loads::sync_sessions::SyncSessions),
    ChangePassphrase(ChangePassphrase),
    Recovery(Recovery),
}

macro_rules! each {
    ($self:ident, $screen:ident => $body:expr) => {
        match $self {
            Self::Unlock($screen) => $body,
            Self::FirstRun($screen) => $body,
            Self::Menu($screen) => $body,
            Self::Credentials($screen) => $body,
            Self::Add($screen) => $body,
            Self::Form($screen) => $body,
            Self::Details($screen) => $body,
            Self::Rename($screen) => $body,
            Self::Confirm($screen) => $body,
            Self::Authenticate($screen) => $body,
            Self::Doctor($screen) => $body,
            Self::Audit($screen) => $body,
            Self::Generations($screen) => $body,
            Self::Integrations($screen) => $body,
            Self::AddIntegration($screen) => $body,
            Self::IntegrationForm($screen) => $body,
            Self::Integration($screen) => $body,
            Self::NameIntegration($screen) => $body,
            Self::ChooseCredential($screen) => $body,
            Self::TestRun($screen) => $body,
            Self::Sync($screen) => $body,
            Self::SyncSessions($screen) => $body,
            Self::ChangePassphrase($screen) => $body,
            Self::Recovery($screen) => $body,
        }
    };
}

impl Screen {
    /// The stack of an open vault.
    #[must_use]
    pub fn home() -> Vec<Self> {
        vec![Self::Menu(Menu::default()), Self::Credentials(table::Table::default())]
    }

    /// The prompt for the passphrase.
    #[must_use]
    pub fn unlock() -> Self {
        Self::Unlock(Unlock::default())
    }

    /// The screen that makes a vault.
    #[must_use]
    pub fn first_run() -> Self {
        Self::FirstRun(FirstRun::default())
    }

    /// Enters a screen; some ask for something at once.
    ///
    /// # Errors
    /// NotFound when what it is about is gone.
    pub fn open(route: &Route, cx: &Context<'_>) -> Result<(Self, Vec<Effect>), Problem> {
        let still = |screen| Ok((screen, Vec::new()));
        match route {
            Route::Credentials => still(Self::Credentials(table::Table::default())),
            Route::AddCredential => still(Self::Add(add::Add::new(cx))),
            Route::NewCredential { provider } => still(Self::Form(form::Form::new(cx, provider)?)),
            Route::EditCredential(id) => still(Self::Form(form::Form::over(cx, *id)?)),
            Route::DuplicateCredential(id) => still(Self::Rename(rename::duplicate(cx, *id)?)),
            Route::Details(id) => {
                let (screen, effects) = details::Details::start(cx, *id);
                Ok((Self::Details(screen), effects))
            }
            Route::RenameCredential(id) => still(Self::Rename(rename::rename(cx, *id)?)),
            Route::DeleteCredential { id, on_page } => still(Self::Confirm(delete::question(cx, *id, *on_page)?)),
            Route::TakeStep(direction) => still(Self::Confirm(undoing::question(cx, *direction)?)),
            Route::Authenticate(id) => {
                let (screen, effects) = authenticate::Authenticate::start(cx, *id)?;
                Ok((Self::Authenticate(screen), effects))
            }
            Route::Generations => {
                let (screen, effects) = Generations::start(cx);
                Ok((Self::Generations(screen), effects))
            }
            Route::Audit(of) => {
                let (screen, effects) = Audit::start(cx, *of);
                Ok((Self::Audit(screen), effects))
            }
            Route::Doctor(about) => {
                let (screen, effects) = Doctor::start(cx, *about);
                Ok((Self::Doctor(screen), effects))
            }
            Route::ChangePassphrase => still(Self::ChangePassphrase(ChangePassphrase::default())),
            Route::RecoveryKit => {
                let (screen, effects) = Recovery::start(cx);
                Ok((Self::Recovery(screen), effects))
            }
            _ => Self::open_integrations(route, cx),
        }
    }

    /// Enters a screen of Configuration > Integrations.
    fn open_integrations(route: &Route, cx: &Context<'_>) -> Result<(Self, Vec<Effect>), Problem> {
        let still = |screen| Ok((screen, Vec::new()));
        match route {
            Route::AddIntegration => still(Self::AddIntegration(loads::add::Add::new(cx))),
            Route::NewIntegration { provider, load } => {
                still(Self::IntegrationForm(loads::form::Form::new(cx, provider, load)?))
            }
            Route::EditIntegration(id) => still(Self::IntegrationForm(loads::form::Form::over(cx, *id)?)),
            Route::Integration(id) => {
                let (screen, effects) = loads::details::Details::start(cx, *id)?;
                Ok((Self::Integration(screen), effects))
            }
            Route::RenameIntegration(id) => still(Self::NameIntegration(loads::name::rename(cx, *id)?)),
            Route::DeleteIntegration { id, on_page } => {
                still(Self::Confirm(loads::delete::question(cx, *id, *on_page)?))
            }
            Route::DuplicateIntegration(id) => still(Self::NameIntegration(loads::name::duplicate(cx, *id)?)),
            Route::ChooseCredential(id) => still(Self::ChooseCredential(loads::choose::Choose::new(cx, *id)?)),
            Route::TestRun(id) => {
                let (screen, effects) = loads::test_run::TestRun::start(cx, *id)?;
                Ok((Self::TestRun(screen), effects))
            }
            Route::Sync(id) => {
                let (screen, effects) = loads::sync::Sync::start(cx, *id)?;
                Ok((Self::Sync(screen), effects))
            }
            Route::SyncSessions(id) => {
                let (screen, effects) = loads::sync_sessions::SyncSessions::start(cx, *id)?;
                Ok((Self::SyncSessions(screen), effects))
            }
            _ => {
                let (screen, effects) = loads::table::Integrations::start(cx);
                Ok((Self::Integrations(screen), effects))
            }
        }
    }

    /// The screen, whichever it is.
    #[must_use]
    pub fn as_view(&self) -> &dyn View {
        each!(self, screen => screen)
    }

    /// The screen, to update it.
    pub fn as_view_mut(&mut self) -> &mut dyn View {
        each!(self, screen => screen)
    }
}
