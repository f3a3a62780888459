//! Tables: filter, sort order, and what is kept when the vault changes or a page is opened.

use credenza::tui::theme::Theme;

use super::Stage;
use super::integration_scenes::integrations;

fn stage() -> Stage {
    Stage::full(Theme::colored(false))
}

fn row(stage: &Stage, text: &str) -> u16 {
    let at = stage.frame().lines().position(|line| line.contains(text));
    u16::try_from(at.unwrap_or_else(|| panic!("{text} is not on\n{}", stage.frame()))).unwrap()
}

fn column(stage: &Stage, text: &str) -> u16 {
    let frame = stage.frame();
    let line = frame.lines().find(|line| line.contains(text)).unwrap();
    u16::try_from(line.find(text).map(|at| line[..at].chars().count()).unwrap()).unwrap()
}

fn selected(stage: &Stage) -> String {
    stage.frame().lines().find(|line| line.contains("│ > ")).unwrap_or_default().to_owned()
}

/// The first words of the names in the table, from top to bottom.
fn order(stage: &Stage) -> Vec<String> {
    let frame = stage.frame();
    let rows = frame.lines().filter(|line| line.starts_with("│ > ") || line.starts_with("│   "));
    let names = rows.filter_map(|line| line.chars().skip(4).collect::<String>().split("  ").next().map(str::to_owned));
    names.filter(|name| !name.is_empty() && !name.starts_with("NAME")).collect()
}

#[test]
fn filter_words_narrow_together_and_leave_out() {
    for (typed, count) in [
        ("status:needs", "1 of 6"),
        ("status:auth", "2 of 6"),
        ("!manage", "4 of 6"),
        ("integration:manage !status:needs", "1 of 6"),
        ("tag:prod owner:it !okta", "5 of 6"),
        ("owner:\"it op\" !tag:prod", "0 of 6"),
        ("!status:auth !status:needs", "3 of 6"),
        ("owner:", "6 of 6"),
    ] {
        let mut stage = stage();
        stage.keys("/").typed(typed);
        assert!(stage.frame().contains(count), "{typed}\n{}", stage.frame());
        assert!(!stage.frame().contains("Did you mean"), "{typed}\n{}", stage.frame());
    }
}

#[test]
fn a_wrong_filter_word_is_said_with_the_nearest_right_one() {
    for (typed, said) in [
        ("onwer:it", "\"onwer:\" is not a filter word. Did you mean owner:?"),
        ("status:revokd", "Did you mean status:revoked?"),
        ("tag:prodution", "Did you mean tag:production?"),
    ] {
        let mut stage = stage();
        stage.keys("/").typed(typed);
        assert!(stage.frame().contains(said), "{typed}\n{}", stage.frame());
        stage.keys("esc");
        assert!(!stage.frame().contains("Did you mean"), "{}", stage.frame());
    }
}

#[test]
fn enter_keeps_the_filter_and_a_page_leaves_it() {
    let mut stage = stage();
    stage.keys("/").typed("okta").keys("enter");
    assert!(stage.frame().contains("/ okta") && stage.frame().contains("1 of 6"), "{}", stage.frame());
    stage.keys("enter");
    assert!(stage.frame().lines().next().unwrap().contains("> Okta directory"), "{}", stage.frame());
    stage.keys("esc");
    assert!(stage.frame().contains("/ okta") && stage.frame().contains("1 of 6"), "{}", stage.frame());
    // Keys act on the table again, not on the filter.
    stage.keys("r");
    assert!(stage.frame().contains("Current name"), "{}", stage.frame());
    stage.keys("esc esc");
    assert!(stage.frame().contains("6 of 6") && selected(&stage).contains("Okta"), "{}", stage.frame());
}

