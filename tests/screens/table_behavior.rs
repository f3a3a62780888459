//! Tables: filter words, order, and what stays when the vault changes or a page is opened.

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

/// The names of the rows from the top, each by its first word.
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
    // The keys are the table's, not the filter's.
    stage.keys("r");
    assert!(stage.frame().contains("Was"), "{}", stage.frame());
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
    // Arrows and enter choose as letters do; esc changes nothing.
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
