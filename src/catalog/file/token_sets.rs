//! `[[token_set]]`: additional token sets from one consent.

use super::report::Report;
use super::reserved::{self, Request};
use super::schema::{Table, Text, TokenSetTable};
use super::text::{Names, line, template, title};
use crate::catalog::flow::{OAuthProfile, TokenSetRule};
use crate::model::credential::TokenKind;

/// Reads the additional sets, and the name of the main set, into `flow`.
pub(super) fn read(
    report: &mut Report<'_>,
    main: Option<Text>,
    tables: Vec<TokenSetTable>,
    names: &Names,
    flow: &mut OAuthProfile,
) {
    if let Some(first) = tables.first() {
        if main.is_none() {
            report
                .add(&first.kind.span(), "an additional set of tokens needs auth.token_kind, the kind of the main one");
        }
        if flow.token_path.is_some() {
            report.add(&first.path.span(), "auth.token_path cannot be used beside an additional set of tokens");
        }
    }
    flow.token_kind = main.and_then(|text| kind(report, &text));
    for table in tables {
        let mut param = Table::new();
        param.insert(table.scope_param.clone(), table.scopes.clone());
        reserved::check_params(report, &param, Request::Authorization);
        let Some(set) = kind(report, &table.kind) else { continue };
        if flow.token_kinds().any(|known| known == set) {
            report.add(&table.kind.span(), format!("{set} is already the kind of another set"));
        }
        flow.token_sets.push(TokenSetRule {
            kind: set,
            label: title(report, table.label),
            path: line(report, table.path),
            scope_param: line(report, table.scope_param),
            scopes: template(report, table.scopes, &names.without_captures(), &[]),
        });
    }
}

fn kind(report: &mut Report<'_>, text: &Text) -> Option<TokenKind> {
    match text.get_ref().parse() {
        Ok(kind) => Some(kind),
        Err(error) => {
            report.add(&text.span(), format!("{error}"));
            None
        }
    }
}
