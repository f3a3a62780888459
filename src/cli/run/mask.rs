//! Dots in the place of a token where a child prints it.

use std::io::{self, Read, Write};
use std::process::{Command, ExitCode, Stdio};
use std::thread;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE};
use zeroize::Zeroizing;

use super::child;
use crate::engine::ops::token::Token;
use crate::problem::Problem;

const DOTS: &[u8] = "\u{2022}\u{2022}\u{2022}\u{2022}\u{2022}\u{2022}".as_bytes();

/// Shorter ones would be found everywhere.
const SHORTEST: usize = 6;

/// Signs that must fit before a line break may follow: else the end of many a line would have to wait for the next one.
const BEFORE_LINE_BREAK: usize = 16;

/// Runs the command, what it writes masked. Order within each stream is kept, nothing waits for a line's end.
pub(super) fn run(mut command: Command, token: &Token) -> Result<ExitCode, Problem> {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = child::spawn(&mut command)?;
    let masks = masks(token);
    let (out, err) = (running.child.stdout.take(), running.child.stderr.take());
    let (out_masks, err_masks) = (masks.clone(), masks);
    let copies = [
        thread::spawn(move || out.map(|from| copy(from, io::stdout(), &out_masks))),
        thread::spawn(move || err.map(|from| copy(from, io::stderr(), &err_masks))),
    ];
    let status = running.wait()?;
    for copy in copies {
        // A reader of ours that has gone is the child's to notice, as it would without us.
        let _ = copy.join();
    }
    child::ended(status)
}

/// The token and what is sent of it, and how each looks in base64 and in hex. The longest first: one may hold another.
fn masks(token: &Token) -> Vec<Zeroizing<Vec<u8>>> {
    let mut masks = Vec::new();
    add_forms(&mut masks, token.access.expose());
    for sent in &token.sent {
        // Of "Bearer x" it is the x.
        add_forms(&mut masks, sent.value.expose().rsplit(' ').next().unwrap_or_default());
    }
    masks.sort_by_key(|mask| std::cmp::Reverse(mask.len()));
    masks
}

fn add_forms(masks: &mut Vec<Zeroizing<Vec<u8>>>, text: &str) {
    let mut add = |form: &[u8]| {
        if form.len() >= SHORTEST && masks.iter().all(|mask| mask.as_slice() != form) {
            masks.push(Zeroizing::new(form.to_vec()));
        }
    };
    add(text.as_bytes());
    let hex = |digits: &[u8; 16]| -> Zeroizing<Vec<u8>> {
        let digit = |nibble: u8| digits[usize::from(nibble)];
        Zeroizing::new(text.bytes().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect())
    };
    add(&hex(b"0123456789abcdef"));
    add(&hex(b"0123456789ABCDEF"));
    for engine in [&BASE64_STANDARD, &BASE64_URL_SAFE] {
        for before in 0..3 {
            // What else is encoded with it, such as "user:", moves it by 0, 8 or 16 bits.
            let mut bytes = Zeroizing::new(vec![0; before]);
            bytes.extend_from_slice(text.as_bytes());
            let padded = Zeroizing::new(engine.encode(bytes.as_slice()));
            // The first sign with a bit of the text alone, and the end of those that hang on nothing behind it.
            let (start, end) = ((before * 8).div_ceil(6), bytes.len() * 8 / 6);
            let open = padded.trim_end_matches('=').len();
            for end in [end, open, padded.len()] {
                add(padded.as_bytes().get(start..end).unwrap_or_default());
            }
        }
    }
}

fn copy(mut from: impl Read, mut to: impl Write, masks: &[Zeroizing<Vec<u8>>]) -> io::Result<()> {
    let mut held = Zeroizing::new(Vec::new());
    let mut chunk = Zeroizing::new([0_u8; 16 << 10]);
    loop {
        let read = match from.read(&mut *chunk) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        held.extend_from_slice(&chunk[..read]);
        let rest = write_masked(&held, &mut to, masks, read == 0)?;
        let left = Zeroizing::new(held[rest..].to_vec());
        held = left;
        to.flush()?;
        if read == 0 {
            return Ok(());
        }
    }
}

