//! `verification`, `[[evidence]]`, `[[end_date]]`, `redirect_accepts` and `[limits]`, which must be consistent.

use jiff::civil::Date;

use super::report::{Report, did_you_mean};
use super::schema::{File, Text};
use super::schema_facts::{Checked, EndDateTable, EndOf, EvidenceTable, LimitsTable, RedirectAcceptanceWord};
use super::text::{line, lines};
use crate::catalog::evidence::{self, EndDate, Evidence, FactGroup, RedirectAcceptance, SourceKind, Verification};
use crate::catalog::flow::Limits;
use crate::catalog::provider::Provider;
use crate::catalog::secure_url::secure_url;
use crate::model::credential::{DeadlineKind, GrantType};

/// Reads the tables into `provider`. `sources` at the top of a file is the form of earlier versions.
pub(super) fn read(report: &mut Report<'_>, file: &mut File, provider: &mut Provider) {
    provider.evidence = std::mem::take(&mut file.evidence).into_iter().map(|row| row_of(report, row)).collect();
    let listed = provider.evidence.iter().flat_map(|row| row.sources.iter().cloned()).collect();
    provider.sources = [lines(report, std::mem::take(&mut file.sources)), listed].concat();
    provider.end_dates = std::mem::take(&mut file.end_date).into_iter().map(|end| end_date(report, end)).collect();
    provider.verification = verification(report, file, provider);
    provider.accepts = accepts(report, file, provider);
    provider.limits = limits(report, std::mem::take(&mut file.limits));
    if let Some(retired) = file.retired.take() {
        if provider.end_dates.is_empty() {
            report.add(&retired.span(), "a retired entry needs an [[end_date]]");
        }
        provider.retired = Some(line(report, retired));
    }
    if let Some(id) = needs_statement(provider, FactGroup::EndDates, !provider.end_dates.is_empty()) {
        report.add(&file.id.span(), id);
    }
}

fn row_of(report: &mut Report<'_>, row: EvidenceTable) -> Evidence {
    let kind = word(report, &row.kind, SourceKind::from_word, &SourceKind::WORDS);
    let facts = row.facts.iter().filter_map(|text| word(report, text, FactGroup::from_word, &FactGroup::WORDS));
    let facts: Vec<FactGroup> = facts.collect();
    if row.facts.is_empty() || row.sources.is_empty() {
        report.add(&row.kind.span(), "evidence names what is stated (facts) and where (sources)");
    }
    Evidence {
        kind: kind.unwrap_or(SourceKind::Library),
        read: date(report, &row.read),
        facts,
        sources: lines(report, row.sources),
    }
}

fn word<T>(report: &mut Report<'_>, text: &Text, from: fn(&str) -> Option<T>, words: &[&str]) -> Option<T> {
    let found = from(text.get_ref());
    if found.is_none() {
        let near = did_you_mean(text.get_ref(), words.iter().copied());
        report.add(&text.span(), format!("this must be one of {}{near}", words.join(", ")));
    }
    found
}

fn date(report: &mut Report<'_>, text: &Text) -> Date {
    text.get_ref().parse().unwrap_or_else(|_| {
        report.add(&text.span(), "a date is written as 2026-11-27");
        Date::ZERO
    })
}

fn end_date(report: &mut Report<'_>, table: EndDateTable) -> EndDate {
    if let Some(url) = table.token_url.as_ref().filter(|url| secure_url(url.get_ref()).is_err()) {
        report.add(&url.span(), "this is not an https URL");
    }
    EndDate {
        what: match table.of.get_ref() {
            EndOf::Api => DeadlineKind::ApiEnd,
            EndOf::TokenKind => DeadlineKind::TokenKindEnd,
            EndOf::Endpoint => DeadlineKind::EndpointEnd,
            EndOf::Product => DeadlineKind::ProductEnd,
        },
        on: date(report, &table.on),
        note: line(report, table.note),
        action: line(report, table.action),
        token_url: table.token_url.map(Text::into_inner),
    }
}

/// The verification that the rows support; a file may not claim another one. Without rows, as in files of earlier
/// versions, what the file claims.
fn verification(report: &mut Report<'_>, file: &File, provider: &Provider) -> Verification {
    let shown = evidence::verification(&provider.evidence);
    let Some(stated) = &file.verification else {
        if provider.evidence.is_empty() {
            report.add(&file.id.span(), "verification is missing; it may be left out only where [[evidence]] shows it");
        }
        return shown;
    };
    let claim = match stated.get_ref() {
        Checked::Vendor => Verification::Vendor,
        Checked::TwoSources => Verification::TwoSources,
        Checked::OneSource | Checked::Unverified => Verification::OneSource,
    };
    let bare = provider.evidence.is_empty();
    if bare && claim == Verification::Vendor {
        report.add(&stated.span(), "vendor needs [[evidence]] that names the page");
    } else if !bare && claim != shown {
        report.add(&stated.span(), format!("the [[evidence]] for the endpoints shows {}", shown.word()));
    }
    claim
}

fn accepts(report: &mut Report<'_>, file: &File, provider: &Provider) -> RedirectAcceptance {
    let Some(word) = &file.redirect_accepts else { return RedirectAcceptance::Unknown };
    if file.auth.kind.get_ref().grant_type() != GrantType::AuthorizationCode {
        report.add(&word.span(), "this authorization type has no redirect");
    }
    let known = *word.get_ref() != RedirectAcceptanceWord::Unknown;
    if let Some(lacks) = needs_statement(provider, FactGroup::Redirect, known) {
        report.add(&word.span(), lacks);
    }
    match word.get_ref() {
        RedirectAcceptanceWord::HttpLoopback => RedirectAcceptance::HttpLoopback,
        RedirectAcceptanceWord::HttpsOnly => RedirectAcceptance::HttpsOnly,
        RedirectAcceptanceWord::Unknown => RedirectAcceptance::Unknown,
    }
}

/// The defect of a file that states a fact without evidence.
fn needs_statement(provider: &Provider, facts: FactGroup, says: bool) -> Option<String> {
    let stated = provider.evidence.is_empty() || provider.evidence.iter().any(|row| row.facts.contains(&facts));
    (says && !stated).then(|| format!("no [[evidence]] states {}", facts.word()))
}

fn limits(report: &mut Report<'_>, table: LimitsTable) -> Limits {
    Limits {
        access_tokens: table.access_tokens,
        access_token_window: table.access_token_window,
        live_access_tokens: table.live_access_tokens,
        refresh_tokens_per_user: table.refresh_tokens_per_user,
        refresh_tokens_per_minute: table.refresh_tokens_per_minute,
        code_lifetime: table.code_lifetime,
        access_token_lifetime: table.access_token_lifetime,
        refresh_idle_days: table.refresh_idle_days,
        refresh_absolute_days: table.refresh_absolute_days,
        mfa_trust_days: table.mfa_trust_days,
        notes: lines(report, table.notes),
    }
}
