//! Recognizes placeholders that manuals and templates use for a client ID or secret.

/// Placeholders of a single word, without separators.
const WORDS: [&str; 16] = [
    "changeme",
    "changethis",
    "replaceme",
    "replacethis",
    "placeholder",
    "todo",
    "tbd",
    "fixme",
    "none",
    "null",
    "undefined",
    "redacted",
    "clientid",
    "clientsecret",
    "refreshtoken",
    "removed",
];

/// How a placeholder begins, before the name of the field. None of these is a likely beginning of a client's name.
const BEGINNINGS: [&str; 7] = ["your", "enteryour", "insert", "put", "enter", "paste", "replacewith"];

/// Names of fields that a placeholder ends with.
const ENDINGS: [&str; 9] =
    ["clientid", "clientsecret", "appid", "appsecret", "apikey", "applicationid", "secret", "token", "here"];

/// Brackets around a placeholder.
const BRACKETS: [(&str, &str); 5] = [("<", ">"), ("{", "}"), ("[", "]"), ("%", "%"), ("__", "__")];

/// Quotation marks that were copied with a value.
const QUOTES: [(&str, &str); 4] = [("\"", "\""), ("'", "'"), ("`", "`"), ("“", "”")];

/// Why `text` cannot be a value: it is a variable, a placeholder, or still in its quotation marks. `None` for anything
/// else.
pub(super) fn why_not_a_value(text: &str) -> Option<&'static str> {
    let text = text.trim();
    let between = |pairs: &[(&str, &str)]| {
        pairs.iter().any(|(open, close)| {
            text.strip_prefix(open).and_then(|rest| rest.strip_suffix(close)).is_some_and(|inner| !inner.is_empty())
        })
    };
    if text.contains("{{") || ["${", "$(", "%("].iter().any(|start| text.starts_with(start)) {
        return Some("is a variable without its value");
    }
    if between(&QUOTES) || matches!(text, "\"\"" | "''") {
        return Some("is still in quotation marks");
    }
    let plain: String = text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    let crossed = text.chars().count() >= 3 && text.chars().all(|c| "xX*.-_#?•".contains(c));
    let named =
        BEGINNINGS.iter().any(|start| plain.starts_with(start)) && ENDINGS.iter().any(|end| plain.ends_with(end));
    (between(&BRACKETS) || crossed || named || WORDS.contains(&plain.as_str())).then_some("is a placeholder")
}

#[cfg(test)]
mod tests {
    use super::why_not_a_value;

    #[test]
    fn what_manuals_write_is_no_value() {
        for text in [
            "YOUR_CLIENT_ID",
            "yourClientId",
            "<your client id>",
            "<client_secret>",
            "xxxxx",
            "XXXX-XXXX",
            "changeme",
            "CHANGE_ME",
            "your-client-secret-here",
            "********",
            "••••",
            "TODO",
            "[CLIENT_ID]",
            "[REDACTED]",
            "__SECRET__",
            "REPLACE-ME",
            "insert client id",
            "enter-your-api-key",
            "client_id",
            "null",
            "......",
        ] {
            assert_eq!(why_not_a_value(text), Some("is a placeholder"), "{text}");
        }
        for text in ["{{clientSecret}}", "${CLIENT_ID}", "$(pass show x)", "%(client)s"] {
            assert_eq!(why_not_a_value(text), Some("is a variable without its value"), "{text}");
        }
        for text in ["\"1000.ABC\"", "'abc'", "`abc`", "\"\"", "“abc”"] {
            assert_eq!(why_not_a_value(text), Some("is still in quotation marks"), "{text}");
        }
    }

    #[test]
    fn what_a_provider_or_a_person_chose_is_one() {
        for text in [
            "1000.ABCDEF",
            "1000.X*x",
            "0oa1b2c3",
            "8f6e1d7a-0000-4000-8000-000000000000",
            "123-abc.apps.googleusercontent.com",
            "GOCSPX-fakefake",
            "abC8Q~fake",
            "xoxb-123",
            "my-company-sync",
            "my-client-id",
            "my-app",
            "example-app",
            "add-users-service",
            "enterprise-portal",
            "mail-client",
            "mysql7",
            "your",
            "your5ecretQ8",
            "secret",
            "secretservice",
            "topsecret-1",
            "CNRY-client-secret",
            "cid",
            "id",
            "x",
            "xx",
            "\"",
            "ab\"cd",
            "a\"b\"",
            "a'b",
            "token-1",
            "",
        ] {
            assert_eq!(why_not_a_value(text), None, "{text}");
        }
    }
}
