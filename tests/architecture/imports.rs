//! The import graph of the modules: every path that begins with `crate`, `super` or `self`, and the cycles they form.

use std::collections::{BTreeMap, BTreeSet};

use super::source::{Source, item_end};

/// All paths of this crate that shipped code names, relative to the crate root: `["vault", "file", "Commit"]`.
pub(super) fn paths(source: &Source) -> Vec<Vec<String>> {
    let trees = written(&source.shipped, |head| matches!(head, "crate" | "super" | "self" | "credenza"));
    trees.into_iter().filter_map(|path| from_root(source, &path)).collect()
}

/// All paths in `code` whose first segment is accepted by `heads`, flattened, as they are written.
pub(super) fn written(code: &str, heads: impl Fn(&str) -> bool) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("::") {
        let start = code[..at].rfind(|c: char| !c.is_alphanumeric() && c != '_').map_or(0, |before| before + 1);
        // `pub(in crate::cli)` restricts visibility, and imports nothing.
        let inside = ["::", "(in "].iter().any(|before| code[..start].ends_with(before));
        if heads(&code[start..at]) && !inside {
            tree(&code[start..], &mut Vec::new(), &mut found);
        }
    }
    found
}

/// All paths that `use` statements of shipped code import, flattened (`std::fs::File`), each with the offset of its
/// `use`.
pub(super) fn used(source: &Source) -> Vec<(usize, String)> {
    let code = &source.shipped;
    let uses = code.match_indices("use ").filter(|(at, _)| *at == 0 || code.as_bytes()[at - 1].is_ascii_whitespace());
    uses.flat_map(|(at, _)| {
        let mut flat = Vec::new();
        tree(&code[at + 4..item_end(code, at)], &mut Vec::new(), &mut flat);
        flat.into_iter().map(move |path| (at, path.join("::")))
    })
    .collect()
}

/// Flattens `a::{b, c::d}` into `a::b` and `a::c::d`. Returns the rest of the text.
pub(super) fn tree<'a>(mut text: &'a str, before: &mut Vec<String>, found: &mut Vec<Vec<String>>) -> &'a str {
    let depth = before.len();
    loop {
        text = text.trim_start();
        let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
        if let Some(group) = text.strip_prefix('{') {
            text = group;
            while let Some(next) = text.trim_start().chars().next().filter(|c| *c != '}') {
                text = text.trim_start();
                text = if next == ',' { &text[1..] } else { tree(text, before, found) };
            }
            text = text.trim_start().strip_prefix('}').unwrap_or("");
            break;
        }
        if end == 0 {
            let glob = text.starts_with('*').then(|| "*".to_owned());
            found.push(before.iter().cloned().chain(glob).collect());
            // Skips a glob, or text that is not a path.
            text = text.get(1..).unwrap_or("");
            break;
        }
        before.push(text[..end].to_owned());
        text = &text[end..];
        if let Some(next) = text.strip_prefix("::") {
            text = next;
            continue;
        }
        found.push(before.clone());
        if let Some(renamed) = text.trim_start().strip_prefix("as ") {
            text = renamed.trim_start().trim_start_matches(|c: char| c.is_alphanumeric() || c == '_');
        }
        break;
    }
    before.truncate(depth);
    text
}

/// The path relative to the crate root. A path that begins with none of `crate`, `super` and `self` is relative to
/// `source`.
pub(super) fn from_root(source: &Source, path: &[String]) -> Option<Vec<String>> {
    let own: Vec<String> = source.module().into_iter().map(str::to_owned).collect();
    let ups = path.iter().take_while(|part| *part == "super").count();
    let (base, rest) = match path.first().map(String::as_str) {
        Some("crate" | "credenza") => (Vec::new(), &path[1..]),
        Some("self") => (own, &path[1..]),
        _ => (own.get(..own.len().checked_sub(ups)?)?.to_vec(), &path[ups..]),
    };
    Some(base.into_iter().chain(rest.iter().cloned()).collect())
}

