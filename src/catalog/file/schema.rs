//! The keys of a catalog file, schema 1. `assets/catalog/README.md` explains each.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::auth_kind::AuthKind;
use super::schema_facts::{Checked, EndDateTable, EvidenceTable, LimitsTable, RedirectAcceptanceWord};

/// A text with its position in the file.
pub(super) type Text = Spanned<String>;
/// A table of texts; sorted by position in the file when it is read.
pub(super) type Table = BTreeMap<Text, Text>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    /// Read before everything else; listed here so that it is a known and required key.
    #[serde(rename = "schema")]
    pub(super) _schema: i64,
    pub(super) id: Text,
    pub(super) name: Text,
    #[serde(default)]
    pub(super) group: Option<Text>,
    pub(super) category: Text,
    #[serde(default)]
    pub(super) aliases: Vec<Text>,
    #[serde(default)]
    pub(super) verification: Option<Spanned<Checked>>,
    #[serde(default)]
    pub(super) sources: Vec<Text>,
    #[serde(default)]
    pub(super) evidence: Vec<EvidenceTable>,
    #[serde(default)]
    pub(super) end_date: Vec<EndDateTable>,
    #[serde(default)]
    pub(super) retired: Option<Text>,
    #[serde(default)]
    pub(super) redirect_accepts: Option<Spanned<RedirectAcceptanceWord>>,
    #[serde(default)]
    pub(super) redirect: RedirectRule,
    #[serde(default)]
    pub(super) redirect_uri: Option<Text>,
    #[serde(default)]
    pub(super) console: ConsoleTable,
    #[serde(default)]
    pub(super) variable: Vec<VariableTable>,
    pub(super) auth: AuthTable,
    #[serde(default)]
    pub(super) relocation: Option<RelocationTable>,
    #[serde(default)]
    pub(super) scope_group: Vec<ScopeGroupTable>,
    #[serde(default)]
    pub(super) token_set: Vec<TokenSetTable>,
    #[serde(default)]
    pub(super) request: RequestTable,
    #[serde(default)]
    pub(super) key: Vec<KeyTable>,
    #[serde(default)]
    pub(super) basic: Option<BasicTable>,
    #[serde(default)]
    pub(super) signature: Option<SignatureTable>,
    #[serde(default)]
    pub(super) test: Vec<TestTable>,
    #[serde(default)]
    pub(super) post_auth: Vec<LookupTable>,
    #[serde(default)]
    pub(super) product: Vec<ProductTable>,
    #[serde(default)]
    pub(super) load: Vec<LoadTable>,
    #[serde(default)]
    pub(super) error: Vec<ErrorTable>,
    #[serde(default)]
    pub(super) api_error: Vec<ApiErrorTable>,
    #[serde(default)]
    pub(super) panel: Vec<PanelTable>,
    #[serde(default)]
    pub(super) limits: LimitsTable,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum RedirectRule {
    Loopback,
    #[default]
    LoopbackFixedPort,
    LoopbackHttps,
    HttpsPaste,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ConsoleTable {
    pub(super) url: Option<Text>,
    pub(super) steps: Vec<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VariableTable {
    pub(super) name: Text,
    pub(super) label: Text,
    #[serde(default)]
    pub(super) help: Option<Text>,
    #[serde(default)]
    pub(super) example: Option<Text>,
    #[serde(default)]
    pub(super) default: Option<Text>,
    #[serde(default)]
    pub(super) kind: Kind,
    #[serde(default)]
    pub(super) pattern: Option<Text>,
    #[serde(default)]
    pub(super) optional: bool,
    #[serde(default)]
    pub(super) secret: Option<Spanned<bool>>,
    #[serde(default)]
    pub(super) choices: Vec<Spanned<ChoiceTable>>,
    #[serde(default)]
    pub(super) corrections: Table,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Kind {
    Host,
    Url,
    #[default]
    Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChoiceTable {
    pub(super) label: Text,
    pub(super) value: Text,
    #[serde(default)]
    pub(super) code: Option<Text>,
    #[serde(default)]
    pub(super) accepts: Vec<Text>,
    #[serde(default)]
    pub(super) sets: Table,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AuthTable {
    pub(super) kind: Spanned<AuthKind>,
    #[serde(default)]
    pub(super) authorize_url: Option<Text>,
    #[serde(default)]
    pub(super) token_url: Option<Text>,
    #[serde(default)]
    pub(super) refresh_url: Option<Text>,
    #[serde(default)]
    pub(super) revoke_url: Option<Text>,
    #[serde(default)]
    pub(super) userinfo_url: Option<Text>,
    #[serde(default)]
    pub(super) device_url: Option<Text>,
    #[serde(default)]
    pub(super) issuer: Option<Text>,
    #[serde(default)]
    pub(super) client_auth: Option<Text>,
    #[serde(default)]
    pub(super) basic_scheme: Option<Text>,
    #[serde(default)]
    pub(super) client_secret: Need,
    #[serde(default)]
    pub(super) token_body: Option<Text>,
    #[serde(default)]
    pub(super) form_answer: bool,
    #[serde(default)]
    pub(super) pkce: Option<Text>,
    #[serde(default)]
    pub(super) scopes: Vec<Text>,
    #[serde(default)]
    pub(super) scope_separator: Option<Text>,
    #[serde(default)]
    pub(super) scope_help: Table,
    #[serde(default)]
    pub(super) needs_scope: Option<Text>,
    #[serde(default)]
    pub(super) refresh: Option<Text>,
    #[serde(default)]
    pub(super) refresh_token_required: Option<Text>,
    #[serde(default)]
    pub(super) authorize_params: Table,
    #[serde(default)]
    pub(super) token_params: Table,
    #[serde(default)]
    pub(super) refresh_params: Table,
    #[serde(default)]
    pub(super) revoke_params: Option<Table>,
    #[serde(default)]
    pub(super) token_headers: Table,
    #[serde(default)]
    pub(super) rename: Table,
    #[serde(default)]
    pub(super) drop: Vec<Text>,
    #[serde(default)]
    pub(super) token_types: Vec<Text>,
    #[serde(default)]
    pub(super) token_path: Option<Text>,
    #[serde(default)]
    pub(super) token_kind: Option<Text>,
    #[serde(default)]
    pub(super) capture_token: Table,
    #[serde(default)]
    pub(super) capture_redirect: Table,
    #[serde(default)]
    pub(super) default_ttl: Option<u32>,
    #[serde(default)]
    pub(super) expires_in_seconds_key: Option<Text>,
    #[serde(default)]
    pub(super) throttle_wait: Option<u32>,
    #[serde(default)]
    pub(super) throttle_marker: Option<MarkerTable>,
    #[serde(default)]
    pub(super) bare_code: bool,
    #[serde(default)]
    pub(super) device_params: Table,
    #[serde(default)]
    pub(super) device_code_name: Option<Text>,
    #[serde(default)]
    pub(super) device_interval: Option<u32>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Need {
    #[default]
    Required,
    Optional,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MarkerTable {
    pub(super) key: Text,
    pub(super) value: Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RelocationTable {
    pub(super) variable: Text,
    #[serde(default)]
    pub(super) server: Option<Text>,
    #[serde(default)]
    pub(super) location: Option<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScopeGroupTable {
    pub(super) param: Text,
    pub(super) label: Text,
    #[serde(default)]
    pub(super) scopes: Vec<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TokenSetTable {
    pub(super) kind: Text,
    pub(super) label: Text,
    pub(super) path: Text,
    pub(super) scope_param: Text,
    pub(super) scopes: Text,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RequestTable {
    pub(super) header: Option<Text>,
    pub(super) template: Option<Text>,
    pub(super) headers: Table,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeyTable {
    #[serde(rename = "in")]
    pub(super) place: KeyPlaceWord,
    pub(super) name: Text,
    pub(super) template: Text,
}

#[derive(Clone, Copy, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum KeyPlaceWord {
    Header,
    Query,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BasicTable {
    pub(super) user: Text,
    pub(super) password: Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SignatureTable {
    pub(super) access_key: Text,
    pub(super) region: Text,
    pub(super) service: Text,
    #[serde(default)]
    pub(super) session_token: Option<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TestTable {
    #[serde(default)]
    pub(super) label: Option<Text>,
    #[serde(default)]
    pub(super) scope: Option<Text>,
    #[serde(default)]
    pub(super) method: Method,
    pub(super) url: Text,
    #[serde(default)]
    pub(super) query: Table,
    #[serde(default)]
    pub(super) headers: Table,
    #[serde(default)]
    pub(super) template: Option<Text>,
    #[serde(default)]
    pub(super) body: Option<Text>,
    #[serde(default)]
    pub(super) ok_json: Table,
    #[serde(default)]
    pub(super) records: Option<Text>,
    #[serde(default)]
    pub(super) total: Option<Text>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum Method {
    #[default]
    Get,
    Post,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LookupTable {
    pub(super) url: Text,
    #[serde(default)]
    pub(super) list: Option<Text>,
    #[serde(default)]
    pub(super) label: Option<Text>,
    #[serde(default)]
    pub(super) template: Option<Text>,
    pub(super) pick: Table,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProductTable {
    pub(super) id: Text,
    pub(super) name: Text,
    #[serde(default)]
    pub(super) hosts: Table,
    #[serde(default)]
    pub(super) unverified: Vec<Text>,
    #[serde(default)]
    pub(super) headers: Table,
    #[serde(default)]
    pub(super) record: Table,
    #[serde(default)]
    pub(super) test: Vec<TestTable>,
    #[serde(default)]
    pub(super) notes: Vec<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LoadTable {
    pub(super) id: Text,
    pub(super) label: Text,
    #[serde(default)]
    pub(super) parameters: Table,
    #[serde(default)]
    pub(super) product: Option<Text>,
    #[serde(default)]
    pub(super) scope: Option<Text>,
    #[serde(default)]
    pub(super) filters: Table,
    pub(super) url: Text,
    #[serde(default)]
    pub(super) query: Table,
    #[serde(default)]
    pub(super) headers: Table,
    #[serde(default)]
    pub(super) records: Option<Text>,
    pub(super) key: Text,
    #[serde(default)]
    pub(super) total: Option<Text>,
    #[serde(default)]
    pub(super) ok_json: Table,
    #[serde(default)]
    pub(super) page: Option<PageTable>,
    #[serde(default)]
    pub(super) per_minute: Option<Spanned<u32>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PageTable {
    pub(super) by: Spanned<PagingWord>,
    #[serde(default)]
    pub(super) parameter: Option<Text>,
    #[serde(default)]
    pub(super) first: Option<Spanned<u32>>,
    #[serde(default)]
    pub(super) limit: Option<Text>,
    #[serde(default)]
    pub(super) size: Option<Spanned<i64>>,
    #[serde(default)]
    pub(super) at: Option<Text>,
    #[serde(default)]
    pub(super) more: Option<Text>,
    #[serde(default)]
    pub(super) json: Option<Text>,
    #[serde(default)]
    pub(super) past_end: Vec<Spanned<u16>>,
}

#[derive(Clone, Copy, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum PagingWord {
    Offset,
    Number,
    Cursor,
    NextUrl,
    Link,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ErrorTable {
    pub(super) code: Option<Text>,
    pub(super) at: Option<Text>,
    pub(super) status: Option<Spanned<u16>>,
    pub(super) class: Spanned<Class>,
    pub(super) hint: Text,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Class {
    Reauthenticate,
    Misconfigured,
    Throttled,
    Temporary,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ApiErrorTable {
    #[serde(default)]
    pub(super) product: Option<Text>,
    #[serde(default)]
    pub(super) status: Option<Spanned<u16>>,
    #[serde(default)]
    pub(super) at: Option<Text>,
    #[serde(default)]
    pub(super) is: Option<Text>,
    pub(super) class: Spanned<ApiWord>,
    pub(super) hint: Text,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ApiWord {
    Token,
    Scope,
    Unavailable,
    Throttled,
    Request,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PanelTable {
    pub(super) title: Text,
    pub(super) lines: Vec<Text>,
}
