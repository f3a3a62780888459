//! Builds objects without the program, signed with arbitrary keys or with those of a member.

use std::io::Read as _;

use age::secrecy::SecretString;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::stage::Machine;

/// Keys for signing and decryption.
pub(super) struct Keys {
    signer: Ed25519KeyPair,
    pub(super) identity: age::x25519::Identity,
    pub(super) member: String,
}

impl Keys {
    /// Keys that belong to no member.
    pub(super) fn stranger() -> Self {
        let signer = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
        Self {
            signer,
            identity: age::x25519::Identity::generate(),
            member: "00000000-0000-4000-8000-000000000000".into(),
        }
    }

    /// The keys in the text of an identity.
    pub(super) fn of(text: &str) -> Self {
        let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).unwrap().to_owned();
        let seed = STANDARD.decode(field("# signing key: ")).unwrap();
        let identity = text.lines().find(|line| line.starts_with("AGE-SECRET-KEY-1")).unwrap();
        Self {
            signer: Ed25519KeyPair::from_seed_unchecked(&seed).unwrap(),
            identity: identity.parse().unwrap(),
            member: field("# member: "),
        }
    }

    /// The keys of a member, from the machine's identity file and the passphrase.
    pub(super) fn on(machine: &Machine) -> Self {
        let sealed = std::fs::read(machine.folder.path().join("data/identity.age")).unwrap();
        let identity = age::scrypt::Identity::new(SecretString::from("team".to_owned()));
        Self::of(&String::from_utf8(open(&sealed, &identity).unwrap()).unwrap())
    }

    pub(super) fn public(&self) -> String {
        STANDARD.encode(self.signer.public_key().as_ref())
    }

    /// Decrypts an object if it is encrypted to these keys.
    pub(super) fn read(&self, object: &[u8]) -> Option<Vec<u8>> {
        open(body(object), &self.identity)
    }

    /// Signs an object with this header, without validating it.
    pub(super) fn sign(&self, header: &Value, body: &[u8]) -> Vec<u8> {
        let text = |key: &str| header[key].as_str().unwrap().to_owned();
        let parts: [Vec<u8>; 9] = [
            b"credenza-team-object-v1".to_vec(),
            text("vault").into(),
            text("path").into(),
            header["revision"].to_string().into(),
            text("parent").into(),
            header["roster"].to_string().into(),
            text("author").into(),
            text("at").into(),
            Sha256::digest(body).to_vec(),
        ];
        let mut signed = Vec::new();
        for part in parts {
            signed.extend((part.len() as u64).to_be_bytes());
            signed.extend(part);
        }
        let mut header = header.clone();
        header["signature"] = STANDARD.encode(self.signer.sign(&signed).as_ref()).into();
        [header.to_string().as_bytes(), b"\n", body].concat()
    }

    /// The next revision of an object with another body, signed as the member of these keys.
    pub(super) fn next(&self, object: &[u8], body: &[u8]) -> Vec<u8> {
        let mut header = header(object);
        header["revision"] = (header["revision"].as_u64().unwrap() + 1).into();
        header["parent"] = hash(object).into();
        header["author"] = self.member.clone().into();
        self.sign(&header, body)
    }

    /// The next roster, with these keys added as an admin.
    pub(super) fn next_roster(&self, last: &[u8], author: &str) -> Vec<u8> {
        let mut roster: Value = serde_json::from_slice(body(last)).unwrap();
        let number = roster["version"].as_u64().unwrap() + 1;
        roster["version"] = number.into();
        let recipient = self.identity.to_public().to_string();
        let since = roster["members"][0]["since"].clone();
        roster["members"].as_array_mut().unwrap().push(json!({
            "id": self.member, "role": "admin", "recipient": recipient, "signing_key": self.public(),
            "added_by": author, "since": since,
        }));
        let mut top = header(last);
        if top["vault"] == "" {
            top["vault"] = hash(last).into();
        }
        top["path"] = format!("roster/{number}").into();
        top["revision"] = number.into();
        top["parent"] = hash(last).into();
        top["author"] = author.into();
        self.sign(&top, roster.to_string().as_bytes())
    }

    pub(super) fn seal(recipients: &[&age::x25519::Identity], plain: &[u8]) -> Vec<u8> {
        use std::io::Write as _;
        let recipients: Vec<age::x25519::Recipient> = recipients.iter().map(|one| one.to_public()).collect();
        let encryptor =
            age::Encryptor::with_recipients(recipients.iter().map(|one| one as &dyn age::Recipient)).unwrap();
        let mut sealed = Vec::new();
        let mut writer = encryptor.wrap_output(&mut sealed).unwrap();
        writer.write_all(plain).unwrap();
        writer.finish().unwrap();
        sealed
    }
}

fn open(sealed: &[u8], identity: &dyn age::Identity) -> Option<Vec<u8>> {
    let mut plain = Vec::new();
    let decryptor = age::Decryptor::new_buffered(sealed).ok()?;
    decryptor.decrypt(std::iter::once(identity)).ok()?.read_to_end(&mut plain).ok()?;
    Some(plain)
}

pub(super) fn header(object: &[u8]) -> Value {
    let end = object.iter().position(|byte| *byte == b'\n').unwrap();
    serde_json::from_slice(&object[..end]).unwrap()
}

pub(super) fn body(object: &[u8]) -> &[u8] {
    let end = object.iter().position(|byte| *byte == b'\n').unwrap();
    &object[end + 1..]
}

pub(super) fn hash(object: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(object).iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    })
}
