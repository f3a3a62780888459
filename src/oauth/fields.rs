//! The members of a JSON object or of a form, one by one: a bad one spoils itself and no other.
//!
//! A whole-document parser gives up on `1e400`, `NaN` or a thousand brackets, and with it goes a refresh token that
//! was just rotated. This one slices an object without recursion, and leaves each value to whoever wants it.

use url::form_urlencoded;
use zeroize::Zeroizing;

/// Members of one object that are looked at: more than fit into a token answer, so that none hides the tokens.
const MAX_MEMBERS: usize = 16 * 1024;

/// Name and value of the members of an object, in order.
pub(crate) struct Fields<'a>(Vec<(String, Value<'a>)>);

/// One value, unread.
#[derive(Clone, Copy)]
pub(crate) enum Value<'a> {
    /// A slice of JSON.
    Json(&'a str),
    /// A form's text, still percent-encoded.
    Form(&'a str),
}

impl<'a> Fields<'a> {
    /// The members of the object that is the whole of `text`; `None` when it is not a closed object.
    pub(crate) fn json(text: &'a str) -> Option<Self> {
        let mut rest = text.trim_matches(is_blank).strip_prefix('{')?.trim_start_matches(is_blank);
        let mut members = Vec::new();
        if let Some(after) = rest.strip_prefix('}') {
            return after.is_empty().then_some(Self(members));
        }
        while members.len() < MAX_MEMBERS {
            let end = string_end(rest)?;
            let name: String = serde_json::from_str(&rest[..end]).ok()?;
            rest = rest[end..].trim_start_matches(is_blank).strip_prefix(':')?.trim_start_matches(is_blank);
            let end = value_end(rest)?;
            members.push((name, Value::Json(rest[..end].trim_end_matches(is_blank))));
            rest = &rest[end..];
            if let Some(after) = rest.strip_prefix('}') {
                return after.is_empty().then_some(Self(members));
            }
            rest = rest.strip_prefix(',')?.trim_start_matches(is_blank);
        }
        None
    }

    /// The pairs of an `application/x-www-form-urlencoded` text.
    pub(crate) fn form(text: &'a str) -> Option<Self> {
        let mut members = Vec::new();
        for pair in text.trim().split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=')?;
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
            if members.len() == MAX_MEMBERS || name.is_empty() || !name.chars().all(plain) {
                return None;
            }
            members.push((name.to_owned(), Value::Form(value)));
        }
        (!members.is_empty()).then_some(Self(members))
    }

    /// The value with this name. Of several the last counts, whatever it is.
    pub(crate) fn get(&self, name: &str) -> Option<Value<'a>> {
        self.0.iter().rfind(|(member, _)| member == name).map(|(_, value)| *value)
    }

    /// The value at `one.two.three`.
    pub(crate) fn at(&self, path: &str) -> Option<Value<'a>> {
        match path.split_once('.') {
            None => self.get(path),
            Some((first, rest)) => self.get(first)?.members()?.at(rest),
        }
    }
}

