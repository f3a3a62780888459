//! Decompresses a body that was compressed although no compression was requested (RFC 9110 section 8.4).

use std::io::Read;

use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use zeroize::Zeroizing;

/// Most layers of compression: a proxy may compress again what the server has compressed.
const MAX_LAYERS: usize = 3;

/// The first bytes of gzip (RFC 1952 section 2.3.1).
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Decompresses a body. If the result is larger than `max` bytes, its first `max` bytes are the error.
///
/// Gzip is recognized by its first bytes, since servers declare it wrongly in both directions. Deflate has no such
/// mark: it is tried if `encoding`, the Content-Encoding header, names it. A body that does not decompress is returned
/// unchanged.
pub(in crate::oauth) fn decoded(
    body: Zeroizing<Vec<u8>>,
    encoding: &str,
    max: usize,
) -> Result<Zeroizing<Vec<u8>>, Zeroizing<Vec<u8>>> {
    let mut body = body;
    for _ in 0..MAX_LAYERS {
        let opened = if body.starts_with(&GZIP) {
            // The two bytes are no coincidence: what was decompressed before an error is the server's body, truncated
            // or with a wrong checksum.
            match inflated(MultiGzDecoder::new(body.as_slice()), max) {
                Inflated::Broken(inner) if !inner.is_empty() => Inflated::Whole(inner),
                opened => opened,
            }
        } else if encoding.to_ascii_lowercase().contains("deflate") {
            // "deflate" means zlib (RFC 1950), but some servers send the raw stream.
            match inflated(ZlibDecoder::new(body.as_slice()), max) {
                Inflated::Broken(_) => inflated(DeflateDecoder::new(body.as_slice()), max),
                opened => opened,
            }
        } else {
            break;
        };
        match opened {
            Inflated::Whole(inner) => body = inner,
            Inflated::TooLong(beginning) => return Err(beginning),
            Inflated::Broken(_) => break,
        }
    }
    Ok(body)
}

enum Inflated {
    Whole(Zeroizing<Vec<u8>>),
    /// With the bytes up to the limit.
    TooLong(Zeroizing<Vec<u8>>),
    /// With the bytes that were decompressed before the error.
    Broken(Zeroizing<Vec<u8>>),
}

fn inflated(compressed: impl Read, max: usize) -> Inflated {
    let mut body = Zeroizing::new(Vec::new());
    let limit = u64::try_from(max).unwrap_or(u64::MAX).saturating_add(1);
    match compressed.take(limit).read_to_end(&mut body) {
        Ok(_) if body.len() > max => {
            body.truncate(max);
            Inflated::TooLong(body)
        }
        // Arbitrary bytes may decompress to an empty stream.
        Ok(0) | Err(_) => Inflated::Broken(body),
        Ok(_) => Inflated::Whole(body),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    use super::*;

    const TEXT: &[u8] = br#"{"access_token":"a","refresh_token":"r"}"#;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn read(body: &[u8], encoding: &str) -> Option<Vec<u8>> {
        decoded(Zeroizing::new(body.to_vec()), encoding, 1_000).ok().map(|body| body.to_vec())
    }

    #[test]
    fn compressed_bodies_are_opened_whatever_the_header_says() {
        let (mut zlib, mut bare) = (
            ZlibEncoder::new(Vec::new(), Compression::default()),
            DeflateEncoder::new(Vec::new(), Compression::default()),
        );
        zlib.write_all(TEXT).unwrap();
        bare.write_all(TEXT).unwrap();
        for (body, encoding) in [
            (gzip(TEXT), "gzip"),
            (gzip(TEXT), ""),
            (gzip(&gzip(TEXT)), "gzip, gzip"),
            ([gzip(&TEXT[..9]), gzip(&TEXT[9..])].concat(), "x-gzip"),
            (zlib.finish().unwrap(), "Deflate"),
            (bare.finish().unwrap(), "deflate"),
        ] {
            assert_eq!(read(&body, encoding).as_deref(), Some(TEXT), "{encoding}");
        }
    }

    #[test]
    fn what_is_not_compressed_stays_as_it_came() {
        let mut head = gzip(TEXT);
        head.truncate(9);
        for (body, encoding) in [(TEXT, "gzip"), (TEXT, "deflate"), (TEXT, "br"), (head.as_slice(), "gzip"), (b"", "")]
        {
            assert_eq!(read(body, encoding).as_deref(), Some(body), "{encoding}");
        }
    }

    #[test]
    fn what_came_out_of_gzip_before_it_broke_is_kept() {
        let (mut torn, mut wrong) = (gzip(TEXT), gzip(TEXT));
        torn.truncate(torn.len() - 6);
        let check_sum = wrong.len() - 8;
        wrong[check_sum] ^= 1;
        for body in [torn, wrong] {
            assert_eq!(read(&body, "gzip").as_deref(), Some(TEXT));
        }
    }

    #[test]
    fn a_bomb_is_too_long_and_not_unpacked() {
        let beginning = decoded(Zeroizing::new(gzip(&vec![b' '; 50_000_000])), "gzip", 1_000).unwrap_err();
        assert_eq!(beginning.as_slice(), [b' '; 1_000]);
    }
}
