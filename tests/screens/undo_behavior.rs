//! No single key loses anything: which deletions and undo steps ask first, and what is restored where.

use credenza::engine::ops::credentials;
use credenza::model::change::Change;
use credenza::model::credential::ProvenBy;
use credenza::tui::keymap::Press;
use credenza::tui::message::Message;
use credenza::tui::theme::Theme;
use crossterm::event::KeyCode;
use jiff::SignedDuration;

use super::Stage;

fn stage() -> Stage {
    Stage::full(Theme::colored(false))
}

fn names(stage: &Stage) -> Vec<String> {
    let mut names = Vec::new();
    stage.meanwhile(|session| {
        let snapshot = credentials::snapshot(session).unwrap();
        names = snapshot.credentials.list.iter().map(|one| one.name.to_string()).collect();
    });
    names
}

#[test]
fn d_asks_and_only_y_deletes() {
    let mut stage = stage();
    let before = names(&stage);
    for no in ["n", "esc", "enter", "d", "x", "n"] {
        stage.keys("d");
        let frame = stage.frame();
        assert!(frame.contains("Delete the credential \"ManageEngine Computers Asset Load\"?"), "{frame}");
        assert!(frame.contains("Its tokens are deleted with it."), "{frame}");
        stage.keys(no);
        assert_eq!(names(&stage), before, "{no}");
        if stage.frame().contains("Delete credential") {
            stage.keys("esc");
        }
    }
    stage.keys("down d y");
    assert_eq!(names(&stage).len(), before.len() - 1);
    assert!(stage.frame().contains("Deleted \"ManageEngine MDM (EU)\". Press u to undo."), "{}", stage.frame());
    stage.keys("u");
    assert_eq!(names(&stage), before, "and it is where it was");
    // Redoing deletes tokens, so it asks as the deletion did.
    stage.keys("U");
    assert!(stage.frame().contains("Redo \"delete ManageEngine MDM (EU)\"?"), "{}", stage.frame());
    stage.keys("y");
    assert!(stage.frame().contains("Redid: delete") && names(&stage).len() == before.len() - 1, "{}", stage.frame());
}

#[test]
fn three_rows_deleted_from_the_middle_come_back_in_their_places() {
    let mut stage = stage();
    let before = names(&stage);
    stage.keys("down d y d y d y");
    assert_eq!(names(&stage).len(), before.len() - 3);
    stage.keys("u u u");
    assert_eq!(names(&stage), before);
}

#[test]
fn u_asks_before_it_undoes_what_another_session_did() {
    let mut stage = stage();
    let before = names(&stage);
    for _ in 0..16 {
        stage.keys("u");
        let frame = stage.frame();
        assert!(
            frame.contains("Undo \"add Zoom school meetings\"?") && frame.contains("in another session"),
            "{frame}"
        );
        stage.keys("enter");
    }
    assert_eq!(names(&stage), before, "sixteen presses and as many no");
    stage.keys("u y");
    assert!(stage.frame().contains("Undid: add Zoom school meetings"), "{}", stage.frame());
    assert_eq!(names(&stage).len(), before.len() - 1);
    stage.keys("U");
    assert_eq!(names(&stage), before, "what this session undid it redoes at once");
}

#[test]
fn u_undoes_at_once_what_this_session_did_unless_something_in_use_would_go() {
    let mut stage = stage();
    let before = names(&stage);
    stage.keys("D enter");
    assert_eq!(names(&stage).len(), before.len() + 1);
    stage.keys("esc u");
    assert_eq!(names(&stage), before, "a copy without tokens goes at once\n{}", stage.frame());
    stage.keys("U");
    assert_eq!(names(&stage).len(), before.len() + 1);
    // Another process tests it successfully: from then on, undoing its addition would lose something.
    let id = stage.app_credential("ManageEngine Computers Asset Load Updated");
    let proven = Change::Proven { id, by: ProvenBy::Test, host: None, tested: None };
    stage.elsewhere().commit(proven).unwrap();
    stage.refresh().keys("u");
    let frame = stage.frame();
    assert!(frame.contains("Undo \"add ManageEngine Computers Asset Load Updated\"?"), "{frame}");
    assert!(frame.contains("was tested and works") && !frame.contains("another session"), "{frame}");
    stage.keys("n");
    assert_eq!(names(&stage).len(), before.len() + 1);
}

#[test]
fn a_page_closes_with_its_credential_and_a_page_without_one_can_undo() {
    let mut stage = stage();
    let before = names(&stage);
    stage.keys("enter d y");
    assert!(stage.frame().contains("5 of 5"), "from the page one is back in the table\n{}", stage.frame());
    stage.keys("u up enter");
    let id = stage.app_credential("ManageEngine Computers");
    stage.elsewhere().commit(Change::Remove { id }).unwrap();
    stage.refresh();
    assert!(stage.frame().contains("This credential was deleted"), "{}", stage.frame());
    stage.keys("u");
    assert!(stage.frame().contains("in another session"), "{}", stage.frame());
    stage.keys("y");
    assert_eq!(names(&stage), before);
    assert!(stage.frame().contains("Integration"), "{}", stage.frame());
}

#[test]
fn where_there_is_nothing_to_undo_or_redo_the_key_says_so() {
    let mut stage = Stage::empty(Theme::colored(false));
    stage.keys("u");
    assert!(stage.frame().contains("There is nothing to undo."), "{}", stage.frame());
    stage.keys("U");
    assert!(stage.frame().contains("There is nothing to redo."), "{}", stage.frame());
}

/// Sends text whose characters arrive at once, as an unbracketed paste does.
fn burst(stage: &mut Stage, text: &str) {
    for c in text.chars() {
        let press = if c == '\r' { Press::plain(KeyCode::Enter) } else { Press::char(c) };
        stage.send(Message::Burst(press));
    }
}

#[test]
fn a_burst_of_characters_moves_at_most_and_is_text_where_text_is_taken() {
    let mut stage = stage();
    let before = names(&stage);
    burst(&mut stage, "dyu+rE/Daq\r");
    assert!(!stage.quit && names(&stage) == before && stage.frame().contains("6 of 6"), "{}", stage.frame());
    assert!(stage.frame().contains("Pasted text was ignored"), "{}", stage.frame());
    // A key immediately after a burst is part of it; a moment later, it is a key again.
    stage.keys("d");
    assert!(!stage.frame().contains("Delete credential"), "{}", stage.frame());
    stage.pass(SignedDuration::from_millis(60)).keys("d");
    assert!(stage.frame().contains("Delete credential"), "{}", stage.frame());
    burst(&mut stage, "yy");
    assert!(names(&stage) == before && stage.frame().contains("Delete credential"), "{}", stage.frame());
    stage.pass(SignedDuration::from_millis(60)).keys("n");
    burst(&mut stage, "jj");
    stage.pass(SignedDuration::from_millis(60)).keys("r");
    assert!(stage.frame().contains("Entra Reports"), "a key that is held down moves\n{}", stage.frame());
    stage.keys("ctrl-u");
    burst(&mut stage, "dyuq");
    assert!(stage.frame().contains("dyuq"), "{}", stage.frame());
}

#[test]
fn what_is_said_of_a_success_ends_with_its_screen() {
    let mut stage = stage();
    stage.keys("D enter esc");
    stage.keys("u");
    assert!(stage.frame().contains("Undid: add"), "{}", stage.frame());
    stage.keys("down");
    assert!(stage.frame().contains("Undid: add"), "{}", stage.frame());
    stage.keys("enter");
    assert!(!stage.frame().contains("Undid"), "{}", stage.frame());
}
