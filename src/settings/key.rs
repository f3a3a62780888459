//! The keys of `settings.toml` as data: their names, meanings and allowed values.

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Key {
    Theme,
    Glyphs,
    Mouse,
    LockAfter,
    ClearClipboardAfter,
    RedirectPort,
    Audit,
    Proxy,
    CaFile,
    CompleteNames,
    CatalogKey,
    CatalogUrl,
    Vault,
}

/// The kind of value that a setting has.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Takes {
    /// One of a few words, see [`Key::choices`].
    Word,
    /// `true` or `false`.
    Switch,
    /// A port number.
    Port,
    /// Text with rules that depend on the key.
    Text,
}

impl Key {
    /// All keys, in the order of the documentation.
    pub const ALL: [Self; 13] = [
        Self::Theme,
        Self::Glyphs,
        Self::Mouse,
        Self::LockAfter,
        Self::ClearClipboardAfter,
        Self::RedirectPort,
        Self::Audit,
        Self::Proxy,
        Self::CaFile,
        Self::CompleteNames,
        Self::CatalogKey,
        Self::CatalogUrl,
        Self::Vault,
    ];

    /// The key in the file.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Theme => "theme",
            Self::Glyphs => "glyphs",
            Self::Mouse => "mouse",
            Self::LockAfter => "lock_after",
            Self::ClearClipboardAfter => "clear_clipboard_after",
            Self::RedirectPort => "redirect_port",
            Self::Audit => "audit",
            Self::Proxy => "proxy",
            Self::CaFile => "ca_file",
            Self::CompleteNames => "complete_names",
            Self::CatalogKey => "catalog_key",
            Self::CatalogUrl => "catalog_url",
            Self::Vault => "vault",
        }
    }

    /// Describes the setting in one sentence.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Theme => "Colors of the screens.",
            Self::Glyphs => "Characters for borders, arrows and states.",
            Self::Mouse => "Whether clicks and the wheel work. Without it the terminal selects text as usual.",
            Self::LockAfter => "Idle time after which the screens lock the vault.",
            Self::ClearClipboardAfter => "Time after which a copied secret is removed from the clipboard.",
            Self::RedirectPort => {
                "Port of the redirect URI of new credentials. Providers compare redirect URIs exactly: register a new \
                 one there, too."
            }
            Self::Audit => "Whether an action that cannot be written to the audit log is refused.",
            Self::Proxy => "URL of the proxy for all requests.",
            Self::CatalogKey => "Public key (minisign) that verifies catalog updates, instead of the release key.",
            Self::CatalogUrl => "File or https address of catalog updates, where a command names none.",
            Self::Vault => "Which vault is used where no command names one: local, or the name of a team vault.",
            Self::CompleteNames => {
                "Whether the names of credentials are kept in a readable file, so that a shell completes them without an \
                 agent."
            }
            Self::CaFile => "PEM file with a certificate authority, in addition to those of the system.",
        }
    }

    /// The value that applies if the file does not set one.
    #[must_use]
    pub(crate) fn default_word(self) -> &'static str {
        match self {
            Self::Theme => "default",
            Self::Glyphs => "by locale",
            Self::Mouse => "true",
            Self::CompleteNames => "false",
            Self::LockAfter => "10m",
            Self::ClearClipboardAfter => "30s",
            Self::RedirectPort => "53682",
            Self::Audit => "on",
            Self::CatalogKey => "the release key",
            Self::Vault => "local",
            Self::Proxy | Self::CaFile | Self::CatalogUrl => "none",
        }
    }

    #[must_use]
    pub fn takes(self) -> Takes {
        match self {
            Self::Theme | Self::Glyphs | Self::Audit => Takes::Word,
            Self::Mouse | Self::CompleteNames => Takes::Switch,
            Self::RedirectPort => Takes::Port,
            Self::LockAfter
            | Self::ClearClipboardAfter
            | Self::Proxy
            | Self::CaFile
            | Self::CatalogKey
            | Self::CatalogUrl
            | Self::Vault => Takes::Text,
        }
    }

    /// The words that are allowed, each with its effect; empty if the value is typed.
    #[must_use]
    pub fn choices(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Theme => &[
                ("default", "dark or light, by the terminal's background"),
                ("dark", "for a dark background"),
                ("light", "for a light background"),
                ("high-contrast", "for bright rooms and tired eyes"),
                ("color-blind", "without red and green"),
                ("plain", "no colors"),
            ],
            Self::Glyphs => &[("unicode", "box drawing and symbols"), ("ascii", "ASCII only")],
            Self::Mouse => &[("true", "clicks and the wheel work"), ("false", "keys only")],
            Self::CompleteNames => &[("false", "no file with names"), ("true", "names are readable without the vault")],
            Self::Audit => &[("on", "actions are logged"), ("required", "what cannot be logged is refused")],
            _ => &[],
        }
    }

    /// An example of a value that is typed.
    #[must_use]
    pub fn example(self) -> &'static str {
        match self {
            Self::LockAfter => "90s, 10m or 2h, from 10 seconds to 7 days; or never",
            Self::ClearClipboardAfter => "30s or 2m, from 1 second to 7 days; or never (only when the program ends)",
            Self::RedirectPort => "a number from 1 to 65535",
            Self::Proxy => "http://proxy.example:3128",
            Self::CaFile => "/etc/ssl/example.pem",
            Self::CatalogKey => "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3",
            Self::CatalogUrl => "https://updates.example/catalog.json",
            Self::Vault => "local, or a name of lower-case letters, digits, - and _",
            _ => "",
        }
    }

    /// Whether a change takes effect in a running program at once, and not only after a restart.
    #[must_use]
    pub(crate) fn is_felt_at_once(self) -> bool {
        !matches!(self, Self::Mouse | Self::Proxy | Self::CaFile | Self::Vault)
    }
}
