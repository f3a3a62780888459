//! The main screens as data: the menu of Configuration, the number keys and the command palette read this list.

use crossterm::event::KeyCode;

use crate::tui::keymap::Press;
use crate::tui::route::Route;

#[derive(Debug)]
pub(crate) struct MainScreen {
    /// The heading above it in the menu. Entries of one group are next to each other.
    pub group: &'static str,
    /// Its name, the same as the screen's title.
    pub name: &'static str,
    /// What can be done there, in one line.
    pub about: &'static str,
    /// Additional search words for the command palette.
    pub words: &'static str,
    /// The number key that opens it, except while text is typed.
    pub number: Option<char>,
    pub route: Route,
}

/// All main screens, in the order of the menu.
pub(crate) static MAIN_SCREENS: &[MainScreen] = &[
    MainScreen {
        group: "Security",
        name: "Credentials",
        about: "Sign in to your providers and hand out tokens",
        words: "tokens keys secrets accounts",
        number: Some('1'),
        route: Route::Credentials,
    },
    MainScreen {
        group: "Security",
        name: "Deadlines",
        about: "See which credentials need attention, and when",
        words: "due expiry expires lifetimes check calendar",
        number: None,
        route: Route::Deadlines,
    },
    MainScreen {
        group: "Security",
        name: "Audit log",
        about: "See who used which credential",
        words: "history events who",
        number: Some('2'),
        route: Route::Audit(None),
    },
    MainScreen {
        group: "Security",
        name: "Version history",
        about: "Compare and restore earlier versions of the vault",
        words: "generations versions backups restore",
        number: Some('3'),
        route: Route::VersionHistory,
    },
    MainScreen {
        group: "Security",
        name: "Passphrase",
        about: "Change the passphrase of the vault",
        words: "password unlock",
        number: Some('4'),
        route: Route::ChangePassphrase,
    },
    MainScreen {
        group: "Security",
        name: "Recovery kit",
        about: "Print a spare key in case the passphrase is lost",
        words: "emergency print sheet",
        number: Some('5'),
        route: Route::RecoveryKit,
    },
    MainScreen {
        group: "Security",
        name: "Hosts",
        about: "Let hosts open the vault without a passphrase",
        words: "recipients machine keys servers",
        number: Some('8'),
        route: Route::Hosts,
    },
    MainScreen {
        group: "Security",
        name: "Team",
        about: "Manage who shares the vault, and what to rotate",
        words: "members people roles admin reader join code rotation share",
        number: Some('0'),
        route: Route::Team,
    },
    MainScreen {
        group: "Integrations",
        name: "Integrations",
        about: "Load records from your providers on a schedule",
        words: "sync test run loads records",
        number: Some('6'),
        route: Route::Integrations,
    },
    MainScreen {
        group: "Tools",
        name: "Doctor",
        about: "Check this machine for problems",
        words: "diagnose troubleshoot problems check",
        number: Some('7'),
        route: Route::Doctor(None),
    },
    MainScreen {
        group: "Tools",
        name: "Catalog",
        about: "Browse everything a credential can be added for",
        words: "integrations providers entries search own files",
        number: Some('9'),
        route: Route::Catalog,
    },
    MainScreen {
        group: "Tools",
        name: "Import",
        about: "Add credentials from a file",
        words: "read find file migrate other programs",
        number: None,
        route: Route::Import,
    },
    MainScreen {
        group: "Tools",
        name: "Export",
        about: "Write credentials to an encrypted file or a template",
        words: "write file share template",
        number: None,
        route: Route::Export { checked: Vec::new() },
    },
    MainScreen {
        group: "Tools",
        name: "Agent",
        about: "Keep the vault unlocked for scripts",
        words: "daemon background lock unlock",
        number: None,
        route: Route::Agent,
    },
    MainScreen {
        group: "Tools",
        name: "Settings",
        about: "Change the look, locking, clipboard and network",
        words: "options preferences theme configuration ports",
        number: None,
        route: Route::Settings,
    },
];

/// The main screen that a number key opens.
#[must_use]
pub(crate) fn by_number(press: Press) -> Option<&'static MainScreen> {
    let KeyCode::Char(number) = press.code else { return None };
    MAIN_SCREENS.iter().find(|place| press.modifiers.is_empty() && place.number == Some(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_unique_and_groups_stay_together() {
        let mut numbers: Vec<char> = MAIN_SCREENS.iter().filter_map(|place| place.number).collect();
        numbers.sort_unstable();
        let count = numbers.len();
        numbers.dedup();
        assert_eq!(numbers.len(), count);
        assert!(numbers.iter().all(char::is_ascii_digit));
        let mut groups: Vec<&str> = MAIN_SCREENS.iter().map(|place| place.group).collect();
        groups.dedup();
        let runs = groups.len();
        groups.sort_unstable();
        groups.dedup();
        assert_eq!(groups.len(), runs, "a group is one run of places");
    }

    #[test]
    fn each_line_of_the_menu_fits_the_smallest_terminal() {
        for screen in MAIN_SCREENS {
            assert!(screen.about.chars().count() <= 52, "{}", screen.about);
        }
    }

    #[test]
    fn a_number_leads_to_its_place_and_a_letter_nowhere() {
        assert_eq!(by_number(Press::char('1')).map(|place| place.name), Some("Credentials"));
        assert!(by_number(Press::char('a')).is_none() && by_number(Press::alt('1')).is_none());
    }
}
