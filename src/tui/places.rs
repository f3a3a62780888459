//! The main screens as data: the menu of Configuration, the number keys and the command palette read this list.

use crossterm::event::KeyCode;

use crate::tui::keymap::Press;
use crate::tui::route::Route;

/// One main screen.
#[derive(Debug)]
pub struct Place {
    /// The heading it is under in the menu. Places of one group follow each other.
    pub group: &'static str,
    /// Its name, as its own screen says it.
    pub name: &'static str,
    /// What one does there, in one line.
    pub about: &'static str,
    /// Other words that find it in the command palette.
    pub words: &'static str,
    /// The number that leads to it, wherever no text is typed.
    pub number: Option<char>,
    /// Where it is.
    pub route: Route,
}

/// All of them in the order of the menu.
pub static PLACES: &[Place] = &[
    Place {
        group: "Security",
        name: "Credentials",
        about: "Sign in to your providers and hand out tokens",
        words: "tokens keys secrets accounts",
        number: Some('1'),
        route: Route::Credentials,
    },
    Place {
        group: "Security",
        name: "Audit log",
        about: "See who used which credential",
        words: "history events who",
        number: Some('2'),
        route: Route::Audit(None),
    },
    Place {
        group: "Security",
        name: "Version history",
        about: "Compare and restore earlier versions of the vault",
        words: "generations backups restore",
        number: Some('3'),
        route: Route::Generations,
    },
    Place {
        group: "Security",
        name: "Passphrase",
        about: "Change the passphrase of the vault",
        words: "password unlock",
        number: Some('4'),
        route: Route::ChangePassphrase,
    },
    Place {
        group: "Security",
        name: "Recovery kit",
        about: "Print a spare key in case the passphrase is lost",
        words: "emergency print sheet",
        number: Some('5'),
        route: Route::RecoveryKit,
    },
    Place {
        group: "Security",
        name: "Hosts",
        about: "Manage machines that open the vault without the passphrase",
        words: "recipients machine keys servers",
        number: Some('8'),
        route: Route::Hosts,
    },
    Place {
        group: "Integrations",
        name: "Integrations",
        about: "Load records from your providers on a schedule",
        words: "sync test run loads records",
        number: Some('6'),
        route: Route::Integrations,
    },
    Place {
        group: "Tools",
        name: "Doctor",
        about: "Check this machine for problems",
        words: "diagnose troubleshoot problems check",
        number: Some('7'),
        route: Route::Doctor(None),
    },
    Place {
        group: "Tools",
        name: "Catalog",
        about: "Browse everything a credential can be added for",
        words: "integrations providers entries search own files",
        number: Some('9'),
        route: Route::Catalog,
    },
    Place {
        group: "Tools",
        name: "Import",
        about: "Add credentials from a file of Credenza or another program",
        words: "read file migrate",
        number: None,
        route: Route::Import,
    },
    Place {
        group: "Tools",
        name: "Export",
        about: "Write credentials to an encrypted file or a template",
        words: "write file share template",
        number: None,
        route: Route::Export { checked: Vec::new() },
    },
    Place {
        group: "Tools",
        name: "Agent",
        about: "Keep the vault unlocked in the background for scripts",
        words: "daemon background lock unlock",
        number: None,
        route: Route::Agent,
    },
    Place {
        group: "Tools",
        name: "Settings",
        about: "Change the look, locking, clipboard, ports and network",
        words: "options preferences theme configuration",
        number: None,
        route: Route::Settings,
    },
];

/// Where a number key leads.
#[must_use]
pub fn by_number(press: Press) -> Option<&'static Place> {
    let KeyCode::Char(number) = press.code else { return None };
    PLACES.iter().find(|place| press.modifiers.is_empty() && place.number == Some(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_unique_and_groups_stay_together() {
        let mut numbers: Vec<char> = PLACES.iter().filter_map(|place| place.number).collect();
        numbers.sort_unstable();
        let count = numbers.len();
        numbers.dedup();
        assert_eq!(numbers.len(), count);
        assert!(numbers.iter().all(|number| ('1'..='9').contains(number)));
        let mut groups: Vec<&str> = PLACES.iter().map(|place| place.group).collect();
        groups.dedup();
        let runs = groups.len();
        groups.sort_unstable();
        groups.dedup();
        assert_eq!(groups.len(), runs, "a group is one run of places");
    }

    #[test]
    fn a_number_leads_to_its_place_and_a_letter_nowhere() {
        assert_eq!(by_number(Press::char('1')).map(|place| place.name), Some("Credentials"));
        assert!(by_number(Press::char('a')).is_none() && by_number(Press::alt('1')).is_none());
    }
}
