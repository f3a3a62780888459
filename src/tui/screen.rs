//! The closed set of screens: the stack's element, and how each is entered.

use crate::problem::Problem;
use crate::tui::configuration::doctor::Doctor;
use crate::tui::configuration::integrations as loads;
use crate::tui::configuration::menu::Menu;
use crate::tui::configuration::security::audit::Audit;
use crate::tui::configuration::security::credentials::{
    add, authenticate, copy_menu, delete, details, form, in_turn, label, rename, table,
};
use crate::tui::configuration::security::generations::Generations;
use crate::tui::configuration::security::hosts;
use crate::tui::configuration::security::passphrase::ChangePassphrase;
use crate::tui::configuration::security::recovery::Recovery;
use crate::tui::configuration::settings::Settings;
use crate::tui::configuration::{agent, catalog, transfer};
use crate::tui::context::Context;
use crate::tui::effect::Effect;
use crate::tui::first_run::FirstRun;
use crate::tui::recover::Recover;
use crate::tui::route::Route;
use crate::tui::undoing;
use crate::tui::unlock::Unlock;
use crate::tui::view::View;
use crate::tui::welcome::Welcome;
use crate::tui::widgets::confirm::ConfirmDialog;
use crate::tui::widgets::name_dialog::NameDialog;

/// A screen on the stack.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "a handful on a stack")]
#[allow(missing_docs, reason = "each is documented in its file")]
pub enum Screen {
    Unlock(Unlock),
    Welcome(Welcome),
    FirstRun(FirstRun),
    Recover(Recover),
    Menu(Menu),
    Credentials(table::Table),
    Add(add::Add),
    Form(form::Form),
    Details(details::Details),
    Rename(NameDialog<rename::Naming>),
    Confirm(ConfirmDialog),
    Authenticate(authenticate::Authenticate),
    InTurn(in_turn::InTurn),
    Label(label::LabelDialog),
    CopyMenu(copy_menu::CopyMenu),
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
    Import(transfer::import::Import),
    Export(transfer::export::Export),
    Agent(agent::status::Agent),
    UnlockAgent(agent::unlock::UnlockAgent),
    Hosts(hosts::list::Hosts),
    AddHost(hosts::add::AddHost),
    RemoveHost(hosts::remove::RemoveHost),
    Settings(Settings),
    Catalog(catalog::browse::Browse),
    CatalogEntry(catalog::entry::Entry),
    CatalogFiles(catalog::files::Files),
}

macro_rules! each {
    ($self:ident, $screen:ident => $body:expr) => {
        match $self {
            Self::Unlock($screen) => $body,
            Self::Welcome($screen) => $body,
            Self::FirstRun($screen) => $body,
            Self::Recover($screen) => $body,
            Self::Menu($screen) => $body,
            Self::Credentials($screen) => $body,
            Self::Add($screen) => $body,
            Self::Form($screen) => $body,
            Self::Details($screen) => $body,
            Self::Rename($screen) => $body,
            Self::Confirm($screen) => $body,
            Self::Authenticate($screen) => $body,
            Self::InTurn($screen) => $body,
            Self::Label($screen) => $body,
            Self::CopyMenu($screen) => $body,
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
            Self::Import($screen) => $body,
            Self::Export($screen) => $body,
            Self::Agent($screen) => $body,
            Self::UnlockAgent($screen) => $body,
            Self::Hosts($screen) => $body,
            Self::AddHost($screen) => $body,
            Self::RemoveHost($screen) => $body,
            Self::Settings($screen) => $body,
            Self::Catalog($screen) => $body,
            Self::CatalogEntry($screen) => $body,
            Self::CatalogFiles($screen) => $body,
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

    /// What one can begin with where there is no vault.
    #[must_use]
    pub fn welcome() -> Self {
        Self::Welcome(Welcome::default())
    }

    /// Enters a screen; some ask for something at once.
    ///
    /// # Errors
    /// NotFound when what it is about is gone.
    pub fn open(route: &Route, cx: &Context<'_>) -> Result<(Self, Vec<Effect>), Problem> {
        let still = |screen| Ok((screen, Vec::new()));
        match route {
            Route::CreateVault => still(Self::FirstRun(FirstRun::default())),
            Route::RecoverVault => still(Self::Recover(Recover::default())),
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
            Route::Import => still(Self::Import(transfer::import::Import::default())),
            Route::Export { checked } => still(Self::Export(transfer::export::Export::new(checked))),
            Route::Agent | Route::StartAgent | Route::UnlockAgent | Route::StopAgent => Ok(Self::open_agent(route, cx)),
            Route::Hosts => still(Self::Hosts(hosts::list::Hosts::default())),
            Route::AddHost => still(Self::AddHost(hosts::add::AddHost::default())),
            Route::RemoveHost { name } => still(Self::RemoveHost(hosts::remove::RemoveHost::new(cx, name)?)),
            Route::Settings | Route::Catalog | Route::CatalogEntry { .. } | Route::CatalogFiles => {
                Self::open_tools(route, cx)
            }
            _ => Self::open_for_several(route, cx),
        }
    }

    /// Enters a screen about several credentials, or a menu.
    fn open_for_several(route: &Route, cx: &Context<'_>) -> Result<(Self, Vec<Effect>), Problem> {
        let still = |screen| Ok((screen, Vec::new()));
        match route {
            Route::DeleteCredentials(ids) => still(Self::Confirm(delete::question_of_several(cx, ids))),
            Route::InTurn(turn, ids) => {
                let (screen, effects) = in_turn::InTurn::start(cx, *turn, ids);
                Ok((Self::InTurn(screen), effects))
            }
            Route::SetOwner(ids) => still(Self::Label(label::LabelDialog::owner(cx, ids))),
            Route::ChangeTags(ids) => still(Self::Label(label::LabelDialog::tags(cx, ids))),
            Route::CopyMenu(id) => still(Self::CopyMenu(copy_menu::CopyMenu::open(cx, *id)?)),
            _ => Self::open_integrations(route, cx),
        }
    }

    /// Enters a screen or a dialog of the agent.
    fn open_agent(route: &Route, cx: &Context<'_>) -> (Self, Vec<Effect>) {
        match route {
            Route::StartAgent => (Self::UnlockAgent(agent::unlock::UnlockAgent::start()), Vec::new()),
            Route::UnlockAgent => (Self::UnlockAgent(agent::unlock::UnlockAgent::unlock()), Vec::new()),
            Route::StopAgent => (Self::Confirm(agent::status::stop()), Vec::new()),
            _ => {
                let (screen, effects) = agent::status::Agent::start(cx);
                (Self::Agent(screen), effects)
            }
        }
    }

    /// Enters a screen about the program and what is around the vault.
    fn open_tools(route: &Route, cx: &Context<'_>) -> Result<(Self, Vec<Effect>), Problem> {
        Ok(match route {
            Route::CatalogEntry { provider } => {
                (Self::CatalogEntry(catalog::entry::Entry::new(cx, provider)?), Vec::new())
            }
            Route::CatalogFiles => {
                let (screen, effects) = catalog::files::Files::start(cx);
                (Self::CatalogFiles(screen), effects)
            }
            Route::Catalog => (Self::Catalog(catalog::browse::Browse::new(cx)), Vec::new()),
            _ => {
                let (screen, effects) = Settings::start(cx);
                (Self::Settings(screen), effects)
            }
        })
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
            Route::DeleteIntegrations(ids) => still(Self::Confirm(loads::delete::question_of_several(cx, ids))),
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
