//! The user's own catalog files: they add and override entries, and a bad file does not affect the others.

use std::path::Path;

use credenza::catalog::{Catalog, Origin, Source};
use credenza::problem::{Kind, NextStep, Problem};
use tempfile::TempDir;

use super::variables;

fn text(id: &str) -> String {
    format!(
        "schema = 1\nid = \"{id}\"\nname = \"Own {id}\"\ncategory = \"own\"\nverification = \"unverified\"\n[auth]\n\
         kind = \"oauth2-code\"\nauthorize_url = \"https://own.example/a\"\ntoken_url = \"https://own.example/t\"\n"
    )
}

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = crate::scratch::folder();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn load(folder: &Path) -> (Catalog, Vec<Problem>) {
    Catalog::load(folder, Origin::Internet)
}

#[test]
fn a_file_of_the_users_adds_a_provider() {
    let folder = folder(&[("own.toml", &text("own")), ("notes.txt", "no"), (".hidden.toml", "no"), ("x.toml~", "no")]);
    let (catalog, problems) = load(folder.path());
    assert_eq!(problems, []);
    assert_eq!(catalog.by_id("own").unwrap().source, Source::User(folder.path().join("own.toml")));
    assert_eq!(catalog.search("own own")[0].provider.id, "own");
    assert!(catalog.by_id("manageengine").is_some());
}

#[test]
fn cf_06_an_override_is_shown_as_custom() {
    let evil = text("manageengine").replace("own.example/t", "evil.example/t");
    let folder = folder(&[("zoho.toml", &evil)]);
    let (catalog, problems) = load(folder.path());
    assert_eq!(problems, []);
    let provider = catalog.by_id("manageengine").unwrap();
    assert!(provider.source_label().starts_with("custom ("), "{}", provider.source_label());
    assert!(provider.facts().iter().any(|(label, value)| label == "File" && value.starts_with("custom (")));
    assert_eq!(catalog.iter().filter(|provider| provider.id == "manageengine").count(), 1);
    // These differ from the endpoints that existing credentials have pinned, so the change is noticed and the user is
    // asked.
    let shipped = super::provider("manageengine").endpoints(&variables(&[]), &Origin::Internet).unwrap();
    assert_ne!(provider.endpoints(&variables(&[]), &Origin::Internet).unwrap(), shipped);
}

#[test]
fn cf_05_a_bad_file_is_named_with_line_and_column_and_the_others_load() {
    let unknown = text("one").replace("category", "catgory = 1\ncategory");
    let future = text("two").replace("schema = 1", "schema = 99");
    let folder =
        folder(&[("a.toml", &unknown), ("b.toml", &future), ("c.toml", &text("three")), ("d.toml", "\u{feff}x")]);
    let (catalog, problems) = load(folder.path());
    let whats: Vec<&str> = problems.iter().map(|problem| problem.what.as_str()).collect();
    assert_eq!(problems.len(), 3, "{whats:#?}");
    assert!(whats[0].ends_with("a.toml:4:1: unknown key catgory; did you mean category?."), "{}", whats[0]);
    assert!(whats[1].contains("b.toml:1:10: schema 99 is not supported"), "{}", whats[1]);
    let bad = folder.path().join("a.toml").display().to_string();
    assert_eq!(problems[0].step.as_deref(), Some(&NextStep::CheckCatalogFile { path: bad }));
    assert!(catalog.by_id("three").is_some() && catalog.by_id("one").is_none() && catalog.by_id("two").is_none());
    assert!(catalog.by_id("manageengine").is_some());
}

#[test]
fn two_files_with_one_id_are_a_problem_and_the_first_counts() {
    let folder = folder(&[("a.toml", &text("own")), ("b.toml", &text("own"))]);
    let (catalog, problems) = load(folder.path());
    assert!(problems[0].why.contains("a.toml"), "{}", problems[0]);
    assert_eq!(catalog.by_id("own").unwrap().source, Source::User(folder.path().join("a.toml")));
}

#[test]
fn no_folder_is_no_problem_and_a_file_in_its_place_is_one() {
    let folder = folder(&[("file", "")]);
    assert_eq!(load(&folder.path().join("none")).1, []);
    assert_eq!(load(&folder.path().join("file")).1.len(), 1);
}

