//! Masks tokens in a child's output.

use std::io::{self, Read, Write};
use std::process::{Command, ExitCode, Stdio};
use std::thread;

use zeroize::Zeroizing;

use super::child;
use crate::engine::ops::token::Token;
use crate::mask::Masks;
use crate::problem::Problem;
use crate::secret::Secret;

const DOTS: &[u8] = "\u{2022}\u{2022}\u{2022}\u{2022}\u{2022}\u{2022}".as_bytes();

/// Runs the command with its output masked. The order within each stream is kept, and nothing waits for the end of a
/// line.
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
        // If the reader is gone, the child has to deal with it, as it would without this process.
        let _ = copy.join();
    }
    child::ended(status)
}

/// Masks for the token and the values sent with it.
fn masks(token: &Token) -> Masks {
    // The `x` of "Bearer x".
    let word = |text: &str| Secret::new(text.split_once(' ').map_or(text, |(_, rest)| rest).to_owned());
    let sent: Vec<Secret> = token.sent.iter().map(|sent| word(sent.value.expose())).collect();
    Masks::of(sent.iter().chain([&*token.access]))
}

fn copy(mut from: impl Read, mut to: impl Write, masks: &Masks) -> io::Result<()> {
    let mut held = Zeroizing::new(Vec::new());
    let mut chunk = Zeroizing::new([0_u8; 16 << 10]);
    loop {
        let read = match from.read(&mut *chunk) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        held.extend_from_slice(&chunk[..read]);
        let rest = masks.write(&held, &mut to, DOTS, read == 0)?;
        let left = Zeroizing::new(held[rest..].to_vec());
        held = left;
        to.flush()?;
        if read == 0 {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE};

    use super::*;

    /// Returns its bytes in the given pieces, one per read.
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
        let masks = Masks::of(&["token-long", "token-"].map(|mask| Secret::new(mask.to_owned())));
        let mut out = Vec::new();
        copy(Pieces(pieces.iter().map(|piece| piece.as_bytes()).collect()), &mut out, &masks).unwrap();
        String::from_utf8(out).unwrap()
    }

    const TOKEN: &str = "CNRY-tok+en/value==xyz~";

    fn written(form: fn(u8) -> String) -> String {
        TOKEN.bytes().map(form).collect()
    }

    /// Masks this text, written at once and byte by byte; both results must be equal.
    fn hidden(text: &str) -> String {
        let masks = Masks::of([&Secret::new(TOKEN.to_owned())]);
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
                    // A base64 character that also encodes bits of neighboring bytes may stay.
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
        let masks = Masks::of([&Secret::new(TOKEN.to_owned())]);
        assert_eq!(masks.write(b"ABC\n", &mut out, DOTS, false).unwrap(), 4, "though it ends as a token begins");
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
