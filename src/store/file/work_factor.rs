//! scrypt's work factor, the log2 N of an identity file: what it costs in memory, and which ones are taken.

use super::disk;
use crate::memory;
use crate::paths::Paths;
use crate::problem::Problem;

/// Of every identity file we write: age's own default, about a second and 256 MiB.
pub const WORK_FACTOR: u8 = 18;

/// The highest we accept, about 4 seconds and 1 GiB: above it a hostile file only wants to keep us busy.
pub(super) const MAX: u8 = 20;

/// Below it a copied identity file can be guessed at eight times as fast as one we wrote, or faster.
const LOWEST_GOOD: u8 = 15;

/// scrypt's r, which age has fixed.
const BLOCK_SIZE: usize = 8;

/// The work factor an identity file asks for: `-> scrypt SALT 18` in its header.
pub(super) fn of(file: &[u8]) -> Option<u8> {
    let header = file.split(|byte| *byte == b'\n').take_while(|line| !line.starts_with(b"---"));
    let mut lines = header.filter_map(|line| std::str::from_utf8(line.strip_prefix(b"-> scrypt ")?).ok());
    lines.next()?.split(' ').nth(1)?.parse().ok()
}

/// Whether there is memory for scrypt, which takes 128·N·r bytes at once.
///
/// # Errors
/// `Kind::Temporary` if the system does not give it.
pub(super) fn must_fit(work_factor: u8) -> Result<(), Problem> {
    memory::must_have((128 * BLOCK_SIZE).checked_shl(work_factor.into()).unwrap_or(usize::MAX))
}

/// The work factor of the vault's identity file, where it protects less than it should.
pub(in crate::store) fn too_low(paths: &Paths) -> Option<u8> {
    let (bytes, _) = disk::read(&paths.identity()).ok()?;
    of(&bytes).filter(|factor| *factor < LOWEST_GOOD)
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