/// The import graph of the modules in each folder: `service` -> {`unlock` -> {`session`}}.
pub(super) fn siblings(sources: &[Source]) -> BTreeMap<String, BTreeMap<String, BTreeSet<String>>> {
    let modules: BTreeSet<Vec<String>> =
        sources.iter().map(|source| source.module().into_iter().map(str::to_owned).collect()).collect();
    let given = handed_on(sources, &modules);
    let mut graphs: BTreeMap<String, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
    for source in sources {
        let own: Vec<String> = source.module().into_iter().map(str::to_owned).collect();
        for mut target in paths(source) {
            if let Some(real) = given.get(&target) {
                target.clone_from(real);
            }
            let shared = own.iter().zip(&target).take_while(|(a, b)| a == b).count();
            let (Some(from), Some(to)) = (own.get(shared), target.get(shared)) else { continue };
            if modules.contains(&target[..=shared]) {
                let graph = graphs.entry(own[..shared].join("::")).or_default();
                graph.entry(from.clone()).or_default().insert(to.clone());
            }
        }
    }
    graphs
}

/// What each `mod.rs` re-exports from its children: `vault::Vault` is `vault::store::Vault`.
fn handed_on(sources: &[Source], modules: &BTreeSet<Vec<String>>) -> BTreeMap<Vec<String>, Vec<String>> {
    let mut given = BTreeMap::new();
    for source in sources {
        let own: Vec<String> = source.module().into_iter().map(str::to_owned).collect();
        for (at, _) in source.shipped.match_indices("use ") {
            let statement = &source.shipped[at + 4..item_end(&source.shipped, at)];
            let mut flat = Vec::new();
            tree(statement.trim_start_matches("self::"), &mut Vec::new(), &mut flat);
            for path in flat {
                let real: Vec<String> = own.iter().chain(&path).cloned().collect();
                let child = path.first().is_some_and(|_| modules.contains(&real[..=own.len()]));
                if let Some(name) = path.last().filter(|_| child && path.len() > 1) {
                    given.insert(own.iter().cloned().chain([name.clone()]).collect(), real);
                }
            }
        }
    }
    given
}

/// Finds one cycle, if there is any: `["a", "b", "a"]`.
pub(super) fn cycle(graph: &BTreeMap<String, BTreeSet<String>>) -> Option<Vec<String>> {
    let mut cleared = BTreeSet::new();
    graph.keys().find_map(|start| walk(graph, start, &mut Vec::new(), &mut cleared))
}

fn walk(
    graph: &BTreeMap<String, BTreeSet<String>>,
    at: &str,
    trail: &mut Vec<String>,
    cleared: &mut BTreeSet<String>,
) -> Option<Vec<String>> {
    if let Some(first) = trail.iter().position(|seen| seen == at) {
        return Some(trail[first..].iter().cloned().chain([at.to_owned()]).collect());
    }
    if cleared.contains(at) {
        return None;
    }
    trail.push(at.to_owned());
    let found = graph.get(at).into_iter().flatten().find_map(|next| walk(graph, next, trail, cleared));
    trail.pop();
    cleared.insert(at.to_owned());
    found
}

#[test]
fn nested_groups_are_flattened() {
    let mut found = Vec::new();
    tree("crate::{a::{self, B}, c::D as E, f::*};", &mut Vec::new(), &mut found);
    let flat: Vec<String> = found.iter().map(|path| path.join("::")).collect();
    assert_eq!(flat, ["crate::a::self", "crate::a::B", "crate::c::D", "crate::f::*"]);
}

#[test]
fn a_loop_is_found() {
    let edges = [("a", "b"), ("b", "c"), ("c", "b")];
    let mut graph: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (from, to) in edges {
        graph.entry(from.to_owned()).or_default().insert(to.to_owned());
    }
    assert_eq!(cycle(&graph).unwrap(), ["b", "c", "b"]);
    graph.remove("c");
    assert!(cycle(&graph).is_none());
}
