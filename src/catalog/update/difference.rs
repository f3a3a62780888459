//! Compares two texts of a catalog file key by key, and finds the hosts that only the new one names.

use std::collections::{BTreeMap, BTreeSet};

use url::Url;

/// What a file changes.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct EntryDifference {
    /// Changed keys, in their order.
    pub changes: Vec<Change>,
    /// Hosts that secrets may be sent to and that the former text does not contain.
    pub new_hosts: Vec<String>,
}

/// One key that differs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Change {
    /// `auth.token_url`, `test.0.url`.
    pub key: String,
    /// `None` if the key is new.
    pub before: Option<String>,
    /// `None` if the key was removed.
    pub after: Option<String>,
}

/// Tables whose addresses are only for people to read: no secret is sent to them.
const ONLY_READ: [&str; 7] = ["console", "evidence", "panel", "limits", "sources", "end_date", "variable"];

/// What `after` changes compared with `before`; everything is new if there was nothing.
#[must_use]
pub(crate) fn differences(before: Option<&str>, after: &str) -> EntryDifference {
    let (before, after) = (before.map(flat).unwrap_or_default(), flat(after));
    let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let changes = keys.into_iter().filter(|key| before.get(*key) != after.get(*key)).map(|key| Change {
        key: key.clone(),
        before: before.get(key).cloned(),
        after: after.get(key).cloned(),
    });
    let known = hosts(&before);
    let new_hosts = hosts(&after).into_iter().filter(|host| !known.contains(host)).collect();
    EntryDifference { changes: changes.collect(), new_hosts }
}

fn flat(text: &str) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    if let Ok(table) = text.parse::<toml::Table>() {
        flatten("", &toml::Value::Table(table), &mut all);
    }
    all
}

fn flatten(key: &str, value: &toml::Value, all: &mut BTreeMap<String, String>) {
    let below = |name: &str| if key.is_empty() { name.to_owned() } else { format!("{key}.{name}") };
    match value {
        toml::Value::Table(table) => table.iter().for_each(|(name, value)| flatten(&below(name), value, all)),
        toml::Value::Array(items) if items.iter().any(toml::Value::is_table) => {
            items.iter().enumerate().for_each(|(at, value)| flatten(&below(&at.to_string()), value, all));
        }
        toml::Value::String(text) => {
            all.insert(key.to_owned(), text.clone());
        }
        other => {
            all.insert(key.to_owned(), other.to_string());
        }
    }
}

/// The hosts of addresses, and the values of variables that are hosts. A template counts as a host as it is written.
fn hosts(flat: &BTreeMap<String, String>) -> BTreeSet<String> {
    let address = |(key, value): (&String, &String)| {
        let top = key.split('.').next().unwrap_or_default();
        if ONLY_READ.contains(&top) {
            return None;
        }
        // Split without `Url`, which does not allow braces in hosts.
        let rest = value.strip_prefix("https://").or_else(|| value.strip_prefix("http://"))?;
        let host = rest.split(['/', '?', '#']).next()?;
        Some(Url::parse(value).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or(host.to_owned()))
    };
    let of_variable = |(key, value): (&String, &String)| {
        let mut parts = key.split('.');
        let is_variable = parts.next() == Some("variable");
        let is_value = key.contains(".sets.") || matches!(parts.next_back(), Some("value" | "default"));
        (is_variable && is_value && value.contains('.')).then(|| value.clone())
    };
    flat.iter().filter_map(address).chain(flat.iter().filter_map(of_variable)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: &str = "id = \"acme\"\n[console]\nurl = \"https://a.example/\"\n[auth]\ntoken_url = \"https://{host}/t\"\n\
        [[test]]\nurl = \"https://api.acme.example/me\"\n";

    #[test]
    fn changed_keys_are_named_and_new_hosts_told() {
        let after = BEFORE.replace("{host}/t", "tokens.evil.example/t").replace("a.example", "b.example");
        let found = differences(Some(BEFORE), &after);
        let keys: Vec<&str> = found.changes.iter().map(|change| change.key.as_str()).collect();
        assert_eq!(keys, ["auth.token_url", "console.url"]);
        assert_eq!(found.new_hosts, ["tokens.evil.example"], "nothing is sent to a console");
        assert_eq!(differences(Some(BEFORE), BEFORE), EntryDifference::default());
    }

    #[test]
    fn a_new_choice_of_a_host_is_a_new_host() {
        let variable =
            |value: &str| format!("{BEFORE}[[variable]]\nname = \"host\"\nchoices = [{{ value = \"{value}\" }}]\n");
        let found = differences(Some(&variable("eu.acme.example")), &variable("eu.evil.example"));
        assert_eq!(found.new_hosts, ["eu.evil.example"]);
    }

    #[test]
    fn all_of_a_new_entry_is_new() {
        let found = differences(None, BEFORE);
        assert_eq!(found.new_hosts.len(), 2);
        assert!(found.changes.iter().all(|change| change.before.is_none()));
    }
}
