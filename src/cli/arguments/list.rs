//! Arguments of `credenza list`.

use clap::{Args, ValueEnum};

/// `credenza list`.
#[derive(Args, Debug)]
pub struct List {
    /// Words a row must have, as in the filter of the screens: `zoho owner:ana '!tag:test'`.
    #[arg(value_name = "FILTER")]
    pub filter: Vec<String>,
    /// List only credentials whose status begins with STATUS, such as needs or not-authenticated.
    #[arg(long, value_name = "STATUS")]
    pub status: Option<String>,
    /// List only credentials with an owner that has a word beginning with OWNER.
    #[arg(long, value_name = "OWNER")]
    pub owner: Option<String>,
    /// List only credentials with this tag; repeat to require several.
    #[arg(long = "tag", value_name = "TAG")]
    pub tags: Vec<String>,
    /// List only credentials of this integration.
    #[arg(long, value_name = "INTEGRATION")]
    pub integration: Option<String>,
    /// These columns, in this order: id, name, integration, grant, status, owner, tags, description, expires_on,
    /// access_token_expires_at, authenticated_at, created_at.
    #[arg(long, value_name = "COLUMN,...", value_delimiter = ',')]
    pub columns: Vec<String>,
    /// Sort by this column; rows without a value come last.
    #[arg(long, value_name = "COLUMN")]
    pub sort: Option<String>,
    /// Sort in descending order.
    #[arg(long, requires = "sort")]
    pub reverse: bool,
    /// How to print: table, csv, tsv, json, or a template with columns in braces, such as '{name}\t{status}'.
    #[arg(long, value_name = "FORMAT", conflicts_with = "json")]
    pub format: Option<String>,
    /// Whether the table has colors; auto: in a terminal, unless NO_COLOR is set.
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = When::Auto)]
    pub color: When,
}

/// When the table is colored.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum When {
    /// On a terminal that has colors, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}