#[test]
fn the_menu_and_the_headings_sort_and_the_order_is_kept() {
    let mut stage = stage();
    let by_name = order(&stage);
    assert!(by_name.is_sorted() && by_name.len() == 6, "{by_name:?}");
    assert!(stage.frame().contains("NAME ↑"), "{}", stage.frame());
    let chosen = selected(&stage).chars().skip(4).take(20).collect::<String>();
    stage.keys("s");
    assert!(stage.frame().contains("Sort by"), "{}", stage.frame());
    stage.keys("n");
    assert!(stage.frame().contains("NAME ↓") && selected(&stage).contains(&chosen), "{}", stage.frame());
    assert_eq!(order(&stage), by_name.iter().rev().cloned().collect::<Vec<_>>());
    let (x, y) = (column(&stage, "STATUS"), row(&stage, "STATUS"));
    stage.click(x, y);
    assert!(stage.frame().contains("STATUS ↑") && stage.frame().contains("by status ↑"), "{}", stage.frame());
    assert!(order(&stage)[0].contains("MDM"), "what needs a person is first\n{}", stage.frame());
    stage.click(x, y);
    assert!(stage.frame().contains("STATUS ↓"), "{}", stage.frame());
    let before = order(&stage);
    stage.keys("esc enter");
    assert_eq!(order(&stage), before, "kept when the table is left\n{}", stage.frame());
    assert!(selected(&stage).contains(&chosen), "{}", stage.frame());
    // Arrow keys and enter choose as the letters do; esc changes nothing.
    stage.keys("s esc");
    assert_eq!(order(&stage), before);
    stage.keys("s up up enter");
    assert!(stage.frame().contains("NAME ↑"), "{}", stage.frame());
}

#[test]
fn what_is_due_first_is_in_the_menu_and_stays_with_a_filter() {
    let mut stage = stage();
    let chosen = selected(&stage).chars().skip(4).take(20).collect::<String>();
    stage.keys("s d");
    assert!(selected(&stage).contains(&chosen), "{}", stage.frame());
    assert!(stage.frame().contains("due first") && stage.frame().contains("NEXT ↑"), "{}", stage.frame());
    assert!(stage.frame().lines().nth(3).unwrap().contains("Needs re-authentication"), "{}", stage.frame());
    stage.keys("/").typed("manage");
    assert!(order(&stage)[0].contains("MDM"), "a chosen order stays in a filter\n{}", stage.frame());
    stage.keys("esc");
    assert!(stage.frame().contains("NEXT ↑"), "a filter that goes leaves the order\n{}", stage.frame());
    stage.keys("s n");
    assert!(stage.frame().contains("INTEGRATION"), "{}", stage.frame());
}

#[test]
fn a_change_elsewhere_keeps_filter_and_selection_by_id() {
    use credenza::model::change::Change;
    let mut stage = stage();
    stage.keys("/").typed("o").keys("enter down");
    let chosen = selected(&stage);
    let other = stage.app_credential("Okta");
    let id = if chosen.contains("Okta") { stage.app_credential("Zoom") } else { other };
    let before = order(&stage).len();
    stage.elsewhere().commit(Change::Remove { id }).unwrap();
    stage.refresh();
    assert_eq!(order(&stage).len(), before - 1, "{}", stage.frame());
    assert_eq!(selected(&stage), chosen, "{}", stage.frame());
    assert!(stage.frame().contains("/ o"), "{}", stage.frame());
}

#[test]
fn integrations_are_filtered_and_sorted_alike() {
    for (typed, count) in [
        ("status:fail", "1 of 6"),
        ("!status:active integration:manage", "1 of 6"),
        ("credential:manageengine", "2 of 6"),
        ("tag:cmdb", "5 of 6"),
    ] {
        let mut stage = integrations(Theme::colored(false));
        stage.keys("/").typed(typed).keys("enter");
        assert!(stage.frame().contains(count), "{typed}\n{}", stage.frame());
    }
    let mut stage = integrations(Theme::colored(false));
    assert!(order(&stage).is_sorted(), "{}", stage.frame());
    stage.keys("O s");
    assert!(stage.frame().contains("by status ↑") && order(&stage)[0].contains("MDM"), "{}", stage.frame());
    let (x, y) = (column(&stage, "NAME"), row(&stage, "NAME"));
    stage.click(x, y);
    assert!(stage.frame().contains("NAME ↑"), "{}", stage.frame());
    stage.keys("/").typed("sttaus:x");
    assert!(stage.frame().contains("Did you mean status:?"), "{}", stage.frame());
}

/// The first line that contains this text.
fn line(stage: &Stage, text: &str) -> String {
    stage.frame().lines().find(|line| line.contains(text)).unwrap_or_default().to_owned()
}

