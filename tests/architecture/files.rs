//! The import graph of the files, which includes imports between a parent module and its children, and its cycles.
//!
//! A parent that only declares a child and re-exports its items does not import it. It does if its own code uses an
//! item.

use std::collections::{BTreeMap, BTreeSet};

use super::imports::{from_root, tree, written};
use super::source::{Source, item_end};

/// For each file: the files it imports, each with one path that is an example.
pub(super) type Graph = BTreeMap<String, BTreeMap<String, String>>;

type Module = Vec<String>;

/// Builds the graph from the code that ships.
pub(super) fn graph(sources: &[Source]) -> Graph {
    // Nothing can import a binary, and its module path would be that of the library.
    let files: Vec<File<'_>> = sources
        .iter()
        .filter(|source| source.path != "src/main.rs")
        .map(|source| File::read(source, sources))
        .collect();
    let tree = Tree::of(&files);
    let mut graph = Graph::new();
    for file in &files {
        let edges = graph.entry(file.source.path.clone()).or_default();
        for target in file.imports(&tree) {
            let path = tree.resolve(&target);
            let to = tree.files.get(tree.module(&path)).filter(|to| **to != file.source.path);
            if let Some(to) = to {
                edges.entry(to.clone()).or_insert_with(|| target.join("::"));
            }
        }
    }
    graph
}

/// A file, with its `use` statements separated from the rest.
struct File<'a> {
    source: &'a Source,
    module: Module,
    uses: Vec<Use>,
    /// The code that ships, without `use` statements.
    rest: String,
    /// The names of the child modules.
    children: BTreeSet<String>,
}

/// One name that a `use` imports.
struct Use {
    /// Whether it is a re-export: `pub`, `pub(crate)` and the like.
    handed_on: bool,
    /// Relative to the crate root.
    path: Vec<String>,
    /// Whether the path begins with a child module.
    of_child: bool,
}

impl<'a> File<'a> {
    fn read(source: &'a Source, sources: &[Source]) -> Self {
        let module = owned(&source.module());
        let below = |other: &Source| {
            let other = other.module();
            (other.len() == module.len() + 1 && owned(&other[..module.len()]) == module)
                .then(|| other[module.len()].to_owned())
        };
        let children = sources.iter().filter_map(below).collect();
        let mut file = Self { source, module, uses: Vec::new(), rest: source.shipped.clone(), children };
        let code = &source.shipped;
        for (at, _) in code.match_indices("use ") {
            let before = code[..at].trim_end();
            if before.len() == at && at > 0 {
                continue;
            }
            let end = item_end(code, at);
            let handed_on = ends_in_visibility(before);
            let mut paths = Vec::new();
            tree(&code[at + 4..end], &mut Vec::new(), &mut paths);
            let uses: Vec<Use> = paths.iter().filter_map(|path| file.one_use(path, handed_on)).collect();
            file.uses.extend(uses);
            let blanked: String = code[at..end].chars().map(|c| if c == '\n' { '\n' } else { ' ' }).collect();
            file.rest.replace_range(at..end, &blanked);
        }
        file
    }

    fn one_use(&self, path: &[String], handed_on: bool) -> Option<Use> {
        let first = path.first()?;
        let own = matches!(first.as_str(), "crate" | "super" | "self" | "credenza");
        if !own && !self.children.contains(first) {
            return None;
        }
        let mut path = from_root(self.source, path)?;
        if path.last().is_some_and(|last| last == "self") {
            path.pop();
        }
        let below = path.strip_prefix(self.module.as_slice());
        let of_child = below.and_then(<[String]>::first).is_some_and(|child| self.children.contains(child));
        Some(Use { handed_on, path, of_child })
    }

    /// All paths that the file imports, relative to the crate root.
    fn imports(&self, tree: &Tree) -> Vec<Vec<String>> {
        let mut found = Vec::new();
        let mut aliases = BTreeMap::new();
        for used in &self.uses {
            let Some(name) = used.path.last() else { continue };
            let is_module = tree.files.contains_key(&used.path);
            if is_module && !written(&self.rest, |head| head == name).is_empty() {
                aliases.insert(name.clone(), used.path.clone());
            } else if !(used.handed_on && used.of_child) || (!is_module && mentions(&self.rest, name)) {
                found.push(used.path.clone());
            }
        }
        let roots = |head: &str| matches!(head, "crate" | "super" | "self" | "credenza");
        let known = |head: &str| roots(head) || aliases.contains_key(head) || self.children.contains(head);
        for path in written(&self.rest, known) {
            match path.first().and_then(|head| aliases.get(head)) {
                Some(real) => found.push(real.iter().chain(&path[1..]).cloned().collect()),
                None => found.extend(from_root(self.source, &path)),
            }
        }
        found
    }
}

/// Where the code of each module is, and what each module re-exports.
struct Tree {
    files: BTreeMap<Module, String>,
    /// The path that an imported name refers to, by module and name.
    real: BTreeMap<Vec<String>, Vec<String>>,
}

impl Tree {
    fn of(files: &[File<'_>]) -> Self {
        let of_file = |file: &File<'_>| {
            let module = file.module.clone();
            let named = |used: &Use| {
                let name = used.path.last()?;
                Some((module.iter().chain([name]).cloned().collect(), used.path.clone()))
            };
            file.uses.iter().filter_map(named).collect::<Vec<_>>()
        };
        Self {
            files: files.iter().map(|file| (file.module.clone(), file.source.path.clone())).collect(),
            real: files.iter().flat_map(of_file).collect(),
        }
    }

