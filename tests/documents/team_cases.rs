//! The table of cases of a team's vault (`tests/team/mod.rs`) names existing tests for each case.

use std::fs;

use super::repository;

/// The case number of each row, and the tests or files that it names.
fn rows() -> Vec<(usize, Vec<String>)> {
    let text = fs::read_to_string(repository().join("tests/team/mod.rs")).unwrap();
    let cells =
        text.lines().filter_map(|line| line.strip_prefix("//! | ")).map(|row| row.split(" | ").collect::<Vec<_>>());
    let row = |cells: Vec<&str>| {
        let places = cells.get(2)?.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        Some((cells[0].parse().ok()?, places))
    };
    cells.filter_map(row).collect()
}

/// Whether the test or file exists.
fn is_there(place: &str) -> bool {
    let Some((module, test)) = place.rsplit_once("::") else { return repository().join(place).is_file() };
    let file = repository().join(format!("tests/{}.rs", module.replace("::", "/")));
    let source = fs::read_to_string(&file).unwrap_or_default();
    source.contains(&format!("fn {test}("))
}

#[test]
fn each_case_of_a_team_is_held_by_tests_that_there_are() {
    let rows = rows();
    assert_eq!(rows.iter().map(|(case, _)| *case).collect::<Vec<_>>(), (1..=30).collect::<Vec<_>>());
    for (case, places) in rows {
        assert!(!places.is_empty(), "case {case}");
        for place in places {
            assert!(is_there(&place), "case {case}: {place}");
        }
    }
}