#[test]
fn a_wide_screen_shows_more_columns_and_stretches_nothing() {
    let mut stage = stage();
    stage.resize(200, 50);
    let heading = line(&stage, "NAME ↑");
    for column in ["INTEGRATION", "STATUS", "OWNER", "TAGS", "EXPIRES"] {
        assert!(heading.contains(column), "{heading}");
    }
    let row = line(&stage, "Entra Reports");
    let cells = row.trim_start_matches('│').split('│').next().unwrap().trim_end();
    let widest = cells.split(|c: char| c != ' ').map(str::len).max().unwrap();
    assert!(widest < 36, "{widest} blanks side by side\n{row}");
    for width in 60..200 {
        stage.resize(width, 24);
        let heading = line(&stage, "NAME ↑");
        assert!(!heading.contains("INTEGRATIONSTATUS"), "{width}: {heading}");
    }
}

#[test]
fn what_is_selected_is_counted_and_acted_on_and_esc_clears_it_first() {
    let mut stage = stage();
    stage.keys("space space");
    assert!(stage.frame().contains("2 selected") && stage.frame().contains("✓ ManageEngine"), "{}", stage.frame());
    stage.keys("/").typed("okta").keys("enter");
    assert!(stage.frame().contains("2 selected (2 hidden)"), "{}", stage.frame());
    stage.keys("esc");
    assert!(!stage.frame().contains("selected") && stage.frame().contains("/ okta"), "{}", stage.frame());
    stage.keys("esc *");
    assert!(stage.frame().contains("6 selected"), "{}", stage.frame());
    stage.keys("d y");
    assert!(stage.frame().contains("Deleted 6 credentials") && stage.frame().contains("0 of 0"), "{}", stage.frame());
    stage.keys("u");
    assert!(stage.frame().contains("6 of 6"), "{}", stage.frame());
}

#[test]
fn integrations_are_paused_together_and_resumed_only_if_all_are_paused() {
    let mut stage = integrations(Theme::colored(false));
    stage.keys("* p");
    assert!(stage.frame().contains("Paused 6 integrations. u undoes it."), "{}", stage.frame());
    assert_eq!(stage.frame().matches("‖ Paused").count(), 4, "one runs, one has no credential\n{}", stage.frame());
    stage.keys("p");
    assert!(stage.frame().contains("Resumed 6 integrations."), "{}", stage.frame());
    stage.keys("u u");
    assert_eq!(stage.frame().matches("‖ Paused").count(), 1, "{}", stage.frame());
}

#[test]
fn a_copy_is_selected_in_the_table_and_n_goes_through_the_matches_of_the_last_filter() {
    let mut stage = stage();
    stage.keys("D ctrl-u").typed("Zz copy").keys("enter esc");
    assert!(selected(&stage).contains("Zz copy"), "{}", stage.frame());
    stage.keys("/").typed("manage").keys("enter esc n");
    assert!(selected(&stage).contains("ManageEngine MDM"), "{}", stage.frame());
    stage.keys("n");
    assert!(selected(&stage).contains("Zz copy"), "it matches by its integration: {}", stage.frame());
    stage.keys("n");
    assert!(selected(&stage).contains("ManageEngine Comp"), "around the end: {}", stage.frame());
    stage.keys("N");
    assert!(selected(&stage).contains("Zz copy"), "and back: {}", stage.frame());
}

#[test]
fn the_position_and_a_bar_are_in_the_frame_where_rows_do_not_fit() {
    use super::seed;
    let list = (0..60).map(|number| seed::with(&format!("Row {number:02}"), "okta", number)).collect();
    let mut stage = Stage::open(Theme::colored(false), list);
    assert!(stage.frame().contains(" 1/60 ─╯") && stage.frame().contains('█'), "{}", stage.frame());
    stage.keys("end");
    assert!(stage.frame().contains(" 60/60 ─╯"), "{}", stage.frame());
    stage.keys("ctrl-u");
    assert!(stage.frame().contains(" 52/60 ─╯"), "{}", stage.frame());
    stage.keys("ctrl-d ctrl-b ctrl-f");
    assert!(stage.frame().contains(" 60/60 ─╯"), "{}", stage.frame());
}
