//! Keys as data: each screen has one table for dispatch, footer, help and command palette.

use std::fmt;

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use crate::tui::column::Column;

/// A key with its modifiers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Press {
    pub code: KeyCode,
    /// ctrl and alt; shift is already in the character.
    pub modifiers: KeyModifiers,
}

impl Press {
    /// A key without modifiers.
    #[must_use]
    pub const fn plain(code: KeyCode) -> Self {
        Self { code, modifiers: KeyModifiers::NONE }
    }

    /// A character key.
    #[must_use]
    pub const fn char(c: char) -> Self {
        Self::plain(KeyCode::Char(c))
    }

    /// ctrl with a character.
    #[must_use]
    pub const fn ctrl(c: char) -> Self {
        Self { code: KeyCode::Char(c), modifiers: KeyModifiers::CONTROL }
    }

    /// alt with a character.
    #[must_use]
    pub const fn alt(c: char) -> Self {
        Self { code: KeyCode::Char(c), modifiers: KeyModifiers::ALT }
    }

    /// ctrl with another key.
    #[must_use]
    pub(crate) const fn ctrl_key(code: KeyCode) -> Self {
        Self { code, modifiers: KeyModifiers::CONTROL }
    }

    /// The key of a terminal's event; `None` for a release.
    #[must_use]
    pub(crate) fn from_event(event: KeyEvent) -> Option<Self> {
        if event.kind == KeyEventKind::Release {
            return None;
        }
        let keep = KeyModifiers::CONTROL | KeyModifiers::ALT;
        let shift = if event.code == KeyCode::BackTab || matches!(event.code, KeyCode::Char(_)) {
            KeyModifiers::NONE
        } else {
            event.modifiers & KeyModifiers::SHIFT
        };
        Some(Self { code: event.code, modifiers: (event.modifiers & keep) | shift })
    }

    /// Whether the key could be part of a pasted text, in a terminal that does not mark pastes.
    #[must_use]
    pub(crate) fn is_of_text(&self) -> bool {
        self.typed().is_some() || *self == Self::plain(KeyCode::Enter)
    }

    /// The character this key types into a text field.
    #[must_use]
    pub fn typed(&self) -> Option<char> {
        match self.code {
            KeyCode::Char(c) if self.modifiers.is_empty() => Some(c),
            _ => None,
        }
    }
}

impl Press {
    /// The key's name as it is displayed; arrows are symbols, or spelled out in ASCII.
    #[must_use]
    pub fn label(&self, ascii: bool) -> String {
        let name = self.to_string();
        let word = match self.code {
            KeyCode::Up => ("↑", "up"),
            KeyCode::Down => ("↓", "down"),
            KeyCode::Left => ("←", "left"),
            KeyCode::Right => ("→", "right"),
            _ => return name,
        };
        if ascii { name.replace(word.0, word.1) } else { name }
    }
}

impl fmt::Display for Press {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.modifiers.contains(KeyModifiers::CONTROL) {
            f.write_str("ctrl-")?;
        }
        if self.modifiers.contains(KeyModifiers::ALT) {
            f.write_str("alt-")?;
        }
        match self.code {
            KeyCode::Char(' ') => f.write_str("space"),
            KeyCode::Char(c) => write!(f, "{c}"),
            KeyCode::F(n) => write!(f, "F{n}"),
            KeyCode::Up => f.write_str("↑"),
            KeyCode::Down => f.write_str("↓"),
            KeyCode::Left => f.write_str("←"),
            KeyCode::Right => f.write_str("→"),
            KeyCode::PageUp => f.write_str("pgup"),
            KeyCode::PageDown => f.write_str("pgdn"),
            KeyCode::BackTab => f.write_str("shift-tab"),
            other => write!(f, "{}", format!("{other:?}").to_lowercase()),
        }
    }
}

/// A row of a screen's table of keys.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// The keys with this action; the first one is shown.
    pub presses: &'static [Press],
    pub action: Action,
    /// One word for the footer; empty: not in the footer.
    pub hint: &'static str,
    /// One line for help and palette.
    pub help: &'static str,
    /// Works even while a text field has the focus, although the key types a character.
    pub over_text: bool,
    /// Keeps its hint in the footer when there is not room for all.
    pub kept: bool,
}