impl<'a> Value<'a> {
    /// The members of this value when it is an object.
    pub(crate) fn members(self) -> Option<Fields<'a>> {
        match self {
            Self::Json(text) => Fields::json(text),
            Self::Form(_) => None,
        }
    }

    /// Text, when it is a string.
    pub(crate) fn text(self) -> Option<Zeroizing<String>> {
        match self {
            Self::Json(text) => serde_json::from_str::<String>(text).ok().map(Zeroizing::new),
            Self::Form(text) => {
                // Read as the value of a nameless pair.
                let pair = Zeroizing::new(format!("={text}"));
                form_urlencoded::parse(pair.as_bytes()).next().map(|(_, value)| Zeroizing::new(value.into_owned()))
            }
        }
    }

    /// Text, a number or a truth value, as text.
    pub(crate) fn scalar(self) -> Option<Zeroizing<String>> {
        match self {
            Self::Json(text) if !text.starts_with(['"', '{', '[']) && text != "null" => {
                Some(Zeroizing::new(text.to_owned()))
            }
            _ => self.text(),
        }
    }

    /// Texts of an array of strings.
    pub(crate) fn texts(self) -> Option<Vec<String>> {
        match self {
            Self::Json(text) => serde_json::from_str(text).ok(),
            Self::Form(_) => None,
        }
    }

    /// Whether it is `null`.
    pub(crate) fn is_null(self) -> bool {
        matches!(self, Self::Json("null"))
    }

    /// A number, or text that is one; finite.
    pub(crate) fn number(self) -> Option<f64> {
        let text = self.scalar()?;
        let number = text.trim();
        // Rust would also read "inf" and "nan".
        let digits = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | 'e' | 'E');
        number.chars().all(digits).then(|| number.parse::<f64>().ok())?.filter(|number| number.is_finite())
    }
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

/// Where the string that begins `text` ends, behind its quote.
fn string_end(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    if bytes.first() != Some(&b'"') {
        return None;
    }
    let mut at = 1;
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// Where the value that begins `text` ends: at the comma or brace of the object around it.
fn value_end(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut at, mut depth) = (0_usize, 0_usize);
    loop {
        match bytes.get(at)? {
            b'"' => {
                at += string_end(&text[at..])?;
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b',' if depth == 0 => return (at > 0).then_some(at),
            b'}' | b']' => depth = depth.checked_sub(1)?,
            _ => {}
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_value_spoils_no_other() {
        let deep = "[".repeat(20_000) + &"]".repeat(20_000);
        for bad in ["1e400", "NaN", "-", "tru", "\"\\q\"", deep.as_str()] {
            let text = format!("{{ \"x\" : {bad} , \"refresh_token\":\"r\\u0031\" }}");
            let fields = Fields::json(&text).unwrap();
            assert_eq!(fields.get("refresh_token").unwrap().text().unwrap().as_str(), "r1", "{}", &bad[..1]);
            assert!(fields.get("x").unwrap().text().is_none());
            assert!(fields.get("x").unwrap().number().is_none());
        }
    }

    #[test]
    fn what_is_not_one_closed_object_is_none() {
        for text in
            ["", "{", "[]", "{\"a\":1", "{\"a\":1}}", "{\"a\":1}x", "{\"a\"}", "{a:1}", "{\"a\":}", "\"a\"", "{,}"]
        {
            assert!(Fields::json(text).is_none(), "{text}");
        }
        assert!(Fields::json("{}").is_some());
    }

    #[test]
    fn pr_14_of_several_values_the_last_counts() {
        let fields = Fields::json(r#"{"a":"one","a":"two"}"#).unwrap();
        assert_eq!(fields.get("a").unwrap().text().unwrap().as_str(), "two");
        let fields = Fields::json(r#"{"a":"one","a":2}"#).unwrap();
        assert!(fields.get("a").unwrap().text().is_none(), "a mixture of both would be a guess");
    }

    #[test]
    fn forms_and_paths_are_read() {
        let form = Fields::form("access_token=a%2Bb+c&scope=&token_type=bearer").unwrap();
        assert_eq!(form.get("access_token").unwrap().text().unwrap().as_str(), "a+b c");
        assert!(Fields::form("<html>").is_none());
        let json = Fields::json(r#"{"a":{"b":{"c":"deep","n":"12.5"}}}"#).unwrap();
        assert_eq!(json.at("a.b.c").unwrap().text().unwrap().as_str(), "deep");
        assert_eq!(json.at("a.b.n").unwrap().number(), Some(12.5));
        assert!(json.at("a.x.c").is_none());
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in ".{0,200}", json in "[\\{\\}\\[\\]\",:a1\\\\ ]{0,60}") {
            let _ = (Fields::json(&text), Fields::json(&json), Fields::form(&text));
        }
    }
}