/// Writes all that can be no beginning of a token, and gives where what may be one begins.
fn write_masked(bytes: &[u8], to: &mut impl Write, masks: &[Zeroizing<Vec<u8>>], last: bool) -> io::Result<usize> {
    let (mut at, mut plain) = (0, 0);
    while at < bytes.len() {
        let rest = &bytes[at..];
        let mut whole = None;
        let mut is_cut = false;
        for mask in masks {
            match compare(rest, mask) {
                Compared::Same(length) => whole = whole.or(Some(length)),
                Compared::Cut => is_cut = true,
                Compared::Other => {}
            }
        }
        // A longer one than is here may be coming, even where a shorter one is complete.
        if !last && is_cut {
            break;
        }
        if let Some(length) = whole {
            to.write_all(&bytes[plain..at])?;
            to.write_all(DOTS)?;
            at += length;
            plain = at;
        } else {
            at += 1;
        }
    }
    to.write_all(&bytes[plain..at])?;
    Ok(at)
}

enum Compared {
    /// Over so many bytes.
    Same(usize),
    /// As far as there is something to compare.
    Cut,
    Other,
}

/// Compares the beginning of `rest` with a mask, whose signs may be escaped as in URLs and JSON, and broken into lines
/// as `base64` and `xxd` do.
fn compare(rest: &[u8], mask: &[u8]) -> Compared {
    let mut at = 0;
    for (place, wanted) in mask.iter().enumerate() {
        while place >= BEFORE_LINE_BREAK && matches!(rest.get(at), Some(b'\n' | b'\r')) {
            at += 1;
        }
        let length = match rest.get(at) {
            None => return Compared::Cut,
            Some(byte) if byte == wanted => 1,
            Some(b'\\' | b'%') => match unescaped(&rest[at..]) {
                None => return Compared::Cut,
                Some((byte, length)) if byte == *wanted => length,
                Some(_) => return Compared::Other,
            },
            Some(_) => return Compared::Other,
        };
        at += length;
    }
    Compared::Same(at)
}