impl Key {
    #[must_use]
    pub const fn new(presses: &'static [Press], action: Action, hint: &'static str, help: &'static str) -> Self {
        Self { presses, action, hint, help, over_text: false, kept: false }
    }

    /// Makes the key work even while a text field has the focus.
    #[must_use]
    pub(crate) const fn over_text(mut self) -> Self {
        self.over_text = true;
        self
    }
}

impl Key {
    /// Keeps the hint in the footer of a narrow terminal.
    #[must_use]
    pub const fn kept(mut self) -> Self {
        self.kept = true;
        self
    }
}

#[must_use]
pub fn lookup(keys: &[Key], press: Press, captures_text: bool) -> Option<Action> {
    let types = captures_text && press.typed().is_some();
    keys.iter().find(|key| (!types || key.over_text) && key.presses.contains(&press)).map(|key| key.action)
}

impl Action {
    /// Whether the key only moves through rows and fields; such keys are not listed in the palette.
    #[must_use]
    pub(crate) fn only_moves(self) -> bool {
        matches!(
            self,
            Self::Up
                | Self::Down
                | Self::PageUp
                | Self::PageDown
                | Self::First
                | Self::Last
                | Self::Left
                | Self::Right
                | Self::NextField
                | Self::PreviousField
                | Self::NextTab
                | Self::PreviousTab
        )
    }
}

/// A part of a credential that can be copied.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum CopyPart {
    /// A fresh access token, or the key that the user entered.
    Token,
    /// The client secret, or the key that the user entered, as it is stored.
    Secret,
    ClientId,
    RedirectUri,
    /// The command that prints its token.
    ScriptLine,
    /// A call with curl that takes the token from that command.
    CurlLine,
    /// The scopes, separated by spaces.
    Scopes,
    Name,
}

