//! The record types that can be loaded from a provider: where the records are, which field identifies one, and how they
//! are paged.

/// One record type, such as the managed devices.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct RecordType {
    /// Stable id within the provider, `[a-z0-9-]`.
    pub id: String,
    /// "Managed devices".
    pub label: String,
    /// The id of the product whose host and headers the call uses.
    pub product: Option<String>,
    /// The scope it needs.
    pub scope: Option<String>,
    /// What the user enters for each integration, as (name in templates, label). Never part of a host.
    pub parameters: Vec<(String, String)>,
    /// Query parameters that the user may filter the records with, as (name, label). Sent if they have a value.
    pub filters: Vec<(String, String)>,
    /// URL template of the first page, without what its [`Paging`] adds; `{host}` is the product's host.
    pub url: String,
    /// Literal query parameters.
    pub query: Vec<(String, String)>,
    /// Extra headers, as templates.
    pub headers: Vec<(String, String)>,
    /// Dotted path of the array of records; `None`: the response is the array.
    pub records: Option<String>,
    /// Dotted path of the field that identifies a record.
    pub key: String,
    /// Dotted path of the total, if the response has one. Only a hint for the progress, because totals can be wrong.
    pub total: Option<String>,
    /// Dotted paths that must have this value in a valid response, as in a test call.
    pub ok_json: Vec<(String, String)>,
    /// How the records are paged.
    pub paging: Paging,
    /// HTTP statuses that mean, after at least one page, that there are no more.
    pub past_end: Vec<u16>,
    /// Calls per minute that the provider allows; `None` if it says so only when there were too many.
    pub per_minute: Option<u32>,
}

/// How one page leads to the next. HTTP 204 always ends the paging. An empty page ends it only if pages are counted,
/// because a server may filter out all records of a page and still name the next one.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Paging {
    /// There is one page.
    #[default]
    None,
    /// By the number of records before the page: `offset` and `limit`.
    Offset(CountedPaging),
    /// By the number of the page.
    Number(CountedPaging),
    /// By a cursor that the response contains for the next page.
    Cursor {
        /// The parameter that the cursor is sent in.
        parameter: String,
        /// Dotted path of the cursor in the response; the last page has none, or an empty one.
        at: String,
        size: Option<PageSize>,
    },
    /// By the URL of the next page in the response; followed only on the same host.
    NextUrl {
        /// Dotted path of the URL; the last page has none.
        at: String,
        size: Option<PageSize>,
    },
    /// By the `Link` header with `rel="next"` (RFC 8288); followed only on the same host.
    Link { size: Option<PageSize> },
}

/// Paging by a counter.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct CountedPaging {
    /// The parameter that counts.
    pub parameter: String,
    /// The value of the counter for the first page.
    pub first: u32,
    pub size: PageSize,
    /// Dotted path of the flag that says whether there are more pages; without it, a page without records is the end.
    pub more: Option<String>,
    /// The query parameter that contains the others as JSON; their names are then dotted paths in it.
    pub json: Option<String>,
}

/// The page size, and how it is requested.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct PageSize {
    /// The parameter that requests it.
    pub parameter: String,
    /// The requested size: the provider's maximum, if known.
    pub records: u32,
}

impl Paging {
    /// "by offset and limit, 100 a page".
    #[must_use]
    pub fn in_words(&self) -> String {
        let a_page =
            |size: Option<&PageSize>| size.map_or_else(String::new, |size| format!(", {} a page", size.records));
        match self {
            Self::None => "one page".to_owned(),
            Self::Offset(by) | Self::Number(by) => {
                format!("pages by {} and {}{}", by.parameter, by.size.parameter, a_page(Some(&by.size)))
            }
            Self::Cursor { parameter, at, size } => format!("pages by {parameter} from {at}{}", a_page(size.as_ref())),
            Self::NextUrl { at, size } => format!("pages by the URL in {at}{}", a_page(size.as_ref())),
            Self::Link { size } => format!("pages by the Link header{}", a_page(size.as_ref())),
        }
    }
}