/// The sign that `%2F`, `\/` or `\u002f` stands for, and its length; itself where it is no escape, `None` where more must
/// come.
fn unescaped(rest: &[u8]) -> Option<(u8, usize)> {
    let (start, digits) = match rest {
        [b'%', ..] => (1, 2),
        [b'\\', b'u', ..] => (2, 4),
        [b'\\', byte, ..] => return Some((*byte, 2)),
        _ => return None,
    };
    let hex = &rest[start..rest.len().min(start + digits)];
    if hex.iter().any(|byte| !byte.is_ascii_hexdigit()) {
        return Some((rest[0], 1));
    }
    if hex.len() < digits {
        return None;
    }
    let value = std::str::from_utf8(hex).ok().and_then(|hex| u32::from_str_radix(hex, 16).ok());
    Some(value.and_then(|value| u8::try_from(value).ok()).map_or((rest[0], 1), |byte| (byte, start + digits)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives its bytes in pieces.
    struct Pieces<'a>(Vec<&'a [u8]>);

    impl Read for Pieces<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.0.is_empty() {
                return Ok(0);
            }
            let piece = self.0.remove(0);
            buffer[..piece.len()].copy_from_slice(piece);
            Ok(piece.len())
        }
    }

    fn masked(pieces: &[&str]) -> String {
        let masks: Vec<_> = ["token-long", "token-"].map(|mask| Zeroizing::new(mask.as_bytes().to_vec())).into();
        let mut out = Vec::new();
        copy(Pieces(pieces.iter().map(|piece| piece.as_bytes()).collect()), &mut out, &masks).unwrap();
        String::from_utf8(out).unwrap()
    }

    const TOKEN: &str = "CNRY-tok+en/value==xyz~";

    fn written(form: fn(u8) -> String) -> String {
        TOKEN.bytes().map(form).collect()
    }

    /// What comes out of this text, written at once and byte by byte.
    fn hidden(text: &str) -> String {
        let mut masks = Vec::new();
        add_forms(&mut masks, TOKEN);
        masks.sort_by_key(|mask| std::cmp::Reverse(mask.len()));
        let copied = |pieces: Vec<&[u8]>| {
            let mut out = Vec::new();
            copy(Pieces(pieces), &mut out, &masks).unwrap();
            String::from_utf8(out).unwrap()
        };
        let whole = copied(vec![text.as_bytes()]);
        assert_eq!(whole, copied(text.as_bytes().chunks(1).collect()), "{text}");
        whole
    }

    #[test]
    fn every_usual_way_to_write_a_token_is_masked() {
        let dots = std::str::from_utf8(DOTS).unwrap();
        for text in [
            TOKEN.to_owned(),
            "CNRY-tok%2Ben%2Fvalue%3D%3Dxyz~".to_owned(),
            "CNRY-tok%2ben%2fvalue%3d%3dxyz%7e".to_owned(),
            r"CNRY-tok+en\/value==xyz~".to_owned(),
            r"CNRY-tok\u002Ben\/value\u003d\u003Dxyz~".to_owned(),
            written(|byte| format!("{byte:02x}")),
            written(|byte| format!("{byte:02X}")),
            written(|byte| format!("\\u{byte:04x}")),
            written(|byte| format!("%{byte:02X}")),
            BASE64_STANDARD.encode(TOKEN),
            BASE64_URL_SAFE.encode(TOKEN),
            BASE64_STANDARD.encode(TOKEN).replace('=', ""),
            BASE64_STANDARD.encode(TOKEN).replace('=', "%3D"),
        ] {
            assert_eq!(hidden(&format!("<{text}>")), format!("<{dots}>"), "{text}");
            assert_eq!(hidden(&text), dots, "{text}");
        }
        assert_eq!(hidden("no secret: 100% \\n \\u00zz %2 CNRY-tok"), "no secret: 100% \\n \\u00zz %2 CNRY-tok");
    }

    #[test]
    fn base64_is_masked_whatever_stands_before_and_behind() {
        let dots = std::str::from_utf8(DOTS).unwrap();
        for before in ["", "x", "xy", "user:", "admin:", "a@b.example:"] {
            for behind in ["", ":", ":x", "\n", "&more=1"] {
                for engine in [&BASE64_STANDARD, &BASE64_URL_SAFE] {
                    let text = engine.encode(format!("{before}{TOKEN}{behind}"));
                    let shown = hidden(&format!("Basic {text}\r\n"));
                    assert!(shown.contains(dots), "{before}{behind}: {shown}");
                    // A sign that is shared with what stands beside it may stay.
                    let most = before.len().div_ceil(3) * 4 + behind.len().div_ceil(3) * 4 + 4;
                    assert!(shown.len() - dots.len() <= "Basic \r\n".len() + most, "{before}{behind}: {shown}");
                }
            }
        }
    }

    #[test]
    fn lines_broken_by_the_usual_tools_are_masked_and_a_line_waits_for_no_other() {
        let dots = std::str::from_utf8(DOTS).unwrap();
        let hex = written(|byte| format!("{byte:02x}"));
        for (text, width) in [(hex, 30), (BASE64_STANDARD.encode(TOKEN), 20), (TOKEN.to_owned(), 16)] {
            for end in ["\n", "\r\n"] {
                let broken = text.as_bytes().chunks(width).map(|line| std::str::from_utf8(line).unwrap());
                let broken = broken.collect::<Vec<_>>().join(end);
                assert_eq!(hidden(&format!("{broken}\n")), format!("{dots}\n"), "{broken}");
            }
        }
        let mut out = Vec::new();
        let masks = [Zeroizing::new(TOKEN.as_bytes().to_vec())];
        assert_eq!(write_masked(b"ABC\n", &mut out, &masks, false).unwrap(), 4, "though it ends as a token begins");
    }

    #[test]
    fn a_token_is_masked_wherever_it_is_cut() {
        let dots = std::str::from_utf8(DOTS).unwrap();
        let whole = "a token-long b token-\ntok";
        for at in 0..whole.len() {
            let (head, tail) = whole.split_at(at);
            assert!(!masked(&[head, tail]).contains("token-"), "cut at {at}: {}", masked(&[head, tail]));
        }
        assert_eq!(masked(&[whole]), format!("a {dots} b {dots}\ntok"));
        let bytes: Vec<&str> = whole.split("").filter(|piece| !piece.is_empty()).collect();
        assert_eq!(masked(&bytes), format!("a {dots} b {dots}\ntok"));
    }
}
