//! `[[load]]` and `[[api_error]]`: which records can be loaded, how they are paged, and what refusals mean. A key that
//! the kind of paging does not use is a defect.

use toml::Spanned;

use super::report::{Report, did_you_mean};
use super::reserved;
use super::schema::{ApiErrorTable, ApiWord, LoadTable, PageTable, PagingWord, Text};
use super::text::{Names, id, line, optional, pairs, templates, title, url};
use crate::catalog::api_error::{ApiClass, ApiError};
use crate::catalog::load::{CountedPaging, PageSize, Paging, RecordType};
use crate::catalog::product::Product;

/// Most records per request.
const MAX_SIZE: i64 = 10_000;

pub(super) fn loads(
    report: &mut Report<'_>,
    tables: Vec<LoadTable>,
    names: &Names,
    products: &[Product],
) -> Vec<RecordType> {
    let mut loads: Vec<RecordType> = Vec::new();
    for table in tables {
        let place = table.id.span();
        let load = load(report, table, names, products);
        if loads.iter().any(|known| known.id == load.id) {
            report.add(&place, format!("the id {} occurs twice", load.id));
        }
        loads.push(load);
    }
    loads
}

/// Reads what the error responses of the APIs mean.
pub(super) fn api_errors(report: &mut Report<'_>, tables: Vec<ApiErrorTable>, products: &[Product]) -> Vec<ApiError> {
    let rule = |table: ApiErrorTable| {
        check_product(report, table.product.as_ref(), products);
        if table.at.is_some() != table.is.is_some() {
            report.add(&table.class.span(), "at and is must be used together");
        } else if table.at.is_none() && table.status.is_none() {
            report.add(&table.class.span(), "a rule needs status, or at and is; otherwise it matches every response");
        }
        let class = match *table.class.get_ref() {
            ApiWord::Token => ApiClass::Token,
            ApiWord::Scope => ApiClass::Scope,
            ApiWord::Unavailable => ApiClass::Unavailable,
            ApiWord::Throttled => ApiClass::Throttled,
            ApiWord::Request => ApiClass::Request,
        };
        ApiError {
            product: optional(report, table.product),
            status: table.status.map(|status| *status.get_ref()),
            says: optional(report, table.at).zip(optional(report, table.is)),
            class,
            hint: line(report, table.hint),
        }
    };
    tables.into_iter().map(rule).collect()
}

fn check_product(report: &mut Report<'_>, product: Option<&Text>, products: &[Product]) {
    if let Some(product) = product
        && products.iter().all(|known| known.id != *product.get_ref())
    {
        let near = did_you_mean(product.get_ref(), products.iter().map(|known| known.id.as_str()));
        report.add(&product.span(), format!("no product has the id {}{near}", product.get_ref()));
    }
}

fn load(report: &mut Report<'_>, table: LoadTable, names: &Names, products: &[Product]) -> RecordType {
    check_product(report, table.product.as_ref(), products);
    reserved::check_headers(report, &table.headers);
    let mut hosts = names.with_captured();
    for name in table.parameters.keys() {
        if !names.is_free(name.get_ref()) || names.captured.contains(name.get_ref()) {
            report.add(&name.span(), "a parameter's name must match [a-z][a-z0-9_]* and must not exist already");
        }
        // Declared, but not as a host: what the user enters here never decides where a token is sent.
        hosts.declared.insert(name.get_ref().clone());
    }
    check_filters(report, &table);
    if let Some(count) = table.per_minute.as_ref().filter(|count| *count.get_ref() == 0) {
        report.add(&count.span(), "at least one call a minute");
    }
    let host: &[&str] = if table.product.is_some() { &["host"] } else { &[] };
    RecordType {
        id: id(report, table.id),
        label: title(report, table.label),
        product: optional(report, table.product),
        scope: optional(report, table.scope),
        parameters: pairs(report, table.parameters),
        filters: pairs(report, table.filters),
        url: url(report, table.url, &hosts, host),
        query: pairs(report, table.query),
        headers: templates(report, table.headers, names, &["client_id"]),
        records: optional(report, table.records),
        key: line(report, table.key),
        total: optional(report, table.total),
        ok_json: pairs(report, table.ok_json),
        past_end: table.page.as_ref().map_or_else(Vec::new, |page| past_end(report, page)),
        paging: table.page.map_or(Paging::None, |page| paging(report, page)),
        per_minute: table.per_minute.map(Spanned::into_inner),
    }
}

