//! All screens as one enum, and how each is opened.

use crate::problem::Problem;
use crate::tui::configuration::doctor::Doctor;
use crate::tui::configuration::integrations as loads;
use crate::tui::configuration::menu::Menu;
use crate::tui::configuration::security::audit::Audit;
use crate::tui::configuration::security::credentials::{
    add, authenticate, copy_menu, delete, details, form, in_turn, label, rename, table,
};
use crate::tui::configuration::security::deadlines::Deadlines;
use crate::tui::configuration::security::hosts;
use crate::tui::configuration::security::passphrase::ChangePassphrase;
use crate::tui::configuration::security::recovery::Recovery;
use crate::tui::configuration::security::team;
use crate::tui::configuration::security::version_history::VersionHistory;
use crate::tui::configuration::settings::Settings;
use crate::tui::configuration::{agent, catalog, transfer};
use crate::tui::context::Context;
use crate::tui::effect::Effect;
use crate::tui::first_run::FirstRun;
use crate::tui::recover::Recover;
use crate::tui::route::Route;
use crate::tui::undoing;
use crate::tui::unlock::Unlock;
use crate::tui::vaults::Vaults;
use crate::tui::view::View;
use crate::tui::welcome::Welcome;
use crate::tui::widgets::confirm::ConfirmDialog;
use crate::tui::widgets::name_dialog::NameDialog;

/// A screen on the stack.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "a handful on a stack")]
pub(crate) enum Screen {
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
    BatchRun(in_turn::BatchRun),
    Label(label::LabelDialog),
    CopyMenu(copy_menu::CopyMenu),
    Doctor(Doctor),
    /// Security > Audit log.
    Audit(Audit),
    /// Security > Deadlines.
    Deadlines(Deadlines),
    VersionHistory(VersionHistory),
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
    FoundFiles(transfer::found::FoundFiles),
    Export(transfer::export::Export),
    Agent(agent::status::Agent),
    UnlockAgent(agent::unlock::UnlockAgent),
    Hosts(hosts::list::Hosts),
    AddHost(hosts::add::AddHost),
    RemoveHost(hosts::remove::RemoveHost),
    Vaults(Vaults),
    NoTeam(team::no_team::NoTeam),
    CreateOrJoinTeam(team::create_or_join::CreateOrJoin),
    Team(team::list::Team),
    TeamMember(team::member::TeamMember),
    AddMember(team::add::AddMember),
    AddTeamHost(team::host::AddTeamHost),
    RemoveMember(team::remove::RemoveMember),
    Rotation(team::rotation::Rotation),
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
            Self::BatchRun($screen) => $body,
            Self::Label($screen) => $body,
            Self::CopyMenu($screen) => $body,
            Self::Doctor($screen) => $body,
            Self::Audit($screen) => $body,
            Self::Deadlines($screen) => $body,
            Self::VersionHistory($screen) => $body,
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
            Self::FoundFiles($screen) => $body,
            Self::Export($screen) => $body,
            Self::Agent($screen) => $body,
            Self::UnlockAgent($screen) => $body,
            Self::Hosts($screen) => $body,
            Self::AddHost($screen) => $body,
            Self::RemoveHost($screen) => $body,
            Self::Vaults($screen) => $body,
            Self::NoTeam($screen) => $body,
            Self::CreateOrJoinTeam($screen) => $body,
            Self::Team($screen) => $body,
            Self::TeamMember($screen) => $body,
            Self::AddMember($screen) => $body,
            Self::AddTeamHost($screen) => $body,
            Self::RemoveMember($screen) => $body,
            Self::Rotation($screen) => $body,
            Self::Settings($screen) => $body,
            Self::Catalog($screen) => $body,
            Self::CatalogEntry($screen) => $body,
            Self::CatalogFiles($screen) => $body,
        }
    };
}

impl Screen {
    /// The stack after the vault was opened.
    #[must_use]
    pub(crate) fn home() -> Vec<Self> {
        vec![Self::Menu(Menu::default()), Self::Credentials(table::Table::default())]
    }

    /// The prompt for the passphrase.
    #[must_use]
    pub(crate) fn unlock() -> Self {
        Self::Unlock(Unlock::default())
    }

    /// The first screen if there is no vault.
    #[must_use]
    pub(crate) fn welcome() -> Self {
        Self::Welcome(Welcome::default())
    }

    /// The route to return to after unlocking: the same screen, without its filter. `None` for a form or an operation
    /// in progress.
    #[must_use]
    pub(crate) fn place(&self) -> Option<Route> {
        Some(match self {
            Self::Details(page) => Route::Details(page.id()),
            Self::Integration(page) => Route::Integration(page.id()),
            Self::Credentials(_) => Route::Credentials,
            Self::Integrations(_) => Route::Integrations,
            Self::Audit(_) => Route::Audit(None),
            Self::Deadlines(_) => Route::Deadlines,
            Self::Doctor(_) => Route::Doctor(None),
            Self::VersionHistory(_) => Route::VersionHistory,
            Self::Hosts(_) => Route::Hosts,
            Self::Team(_) | Self::NoTeam(_) => Route::Team,
            Self::Rotation(_) => Route::Rotation,
            Self::Agent(_) => Route::Agent,
            Self::Settings(_) => Route::Settings,
            Self::Catalog(_) | Self::CatalogEntry(_) => Route::Catalog,
            _ => return None,
        })
    }

