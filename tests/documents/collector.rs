//! Collects all texts that the program shows to users from its source: problems, notices, labels and help.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// The texts of one area, without duplicates and sorted.
#[derive(Default)]
pub(super) struct Texts {
    /// The sentences of a problem: what, why, what to do. A part that is composed at run time is empty.
    pub(super) problems: BTreeSet<[String; 3]>,
    /// All other texts.
    pub(super) others: BTreeSet<String>,
}

/// Attributes whose texts are shown to users.
const SHOWN_ATTRIBUTES: [&str; 5] = ["error", "arg", "command", "value", "clap"];

/// Macros whose texts are for developers only.
const DEVELOPER_MACROS: [&str; 5] = ["debug_assert", "debug_assert_eq", "unreachable", "include_str", "include_bytes"];

/// The first words of SQL statements, which are not shown to users.
const SQL: [&str; 8] =
    ["SELECT ", "INSERT INTO ", "UPDATE ", "DELETE FROM ", "CREATE ", "DROP ", "WITH changed ", "LISTEN "];

/// Collects the texts of a source file.
pub(super) fn of_source(text: &str, texts: &mut Texts) {
    walk(&tokens(text), texts);
}

/// The child modules that are in separate files and are built only for tests.
pub(super) fn test_modules(text: &str) -> Vec<String> {
    let tokens = tokens(text);
    let modules = tokens.windows(5).filter_map(|window| {
        let [hash, TokenTree::Group(attribute), TokenTree::Ident(word), TokenTree::Ident(name), end] = window else {
            return None;
        };
        let is_test = is_punct(hash, '#') && is_only_for_tests(&attribute.stream());
        (is_test && word == "mod" && is_punct(end, ';')).then(|| name.to_string())
    });
    modules.collect()
}

/// Whether an attribute is `cfg(test)`, alone or with other conditions that must hold.
fn is_only_for_tests(attribute: &TokenStream) -> bool {
    let written = attribute.to_string().replace(' ', "");
    written == "cfg(test)" || written.starts_with("cfg(all(test,")
}

fn tokens(text: &str) -> Vec<TokenTree> {
    text.parse::<TokenStream>().expect("the source is Rust").into_iter().collect()
}

fn walk(tokens: &[TokenTree], texts: &mut Texts) {
    let mut at = 0;
    while at < tokens.len() {
        at += attribute(&tokens[at..], texts)
            .or_else(|| developer_macro(&tokens[at..]))
            .or_else(|| problem(&tokens[at..], texts))
            .unwrap_or_else(|| single(&tokens[at], texts));
    }
}

/// Handles any other token: a literal, or the contents of a group.
fn single(token: &TokenTree, texts: &mut Texts) -> usize {
    match token {
        TokenTree::Group(group) => walk(&group.stream().into_iter().collect::<Vec<_>>(), texts),
        TokenTree::Literal(literal) => {
            texts.others.extend(string(&literal.to_string()).filter(|text| is_prose(text)));
        }
        _ => {}
    }
    1
}

/// Handles `#[…]`. If the attribute restricts an item to tests, the item is skipped as well.
fn attribute(tokens: &[TokenTree], texts: &mut Texts) -> Option<usize> {
    let (TokenTree::Punct(hash), Some(bang_or_group)) = (tokens.first()?, tokens.get(1)) else { return None };
    let width = if is_punct(bang_or_group, '!') { 3 } else { 2 };
    let (true, TokenTree::Group(group)) = (hash.as_char() == '#', tokens.get(width - 1)?) else { return None };
    let written = group.stream().to_string();
    if is_only_for_tests(&group.stream()) {
        return Some(width + item(&tokens[width..]));
    }
    if SHOWN_ATTRIBUTES.iter().any(|name| written.starts_with(name)) {
        walk(&group.stream().into_iter().collect::<Vec<_>>(), texts);
    }
    Some(width)
}

/// The number of tokens of an item, up to its braces or its semicolon.
fn item(tokens: &[TokenTree]) -> usize {
    let is_end = |token: &TokenTree| match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        other => is_punct(other, ';'),
    };
    tokens.iter().position(is_end).map_or(tokens.len(), |end| end + 1)
}

