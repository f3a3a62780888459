//! The formats of the providers' responses: one JSON file per load, in assets/sandbox/records.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;
use serde_json::Value;

/// The format of a provider's page of records. The catalog determines the paths of the records, the total and the next
/// page.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::sandbox) struct Shape {
    /// Default page size.
    pub(super) page: u64,
    /// The query parameter of a next-page URL that selects the page. `page` is a page number, other parameters are
    /// cursors.
    pub(super) next: Option<String>,
    /// Path of a next-page URL in a response of a load whose pages are numbered.
    pub(super) next_at: Option<String>,
    /// Response headers; without any, the content type is JSON.
    pub(super) headers: BTreeMap<String, String>,
    /// Cookies that the provider sets although nobody asked for them.
    pub(super) cookies: Vec<String>,
    /// Status of a page without records.
    pub(super) end_status: Option<u16>,
    /// The JSON around the records; `#total`, `#limit`, `#page`, `#pages`, `#start` and `#count` are replaced by
    /// numbers.
    pub(super) around: Value,
    /// The whole response if there are no records at all.
    pub(super) empty: Option<Value>,
    /// Records in the format of a [`Template`](super::template::Template), used in turn.
    pub(super) records: Vec<Value>,
}

struct File {
    provider: &'static str,
    load: &'static str,
    text: &'static str,
    parsed: OnceLock<Shape>,
}

impl File {
    /// Cannot fail on a file of the program, because a test parses every one.
    fn shape(&'static self) -> &'static Shape {
        self.parsed.get_or_init(|| serde_json::from_str(self.text).unwrap_or_default())
    }
}

macro_rules! files {
    ($($provider:literal $load:literal $file:literal),+ $(,)?) => {
        static FILES: [File; [$($file),+].len()] = [$(File {
            provider: $provider,
            load: $load,
            text: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/sandbox/records/", $file, ".json")),
            parsed: OnceLock::new(),
        }),+];
    };
}

files! {
    // For loads in the user's own catalog files.
    "" "" "general",
    "freshservice" "assets" "freshservice-assets",
    "github" "members" "github-members",
    "google-workspace" "users" "google-users",
    "jamf-pro" "computers" "jamf-computers",
    "jira" "users" "jira-users",
    "manageengine" "mdm-devices" "mdm-devices",
    "manageengine" "sdp-assets" "sdp-assets",
    "manageengine" "sdp-portal-assets" "sdp-assets",
    "manageengine" "ec-computers" "ec-computers",
    "manageengine" "ec-patches" "ec-patches",
    "microsoft-entra" "users" "graph-users",
    "microsoft-entra" "devices" "graph-devices",
    "microsoft-intune" "devices" "intune-devices",
    "okta" "users" "okta-users",
    "slack" "users" "slack-users",
    "zoom" "users" "zoom-users",
}

impl Shape {
    /// The shape of a load, or the general one.
    pub(in crate::sandbox) fn of(provider: &str, load: &str) -> &'static Self {
        let known = FILES.iter().find(|file| file.provider == provider && file.load == load);
        known.unwrap_or(&FILES[0]).shape()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Catalog, Origin};

    #[test]
    fn every_file_is_read_and_every_load_of_the_catalog_has_one() {
        for file in &FILES {
            let shape: Shape = serde_json::from_str(file.text).unwrap_or_else(|e| panic!("{}: {e}", file.load));
            assert!(shape.page > 0 && !shape.records.is_empty(), "{}", file.load);
        }
        let (catalog, _) = Catalog::load(std::path::Path::new("/nonexistent"), Origin::Internet);
        for provider in catalog.iter() {
            for load in &provider.loads {
                assert!(
                    FILES.iter().any(|file| file.provider == provider.id && file.load == load.id),
                    "{}: {}",
                    provider.id,
                    load.id
                );
            }
        }
    }
}
