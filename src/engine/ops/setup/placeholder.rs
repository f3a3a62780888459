//! Recognizes what examples and templates put where a client ID or secret belongs.

/// Words that stand alone for a value, without what separates their parts.
const WORDS: [&str; 10] = [
    "changeme",
    "changethis",
    "replaceme",
    "replacethis",
    "placeholder",
    "todo",
    "tbd",
    "fixme",
    "clientid",
    "clientsecret",
];

/// What a placeholder begins with, before the name of the field.
const BEGINNINGS: [&str; 6] = ["your", "enteryour", "insertyour", "put", "enter", "replacewith"];

/// Names of fields that a placeholder ends with.
const ENDINGS: [&str; 9] =
    ["clientid", "clientsecret", "appid", "appsecret", "apikey", "applicationid", "secret", "token", "here"];

/// What `text` is instead of a value: a placeholder, or a value still in its quotes; `None` for anything else.
pub(super) fn reason(text: &str) -> Option<&'static str> {
    let pairs = [('"', '"'), ('\'', '\''), ('`', '`')];
    if text.len() > 1 && pairs.iter().any(|(open, close)| text.starts_with(*open) && text.ends_with(*close)) {
        return Some("is still in quotes");
    }
    let bracketed = [('<', '>'), ('{', '}'), ('[', ']')]
        .iter()
        .any(|(open, close)| text.len() > 2 && text.starts_with(*open) && text.ends_with(*close));
    let variable = text.starts_with("${") || text.starts_with("%(") || text.starts_with("$(");
    let plain: String = text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    let crossed = text.len() >= 3 && text.chars().all(|c| matches!(c, 'x' | 'X' | '*' | '.' | '-' | '_' | '#' | '?'));
    let named =
        BEGINNINGS.iter().any(|start| plain.starts_with(start)) && ENDINGS.iter().any(|end| plain.ends_with(end));
    (bracketed || variable || crossed || named || WORDS.contains(&plain.as_str())).then_some("is a placeholder")
}

#[cfg(test)]
mod tests {
    use super::reason;

    #[test]
    fn placeholders_and_quoted_values_are_told_from_values() {
        for text in [
            "YOUR_CLIENT_ID",
            "<your client id>",
            "<client_secret>",
            "xxxxx",
            "XXXX-XXXX",
            "changeme",
            "CHANGE_ME",
            "your-client-secret-here",
            "{{clientSecret}}",
            "${CLIENT_ID}",
            "$(pass show x)",
            "********",
            "TODO",
            "[CLIENT_ID]",
            "REPLACE-ME",
            "enter-your-api-key",
            "client_id",
            "......",
        ] {
            assert_eq!(reason(text), Some("is a placeholder"), "{text}");
        }
        for text in ["\"1000.ABC\"", "'abc'", "`abc`", "\"\""] {
            assert_eq!(reason(text), Some("is still in quotes"), "{text}");
        }
        for text in [
            "1000.ABCDEF",
            "0oa1b2c3",
            "my-company-sync",
            "xoxb-123",
            "123-abc.apps.googleusercontent.com",
            "your",
            "secretservice",
            "my-client-id",
            "secret",
            "xx",
            "cid",
            "x",
            "CNRY-client-secret",
            "myapp",
            "c",
            "topsecret-1",
            "\"",
            "a\"b\"",
            "8f6e1d7a-0000-4000-8000-000000000000",
            "token-1",
            "1000.X*x",
        ] {
            assert_eq!(reason(text), None, "{text}");
        }
    }
}
