//! Removes object names from a listing that the `object_store` crate cannot parse: it would reject the whole page, or
//! map the name to another object.
//!
//! This program never writes such names, but objects of other programs below the prefix may have them.

use object_store::path::Path;

/// The XML elements of an object and of its name, for S3 and for Azure.
const ELEMENTS: [(&str, &str); 2] = [("Contents", "Key"), ("Blob", "Name")];

/// Removes the objects with unparsable names from a page of a listing. Other bodies are returned unchanged.
pub(super) fn without_unparsable_names(body: Vec<u8>) -> Vec<u8> {
    let Ok(page) = std::str::from_utf8(&body) else { return body };
    let mut kept = page.to_owned();
    for (element, name) in ELEMENTS {
        kept = without(&kept, element, name);
    }
    if kept.len() == page.len() { body } else { kept.into_bytes() }
}

fn without(page: &str, element: &str, name: &str) -> String {
    let (start, end) = (format!("<{element}>"), format!("</{element}>"));
    let mut kept = String::with_capacity(page.len());
    let mut rest = page;
    while let Some((before, inside)) = rest.split_once(&start) {
        kept.push_str(before);
        let Some((object, after)) = inside.split_once(&end) else {
            rest = &rest[before.len()..];
            break;
        };
        if is_readable(object, name) {
            kept.extend([start.as_str(), object, end.as_str()]);
        }
        rest = after;
    }
    kept.push_str(rest);
    kept
}

fn is_readable(object: &str, name: &str) -> bool {
    let text = object.split_once(&format!("<{name}>")).and_then(|(_, rest)| rest.split_once(&format!("</{name}>")));
    // Without a name, or with one in another encoding, the crate decides.
    let Some((text, _)) = text else { return true };
    let text = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")]
        .iter()
        .fold(text.to_owned(), |text, (escaped, letter)| text.replace(escaped, letter));
    // The crate strips a trailing slash, which would turn the name into that of another object.
    !text.contains("&#") && !text.ends_with('/') && Path::parse(&text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_are_no_paths_are_left_out() {
        let object = |name: &str| format!("<Contents><Key>{name}</Key><Size>1</Size></Contents>");
        let page = |names: &[&str]| {
            format!("<List><A/>{}<Z/></List>", names.iter().map(|name| object(name)).collect::<String>())
        };
        let all = page(&["a/b", "a//b", "folder/", "R&amp;D (2).zip", "a/../b", "a&#10;b"]);
        let kept = String::from_utf8(without_unparsable_names(all.into_bytes())).unwrap();
        assert_eq!(kept, page(&["a/b", "R&amp;D (2).zip"]));
        for whole in ["<List><Contents><Key>a//b", "no XML", "<Blob><Name>a/b</Name></Blob>", "<Contents></Contents>"] {
            assert_eq!(without_unparsable_names(whole.as_bytes().to_vec()), whole.as_bytes());
        }
        assert_eq!(without_unparsable_names(b"<Blob><Name>a//b</Name></Blob>".to_vec()), b"");
    }
}
