//! Runs the age community's test vectors through the only function that decrypts age files.

use std::fs;
use std::io::Read as _;
use std::path::Path;

use age::secrecy::SecretString;
use age::{scrypt, x25519};

use super::{OpenFailure, open, work_factor};
use crate::store::digest::hex_sha256;

/// Headers that the age crate reads although the format forbids them. The header's MAC still covers every byte.
const TOLERATED: [&str; 2] = ["stanza_missing_body", "stanza_missing_final_line"];

/// A test vector: `key: value` lines, an empty line, an age file.
struct Vector {
    name: String,
    fields: Vec<(String, String)>,
    file: Vec<u8>,
}

impl Vector {
    fn read(path: &Path) -> Self {
        let bytes = fs::read(path).unwrap();
        let end = bytes.windows(2).position(|window| window == b"\n\n").unwrap();
        let head = std::str::from_utf8(&bytes[..end]).unwrap();
        let fields: Vec<_> =
            head.lines().filter_map(|line| line.split_once(": ")).map(|(k, v)| (k.into(), v.into())).collect();
        let mut file = bytes[end + 2..].to_vec();
        let mut vector =
            Self { name: path.file_name().unwrap().to_string_lossy().into_owned(), fields, file: Vec::new() };
        if vector.field("compressed").is_some() {
            let mut inflated = Vec::new();
            flate2::read::ZlibDecoder::new(file.as_slice()).read_to_end(&mut inflated).unwrap();
            file = inflated;
        }
        vector.file = file;
        vector
    }

    fn field(&self, key: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str())
    }

    /// The key in the vector. Some vectors name an unknown kind of key; they get an identity that opens nothing.
    fn identity(&self) -> Box<dyn age::Identity> {
        if let Some(passphrase) = self.field("passphrase") {
            let mut identity = scrypt::Identity::new(SecretString::from(passphrase.to_owned()));
            identity.set_max_work_factor(work_factor::MAX);
            return Box::new(identity);
        }
        let known = self.field("identity").and_then(|text| text.parse::<x25519::Identity>().ok());
        Box::new(known.unwrap_or_else(x25519::Identity::generate))
    }
}

#[test]
fn vf_05_only_what_must_open_opens_and_nothing_else_releases_a_byte() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vaults/cctv");
    let mut opened = 0;
    let mut refused = 0;
    let mut tolerated = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let vector = Vector::read(&entry.unwrap().path());
        let expected = vector.field("expect").unwrap();
        match (open(&vector.file, vector.identity().as_ref()), expected) {
            (Ok(plain), "success") => {
                assert_eq!(Some(hex_sha256(&plain).as_str()), vector.field("payload"), "{}", vector.name);
                opened += 1;
            }
            (Err(OpenFailure::Key), "no match") | (Err(_), "header failure" | "HMAC failure" | "payload failure") => {
                refused += 1;
            }
            (Ok(_), "header failure") if TOLERATED.contains(&vector.name.as_str()) => tolerated += 1,
            (outcome, _) => panic!("{}: {expected}, but opens: {}", vector.name, outcome.is_ok()),
        }
    }
    assert_eq!((opened, refused, tolerated), (12, 74, 2), "the vectors are all there");
}
