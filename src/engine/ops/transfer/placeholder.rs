//! Tells a value that was left as the documentation had it from one that somebody filled in.

/// Starts of what manuals put in the place of a value.
const STARTS: [&str; 10] = ["your", "insert", "replace", "enter", "put", "paste", "add", "fill", "my", "example"];

/// Whole values that stand for none.
const WORDS: [&str; 20] = [
    "changeme",
    "change",
    "todo",
    "tbd",
    "fixme",
    "none",
    "null",
    "nil",
    "undefined",
    "redacted",
    "secret",
    "clientid",
    "clientsecret",
    "refreshtoken",
    "hidden",
    "masked",
    "placeholder",
    "dummy",
    "removed",
    "na",
];

/// Why the text is no value, if it is none: a placeholder, a variable of another file, or text in quotation marks.
pub(super) fn why_not_a_value(text: &str) -> Option<&'static str> {
    let text = text.trim();
    let between = |open: &str, close: &str| text.len() > 1 && text.starts_with(open) && text.ends_with(close);
    if text.contains("{{") || text.contains("${") || text.contains("%(") || text.starts_with("$(") {
        return Some("is a variable whose value is not in the file");
    }
    if ['"', '\'', '`', '“', '”'].into_iter().any(|mark| text.starts_with(mark) || text.ends_with(mark)) {
        return Some("has quotation marks around it");
    }
    if between("<", ">") || between("[", "]") || between("{", "}") || between("%", "%") || between("__", "__") {
        return Some("is a placeholder");
    }
    let lower = text.to_lowercase();
    let bare: String = lower.chars().filter(|c| c.is_alphanumeric()).collect();
    let mut letters = lower.chars();
    let repeated = letters.next().is_some_and(|first| "x*.•?-_0".contains(first) && letters.all(|c| c == first));
    // "your_client_id", "YOUR-SECRET-HERE", "replace me": a phrase, never the letters of a random value.
    let phrase = STARTS.into_iter().any(|start| {
        let rest = lower.strip_prefix(start).and_then(|rest| rest.strip_prefix(['_', '-', ' ', '.']));
        rest.is_some_and(|rest| rest.chars().all(|c| c.is_ascii_alphabetic() || "_- .".contains(c)))
    });
    let camel = STARTS.into_iter().any(|start| {
        let said = ["clientid", "clientsecret", "secret", "key", "token", "refreshtoken", "id", "appid", "me"];
        bare.strip_prefix(start).is_some_and(|rest| said.contains(&rest.strip_suffix("here").unwrap_or(rest)))
    });
    let placeholder = repeated && text.chars().count() >= 3 || phrase || camel || WORDS.contains(&bare.as_str());
    placeholder.then_some("is a placeholder")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_manuals_write_is_no_value() {
        for text in [
            "YOUR_CLIENT_ID",
            "<client id>",
            "xxxx",
            "xxxxxxxxxxxxxxxx",
            "your-secret-here",
            "yourClientId",
            "REPLACE_ME",
            "insert client id",
            "changeme",
            "change-me",
            "TODO",
            "[REDACTED]",
            "********",
            "••••",
            "{{client_id}}",
            "${CLIENT_ID}",
            "%(client)s",
            "\"abc\"",
            "'abc'",
            "`abc`",
            "client_secret",
            "__SECRET__",
            "null",
        ] {
            assert!(why_not_a_value(text).is_some(), "{text}");
        }
    }

    #[test]
    fn a_random_value_is_one() {
        for text in [
            "1000.ABC",
            "acme",
            "cid",
            "GOCSPX-fakefake",
            "abC8Q~fake",
            "mysql7",
            "ab\"cd",
            "x",
            "your5ecretQ8",
            "addf00d-1234",
            "mail-client",
            "my-app-7",
            "a'b",
            "0oa1b2c3",
            "exampleQ7z",
            "putty9",
            "secret-9f8e",
            "id",
        ] {
            assert_eq!(why_not_a_value(text), None, "{text}");
        }
    }
}
