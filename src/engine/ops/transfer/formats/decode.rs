//! Decodes bytes to text: UTF-8, or UTF-16 with a byte order mark, which is removed.

use zeroize::Zeroizing;

use crate::problem::{Kind, Problem};

pub(super) fn text(bytes: &[u8]) -> Result<Zeroizing<String>, Problem> {
    let wide = |pairs: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Zeroizing<Vec<u16>> =
            Zeroizing::new(pairs.chunks_exact(2).map(|two| unit([two[0], two[1]])).collect());
        String::from_utf16(&units)
            .ok()
            .filter(|_| pairs.len().is_multiple_of(2))
            .map(Zeroizing::new)
            .ok_or_else(|| Problem::new(Kind::Usage, "The file is not valid UTF-16 text."))
    };
    match bytes {
        [0xFF, 0xFE, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => wide(rest, u16::from_be_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] => narrow(rest),
        bytes => narrow(bytes),
    }
}

fn narrow(bytes: &[u8]) -> Result<Zeroizing<String>, Problem> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        Problem::new(Kind::Usage, "The file is not UTF-8 text.")
            .why(format!("Byte {} is not valid.", error.valid_up_to() + 1))
            .try_this("Save it as UTF-8, or as UTF-16 with a byte order mark.")
    })?;
    if text.contains('\0') {
        return Err(Problem::new(Kind::Usage, "The file is not text.").why("It contains NUL bytes."));
    }
    Ok(Zeroizing::new(text.to_owned()))
}
