//! Every link between pages leads to an existing file and heading, and every page can be reached.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};

use regex_lite::Regex;

use super::{Page, pages, repository};

/// Pages outside of `docs/` whose links are checked, too, because other pages link to them.
const BESIDE: [&str; 2] = ["CHANGELOG.md", "assets/catalog/README.md"];

fn linked_pages() -> Vec<Page> {
    pages().into_iter().chain(BESIDE.map(|path| Page::read(path.into()))).collect()
}

/// The links in a page that lead to files.
fn links(page: &Page) -> Vec<String> {
    let link = Regex::new(r"\]\(([^)\s]+)\)").unwrap();
    let spans = Regex::new("`[^`]*`").unwrap();
    let prose = page.prose();
    let prose = spans.replace_all(&prose, "code");
    let all = link.captures_iter(&prose).map(|found| found[1].to_owned());
    all.filter(|link| !link.contains("://") && !link.starts_with("mailto:")).collect()
}

/// The anchors of a page's headings, as GitHub and mdBook generate them.
fn anchors(page: &Page) -> Vec<String> {
    let (mut seen, mut anchors) = (HashMap::<String, usize>::new(), Vec::new());
    for heading in page.prose().lines().filter_map(|line| line.strip_prefix('#')) {
        let heading = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = heading.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        let anchor: String = kept.map(|c| if c == ' ' { '-' } else { c }).collect();
        let count = seen.entry(anchor.clone()).or_default();
        anchors.push(if *count == 0 { anchor } else { format!("{anchor}-{count}") });
        *count += 1;
    }
    anchors
}

/// Resolves `.` and `..` in a path.
fn tidy(path: &Path) -> PathBuf {
    let mut tidy = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => assert!(tidy.pop(), "{} leaves the repository", path.display()),
            Component::CurDir => {}
            part => tidy.push(part),
        }
    }
    tidy
}

/// The file that a link in a page leads to, and the anchor in it.
fn target(page: &Page, link: &str) -> (PathBuf, Option<String>) {
    let (file, anchor) = link.split_once('#').map_or((link, None), |(file, anchor)| (file, Some(anchor.to_owned())));
    let folder = page.path.parent().unwrap();
    (if file.is_empty() { page.path.clone() } else { tidy(&folder.join(file)) }, anchor)
}

#[test]
fn every_link_leads_somewhere() {
    let (mut count, mut wrong) = (0, Vec::new());
    for page in linked_pages() {
        for link in links(&page) {
            count += 1;
            let (file, anchor) = target(&page, &link);
            let leads = if !repository().join(&file).exists() {
                false
            } else if let Some(anchor) = anchor {
                anchors(&Page::read(file)).contains(&anchor)
            } else {
                true
            };
            if !leads {
                wrong.push(format!("{}: {link}", page.path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count >= 60, "only {count} links were found");
}

#[test]
fn every_page_is_in_the_table_of_contents() {
    let contents = Page::read("docs/SUMMARY.md".into());
    let listed: Vec<PathBuf> = links(&contents).iter().map(|link| target(&contents, link).0).collect();
    for page in pages().iter().filter(|page| page.path.starts_with("docs") && page.path != contents.path) {
        assert!(listed.contains(&page.path), "docs/SUMMARY.md lacks {}", page.path.display());
    }
}

#[test]
fn a_broken_link_is_found() {
    let text = "# A b\n\n## `x` of Y?\n\n## A b\n\n[a](no.md) [b](#a-b-1) [c](https://x.example) `[d](e)`\n";
    let page = Page { path: "docs/a.md".into(), text: text.to_owned() };
    assert_eq!(links(&page), ["no.md", "#a-b-1"]);
    assert_eq!(anchors(&page), ["a-b", "x-of-y", "a-b-1"]);
    assert_eq!(target(&page, "../x/b.md#c"), ("x/b.md".into(), Some("c".to_owned())));
}