    /// Opens a screen; returns it with its initial effects.
    /// # Errors
    /// `Kind::NotFound` if its subject was deleted.
    pub(crate) fn open(route: &Route, cx: &Context<'_>) -> Result<(Self, Vec<Effect>), Problem> {
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
            Route::Deadlines => still(Self::Deadlines(Deadlines::default())),
            Route::VersionHistory => {
                let (screen, effects) = VersionHistory::start(cx);
                Ok((Self::VersionHistory(screen), effects))
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
            Route::Import | Route::ImportFile(_) | Route::FoundFiles | Route::Export { .. } => {
                Ok(Self::open_transfer(route, cx))
            }
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

    /// Opens a screen about several credentials, or a menu.
    fn open_for_several(route: &Route, cx: &Context<'_>) -> Result<(Self, Vec<Effect>), Problem> {
        let still = |screen| Ok((screen, Vec::new()));
        match route {
            Route::DeleteCredentials(ids) => still(Self::Confirm(delete::question_of_several(cx, ids))),
            Route::BatchRun(turn, ids) => {
                let (screen, effects) = in_turn::BatchRun::start(cx, *turn, ids);
                Ok((Self::BatchRun(screen), effects))
            }
            Route::SetOwner(ids) => still(Self::Label(label::LabelDialog::owner(cx, ids))),
            Route::ChangeTags(ids) => still(Self::Label(label::LabelDialog::tags(cx, ids))),
            Route::CopyMenu(id) => still(Self::CopyMenu(copy_menu::CopyMenu::open(cx, *id)?)),
            _ => Self::open_team(route, cx),
        }
    }

    /// Opens a screen of Configuration > Security > Team, or the vault switcher.
    fn open_team(route: &Route, cx: &Context<'_>) -> Result<(Self, Vec<Effect>), Problem> {
        let still = |screen| Ok((screen, Vec::new()));
        match route {
            Route::Vaults => still(Self::Vaults(Vaults::new(cx))),
            Route::NoTeam => still(Self::NoTeam(team::no_team::NoTeam::new(cx))),
            Route::CreateOrJoinTeam(way) => {
                still(Self::CreateOrJoinTeam(team::create_or_join::CreateOrJoin::new(*way)))
            }
            Route::Team if cx.snapshot.team.is_none() => still(Self::NoTeam(team::no_team::NoTeam::new(cx))),
            Route::Team => {
                let (screen, effects) = team::list::Team::start(cx);
                Ok((Self::Team(screen), effects))
            }
            Route::TeamMember(id) => {
                let (screen, effects) = team::member::TeamMember::start(cx, id)?;
                Ok((Self::TeamMember(screen), effects))
            }
            Route::AddMember => still(Self::AddMember(team::add::AddMember::default())),
            Route::AddTeamHost => still(Self::AddTeamHost(team::host::AddTeamHost::default())),
            Route::RemoveMember(id) => still(Self::RemoveMember(team::remove::RemoveMember::new(cx, id)?)),
            Route::FinishEncrypting => {
                let (screen, effects) = team::remove::RemoveMember::finish(cx);
                Ok((Self::RemoveMember(screen), effects))
            }
            Route::Rotation => still(Self::Rotation(team::rotation::Rotation::default())),
            Route::RotationDone(id) => still(Self::Confirm(team::rotation::question(cx, *id)?)),
            _ => Self::open_integrations(route, cx),
        }
    }

    /// Opens a screen of an import or an export.
    fn open_transfer(route: &Route, cx: &Context<'_>) -> (Self, Vec<Effect>) {
        match route {
            Route::ImportFile(path) => {
                let (screen, effects) = transfer::import::Import::of(cx, path);
                (Self::Import(screen), effects)
            }
            Route::FoundFiles => {
                let (screen, effects) = transfer::found::FoundFiles::start(cx);
                (Self::FoundFiles(screen), effects)
            }
            Route::Export { checked } => (Self::Export(transfer::export::Export::new(checked)), Vec::new()),
            _ => (Self::Import(transfer::import::Import::default()), Vec::new()),
        }
    }

    /// Opens a screen or a dialog of the agent.
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

    /// Opens a screen about the program or the vault's surroundings.
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

    /// Opens a screen of Configuration > Integrations.
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

    #[must_use]
    pub(crate) fn as_view(&self) -> &dyn View {
        each!(self, screen => screen)
    }

    pub(crate) fn as_view_mut(&mut self) -> &mut dyn View {
        each!(self, screen => screen)
    }
}
