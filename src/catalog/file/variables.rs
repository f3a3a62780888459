//! `[[variable]]`: names, lists, patterns and corrections that hold together.

use std::collections::BTreeSet;

use super::report::Report;
use super::schema::{ChoiceTable, Kind, VariableTable};
use super::text::{Names, line, optional, pairs, plain};
use crate::catalog::template::is_name;
use crate::catalog::variable::{Choice, Variable, VariableKind, compile};

/// Names that templates get from elsewhere.
pub(super) const BUILT_IN: [&str; 9] =
    ["client_id", "client_secret", "access_token", "refresh_token", "secret", "host", "port", "state", "code"];

/// Reads all variables and the names they declare.
pub(super) fn read(report: &mut Report<'_>, tables: Vec<VariableTable>, keyed: bool) -> (Vec<Variable>, Names) {
    let mut names = Names::default();
    let variables = tables.into_iter().map(|table| variable(report, table, &mut names, keyed)).collect();
    (variables, names)
}

fn variable(report: &mut Report<'_>, table: VariableTable, names: &mut Names, keyed: bool) -> Variable {
    let name_span = table.name.span();
    let name = line(report, table.name);
    // A single `host` variable is common and unambiguous outside products, which bring their own.
    let taken = BUILT_IN.contains(&name.as_str()) && name != "host";
    if !is_name(&name) || taken {
        report.add(&name_span, "a variable's name is [a-z][a-z0-9_]*, and not one of OAuth's own");
    }
    if !names.declared.insert(name.clone()) {
        report.add(&name_span, format!("{name} is declared twice"));
    }
    if let Some(secret) = &table.secret {
        if *secret.get_ref() && !keyed {
            report.add(&secret.span(), "only keys and passwords have secret variables");
        }
    }
    let kind = match table.kind {
        Kind::Host => VariableKind::Host,
        Kind::Url => VariableKind::Url,
        Kind::Text => VariableKind::Text,
    };
    match kind {
        VariableKind::Host => _ = names.hosts.insert(name.clone()),
        VariableKind::Url => _ = names.urls.insert(name.clone()),
        VariableKind::Text if table.pattern.is_some() || !table.choices.is_empty() => {
            names.hosts.insert(name.clone());
        }
        VariableKind::Text => {}
    }
    let pattern_span = table.pattern.as_ref().map(toml::Spanned::span);
    let value_spans = [table.example.as_ref(), table.default.as_ref()].map(|t| t.map(toml::Spanned::span));
    let choice_spans: Vec<_> = table.choices.iter().map(|choice| choice.get_ref().value.span()).collect();
    let correction_spans: Vec<_> = table.corrections.keys().map(toml::Spanned::span).collect();
    let variable = Variable {
        label: line(report, table.label),
        help: table.help.map(|help| plain(report, help)).unwrap_or_default(),
        example: table.example.map(|example| plain(report, example)).unwrap_or_default(),
        default: optional(report, table.default),
        choices: choices(report, table.choices, names),
        optional: table.optional,
        kind,
        pattern: optional(report, table.pattern),
        corrections: pairs(report, table.corrections),
        secret: table.secret.is_some_and(toml::Spanned::into_inner),
        name,
    };
    if let (Some(pattern), Some(span)) = (&variable.pattern, &pattern_span) {
        if compile(pattern).is_none() {
            report.add(span, "this pattern does not compile, or is too large");
            return variable;
        }
        for (choice, span) in variable.choices.iter().zip(&choice_spans) {
            if !variable.pattern_fits(&choice.value) {
                report.add(span, "this choice does not match the pattern");
            }
        }
    }
    let values = [Some(&variable.example).filter(|example| !example.is_empty()), variable.default.as_ref()];
    for (value, span) in values.into_iter().zip(&value_spans) {
        if let (Some(value), Some(span)) = (value, span) {
            if variable.normalize(value).map(|normalized| normalized.value).as_ref() != Ok(value) {
                report.add(span, "the field would not take this value as it stands");
            }
        }
    }
    for span in correction_spans.iter().take(if variable.choices.is_empty() { 1 } else { 0 }) {
        report.add(span, "corrections need choices to correct to");
    }
    check_corrections(report, &variable, &correction_spans);
    variable
}

fn check_corrections(report: &mut Report<'_>, variable: &Variable, spans: &[std::ops::Range<usize>]) {
    for (wrong, right) in &variable.corrections {
        let starred = wrong.ends_with('*') && right.ends_with('*');
        let plain = !wrong.contains('*') && variable.choice(right).is_some() && variable.choice(wrong).is_none();
        if let (false, Some(span)) = (starred || plain, spans.first()) {
            report.add(span, "a correction leads from a value outside the list to one in it");
        }
    }
}

fn choices(report: &mut Report<'_>, tables: Vec<toml::Spanned<ChoiceTable>>, names: &mut Names) -> Vec<Choice> {
    let mut words = BTreeSet::new();
    let mut first_sets: Option<BTreeSet<String>> = None;
    let mut read = Vec::with_capacity(tables.len());
    for table in tables {
        let span = table.span();
        let table = table.into_inner();
        let choice = Choice {
            label: line(report, table.label),
            value: line(report, table.value),
            code: table.code.map(|code| line(report, code)).unwrap_or_default(),
            accepts: table.accepts.into_iter().map(|word| line(report, word)).collect(),
            sets: pairs(report, table.sets),
        };
        let own: BTreeSet<String> = [&choice.label, &choice.value, &choice.code]
            .into_iter()
            .chain(&choice.accepts)
            .filter(|word| !word.is_empty())
            .map(|word| word.to_lowercase())
            .collect();
        if !own.is_disjoint(&words) {
            report.add(&span, "two choices have a value, label or code in common");
        }
        words.extend(own);
        let sets: BTreeSet<String> = choice.sets.iter().map(|(name, _)| name.clone()).collect();
        let same = first_sets.get_or_insert_with(|| sets.clone());
        if *same != sets || !sets.iter().all(|name| is_name(name) && !BUILT_IN.contains(&name.as_str())) {
            report.add(&span, "all choices must set the same names, [a-z][a-z0-9_]*");
        }
        read.push(choice);
    }
    for name in first_sets.unwrap_or_default() {
        names.hosts.insert(name.clone());
        names.declared.insert(name);
    }
    read
}
