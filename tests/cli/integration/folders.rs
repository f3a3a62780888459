//! Output locations that are refused: symbolic links, and files or folders of the wrong type.

use std::fs;
use std::os::unix::fs::symlink;

use super::{Desk, names, problem};

#[test]
fn nothing_is_written_through_a_link_in_the_place_of_the_folder() {
    let desk = Desk::new();
    desk.add("CMDB", &["ec-computers"]);
    let (folder, elsewhere) = (desk.folder("CMDB"), desk.folder("elsewhere"));
    fs::create_dir(&elsewhere).unwrap();
    symlink(&elsewhere, &folder).unwrap();
    let ran = desk.run(&["sync", "CMDB", "--json"]).ends(8);
    assert!(problem(&ran)["what"].as_str().unwrap().contains("symbolic link"), "{ran:?}");
    assert!(names(&elsewhere).is_empty());
    assert_eq!(desk.pages(), 0, "a folder that cannot be written to costs no call");
    // The same for a dangling link: creating its target would mean writing through the link.
    fs::remove_file(&folder).unwrap();
    symlink(desk.folder("nowhere"), &folder).unwrap();
    desk.run(&["sync", "CMDB"]).ends(8);
    assert!(!std::path::Path::new(&desk.folder("nowhere")).exists());
}

#[test]
fn nothing_is_written_through_a_link_in_the_place_of_the_file() {
    let desk = Desk::new();
    desk.add("CMDB", &["ec-computers"]);
    let (folder, target) = (desk.folder("CMDB"), desk.folder("target"));
    fs::create_dir(&folder).unwrap();
    fs::write(&target, "precious").unwrap();
    let file = format!("{folder}/ec-computers.ndjson");
    symlink(&target, &file).unwrap();
    let ran = desk.run(&["sync", "CMDB", "--json"]).ends(8);
    assert!(problem(&ran)["what"].as_str().unwrap().contains("is not a regular file"), "{ran:?}");
    assert_eq!(fs::read_to_string(&target).unwrap(), "precious");
    assert!(fs::symlink_metadata(&file).unwrap().is_symlink());
    assert_eq!(names(&folder), ["ec-computers.ndjson"], "nothing half-written is left");
    // The same with a folder instead of the file, and with a link in place of the temporary file.
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    desk.run(&["sync", "CMDB"]).ends(8);
    fs::remove_dir(&file).unwrap();
    symlink(&target, format!("{folder}/.new-ec-computers.ndjson")).unwrap();
    let pages = desk.pages();
    desk.run(&["sync", "CMDB"]).ends(0);
    assert_eq!(fs::read_to_string(&target).unwrap(), "precious");
    assert_eq!(names(&folder), ["ec-computers.ndjson"]);
    assert_eq!(desk.pages(), pages, "what was read before is only written out");
}

#[test]
fn a_file_in_the_place_of_the_folder_is_told_and_left_alone() {
    let desk = Desk::new();
    desk.add("CMDB", &["ec-computers"]);
    fs::write(desk.folder("CMDB"), "mine").unwrap();
    let ran = desk.run(&["sync", "CMDB", "--json"]).ends(7);
    assert_eq!(problem(&ran)["kind"], "storage");
    assert_eq!(fs::read_to_string(desk.folder("CMDB")).unwrap(), "mine");
    assert_eq!(desk.pages(), 0);
    assert_eq!(ran.json()["problem"]["kind"], "storage", "the history has it");
}

#[test]
fn state_of_the_runs_is_reached_through_no_link_either() {
    let desk = Desk::new();
    desk.add("CMDB", &["ec-computers"]);
    desk.run(&["sync", "CMDB"]).ends(0);
    let target = desk.folder("target");
    fs::write(&target, "precious").unwrap();
    let part = desk.runs("CMDB").join("ec-computers.part");
    fs::remove_file(&part).unwrap();
    symlink(&target, &part).unwrap();
    desk.run(&["sync", "CMDB"]).ends(7);
    assert_eq!(fs::read_to_string(&target).unwrap(), "precious");
}
