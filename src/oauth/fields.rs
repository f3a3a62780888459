//! Reads the members of a JSON object or of a form one by one; a malformed member does not invalidate the others.
//!
//! A parser of whole documents, such as the one below [`raw_json`](crate::raw_json), fails on `1e400`, `NaN`, a
//! thousand brackets or a truncated end, and a refresh token that was just rotated would be lost. This parser slices an
//! object without recursion and leaves each value to the caller. It is slower and guesses more, so it is for token
//! endpoints only.

use url::form_urlencoded;
use zeroize::Zeroizing;

/// Most members that are read of one object: more than a token response can contain, so that none hides the tokens.
const MAX_MEMBERS: usize = 16 * 1024;

/// Most objects that are read of one text.
const MAX_OBJECTS: usize = 64;

/// Names and values of the members of an object, in order.
pub(crate) struct Fields<'a> {
    members: Vec<(String, Value<'a>)>,
    /// Whether the object is complete; a truncated one lacks the members after the cut.
    is_whole: bool,
}

#[derive(Clone, Copy)]
pub(crate) enum Value<'a> {
    Json(&'a str),
    /// A form's text, still percent-encoded.
    Form(&'a str),
}

impl<'a> Fields<'a> {
    fn whole(members: Vec<(String, Value<'a>)>) -> Self {
        Self { members, is_whole: true }
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// The members of the object that makes up all of `text`; `None` if it is not one closed object.
    pub(crate) fn json(text: &'a str) -> Option<Self> {
        let (fields, rest) = Self::object(text.trim_matches(is_blank))?;
        rest.is_some_and(str::is_empty).then_some(fields)
    }

    /// The objects in a text that contains more than one, outermost first. Of a truncated object, the members that are
    /// complete.
    pub(crate) fn embedded(text: &'a str) -> Vec<Self> {
        let (mut found, mut rest) = (Vec::new(), text);
        for _ in 0..MAX_OBJECTS {
            let Some(start) = rest.find('{') else { break };
            rest = &rest[start..];
            match Self::object(rest) {
                Some((fields, Some(after))) => {
                    found.push(fields);
                    rest = after;
                }
                Some((fields, None)) if !fields.members.is_empty() => {
                    found.push(fields);
                    rest = &rest[1..];
                }
                _ => rest = &rest[1..],
            }
        }
        found
    }

    /// The members of the object at the beginning of `text`, and the text after it; `None` if it is not closed.
    fn object(text: &'a str) -> Option<(Self, Option<&'a str>)> {
        let mut rest = text.strip_prefix('{')?.trim_start_matches(is_blank);
        let mut members = Vec::new();
        if let Some(after) = rest.strip_prefix('}') {
            return Some((Self::whole(members), Some(after)));
        }
        while members.len() < MAX_MEMBERS {
            let Some((name, value, after)) = member(rest) else { break };
            members.push((name, Value::Json(value)));
            if let Some(after) = after.strip_prefix('}') {
                return Some((Self::whole(members), Some(after)));
            }
            let Some(next) = after.strip_prefix(',') else { break };
            rest = next.trim_start_matches(is_blank);
        }
        Some((Self { members, is_whole: false }, None))
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
        (!members.is_empty()).then_some(Self::whole(members))
    }

    /// The value with this name; the last one if there are several.
    pub(crate) fn get(&self, name: &str) -> Option<Value<'a>> {
        self.members.iter().rfind(|(member, _)| member == name).map(|(_, value)| *value)
    }

    /// The value with this name, or with a name that differs only in case, underscores and dashes: `accessToken`.
    pub(crate) fn named(&self, name: &str) -> Option<Value<'a>> {
        let plain = |name: &str| name.replace(['_', '-'], "").to_ascii_lowercase();
        let wanted = plain(name);
        self.get(name)
            .or_else(|| self.members.iter().rfind(|(member, _)| plain(member) == wanted).map(|(_, value)| *value))
    }

    /// The objects among the values, including those in arrays.
    pub(crate) fn inner(&self) -> impl Iterator<Item = Self> + '_ {
        self.members.iter().flat_map(|(_, value)| value.elements())
    }

    /// The values at `one.two.three`; an array on the path stands for each of its objects.
    pub(crate) fn all_at(&self, path: &str) -> Vec<Value<'a>> {
        match path.split_once('.') {
            None => self.get(path).into_iter().collect(),
            Some((first, rest)) => {
                let objects = self.get(first).map(Value::elements).unwrap_or_default();
                objects.iter().flat_map(|object| object.all_at(rest)).collect()
            }
        }
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
    /// The members of this value if it is an object.
    pub(crate) fn members(self) -> Option<Fields<'a>> {
        match self {
            Self::Json(text) => Fields::json(text),
            Self::Form(_) => None,
        }
    }

    /// The objects of an array, or the object itself.
    pub(crate) fn elements(self) -> Vec<Fields<'a>> {
        match self {
            Self::Json(text) if text.starts_with(['{', '[']) => Fields::embedded(text),
            _ => Vec::new(),
        }
    }

    pub(crate) fn text(self) -> Option<Zeroizing<String>> {
        match self {
            Self::Json(text) => serde_json::from_str::<String>(text).ok().map(Zeroizing::new),
            Self::Form(text) => {
                // Parsed as the value of a pair without a name.
                let pair = Zeroizing::new(format!("={text}"));
                form_urlencoded::parse(pair.as_bytes()).next().map(|(_, value)| Zeroizing::new(value.into_owned()))
            }
        }
    }

    /// Text, a number or a boolean, as text.
    pub(crate) fn scalar(self) -> Option<Zeroizing<String>> {
        match self {
            Self::Json(text) if !text.starts_with(['"', '{', '[']) && text != "null" => {
                Some(Zeroizing::new(text.to_owned()))
            }
            _ => self.text(),
        }
    }

    /// The elements of an array of strings.
    pub(crate) fn texts(self) -> Option<Vec<String>> {
        match self {
            Self::Json(text) => serde_json::from_str(text).ok(),
            Self::Form(_) => None,
        }
    }

    pub(crate) fn is_null(self) -> bool {
        matches!(self, Self::Json("null"))
    }

    /// A finite number, or text that contains one.
    pub(crate) fn number(self) -> Option<f64> {
        let text = self.scalar()?;
        let number = text.trim();
        // Rust would also read "inf" and "nan".
        let digits = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | 'e' | 'E');
        number.chars().all(digits).then(|| number.parse::<f64>().ok())?.filter(|number| number.is_finite())
    }
}

