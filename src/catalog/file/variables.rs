//! `[[variable]]`: names, choices, patterns and corrections, which must be consistent.

use std::collections::BTreeSet;
use std::ops::Range;

use toml::Spanned;

use super::report::Report;
use super::schema::{ChoiceTable, Kind, VariableTable};
use super::text::{Names, line, optional, pairs, plain, title};
use crate::catalog::template::is_name;
use crate::catalog::variable::{Choice, Variable, VariableKind, is_pattern};

/// Names that templates get from elsewhere, so no variable may have them.
pub(super) const BUILT_IN: [&str; 9] =
    ["client_id", "client_secret", "access_token", "refresh_token", "secret", "host", "port", "state", "code"];

/// Reads all variables and the names they declare.
pub(super) fn read(report: &mut Report<'_>, tables: Vec<VariableTable>, secrets: bool) -> (Vec<Variable>, Names) {
    let mut names = Names::default();
    let variables = tables.into_iter().map(|table| variable(report, table, &mut names, secrets)).collect();
    (variables, names)
}

fn variable(report: &mut Report<'_>, table: VariableTable, names: &mut Names, secrets: bool) -> Variable {
    declare(report, &table, names);
    if let Some(secret) = table.secret.as_ref().filter(|secret| *secret.get_ref() && !secrets) {
        report.add(&secret.span(), "only keys, passwords and client credentials have secret variables");
    }
    let places = Places {
        pattern: table.pattern.as_ref().map(Spanned::span),
        values: [table.example.as_ref(), table.default.as_ref()].map(|text| text.map(Spanned::span)),
        choices: table.choices.iter().map(|choice| choice.get_ref().value.span()).collect(),
        corrections: table.corrections.keys().map(Spanned::span).collect(),
    };
    let variable = Variable {
        name: line(report, table.name),
        label: title(report, table.label),
        help: table.help.map(|help| plain(report, help)).unwrap_or_default(),
        example: table.example.map(|example| plain(report, example)).unwrap_or_default(),
        default: optional(report, table.default),
        choices: choices(report, table.choices, names),
        optional: table.optional,
        kind: match table.kind {
            Kind::Host => VariableKind::Host,
            Kind::Url => VariableKind::Url,
            Kind::Text => VariableKind::Text,
        },
        pattern: optional(report, table.pattern),
        corrections: pairs(report, table.corrections),
        secret: table.secret.is_some_and(Spanned::into_inner),
    };
    check_pattern(report, &variable, &places);
    check_corrections(report, &variable, &places);
    variable
}

/// Positions of a variable's parts in the file, for error messages.
struct Places {
    pattern: Option<Range<usize>>,
    values: [Option<Range<usize>>; 2],
    choices: Vec<Range<usize>>,
    corrections: Vec<Range<usize>>,
}

/// Adds the variable to the names that templates may use.
fn declare(report: &mut Report<'_>, table: &VariableTable, names: &mut Names) {
    let name = table.name.get_ref();
    // A single `host` variable is common, and unambiguous outside products, which have hosts of their own.
    let taken = BUILT_IN.contains(&name.as_str()) && name != "host";
    if !is_name(name) || taken {
        report.add(
            &table.name.span(),
            "a variable's name must match [a-z][a-z0-9_]* and must not be a parameter of OAuth",
        );
    }
    if !names.declared.insert(name.clone()) {
        report.add(&table.name.span(), format!("{name} is declared twice"));
    }
    let bounded = table.pattern.is_some() || !table.choices.is_empty();
    match table.kind {
        Kind::Url => _ = names.urls.insert(name.clone()),
        Kind::Text if !bounded => {}
        Kind::Host | Kind::Text => _ = names.hosts.insert(name.clone()),
    }
}

/// Checks that the pattern compiles and matches every choice, and that the field accepts the example and the default.
fn check_pattern(report: &mut Report<'_>, variable: &Variable, places: &Places) {
    if let (Some(pattern), Some(span)) = (&variable.pattern, &places.pattern) {
        if !is_pattern(pattern) {
            report.add(span, "this pattern does not compile, or is too large");
            return;
        }
        for (choice, span) in variable.choices.iter().zip(&places.choices) {
            if !variable.pattern_fits(&choice.value) {
                report.add(span, "this choice does not match the pattern");
            }
        }
    }
    let values = [Some(&variable.example).filter(|example| !example.is_empty()), variable.default.as_ref()];
    for (value, span) in values.into_iter().zip(&places.values) {
        let (Some(value), Some(span)) = (value, span) else { continue };
        if variable.normalize(value).map(|normalized| normalized.value).as_ref() != Ok(value) {
            report.add(span, "the field would not accept this value unchanged");
        }
    }
}

fn check_corrections(report: &mut Report<'_>, variable: &Variable, places: &Places) {
    let Some(span) = places.corrections.first() else { return };
    if variable.choices.is_empty() {
        report.add(span, "corrections need choices to correct to");
    }
    for (wrong, right) in &variable.corrections {
        let starred = wrong.ends_with('*') && right.ends_with('*');
        let plain = !wrong.contains('*') && variable.choice(right).is_some() && variable.choice(wrong).is_none();
        if !starred && !plain {
            report.add(span, "a correction must change a value outside the list to one in it");
        }
    }
}

fn choices(report: &mut Report<'_>, tables: Vec<Spanned<ChoiceTable>>, names: &mut Names) -> Vec<Choice> {
    let mut words = BTreeSet::new();
    let mut first_sets: Option<BTreeSet<String>> = None;
    let mut read = Vec::with_capacity(tables.len());
    for table in tables {
        let span = table.span();
        let table = table.into_inner();
        let choice = Choice {
            label: title(report, table.label),
            value: line(report, table.value),
            code: table.code.map(|code| line(report, code)).unwrap_or_default(),
            accepts: table.accepts.into_iter().map(|word| line(report, word)).collect(),
            sets: pairs(report, table.sets),
        };
        if [&choice.code].into_iter().chain(&choice.accepts).any(|word| word.to_lowercase() != *word) {
            report.add(&span, "code and accepts of a choice must be lower case");
        }
        let own: BTreeSet<String> = [&choice.label, &choice.value, &choice.code]
            .into_iter()
            .chain(&choice.accepts)
            .filter(|word| !word.is_empty())
            .map(|word| word.to_lowercase())
            .collect();
        if !own.is_disjoint(&words) {
            report.add(&span, "two choices share a value, label or code");
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
