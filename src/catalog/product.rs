//! What a credential gives access to: products with hosts and test calls, lookups after login, placement of keys.

use std::collections::BTreeMap;

/// A product whose API the credential gives access to.
#[derive(Clone, Debug, Default)]
pub struct Product {
    /// Stable id, `[a-z0-9-]`.
    pub id: String,
    /// "Endpoint Central".
    pub name: String,
    /// API host by the code of a choice (a data center).
    pub hosts: BTreeMap<String, String>,
    /// Codes whose host is inferred, not read in a source.
    pub unverified: Vec<String>,
    /// Headers each call needs, as templates.
    pub headers: Vec<(String, String)>,
    /// Field names of a record, as (our name, the provider's name): `id`, `name` and the like.
    pub record: Vec<(String, String)>,
    /// Harmless calls that prove that the credential works.
    pub tests: Vec<TestCall>,
    /// Notes about its API.
    pub notes: Vec<String>,
}

/// A call that changes nothing and shows whether a credential works.
#[derive(Clone, Debug, Default)]
pub struct TestCall {
    /// "Managed devices".
    pub label: String,
    /// The scope it needs.
    pub scope: Option<String>,
    /// `GET` or `POST`.
    pub method: String,
    /// URL template; `{host}` is the product's host.
    pub url: String,
    /// Literal query parameters.
    pub query: Vec<(String, String)>,
    /// Extra headers, as templates.
    pub headers: Vec<(String, String)>,
    /// Value of the provider's request header in this call, as a template, if it differs from that of other calls.
    pub template: Option<String>,
    /// Literal body.
    pub body: Option<String>,
    /// Dotted paths of the JSON response that must have this value for the call to have worked. For an array on the
    /// path, its first element is used.
    pub ok_json: Vec<(String, String)>,
    /// Dotted path of the array of records.
    pub records: Option<String>,
    /// Dotted path of the total.
    pub total: Option<String>,
}

/// A call right after login whose response picks a value to keep.
#[derive(Clone, Debug, Default)]
pub struct Lookup {
    /// URL template.
    pub url: String,
    /// Dotted path of the list to pick from; `None`: the response itself.
    pub list: Option<String>,
    /// Dotted path of the text that shows an item to the user.
    pub label: Option<String>,
    /// As [`TestCall::template`].
    pub template: Option<String>,
    /// Values to keep, as (our name, dotted path in the item).
    pub pick: Vec<(String, String)>,
}

/// A second scope parameter.
#[derive(Clone, Debug, Default)]
pub struct ScopeGroup {
    /// The parameter of the authorization request.
    pub param: String,
    /// Its label, for the user.
    pub label: String,
    /// Pre-filled scopes.
    pub scopes: Vec<String>,
}

/// Where an API key goes.
#[derive(Clone, Debug)]
pub struct KeyPlacement {
    /// Header or query parameter.
    pub place: KeyPlace,
    /// Its name; may hold variables.
    pub name: String,
    /// Its value, over `{secret}` and variables.
    pub template: String,
}

/// Where a request carries the key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum KeyPlace {
    Header,
    Query,
}

/// HTTP Basic as templates over `{secret}` and variables.
#[derive(Clone, Debug)]
pub struct Basic {
    /// `{email}/token`.
    pub user: String,
    /// `{secret}`.
    pub password: String,
}

/// AWS Signature Version 4: no request carries the secret key, each is signed with it. Templates over variables.
#[derive(Clone, Debug)]
pub struct Signature {
    /// The key pair that signs: `{access_key_id}`.
    pub access_key: String,
    /// `{region}`.
    pub region: String,
    /// The signing name of the service, such as `sts`.
    pub service: String,
    /// The secret variable that holds the session token of temporary keys.
    pub session_token: Option<String>,
}
