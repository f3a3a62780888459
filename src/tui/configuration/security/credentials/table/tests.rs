//! Tests the table by its inputs and its cells.

use super::super::fixture::Fixture;
use super::*;
use crate::tui::input::Edit;
use crate::tui::route::Route;
use crate::tui::widgets::fuzzy::FuzzyWords;

/// The table after `prepare`, which the app calls after each message.
fn prepared(fixture: &Fixture) -> Table {
    let mut table = Table::default();
    table.prepare(&fixture.cx());
    table
}

#[test]
fn keys_act_on_the_selected_credential_by_its_id() {
    let fixture = Fixture::new();
    let cx = fixture.cx();
    let mut table = prepared(&fixture);
    table.update(&cx, Input::Do(Action::Down));
    let named = |credential: &&std::sync::Arc<Credential>| credential.name.as_str() == "Jamf Pro school devices";
    let id = cx.snapshot.credentials.list.iter().find(named).unwrap().id;
    for (action, route) in [
        (Action::Accept, Route::Details(id)),
        (Action::Authenticate, Route::Authenticate(id)),
        (Action::Rename, Route::RenameCredential(id)),
        (Action::Edit, Route::EditCredential(id)),
        (Action::Duplicate, Route::DuplicateCredential(id)),
        (Action::Delete, Route::DeleteCredential { id, on_page: false }),
    ] {
        let effects = table.update(&cx, Input::Do(action));
        assert!(matches!(effects.as_slice(), [Effect::Open(opened)] if *opened == route), "{action:?}");
    }
}

#[test]
fn the_filter_narrows_marks_and_is_cleared_before_leaving() {
    let fixture = Fixture::new();
    let cx = fixture.cx();
    let mut table = prepared(&fixture);
    table.update(&cx, Input::Do(Action::Filter));
    for c in "okta".chars() {
        table.update(&cx, Input::Text(c));
    }
    assert_eq!(table.current(&cx).unwrap().name.as_str(), "Okta directory");
    assert_eq!(FuzzyWords::new(table.rows.words()).marks("Okta directory"), [0, 1, 2, 3]);
    assert!(table.update(&cx, Input::Do(Action::Back)).is_empty(), "the first esc clears");
    assert_eq!(table.current(&cx).unwrap().name.as_str(), "Okta directory", "the selection stays");
    assert!(matches!(table.update(&cx, Input::Do(Action::Back)).as_slice(), [Effect::Back]));
    table.update(&cx, Input::Do(Action::Filter));
    table.update(&cx, Input::Text('z'));
    table.update(&cx, Input::Text('~'));
    assert!(table.current(&cx).is_none());
    assert!(table.refusal(&cx, Action::Accept).is_some());
    table.update(&cx, Input::Edit(Edit::Clear));
    assert_eq!(table.rows.shown(), cx.snapshot.credentials.list.len());
}

#[test]
fn frames_show_glyph_word_and_what_needs_a_person() {
    let fixture = Fixture::new();
    let table = prepared(&fixture);
    let frame = fixture.draw(&table, 80, 22);
    for text in [
        "5 of 5",
        "NAME",
        "INTEGRATION",
        "STATUS",
        "● Authenticated",
        "▲ Needs re-auth",
        "✗ Revoked",
        "needs attention",
    ] {
        assert!(frame.contains(text), "{text}\n{frame}");
    }
    let wide = fixture.draw(&table, 120, 38);
    assert!(wide.contains("Client ID"), "{wide}");
    let narrow = fixture.draw(&table, 34, 6);
    assert!(narrow.contains("> ● ") && !narrow.contains("STATUS"), "{narrow}");
    assert!(Fixture::empty().draw(&Table::default(), 80, 22).contains("Press + to add the first one."));
}

#[test]
fn tt_02_every_size_draws() {
    let fixture = Fixture::new();
    fixture.draw_every_size(&prepared(&fixture));
}
