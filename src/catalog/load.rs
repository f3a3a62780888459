//! What can be loaded from a provider: where its records are, which field names one, and how its pages follow.

/// One kind of record, such as the managed devices.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Load {
    /// Stable id within the provider, `[a-z0-9-]`.
    pub id: String,
    /// "Managed devices".
    pub label: String,
    /// The id of the product whose host and headers the call takes.
    pub product: Option<String>,
    /// The scope it needs.
    pub scope: Option<String>,
    /// What the person says of each integration: name in templates, label. Never part of a host.
    pub parameters: Vec<(String, String)>,
    /// Query parameters a person may narrow the records with: name, label; sent where they have a value.
    pub filters: Vec<(String, String)>,
    /// URL template of the first page, without what its [`Paging`] adds; `{host}` is the product's host.
    pub url: String,
    /// Query parameters, literal.
    pub query: Vec<(String, String)>,
    /// Extra headers, as templates.
    pub headers: Vec<(String, String)>,
    /// Dotted path of the array of records; `None`: the response is the array.
    pub records: Option<String>,
    /// Dotted path of the field in a record that tells it from all others.
    pub key: String,
    /// Dotted path of the total, where the response has one. A hint for the progress only: totals lie.
    pub total: Option<String>,
    /// As in a test call: dotted paths that must have this value for the answer to be one.
    pub ok_json: Vec<(String, String)>,
    /// How the pages follow each other.
    pub paging: Paging,
    /// HTTP statuses that mean, after one page at least, that there is no further one.
    pub past_end: Vec<u16>,
    /// Calls the provider allows in a minute; `None`: it says so only when there were too many.
    pub per_minute: Option<u32>,
}

/// How one page leads to the next. HTTP 204 is the end of all; an empty page only where pages are counted: a server may
/// filter one empty and still name the next.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Paging {
    /// There is one page.
    #[default]
    None,
    /// By the number of records before the page: `offset` and `limit`.
    Offset(CountedPaging),
    /// By the number of the page.
    Number(CountedPaging),
    /// By a word that the response gives for the next page.
    Cursor {
        /// The parameter it is sent in.
        parameter: String,
        /// Dotted path of it in the response; missing or empty there: the end.
        at: String,
        /// How many records a page has.
        size: Option<PageSize>,
    },
    /// By the URL of the next page in the response; followed on the same host only.
    NextUrl {
        /// Dotted path of it; missing there: the end.
        at: String,
        /// How many records a page has.
        size: Option<PageSize>,
    },
    /// By the `Link` header with `rel="next"` (RFC 8288); followed on the same host only.
    Link {
        /// How many records a page has.
        size: Option<PageSize>,
    },
}

/// Paging that counts.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct CountedPaging {
    /// The parameter that counts.
    pub parameter: String,
    /// What it is on the first page.
    pub first: u32,
    /// How many records a page has.
    pub size: PageSize,
    /// Dotted path of the flag that says whether there are more; without it the end is a page without records.
    pub more: Option<String>,
    /// The query parameter that holds the others, as JSON; their names are dotted paths in it then.
    pub json: Option<String>,
}

/// How many records a page has.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct PageSize {
    /// The parameter it is asked with.
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
