//! Reads a key file: which keys it has, and what they will ask for.

use age::ssh::UnsupportedKey;
use age::{ssh, x25519};
use age_core::primitives::bech32_decode;
use zeroize::Zeroizing;

/// Maximum number of keys in one file.
const MAX_KEYS: usize = 8;

/// The prefix of a plugin's identity, before the plugin's name.
const PLUGIN: &str = "AGE-PLUGIN-";

/// The kind of a key, as far as it matters to the user.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum KeyKind {
    /// An OpenSSH private key.
    Ssh {
        /// Whether it is protected by a passphrase.
        has_passphrase: bool,
    },
    /// An age identity that is not encrypted.
    Age,
    /// An identity of a plugin, such as that of a hardware key. It may ask for a PIN or a touch.
    Plugin {
        /// For example `yubikey`.
        name: String,
    },
}

/// One key of a file.
pub(super) enum KeyEntry {
    Ssh(Box<ssh::Identity>),
    Age(Box<x25519::Identity>),
    Plugin(PluginIdentity),
}

/// `AGE-PLUGIN-NAME-1…`: identifies a key that only the plugin can use.
#[derive(Clone)]
pub(super) struct PluginIdentity {
    pub(super) name: String,
    pub(super) line: Zeroizing<String>,
}

impl KeyEntry {
    pub(super) fn kind(&self) -> KeyKind {
        match self {
            Self::Ssh(key) => KeyKind::Ssh { has_passphrase: matches!(**key, ssh::Identity::Encrypted(_)) },
            Self::Age(_) => KeyKind::Age,
            Self::Plugin(identity) => KeyKind::Plugin { name: identity.name.clone() },
        }
    }
}

/// Parses the keys in the text of a file. The error says why there are none, and what to do.
pub(super) fn keys(text: &[u8]) -> Result<Vec<KeyEntry>, (String, &'static str)> {
    let text = std::str::from_utf8(text).map_err(|_| unknown())?;
    if text.trim_start().starts_with("-----BEGIN ") {
        return Ok(vec![KeyEntry::Ssh(Box::new(ssh_key(text.trim_start())?))]);
    }
    if text.trim_start().starts_with("ssh-") {
        return Err(("It is a public key.".to_owned(), "Name the file of the private key."));
    }
    if text.starts_with("# credenza") {
        let why = "It is the identity file of a host, or of another vault.".to_owned();
        return Err((why, "Name an SSH key, or an identity file of age."));
    }
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let keys: Option<Vec<KeyEntry>> = lines.map(age_key).collect();
    match keys.ok_or_else(unknown)? {
        keys if keys.is_empty() => Err(unknown()),
        keys if keys.len() > MAX_KEYS => {
            Err((format!("It has more than {MAX_KEYS} keys."), "Use a file with one key."))
        }
        keys => Ok(keys),
    }
}

fn ssh_key(text: &str) -> Result<ssh::Identity, (String, &'static str)> {
    let new_key = "Use a key that ssh-keygen makes with -t ed25519, or a plugin of age.";
    match ssh::Identity::from_buffer(text.as_bytes(), None).map_err(|_| unknown())? {
        ssh::Identity::Unsupported(UnsupportedKey::EncryptedPem) => Err((
            "It is encrypted in an old format that protects it badly.".to_owned(),
            "Convert it: ssh-keygen -p -o -f FILE",
        )),
        ssh::Identity::Unsupported(UnsupportedKey::Hardware(_)) => {
            Err(("A security key of SSH can sign, but not decrypt.".to_owned(), "Use the plugin of age for that key."))
        }
        ssh::Identity::Unsupported(UnsupportedKey::Type(kind)) => {
            Err((format!("Keys of the type {kind} cannot decrypt; ssh-ed25519 and ssh-rsa can."), new_key))
        }
        ssh::Identity::Unsupported(UnsupportedKey::EncryptedSsh(cipher)) => Err((
            format!("It is encrypted with {cipher}, which is not supported."),
            "Convert it: ssh-keygen -p -f FILE",
        )),
        key => Ok(key),
    }
}

fn age_key(line: &str) -> Option<KeyEntry> {
    if let Ok(identity) = line.parse::<x25519::Identity>() {
        return Some(KeyEntry::Age(Box::new(identity)));
    }
    let name = bech32_decode(
        line,
        |_| (),
        |prefix| prefix.as_str().starts_with(PLUGIN).then_some(()).ok_or(()),
        |prefix, _| Ok(plugin_name(prefix.as_str())),
    );
    let name = name.ok().flatten()?;
    Some(KeyEntry::Plugin(PluginIdentity { name, line: Zeroizing::new(line.to_owned()) }))
}

/// The plugin name in `AGE-PLUGIN-NAME-`. It becomes part of a program's name, so it must not contain a path.
fn plugin_name(prefix: &str) -> Option<String> {
    let name = prefix.strip_prefix(PLUGIN)?.strip_suffix('-')?.to_ascii_lowercase();
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.' | b'_');
    (!name.is_empty() && name.bytes().all(is_plain)).then_some(name)
}

fn unknown() -> (String, &'static str) {
    ("It is neither a private key of SSH nor an identity file of age.".to_owned(), "Name a file of one of these kinds.")
}

#[cfg(test)]
mod tests {
    use age::secrecy::ExposeSecret as _;
    use age_core::primitives::bech32_encode;

    use super::*;

    fn plugin(name: &str) -> String {
        bech32_encode(bech32::Hrp::parse_unchecked(&format!("age-plugin-{name}-")), &[1, 2, 3]).to_uppercase()
    }

    #[test]
    fn the_kinds_of_keys_are_told_apart() {
        let native = x25519::Identity::generate().to_string();
        let text = format!("# created: today\n\n{}\n{}\n", native.expose_secret(), plugin("stub"));
        let kinds: Vec<KeyKind> = keys(text.as_bytes()).ok().unwrap().iter().map(KeyEntry::kind).collect();
        assert_eq!(kinds, [KeyKind::Age, KeyKind::Plugin { name: "stub".to_owned() }]);
    }

    #[test]
    fn what_is_no_key_says_why_and_never_repeats_it() {
        let why = |text: &str| keys(text.as_bytes()).err().unwrap().0;
        assert!(why("ssh-ed25519 AAAA ana@host\n").contains("public key"));
        assert!(why("# credenza-team identity, format 1\n").contains("host"));
        assert!(why(&format!("{}\n", plugin("stub")).repeat(9)).contains("more than 8"));
        for text in
            ["", "# nothing\n", "hunter2\n", "-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2\n", "AGE-PLUGIN-X-1Q\n"]
        {
            let said = why(text);
            assert!(said.contains("neither") && !said.contains("hunter2"), "{text}: {said}");
        }
        assert!(keys(b"\xff\xfe").is_err());
    }

    #[test]
    fn a_plugin_is_never_a_path() {
        assert_eq!(plugin_name("AGE-PLUGIN-YUBIKEY-").as_deref(), Some("yubikey"));
        for prefix in ["AGE-PLUGIN-", "AGE-PLUGIN--", "AGE-PLUGIN-../X-", "AGE-PLUGIN-A/B-", "AGE-PLUGIN-A B-"] {
            assert_eq!(plugin_name(prefix), None, "{prefix}");
        }
    }
}