    /// The longest prefix of the path that is a module.
    fn module<'p>(&self, path: &'p [String]) -> &'p [String] {
        let lengths = (0..=path.len()).rev();
        lengths.map(|length| &path[..length]).find(|module| self.files.contains_key(*module)).unwrap_or(&path[..0])
    }

    /// Follows re-exports to the path where the item is defined.
    fn resolve(&self, path: &[String]) -> Vec<String> {
        const MAX_STEPS: usize = 10;
        let mut path = path.to_vec();
        for _ in 0..MAX_STEPS {
            let length = self.module(&path).len() + 1;
            let Some(real) = path.get(..length).and_then(|named| self.real.get(named)) else { break };
            path = real.iter().chain(&path[length..]).cloned().collect();
        }
        path
    }
}

fn owned(module: &[&str]) -> Module {
    module.iter().map(|part| (*part).to_owned()).collect()
}

/// Whether the code ends in `pub`, `pub(crate)`, `pub(super)` or `pub(in PATH)`.
fn ends_in_visibility(code: &str) -> bool {
    let word = code.strip_suffix(')').and_then(|code| code.rfind('(').map(|at| &code[..at])).unwrap_or(code);
    word.ends_with("pub")
}

/// Whether the code uses the name, other than as a method, a field, a part of a path, or the name of a declaration.
fn mentions(code: &str, name: &str) -> bool {
    let in_word = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(name).any(|(at, _)| {
        let (before, after) = (&code[..at], &code[at + name.len()..]);
        let whole = !before.ends_with(in_word) && !after.starts_with(in_word);
        let called = ["fn ", "let ", "mod ", ".", "::"].iter().any(|word| before.ends_with(word));
        let field = name.starts_with(char::is_lowercase) && after.starts_with(':') && !after.starts_with("::");
        whole && !called && !field
    })
}

/// The strongly connected components: groups of files that all import each other, directly or indirectly.
pub(super) fn loops(graph: &Graph) -> Vec<Vec<String>> {
    let reach: BTreeMap<&str, BTreeSet<&str>> =
        graph.keys().map(|file| (file.as_str(), reached(graph, file))).collect();
    let mut groups = BTreeSet::new();
    for (file, theirs) in &reach {
        if theirs.contains(file) {
            let back = |other: &&&str| reach.get(**other).is_some_and(|others| others.contains(file));
            groups.insert(theirs.iter().filter(back).map(|file| (*file).to_owned()).collect::<Vec<String>>());
        }
    }
    groups.into_iter().collect()
}

/// All files that `file` imports, directly or indirectly.
fn reached<'g>(graph: &'g Graph, file: &str) -> BTreeSet<&'g str> {
    let mut seen = BTreeSet::new();
    let mut open: Vec<&str> = vec![file];
    while let Some(next) = open.pop() {
        for to in graph.get(next).into_iter().flat_map(BTreeMap::keys) {
            if seen.insert(to.as_str()) {
                open.push(to);
            }
        }
    }
    seen
}

/// Describes a cycle: each import in it, with an example path.
pub(super) fn in_words(graph: &Graph, files: &[String]) -> String {
    let mut lines = vec![format!("{} files", files.len())];
    for file in files {
        for (to, path) in graph.get(file).into_iter().flatten().filter(|(to, _)| files.contains(to)) {
            lines.push(format!("    {file} -> {to} ({path})"));
        }
    }
    lines.join("\n")
}

/// The cycles among files with these paths and texts.
fn loops_of(files: &[(&str, &str)]) -> Vec<Vec<String>> {
    let sources: Vec<Source> = files.iter().map(|(path, text)| Source::new(path, text)).collect();
    loops(&graph(&sources))
}

const CHILD: (&str, &str) = ("src/a/b.rs", "use super::Whole; pub struct Part; fn f(_: Whole) {}");

#[test]
fn a_parent_and_a_child_that_use_each_other_are_a_loop() {
    let parent = ("src/a/mod.rs", "mod b;\npub use b::Part;\npub struct Whole(Part);");
    assert_eq!(loops_of(&[parent, CHILD]), [["src/a/b.rs", "src/a/mod.rs"]]);
}

#[test]
fn a_file_and_its_folder_are_parent_and_child_too() {
    let parent = ("src/a.rs", "mod b;\npub struct Whole;\nfn f() { b::f() }");
    assert_eq!(loops_of(&[parent, CHILD]), [["src/a.rs", "src/a/b.rs"]]);
}

#[test]
fn a_parent_that_only_re_exports_is_in_no_loop() {
    let parent = ("src/a/mod.rs", "mod b;\npub use b::Part;\npub struct Whole { part: u8 }");
    assert!(loops_of(&[parent, CHILD]).is_empty());
}

#[test]
fn a_name_a_parent_hands_on_is_imported_from_where_it_is_defined() {
    let parent = ("src/a/mod.rs", "mod b;\nmod c;\npub use b::Part;\npub use c::Whole;\nfn f(_: Whole) {}");
    let c = ("src/a/c.rs", "pub struct Whole;");
    assert!(loops_of(&[parent, CHILD, c]).is_empty());
    let c = ("src/a/c.rs", "use super::b;\npub struct Whole(b::Part);");
    assert_eq!(loops_of(&[parent, CHILD, c]), [["src/a/b.rs", "src/a/c.rs"]]);
}

#[test]
fn what_only_tests_import_makes_no_loop() {
    let parent = ("src/a/mod.rs", "mod b;\npub struct Whole;\n#[cfg(test)]\nmod tests { use super::b::Part; }");
    assert!(loops_of(&[parent, CHILD]).is_empty());
}

#[test]
fn a_visibility_is_no_import() {
    let parent = ("src/a/mod.rs", "mod b;\nfn f() { b::f() }");
    let child = ("src/a/b.rs", "pub(in crate::a) fn f() {}");
    assert!(loops_of(&[parent, child]).is_empty());
}