fn developer_macro(tokens: &[TokenTree]) -> Option<usize> {
    let [TokenTree::Ident(name), bang, TokenTree::Group(_), ..] = tokens else { return None };
    (is_punct(bang, '!') && DEVELOPER_MACROS.iter().any(|one| name == one)).then_some(3)
}

/// Handles `Problem::new(…).why(…).try_this(…)` and `Problem::internal(…)`.
fn problem(tokens: &[TokenTree], texts: &mut Texts) -> Option<usize> {
    let [TokenTree::Ident(name), one, two, TokenTree::Ident(constructor), TokenTree::Group(what), rest @ ..] = tokens
    else {
        return None;
    };
    let is_made = name == "Problem" && is_punct(one, ':') && is_punct(two, ':');
    if !is_made || !(constructor == "new" || constructor == "internal") {
        return None;
    }
    let mut parts = [first_text(what.stream(), texts), String::new(), String::new()];
    let mut used = 5;
    let mut rest = rest;
    while let [dot, TokenTree::Ident(method), TokenTree::Group(group), after @ ..] = rest {
        if !is_punct(dot, '.') {
            break;
        }
        match method.to_string().as_str() {
            "why" => parts[1] = first_text(group.stream(), texts),
            "try_this" => parts[2] = first_text(group.stream(), texts),
            _ => walk(&group.stream().into_iter().collect::<Vec<_>>(), texts),
        }
        used += 3;
        rest = after;
    }
    texts.problems.insert(parts);
    Some(used)
}

/// Returns the first text of an argument list; further ones, such as those in match arms, are collected separately.
fn first_text(stream: TokenStream, texts: &mut Texts) -> String {
    let mut found = Vec::new();
    literals(stream, &mut found);
    let mut found = found.into_iter();
    let first = found.next().unwrap_or_default();
    texts.others.extend(found.filter(|text| is_prose(text)));
    first
}

fn literals(stream: TokenStream, found: &mut Vec<String>) {
    for token in stream {
        match token {
            TokenTree::Group(group) => literals(group.stream(), found),
            TokenTree::Literal(literal) => found.extend(string(&literal.to_string())),
            _ => {}
        }
    }
}

fn is_punct(token: &TokenTree, wanted: char) -> bool {
    matches!(token, TokenTree::Punct(found) if found.as_char() == wanted)
}

/// The value of a string literal, on one line; `None` for any other literal.
fn string(literal: &str) -> Option<String> {
    let value = if let Some(raw) = literal.strip_prefix('r') {
        raw.trim_matches('#').strip_prefix('"')?.strip_suffix('"')?.to_owned()
    } else {
        unescaped(literal.strip_prefix('"')?.strip_suffix('"')?)
    };
    Some(value.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn unescaped(text: &str) -> String {
    let (mut value, mut characters) = (String::new(), text.chars());
    while let Some(c) = characters.next() {
        if c != '\\' {
            value.push(c);
            continue;
        }
        match characters.next() {
            Some('n' | 't' | 'r') => value.push(' '),
            // A line continuation skips the spaces at the beginning of the next line.
            Some('\n') => {
                let rest = characters.as_str().trim_start();
                characters = rest.chars();
            }
            Some('u') => {
                let code: String = characters.by_ref().take_while(|c| *c != '}').filter(|c| *c != '{').collect();
                value.extend(u32::from_str_radix(&code, 16).ok().and_then(char::from_u32));
            }
            Some(other) => value.push(other),
            None => {}
        }
    }
    value
}

/// Whether a text is prose: one capitalized word, or at least two words, and not a pattern, a path, a template or an
/// SQL statement.
fn is_prose(text: &str) -> bool {
    if SQL.iter().any(|start| text.starts_with(start)) {
        return false;
    }
    let is_word = |word: &str| {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        word.len() > 1 && word.chars().all(|c| c.is_alphabetic() || "'-’".contains(c))
    };
    let words = text.split_whitespace().filter(|word| is_word(word)).count();
    let is_label = text.starts_with(char::is_uppercase) && text.chars().any(char::is_lowercase);
    words >= 2 || words == 1 && is_label
}
