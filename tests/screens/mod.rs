//! Every screen and dialog as golden text: the scenes in `WHOLE` as whole frames at two sizes, all others as the region
//! that they are about.
//!
//! `CREDENZA_BLESS=1 cargo test screens` rewrites them; review every change.

mod audit_scenes;
mod behavior;
mod deadline_scenes;
mod detail_scenes;
mod form_scenes;
mod glyphs;
mod gone;
mod integration_behavior;
mod integration_scenes;
mod integration_seed;
mod key_scenes;
mod region;
mod run_behavior;
mod run_records;
mod run_scenes;
mod scenes;
mod seed;
mod selection_scenes;
mod sizes;
mod stage;
mod table_behavior;
mod table_scenes;
mod team_entry_scenes;
mod team_log_scenes;
mod team_scenes;
mod themes;
mod tool_behavior;
mod tool_scenes;
mod transfer_behavior;
mod transfer_scenes;
mod undo_behavior;
mod undo_scenes;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

pub(crate) use stage::Stage;

const SIZES: [(u16, u16); 2] = [(80, 24), (120, 40)];

/// The scenes with whole frames: one of each kind of page, and one dialog on top of each kind.
const WHOLE: [&str; 16] = [
    "welcome",
    "unlock",
    "menu",
    "credentials",
    "credentials_empty",
    "selected_rows",
    "add_query",
    "form_authorization",
    "waiting",
    "details",
    "delete_asks",
    "palette",
    "audit_log",
    "integrations",
    "integration_details_failing",
    "sync_running",
];

/// Compares a scene with its golden frames or region, or writes them.
fn golden(name: &str, stage: &mut Stage) {
    if WHOLE.contains(&name) {
        for (width, height) in SIZES {
            stage.resize(width, height);
            compare(&format!("frames/{name}-{width}x{height}"), &stage.frame());
        }
    } else {
        compare(&format!("regions/{name}"), &region::region(&stage.resize(80, 24).frame()));
    }
}

fn compare(name: &str, frame: &str) {
    let file = folder().join(format!("{name}.txt"));
    if std::env::var_os("CREDENZA_BLESS").is_some_and(|bless| bless == "1") {
        return std::fs::write(&file, frame).unwrap();
    }
    let wanted = std::fs::read_to_string(&file).unwrap_or_else(|_| {
        panic!("{name} has no golden frame yet. If this is right, write it with `just frames`:\n{frame}")
    });
    assert!(
        wanted == frame,
        "{name} changed. If you meant each change, accept it with `just frames`:\n{}",
        diff(&wanted, frame)
    );
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/screens")
}

/// The differences of two frames, row by row; `-` marks the golden rows, `+` the actual ones.
fn diff(wanted: &str, frame: &str) -> String {
    let (mut was, mut is) = (wanted.lines(), frame.lines());
    let mut text = String::new();
    loop {
        match (was.next(), is.next()) {
            (None, None) => return text,
            (was, is) if was == is => writeln!(text, "  {}", is.unwrap_or_default()).unwrap(),
            (was, is) => {
                let sides =
                    was.map(|line| format!("- {line}\n")).into_iter().chain(is.map(|line| format!("+ {line}\n")));
                text.extend(sides);
            }
        }
    }
}

#[test]
fn every_golden_file_belongs_to_a_scene() {
    let files = |kind: &str| {
        let entries = std::fs::read_dir(folder().join(kind)).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect::<Vec<_>>()
    };
    let is_scene = |name: &str| scenes::SCENES.iter().any(|(known, _)| *known == name);
    for file in files("frames") {
        let scene = file.rsplit_once('-').unwrap().0;
        let is_known = WHOLE.contains(&scene) || scene.strip_suffix("-ascii").is_some_and(is_scene);
        assert!(is_known, "frames/{file} has no scene: delete it, or add its scene to `WHOLE`");
    }
    for file in files("regions") {
        let scene = file.strip_suffix(".txt").unwrap();
        let is_known = is_scene(scene) && !WHOLE.contains(&scene);
        assert!(
            is_known,
            "regions/{file} has no scene: delete it, or add its scene to `scenes!` in tests/screens/scenes.rs"
        );
    }
    assert!(WHOLE.iter().all(|name| is_scene(name)));
}

#[test]
fn a_difference_is_shown_row_by_row() {
    assert_eq!(diff("a\nb\n", "a\nc\n"), "  a\n- b\n+ c\n");
}
