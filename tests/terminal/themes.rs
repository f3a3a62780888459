//! Themes in a real terminal: the query for the background color, its response, and custom theme files with and without
//! mistakes.

use std::fs;
use std::path::Path;

use super::pty::{Pty, credenza};
use super::vault;

const QUESTION: &str = "\u{1b}]11;?\u{7}";

/// Writes `settings.toml` and theme files to the folder of a vault.
fn configure(folder: &Path, settings: &str, themes: &[(&str, &str)]) {
    fs::create_dir_all(folder.join("config/themes")).unwrap();
    fs::write(folder.join("config/settings.toml"), settings).unwrap();
    for (name, text) in themes {
        fs::write(folder.join("config/themes").join(name), text).unwrap();
    }
}

fn wrote(terminal: &Pty, text: &str) -> bool {
    String::from_utf8_lossy(&terminal.bytes()).contains(text)
}

/// Starts the program in a terminal with 24-bit colors.
fn start(folder: &Path) -> Pty {
    let mut command = credenza(&[], folder);
    command.env("COLORTERM", "truecolor");
    let terminal = Pty::start(command);
    terminal.shows("Passphrase");
    terminal
}

#[test]
fn the_background_is_asked_for_after_the_first_frame_and_decides_the_colors() {
    let cli = vault();
    // The muted grays of the light and of the dark theme.
    for (answer, grey) in [("fdfd/f6f6/e3e3", "38;2;92;99;112"), ("0000/2b2b/3636", "38;2;163;171;181")] {
        let mut terminal = start(cli.folder());
        terminal.until("the question", || wrote(&terminal, QUESTION));
        let bytes = String::from_utf8_lossy(&terminal.bytes()).into_owned();
        assert!(bytes.find("Passphrase").unwrap() < bytes.find(QUESTION).unwrap(), "the frame comes first");
        assert!(!bytes.contains(grey));
        // While the user types: the response must not get into the field.
        terminal.write(&format!("te\u{1b}]11;rgb:{answer}\u{1b}\\st"));
        terminal.until("the colors of the theme", || wrote(&terminal, grey));
        terminal.write("\r");
        terminal.shows("locks in");
        terminal.shows("Zoho EU");
        terminal.write("q").ends_clean(0);
    }
}

#[test]
fn an_answer_that_comes_late_changes_nothing_and_is_not_typed() {
    let cli = vault();
    let mut terminal = Pty::open(cli.folder());
    terminal.write("/");
    terminal.shows("Filter");
    terminal.write("zo");
    terminal.shows("/ zo");
    // Twice: the second one responds to no query.
    terminal.write("\u{1b}]11;rgb:ffff/ffff/ffff\u{7}").write("\u{1b}]11;rgb:0000/0000/0000\u{7}").write("ho");
    terminal.shows("/ zoho").shows("Zoho EU");
    terminal.write("\u{3}").ends_clean(0);
}

#[test]
fn a_theme_of_the_users_own_is_read_and_read_again_when_it_changes() {
    let cli = vault();
    configure(cli.folder(), "theme = \"mine\"\n", &[("mine.toml", "muted = \"#010203\"\n")]);
    let mut terminal = start(cli.folder());
    terminal.until("its color", || wrote(&terminal, "38;2;1;2;3"));
    let file = cli.folder().join("config/themes/mine.toml");
    fs::write(&file, "muted = \"#040506\"\n").unwrap();
    terminal.until("the new color", || wrote(&terminal, "38;2;4;5;6"));
    fs::write(&file, "muted = \"#040506\"\nwran = \"red\"\n").unwrap();
    terminal.shows("line 2, column 1");
    terminal.write("test\r");
    terminal.shows("locks in");
    terminal.write("q");
    terminal.ends_clean(0);
}

#[test]
fn a_folder_of_themes_that_is_made_after_the_start_is_read_and_followed() {
    let cli = vault();
    fs::create_dir_all(cli.folder().join("config")).unwrap();
    fs::write(cli.folder().join("config/settings.toml"), "theme = \"mine\"\n").unwrap();
    let mut terminal = start(cli.folder());
    terminal.shows("There is no theme \"mine\"");
    let folder = cli.folder().join("config/themes");
    // A whole folder appears at once, as when an archive is unpacked.
    let apart = cli.folder().join("apart");
    fs::create_dir(&apart).unwrap();
    fs::write(apart.join("mine.toml"), "muted = \"#010203\"\n").unwrap();
    fs::rename(&apart, &folder).unwrap();
    terminal.until("its color", || wrote(&terminal, "38;2;1;2;3"));
    fs::write(folder.join("mine.toml"), "muted = \"#040506\"\n").unwrap();
    terminal.until("the new color", || wrote(&terminal, "38;2;4;5;6"));
    fs::write(folder.join("mine.toml"), "muted = \"#0405\"\n").unwrap();
    terminal.shows("line 1, column");
    terminal.write("test\r").shows("locks in");
    terminal.write("q").ends_clean(0);
}

#[test]
fn a_wrong_theme_is_named_with_its_place_and_nothing_stops() {
    let cli = vault();
    configure(cli.folder(), "mouse = true\ntheme = \"drak\"\n", &[]);
    let ran = cli.run(&["list"]).ends(0);
    assert!(ran.err.is_empty() && ran.out.contains("Zoho EU"), "{ran:?}");
    let mut terminal = Pty::locked(cli.folder());
    terminal.shows("There is no theme \"drak\". Did you mean \"dark\"?");
    terminal.write("test\r");
    terminal.shows("locks in");
    terminal.write("q");
    terminal.ends_clean(0);
}

#[test]
fn no_color_and_a_terminal_of_a_few_characters_are_not_asked() {
    let cli = vault();
    for (name, value) in [("NO_COLOR", "1"), ("TERM", "linux")] {
        let mut command = credenza(&[], cli.folder());
        command.env(name, value);
        let mut terminal = Pty::start(command);
        terminal.shows("Passphrase");
        terminal.write("test\r");
        terminal.until("the table", || terminal.screen().contains("Zoho EU"));
        assert!(!wrote(&terminal, QUESTION), "{name}");
        assert!(name != "NO_COLOR" || !wrote(&terminal, "\u{1b}[38;"), "no color with NO_COLOR");
        terminal.write("q").ends_clean(0);
    }
}

#[test]
fn a_theme_file_that_is_too_large_is_reported_and_the_default_theme_used() {
    let cli = vault();
    configure(cli.folder(), "theme = \"mine\"\n", &[("mine.toml", &"# long\n".repeat(20_000))]);
    let terminal = start(cli.folder());
    terminal.shows("The theme file cannot be read.");
}
