//! Arguments of `credenza edit`.

use clap::{ArgGroup, Args};

use super::values::key_value;

/// `credenza edit`.
#[derive(Args, Debug)]
#[command(group = ArgGroup::new("change").required(true).multiple(true).args([
    "owner", "description", "tags", "expires_on", "browser", "client_id", "variables", "scopes", "catalog_scopes",
    "redirect_uri",
]))]
pub struct Edit {
    /// Its name, an unambiguous prefix of it, or its id.
    pub name: String,
    /// Owner or contact; empty for none.
    #[arg(long)]
    pub owner: Option<String>,
    /// What it is for; empty for none.
    #[arg(long)]
    pub description: Option<String>,
    /// A word to filter by, instead of the current ones; can be repeated, empty for none.
    #[arg(long = "tag", value_name = "WORD")]
    pub tags: Vec<String>,
    /// The day the client secret, key or password expires (YYYY-MM-DD).
    #[arg(long, value_name = "DATE")]
    pub expires_on: Option<jiff::civil::Date>,
    /// The browser or profile to sign in with, as in $BROWSER; empty for the default browser.
    #[arg(long, value_name = "COMMAND")]
    pub browser: Option<String>,
    /// The client ID from the provider's console. For the client secret: credenza rotate.
    #[arg(long, value_name = "ID")]
    pub client_id: Option<String>,
    /// Set one of the integration's settings, such as the Customer Domain.
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = key_value)]
    pub variables: Vec<(String, String)>,
    /// Request this scope instead of the current ones; can be repeated.
    #[arg(long = "scope", value_name = "SCOPE")]
    pub scopes: Vec<String>,
    /// Request the catalog's scopes again.
    #[arg(long, conflicts_with = "scopes")]
    pub catalog_scopes: bool,
    /// The redirect URI registered at the provider.
    #[arg(long, value_name = "URI")]
    pub redirect_uri: Option<String>,
}
