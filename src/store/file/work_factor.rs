//! scrypt's work factor, the log2 N of an identity file: its memory cost, and the accepted values.

use super::disk;
use crate::memory;
use crate::paths::Paths;
use crate::problem::Problem;

/// Used for every identity file that is written: age's own default, about a second and 256 MiB.
pub const WORK_FACTOR: u8 = 18;

/// The highest accepted work factor, about 4 seconds and 1 GiB; a higher one is an attempt to exhaust this machine.
pub(super) const MAX: u8 = 20;

/// With a lower work factor, the passphrase of a copied identity file can be guessed at least eight times as fast as
/// that of one written here.
const LOWEST_GOOD: u8 = 15;

/// scrypt's r, which age fixes.
const BLOCK_SIZE: usize = 8;

/// Set by tests of a debug build, whose vaults cost a fraction of a real vault. A release build does not read it.
const TEST_VARIABLE: &str = "CREDENZA_TEST_WORK_FACTOR";

/// The work factor to write: the one given, unless a test of a debug build asks for a lower one.
pub(super) fn to_write(work_factor: u8) -> u8 {
    of_tests().map_or(work_factor, |asked| work_factor.min(asked))
}

fn of_tests() -> Option<u8> {
    let asked = cfg!(debug_assertions).then(|| std::env::var(TEST_VARIABLE).ok()).flatten()?;
    asked.parse::<u8>().ok().map(|asked| asked.max(1))
}

/// The work factor in the header of an identity file: `-> scrypt SALT 18`.
pub(super) fn of(file: &[u8]) -> Option<u8> {
    let header = file.split(|byte| *byte == b'\n').take_while(|line| !line.starts_with(b"---"));
    let mut lines = header.filter_map(|line| std::str::from_utf8(line.strip_prefix(b"-> scrypt ")?).ok());
    lines.next()?.split(' ').nth(1)?.parse().ok()
}

/// Checks that there is memory for scrypt, which allocates 128·N·r bytes at once.
///
/// # Errors
/// `Kind::Temporary` if the system does not provide it.
pub(super) fn must_fit(work_factor: u8) -> Result<(), Problem> {
    memory::must_have((128 * BLOCK_SIZE).checked_shl(work_factor.into()).unwrap_or(usize::MAX))
}

/// The work factor of the vault's identity file, if it is too low.
pub(in crate::store) fn too_low(paths: &Paths) -> Option<u8> {
    let (bytes, _) = disk::read(&paths.identity()).ok()?;
    of(&bytes).filter(|factor| *factor < to_write(LOWEST_GOOD))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_work_factor_is_read_off_the_header_only() {
        let header = |stanza: &str| format!("age-encryption.org/v1\n{stanza}\nbody\n--- mac\n-> scrypt x 9\n");
        assert_eq!(of(header("-> scrypt c2FsdA 18").as_bytes()), Some(18));
        assert_eq!(of(header("-> scrypt c2FsdA 1").as_bytes()), Some(1));
        for stanza in ["-> X25519 c2FsdA 18", "-> scrypt c2FsdA", "-> scrypt c2FsdA x", "-> scrypt c2FsdA 999", ""] {
            assert_eq!(of(header(stanza).as_bytes()), None, "{stanza}");
        }
        assert_eq!(of(b"\xff\n-> scrypt \xff 18"), None);
    }

    #[test]
    fn scrypt_s_memory_is_asked_for_before_it_is_used() {
        must_fit(1).unwrap();
        let problem = must_fit(40).unwrap_err();
        assert!(problem.what.contains("1073741824 MiB"), "{problem}");
    }
}
