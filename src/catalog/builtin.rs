//! The shipped files, each parsed on first use.

use std::sync::OnceLock;

use super::file::check;
use super::provider::Provider;

/// A shipped file. Its name is its id (a test checks this), so that looking up one provider parses one file.
struct BuiltIn {
    id: &'static str,
    text: &'static str,
    /// Boxed, to keep the table small.
    parsed: OnceLock<Option<Box<Provider>>>,
}

macro_rules! built_in {
    ($($id:literal),+ $(,)?) => {
        static FILES: [BuiltIn; [$($id),+].len()] = [$(BuiltIn {
            id: $id,
            text: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/catalog/", $id, ".toml")),
            parsed: OnceLock::new(),
        }),+];
    };
}

// The list is data, beside the files it names.
include!("../../assets/catalog/list.rs");

impl BuiltIn {
    /// `None` cannot happen: a test parses every file.
    fn provider(&'static self) -> Option<&'static Provider> {
        self.parsed.get_or_init(|| check(self.text, self.id).ok().map(Box::new)).as_deref()
    }
}

/// Binary search: the list is sorted (a test checks this).
fn file(id: &str) -> Option<&'static BuiltIn> {
    FILES.get(FILES.binary_search_by(|file| file.id.cmp(id)).ok()?)
}

pub(super) fn by_id(id: &str) -> Option<&'static Provider> {
    file(id)?.provider()
}

pub(super) fn text(id: &str) -> Option<&'static str> {
    file(id).map(|file| file.text)
}

pub(super) fn all() -> impl Iterator<Item = &'static Provider> {
    FILES.iter().filter_map(BuiltIn::provider)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_by_id() {
        assert!(FILES.is_sorted_by(|one, next| one.id < next.id));
        for file in &FILES {
            assert_eq!(by_id(file.id).map(|provider| provider.id.as_str()), Some(file.id));
        }
    }

    #[test]
    fn every_shipped_file_is_good_and_named_by_its_id() {
        for file in &FILES {
            let provider = check(file.text, file.id).unwrap_or_else(|defects| panic!("{}: {defects:#?}", file.id));
            assert_eq!(provider.id, file.id);
        }
    }

    #[test]
    fn every_file_of_the_folder_is_shipped() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/catalog");
        let mut there: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .filter_map(|entry| entry.unwrap().file_name().to_str()?.strip_suffix(".toml").map(str::to_owned))
            .collect();
        there.sort();
        assert_eq!(there, FILES.iter().map(|file| file.id).collect::<Vec<_>>());
    }
}
