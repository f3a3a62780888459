//! Finds hosts in a catalog file that are not what they look like, because letters of another script are among Latin
//! ones or replace them (Unicode TS 39 sections 4 and 5).

use unicode_security::MixedScript as _;
use unicode_security::confusable_detection::skeleton;

/// One sentence for each host in the text of a file that looks like another one, without repetitions.
pub(super) fn odd_hosts(text: &str) -> Vec<String> {
    let mut notes: Vec<String> = Vec::new();
    for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
        for note in hosts(line).into_iter().filter_map(note) {
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
    }
    notes
}

/// What follows `://`, and whole strings with a dot and without a space, as the choices of a domain are written.
fn hosts(line: &str) -> Vec<&str> {
    let ends = |c: char| c.is_whitespace() || matches!(c, '/' | '"' | '\'' | '?' | '#' | ':' | '\\');
    let of_urls = line.split("://").skip(1).filter_map(|rest| rest.split(ends).next());
    let strings = line.split(['"', '\'']).skip(1).step_by(2);
    let bare = strings.filter(|text| text.contains('.') && !text.contains(|c: char| c.is_whitespace() || c == '/'));
    of_urls.chain(bare).collect()
}

fn note(host: &str) -> Option<String> {
    let (shown, _) = idna::domain_to_unicode(host);
    let odd = shown.split('.').find(|label| is_odd(label))?;
    let letter = odd.chars().find(|c| !c.is_ascii())?;
    let sent = idna::domain_to_ascii(host).unwrap_or_else(|_| host.to_owned());
    // ASCII letters are kept, because their skeleton may be other letters: that of m is rn.
    let plain = |c: char| if c.is_ascii() { c.to_string() } else { skeleton(c.encode_utf8(&mut [0; 4])).collect() };
    let look: String = shown.chars().map(plain).collect();
    let looks = if look.is_ascii() { format!(" looks like {look}, and") } else { String::new() };
    Some(format!("The host {shown}{looks} has the letter U+{:04X} ({letter}): it is {sent}.", u32::from(letter)))
}

/// Whether a label mixes scripts, or is in one other script whose letters all look like Latin ones.
fn is_odd(label: &str) -> bool {
    !label.is_ascii() && (!label.is_single_script() || skeleton(label).all(|c| c.is_ascii()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_that_look_like_others_are_told_once_with_what_they_are() {
        let text = "token = \"https://\u{430}pple.example/token\"\nurl = \"https://\u{430}pple.example:8443/x\"\n";
        let notes = odd_hosts(text);
        assert_eq!(notes.len(), 1, "{notes:?}");
        for part in ["looks like apple.example", "U+0430", "xn--pple-43d.example"] {
            assert!(notes[0].contains(part), "{part} in {notes:?}");
        }
        for odd in
            ["https://xn--pple-43d.example/", "accounts.z\u{3bf}ho.com", "https://\u{441}\u{430}\u{440}\u{435}.example"]
        {
            assert_eq!(odd_hosts(&format!("value = \"{odd}\"")).len(), 1, "{odd}");
        }
    }

    #[test]
    fn honest_hosts_and_prose_are_left_alone() {
        for fine in [
            "url = \"https://accounts.zoho.com/oauth\"",
            "url = \"https://m\u{fc}nchen.example/\"",
            "url = \"https://\u{65e5}\u{672c}.example/\"",
            "help = \"Gr\u{f6}\u{df}e. \u{430}pple.\"",
            "# https://\u{430}pple.example",
        ] {
            assert_eq!(odd_hosts(fine), [""; 0], "{fine}");
        }
    }
}