/// Everything that a key can do, on any screen.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Action {
    /// The row above.
    Up,
    /// The row below.
    Down,
    PageUp,
    PageDown,
    HalfPageUp,
    HalfPageDown,
    /// The first row.
    First,
    /// The last row.
    Last,
    /// To the left: the previous tab or choice.
    Left,
    Right,
    NextField,
    PreviousField,
    NextTab,
    PreviousTab,
    /// enter: opens, selects or accepts.
    Accept,
    /// Adds a row of the kind that the screen lists.
    Add,
    /// Opens the sort menu.
    Sort,
    /// Sorts by a column, or reverses the order.
    SortBy(Column),
    Filter,
    /// The next row that matches the last filter.
    NextMatch,
    /// The previous row that matches the last filter.
    PreviousMatch,
    /// Begins a range of selected rows, or ends it.
    SelectRange,
    /// Selects all shown rows, or none of them.
    SelectAll,
    SetOwner,
    ChangeTags,
    /// Copies a template without secrets.
    CopyTemplate,
    /// Opens the menu of what can be copied.
    CopyMenu,
    CopyPart(CopyPart),
    /// Continues with the next row.
    Continue,
    /// Authenticates, for the first time or again.
    Authenticate,
    /// Tests a credential by a call that changes nothing, or starts a Test Run.
    Test,
    Rename,
    /// Opens the form of a credential or an integration.
    Edit,
    /// Duplicates under a new name.
    Duplicate,
    Delete,
    Undo,
    Redo,
    /// Confirms what a dialog asks.
    Confirm,
    /// Looks for files that can be imported.
    FindFiles,
    /// Restores the selected version, or keeps using an older vault.
    Restore,
    /// Chooses the credential that an integration signs in with.
    ChooseCredential,
    /// Creates a credential from within another screen.
    AddCredential,
    /// Opens the page of the integration's credential.
    OpenCredential,
    /// Loads the records now.
    SyncNow,
    /// Syncs an integration, and accepts this once that records were removed.
    AcceptGone,
    /// Opens the sessions of an integration.
    SyncSessions,
    /// Pauses, or resumes.
    Pause,
    /// Selects or deselects the focused row or choice.
    Toggle,
    /// Revokes at the provider.
    Revoke,
    /// Copies a fresh access token.
    CopyToken,
    /// Copies a join code, or the address of a team's vault.
    CopyCode,
    CopyRedirectUri,
    /// Copies the short local link.
    CopyLink,
    /// Copies the whole authorization URL.
    CopyUrl,
    /// Opens the browser again.
    OpenBrowser,
    /// Copies the code to enter in a browser.
    CopyUserCode,
    /// Switches between a device code and a browser on this machine.
    OtherWay,
    /// Opens the field for the redirected URL.
    PasteAnswer,
    /// Shows or hides the scopes.
    Scopes,
    /// Shows or hides the secret.
    Reveal,
    /// Saves the form; a credential is not authenticated.
    Save,
    /// Overwrites the values that someone else has saved since with those of the form.
    KeepMine,
    /// Replaces the form's values with those that someone else has saved since.
    TakeStored,
    /// Empties the form.
    Discard,
    /// Resets to the default.
    Reset,
    /// Checks all rows, or none.
    ToggleAll,
    StartAgent,
    LockAgent,
    UnlockAgent,
    StopAgent,
    /// Copies the public key of a host.
    CopyPublicKey,
    /// Adds a host to a team.
    AddHost,
    /// Opens the list of credentials that have to be changed at the providers.
    Rotation,
    /// Finishes an interrupted re-encryption.
    FinishEncrypting,
    /// Shows the user's own catalog files.
    OwnFiles,
    /// Describes a provider that is not in the catalog.
    CustomProvider,
    /// Signs in again and accepts another account.
    OtherAccount,
    /// Reads the screen's data again; on Doctor, runs the checks.
    Examine,
    /// Opens the audit log of a credential.
    AuditLog,
    /// Copies the doctor's findings, or the result of a run.
    CopyTicket,
    /// Opens the provider's console in the browser.
    OpenConsole,
    /// Shows the provider's help panel: MFA and the like.
    Panel,
    /// Shows all details of the last problem.
    ProblemDetails,
    /// Copies a generated passphrase into the field.
    Suggest,
    ChangePassphrase,
    /// Creates a recovery kit.
    RecoveryKit,
    /// Writes the sheet of a recovery kit to a file.
    WriteSheet,
    /// Opens the menu entry Security > Credentials.
    Credentials,
    /// Opens the menu entry Integrations.
    Integrations,
    /// Tests only the selected record type.
    TestOne,
    /// Marks a row, to compare another with it.
    Mark,
    /// Compares the selected row with the marked one.
    Compare,
    /// Opens the command palette.
    Palette,
    /// Opens the messages of this session.
    Messages,
    /// Starts the tour of the demo, or ends it.
    Tour,
    /// Goes to the main screen with this number key.
    MainScreen,
    Help,
    /// Opens the dialog with the vaults of this machine.
    SwitchVault,
    Lock,
    /// Goes back to the previous screen; cancels an operation in progress.
    Back,
    Quit,
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: &[Key] = &[
        Key::new(&[Press::char('+')], Action::Add, "add", "Add a credential"),
        Key::new(&[Press::char('>')], Action::Accept, "select", "Select").over_text(),
        Key::new(&[Press::ctrl('l')], Action::Lock, "", "Lock now"),
    ];

    #[test]
    fn letters_are_text_while_a_field_has_the_focus() {
        assert_eq!(lookup(KEYS, Press::char('+'), false), Some(Action::Add));
        assert_eq!(lookup(KEYS, Press::char('+'), true), None);
        assert_eq!(lookup(KEYS, Press::char('>'), true), Some(Action::Accept));
        assert_eq!(lookup(KEYS, Press::ctrl('l'), true), Some(Action::Lock));
    }

    #[test]
    fn keys_are_named_as_people_name_them() {
        assert_eq!(Press::ctrl('l').to_string(), "ctrl-l");
        assert_eq!(Press::plain(KeyCode::Enter).to_string(), "enter");
        assert_eq!(Press::plain(KeyCode::F(1)).to_string(), "F1");
    }
}