/// A filter is added to the query; a parameter that is already there would appear twice.
fn check_filters(report: &mut Report<'_>, table: &LoadTable) {
    let pages = |page: &PageTable, name| [&page.parameter, &page.limit, &page.json].contains(&&Some(Text::clone(name)));
    for name in table.filters.keys() {
        let taken = if table.parameters.contains_key(name) {
            "it is already a parameter"
        } else if table.query.contains_key(name) {
            "the query already has it"
        } else if table.page.as_ref().is_some_and(|page| pages(page, name)) {
            "paging already sets it"
        } else {
            continue;
        };
        report.add(&name.span(), taken);
    }
}

/// Reads the statuses that mark the end. A status with another meaning is a defect, because records that exist would
/// then be taken for the end.
fn past_end(report: &mut Report<'_>, page: &PageTable) -> Vec<u16> {
    for status in &page.past_end {
        if !(400..500).contains(status.get_ref()) || [401, 403, 407, 408, 429].contains(status.get_ref()) {
            report.add(&status.span(), "past_end takes statuses from 400 to 499, except 401, 403, 407, 408 and 429");
        }
    }
    page.past_end.iter().map(|status| *status.get_ref()).collect()
}

fn paging(report: &mut Report<'_>, mut page: PageTable) -> Paging {
    let (by, way) = (page.by.span(), *page.by.get_ref());
    let size = size(report, &mut page);
    let mut need = |text: Option<Text>, key: &str| {
        if text.is_none() {
            report.add(&by, format!("this way of paging needs {key}"));
        }
        optional(report, text).unwrap_or_default()
    };
    let paging = match way {
        PagingWord::Offset | PagingWord::Number => {
            let parameter = need(page.parameter.take(), "parameter");
            if size.is_none() {
                report.add(&by, "this way of paging needs limit and size");
            }
            let counted = CountedPaging {
                parameter,
                first: page.first.take().map_or(u32::from(way == PagingWord::Number), |first| *first.get_ref()),
                size: size.unwrap_or_default(),
                more: optional(report, page.more.take()),
                json: optional(report, page.json.take()),
            };
            if way == PagingWord::Offset { Paging::Offset(counted) } else { Paging::Number(counted) }
        }
        PagingWord::Cursor => {
            let (parameter, at) = (need(page.parameter.take(), "parameter"), need(page.at.take(), "at"));
            Paging::Cursor { parameter, at, size }
        }
        PagingWord::NextUrl => Paging::NextUrl { at: need(page.at.take(), "at"), size },
        PagingWord::Link => Paging::Link { size },
    };
    let first = page.first.map(|first| first.span());
    let left = [&page.parameter, &page.at, &page.more, &page.json].into_iter().flatten().map(Text::span).chain(first);
    for place in left {
        report.add(&place, "this way of paging does not read this key");
    }
    paging
}

/// Reads the page size. Both keys are required together.
fn size(report: &mut Report<'_>, page: &mut PageTable) -> Option<PageSize> {
    match (page.limit.take(), page.size.take()) {
        (Some(limit), Some(size)) => {
            let records = *size.get_ref();
            if !(1..=MAX_SIZE).contains(&records) {
                report.add(&size.span(), format!("a page has 1 to {MAX_SIZE} records"));
            }
            Some(PageSize { parameter: line(report, limit), records: u32::try_from(records).unwrap_or(1) })
        }
        (None, None) => None,
        (Some(limit), None) => {
            report.add(&limit.span(), "limit needs size");
            None
        }
        (None, Some(size)) => {
            report.add(&size.span(), "size needs limit, the parameter that requests it");
            None
        }
    }
}
