//! Parses INI files: sections of `key = value`, as in PostgreSQL service files and AWS profiles.

use zeroize::Zeroizing;

/// The values of one section, in the order of the file; `None` if there is no such section.
pub(super) fn section<'a>(text: &'a str, wanted: &str) -> Option<Vec<(&'a str, &'a str)>> {
    let mut inside = false;
    let mut found: Option<Vec<(&str, &str)>> = None;
    for line in text.lines() {
        let trimmed = line.trim();
        if let Some(name) = trimmed.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            inside = name.trim() == wanted;
            if inside {
                found.get_or_insert_default();
            }
            continue;
        }
        // An indented line belongs to a nested setting, which this parser ignores.
        let nested = line.starts_with([' ', '\t']);
        if !inside || nested || trimmed.starts_with(['#', ';']) {
            continue;
        }
        if let (Some((key, value)), Some(values)) = (trimmed.split_once('='), found.as_mut()) {
            values.push((key.trim(), value.trim()));
        }
    }
    found
}

/// The last non-empty value of a key.
pub(super) fn value(values: &[(&str, &str)], key: &str) -> Option<Zeroizing<String>> {
    let found = values.iter().rev().find(|(name, value)| *name == key && !value.is_empty());
    found.map(|(_, value)| Zeroizing::new((*value).to_owned()))
}

/// The section names, to list them in an error message.
pub(super) fn names(text: &str) -> Vec<&str> {
    text.lines().filter_map(|line| Some(line.trim().strip_prefix('[')?.strip_suffix(']')?.trim())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# a comment\n[default]\nregion = eu-west-1\ns3 =\n  endpoint_url = http://nested\n\n[profile acme]\n\
                        region=us-east-2\nregion = eu-north-1\n; no\nempty =\n";

    #[test]
    fn a_section_has_its_own_values_and_the_last_one_counts() {
        let acme = section(FILE, "profile acme").unwrap();
        assert_eq!(value(&acme, "region").as_deref().map(String::as_str), Some("eu-north-1"));
        assert_eq!(value(&acme, "empty"), None);
        let default = section(FILE, "default").unwrap();
        assert_eq!(default, [("region", "eu-west-1"), ("s3", "")]);
        assert!(section(FILE, "acme").is_none());
        assert_eq!(names(FILE), ["default", "profile acme"]);
    }
}
