//! Scenes of settings, catalog and hosts.

use std::path::PathBuf;

use credenza::engine::event::Outcome;
use credenza::engine::ops::catalog_files::{CatalogFiles, UserEntry, UserFile};
use credenza::engine::ops::hosts::{AddedHost, Host};
use credenza::engine::ops::settings::SettingsFile;
use credenza::paths::Paths;
use credenza::problem::{Kind, Problem};
use credenza::tui::route::Route;
use credenza::tui::theme::Theme;

use super::scenes::staged;
use super::stage::Stage;

fn visited(theme: Theme, route: Route) -> Stage {
    let mut stage = Stage::full(theme);
    stage.visit(route);
    stage
}

pub(super) fn settings_reading(theme: Theme) -> Stage {
    visited(theme, Route::Settings)
}

/// The settings page for a file with this text.
fn settings_of(theme: Theme, text: &str) -> Stage {
    let folder = crate::scratch::folder();
    let paths = Paths::discover(Some(folder.path())).unwrap();
    std::fs::create_dir_all(paths.settings().parent().unwrap()).unwrap();
    std::fs::write(paths.settings(), text).unwrap();
    let mut file = SettingsFile::read(&paths);
    file.path = PathBuf::from("/home/ana/.config/credenza/settings.toml");
    // Independent of the environment that the tests run in.
    file.rows.iter_mut().for_each(|row| row.variable = None);
    if let Some((problem, _)) = &mut file.fault {
        "settings.toml cannot be read.".clone_into(&mut problem.what);
    }
    let mut stage = settings_reading(theme);
    stage.ends(Ok(Outcome::Settings(Box::new(file))));
    stage
}

pub(super) fn settings(theme: Theme) -> Stage {
    settings_of(theme, "# Mine.\nlock_after = \"2h\"\nproxy = \"http://ann:secret@proxy.acme.example:3128\"\n")
}

pub(super) fn settings_words(theme: Theme) -> Stage {
    staged(settings(theme), "enter")
}

pub(super) fn settings_text(theme: Theme) -> Stage {
    staged(settings(theme), "down down down enter")
}

pub(super) fn settings_refused(theme: Theme) -> Stage {
    let mut stage = settings_text(theme);
    stage.keys("ctrl-u").typed("soon").keys("enter");
    stage
}

pub(super) fn settings_unknown_key(theme: Theme) -> Stage {
    staged(settings_of(theme, "mouse = false\nlock_aftr = \"2h\"\n"), "down down")
}

pub(super) fn settings_broken(theme: Theme) -> Stage {
    settings_of(theme, "mouse = false\nlock_after = soon\n")
}

pub(super) fn catalog(theme: Theme) -> Stage {
    visited(theme, Route::Catalog)
}

pub(super) fn catalog_query(theme: Theme) -> Stage {
    let mut stage = catalog(theme);
    stage.typed("manageengine");
    stage
}

pub(super) fn catalog_none(theme: Theme) -> Stage {
    let mut stage = catalog(theme);
    stage.typed("qqqqqqqqqqqq");
    stage
}

pub(super) fn catalog_entry(theme: Theme) -> Stage {
    visited(theme, Route::CatalogEntry { provider: "manageengine".to_owned() })
}

pub(super) fn catalog_files_reading(theme: Theme) -> Stage {
    staged(catalog(theme), "ctrl-o")
}

fn own_files(theme: Theme, files: Vec<UserFile>) -> Stage {
    let folder = PathBuf::from("/home/ana/.config/credenza/catalog");
    let mut stage = catalog_files_reading(theme);
    stage.ends(Ok(Outcome::CatalogFiles(Box::new(CatalogFiles { folder, files, problems: Vec::new() }))));
    stage
}

pub(super) fn catalog_files(theme: Theme) -> Stage {
    let file = |name: &str, content, is_in_use| UserFile {
        path: PathBuf::from("/home/ana/.config/credenza/catalog").join(name),
        content,
        is_in_use,
    };
    let entry = |id: &str, name: &str| UserEntry { id: id.to_owned(), name: name.to_owned(), notes: Vec::new() };
    let errors = ["line 3, column 1: unknown key nme; did you mean name?", "line 9, column 12: the URL is not https"];
    let files = vec![
        file("acme.toml", Err(errors.map(str::to_owned).to_vec()), false),
        file("tickets.toml", Ok(entry("acme-tickets", "ACME Tickets")), true),
        file("wiki.toml", Ok(entry("acme-wiki", "ACME Wiki")), false),
    ];
    own_files(theme, files)
}

pub(super) fn catalog_files_none(theme: Theme) -> Stage {
    own_files(theme, Vec::new())
}

const KEY: &str = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";

fn host(name: &str, days: i64) -> Host {
    let since = super::stage::now() - jiff::SignedDuration::from_hours(24 * days);
    Host { name: name.to_owned(), recipient: KEY.to_owned(), since: Some(since) }
}

pub(super) fn hosts(theme: Theme) -> Stage {
    let mut stage = visited(theme, Route::Hosts);
    stage.hosts(vec![host("ci runner", 40), host("backup.acme.example", 3)]);
    stage
}

pub(super) fn hosts_none(theme: Theme) -> Stage {
    visited(theme, Route::Hosts)
}

pub(super) fn host_add(theme: Theme) -> Stage {
    let mut stage = staged(hosts(theme), "+");
    stage.typed("build 7").keys("enter").typed("~/build7.key");
    stage
}

pub(super) fn host_add_failed(theme: Theme) -> Stage {
    staged(hosts(theme), "+ enter enter")
}

pub(super) fn host_added(theme: Theme) -> Stage {
    let mut stage = Stage::full(theme);
    stage.visit(Route::AddHost);
    let key_file = PathBuf::from("/home/ana/build7.key");
    let note = Some("The name looks like \"bui1d 7\".".to_owned());
    stage.leaves_edits = true;
    stage.typed("build 7").keys("enter").typed("/home/ana/build7.key").keys("enter");
    stage.ends(Ok(Outcome::HostAdded(Box::new(AddedHost { host: host("build 7", 0), key_file, note }))));
    stage
}

pub(super) fn host_remove(theme: Theme) -> Stage {
    staged(hosts(theme), "d")
}

pub(super) fn host_remove_failed(theme: Theme) -> Stage {
    let mut stage = host_remove(theme);
    stage.typed("wrong").keys("enter");
    stage.ends(Err(Problem::new(Kind::Locked, "Wrong passphrase.").try_this("Type it again.")));
    stage
}
