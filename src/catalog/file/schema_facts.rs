//! The keys of a catalog file, schema 1, for the reliability of its facts and for the limits and lifetimes at the
//! provider.

use serde::Deserialize;
use toml::Spanned;

#[derive(Clone, Copy, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Checked {
    Vendor,
    TwoSources,
    OneSource,
    /// The word that earlier versions used for one source.
    Unverified,
}

#[derive(Clone, Copy, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum RedirectAcceptanceWord {
    HttpLoopback,
    HttpsOnly,
    #[default]
    Unknown,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EvidenceTable {
    pub(super) kind: Spanned<String>,
    pub(super) read: Spanned<String>,
    pub(super) facts: Vec<Spanned<String>>,
    pub(super) sources: Vec<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EndDateTable {
    pub(super) of: Spanned<EndOf>,
    pub(super) on: Spanned<String>,
    pub(super) note: Spanned<String>,
    pub(super) action: Spanned<String>,
    #[serde(default)]
    pub(super) token_url: Option<Spanned<String>>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum EndOf {
    Api,
    TokenKind,
    Endpoint,
    Product,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct LimitsTable {
    pub(super) access_tokens: Option<u32>,
    pub(super) access_token_window: Option<u32>,
    pub(super) live_access_tokens: Option<u32>,
    pub(super) refresh_tokens_per_user: Option<u32>,
    pub(super) refresh_tokens_per_minute: Option<u32>,
    pub(super) code_lifetime: Option<u32>,
    pub(super) access_token_lifetime: Option<u32>,
    pub(super) refresh_idle_days: Option<u32>,
    pub(super) refresh_absolute_days: Option<u32>,
    pub(super) mfa_trust_days: Option<u32>,
    pub(super) notes: Vec<Spanned<String>>,
}