#[test]
fn a_large_or_binary_file_is_refused_before_it_is_parsed() {
    let folder = folder(&[("big.toml", ""), ("binary.toml", "")]);
    std::fs::File::options().write(true).open(folder.path().join("big.toml")).unwrap().set_len(1 << 40).unwrap();
    std::fs::write(folder.path().join("binary.toml"), b"a\n\xff\xfe").unwrap();
    let (_, problems) = load(folder.path());
    assert!(problems[0].why.contains("the limit for a catalog file is 262144"), "{}", problems[0]);
    assert_eq!(problems[1].why, "Line 2 is not UTF-8.");
}

#[cfg(unix)]
#[test]
fn cf_04_pipes_devices_and_folders_are_not_read_or_waited_for() {
    let folder = folder(&[("good.toml", &text("good"))]);
    std::os::unix::fs::symlink("/dev/zero", folder.path().join("zero.toml")).unwrap();
    std::os::unix::fs::symlink("nowhere", folder.path().join("dangling.toml")).unwrap();
    std::fs::create_dir(folder.path().join("folder.toml")).unwrap();
    let pipe = folder.path().join("pipe.toml");
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, rustix::fs::Mode::RWXU, 0).unwrap();
    std::os::unix::fs::symlink("pipe.toml", folder.path().join("to-pipe.toml")).unwrap();
    std::os::unix::fs::symlink("circle.toml", folder.path().join("circle.toml")).unwrap();
    let (catalog, problems) = load(folder.path());
    assert_eq!(problems.len(), 6, "{problems:#?}");
    assert!(catalog.by_id("good").is_some());
}

#[cfg(unix)]
#[test]
fn a_linked_file_is_read_where_its_target_is_guarded() {
    use std::os::unix::fs::PermissionsExt as _;
    let outside = crate::scratch::folder();
    let target = outside.path().join("x.toml");
    std::fs::write(&target, text("linked")).unwrap();
    std::os::unix::fs::symlink(&target, outside.path().join("step")).unwrap();
    for to in [target.clone(), outside.path().join("step")] {
        let folder = folder(&[]);
        std::os::unix::fs::symlink(&to, folder.path().join("link.toml")).unwrap();
        let is_there = || load(folder.path()).0.by_id("linked").is_some();
        assert!(is_there());
        let mode = |path: &std::path::Path, mode| {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        };
        mode(&target, 0o666);
        assert!(!is_there(), "all may write the file");
        mode(&target, 0o644);
        mode(outside.path(), 0o777);
        assert!(!is_there(), "all may replace the file");
        mode(outside.path(), 0o1777);
        assert!(is_there(), "nobody but its owner may replace the file");
        mode(outside.path(), 0o700);
    }
}

#[cfg(unix)]
#[test]
fn cf_09_a_file_all_may_write_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = folder(&[("own.toml", &text("own"))]);
    std::fs::set_permissions(folder.path().join("own.toml"), std::fs::Permissions::from_mode(0o666)).unwrap();
    let (catalog, problems) = load(folder.path());
    assert_eq!(problems[0].kind, Kind::Refused);
    assert!(catalog.by_id("own").is_none());
}

#[cfg(unix)]
#[test]
fn cf_09_a_folder_all_may_write_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = folder(&[("own.toml", &text("own"))]);
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
    let (catalog, problems) = load(folder.path());
    assert_eq!((problems.len(), problems[0].kind), (1, Kind::Refused));
    assert!(catalog.by_id("own").is_none() && catalog.by_id("manageengine").is_some());
}

#[test]
fn more_than_a_thousand_files_are_not_read() {
    let folder = crate::scratch::folder();
    for n in 0..1_001 {
        std::fs::write(folder.path().join(format!("{n}.toml")), "schema = 9").unwrap();
    }
    let (_, problems) = load(folder.path());
    assert_eq!(problems.len(), 1_001);
    assert!(problems[0].why.contains("more than 1000"), "{}", problems[0]);
}

#[test]
fn one_named_file_is_checked_with_the_same_caution() {
    let folder = folder(&[("good.toml", &text("good")), ("bad.toml", "schema = 1\nid = 7\n")]);
    assert_eq!(Catalog::check_file(&folder.path().join("good.toml")).unwrap().unwrap().provider.id, "good");
    let defects = Catalog::check_file(&folder.path().join("bad.toml")).unwrap().unwrap_err();
    assert_eq!((defects[0].line, defects[0].column), (2, 6));
    assert_eq!(Catalog::check_file(&folder.path().join("none.toml")).unwrap_err().kind, Kind::Usage);
}
