//! Every screen and dialog as golden text, at two sizes, and drawn at every size.
//!
//! `CREDENZA_BLESS=1 cargo test screens` writes the frames again; they change on purpose only.

mod audit_scenes;
mod behavior;
mod form_scenes;
mod glyphs;
mod integration_behavior;
mod integration_scenes;
mod integration_seed;
mod key_scenes;
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

/// The sizes that every scene has a frame for.
const SIZES: [(u16, u16); 2] = [(80, 24), (120, 40)];

/// Holds a scene against its frames, or writes them.
fn golden(name: &str, stage: &mut Stage) {
    for (width, height) in SIZES {
        stage.resize(width, height);
        compare(&format!("{name}-{width}x{height}"), &stage.frame());
    }
}

fn compare(name: &str, frame: &str) {
    let file = folder().join(format!("{name}.txt"));
    if std::env::var_os("CREDENZA_BLESS").is_some_and(|bless| bless == "1") {
        return std::fs::write(&file, frame).unwrap();
    }
    let wanted = std::fs::read_to_string(&file)
        .unwrap_or_else(|_| panic!("{name} has no frame yet: CREDENZA_BLESS=1 writes it\n{frame}"));
    assert!(wanted == frame, "{name} is drawn otherwise; CREDENZA_BLESS=1 accepts it\n{}", diff(&wanted, frame));
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/screens/frames")
}

/// Both frames row by row; `-` what was, `+` what is.
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
fn every_frame_belongs_to_a_scene() {
    let known: Vec<String> = scenes::SCENES.iter().map(|(name, _)| (*name).to_owned()).collect();
    for entry in std::fs::read_dir(folder()).unwrap() {
        let file = entry.unwrap().file_name().into_string().unwrap();
        let scene = file.rsplit_once('-').unwrap().0;
        let scene = scene.trim_end_matches("-ascii").trim_end_matches("-no-color");
        assert!(known.iter().any(|name| name == scene), "{file} is of no scene");
    }
}

#[test]
fn a_difference_is_shown_row_by_row() {
    assert_eq!(diff("a\nb\n", "a\nc\n"), "  a\n- b\n+ c\n");
}