/// The first member of `text`: its name, its value, and the remaining text.
fn member(text: &str) -> Option<(String, &str, &str)> {
    let end = string_end(text)?;
    let name: String = serde_json::from_str(&text[..end]).ok()?;
    let rest = text[end..].trim_start_matches(is_blank).strip_prefix(':')?.trim_start_matches(is_blank);
    let end = value_end(rest)?;
    Some((name, rest[..end].trim_end_matches(is_blank), &rest[end..]))
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

/// The index after the closing quote of the string at the beginning of `text`.
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

/// The index of the comma or brace that ends the value at the beginning of `text`.
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
    fn objects_are_found_in_what_surrounds_them_and_in_what_is_left_of_them() {
        let found = |text| Fields::embedded(text).iter().find_map(|fields| fields.named("refresh_token")?.text());
        for text in [
            "Notice: x {\n{\"refresh_token\":\"r\"}",
            "{\"a\":1}{\"refresh_token\":\"r\"}<!-- -->",
            ")]}',\n{\"refreshToken\":\"r\"}\0",
            "{\"refresh_token\":\"r\",\"id_token\":\"ey",
            "{\"a\":{\"refresh_token\":\"r\",\"id",
        ] {
            assert_eq!(found(text).unwrap().as_str(), "r", "{text}");
        }
        assert!(found("{\"refresh_token\":\"r").is_none(), "a cut value is none");
        assert!(found("{\"note\":\"{\\\"refresh_token\\\":\\\"r\\\"}\"}").is_none(), "text of somebody else");
        assert!(Fields::embedded(&"{\"a\":".repeat(200_000)).is_empty());
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
            let _ = (Fields::json(&text), Fields::embedded(&json), Fields::embedded(&text), Fields::form(&text));
        }
    }
}
