//! What other programs write, told apart and read; what is wrong is named by its place.

mod agent;
mod bru;
mod collection;
mod dotenv;
mod ini;
mod mail;
mod template;
mod text;

use super::Found;
use crate::problem::{Kind, NextStep, Problem};
use crate::secret::Secret;

/// The formats there are.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Format {
    /// JSON of `oidc-gen -p`: account, client and refresh token.
    OidcAgent,
    /// `pizauth.conf`: accounts and clients; its tokens are not in it.
    Pizauth,
    /// `rclone.conf`: clients and tokens.
    Rclone,
    /// A Postman collection or environment, exported as JSON.
    Postman,
    /// A Bruno request, `.bru`.
    Bruno,
    /// `KEY=VALUE` lines: CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN, each with any prefix.
    Env,
    /// Nothing but a refresh token.
    RefreshToken,
    /// The template that `credenza export --template` writes.
    Template,
}

impl Format {
    /// All, with the words of the command line.
    pub const ALL: [(&'static str, Self); 8] = [
        ("oidc-agent", Self::OidcAgent),
        ("pizauth", Self::Pizauth),
        ("rclone", Self::Rclone),
        ("postman", Self::Postman),
        ("bruno", Self::Bruno),
        ("env", Self::Env),
        ("refresh-token", Self::RefreshToken),
        ("template", Self::Template),
    ];

    /// What a text looks like; a lone refresh token looks like nothing, and is never guessed.
    fn guess(text: &str) -> Option<Self> {
        let has = |word: &str| text.contains(word);
        let lines = || text.lines().map(str::trim);
        if text.trim_start().starts_with('{') {
            return match () {
                () if has("\"credenza-template\"") => Some(Self::Template),
                () if has("\"issuer_url\"") || has("\"refresh_token\"") => Some(Self::OidcAgent),
                () if has("\"oauth2\"") || has("_postman_") => Some(Self::Postman),
                () => None,
            };
        }
        match () {
            () if lines().any(|line| line.starts_with("auth:oauth2")) => Some(Self::Bruno),
            () if lines().any(|line| line.starts_with("account ") && line.contains('"')) => Some(Self::Pizauth),
            () if lines().any(|line| line.starts_with('[') && line.ends_with(']')) => Some(Self::Rclone),
            () if lines().any(|line| dotenv::pair(line).is_some()) => Some(Self::Env),
            () => None,
        }
    }
}

/// What the file says. `format` as a person named it, else guessed.
///
/// # Errors
/// Usage, with the place, for what is not of the format, holds no credential or is of none that is known.
pub fn read(text: &str, format: Option<Format>) -> Result<Vec<Found>, Problem> {
    let format = format.or_else(|| Format::guess(text)).ok_or_else(|| {
        let known: Vec<&str> = Format::ALL.iter().map(|(word, _)| *word).collect();
        Problem::new(Kind::Usage, "It cannot be told what this file is.")
            .try_this(format!("Name its format, one of {}.", known.join(", ")))
            .step(NextStep::NameFormat)
    })?;
    let found = match format {
        Format::OidcAgent => agent::read(text),
        Format::Pizauth => mail::read(text),
        Format::Rclone => ini::read(text),
        Format::Postman => collection::read(text),
        Format::Bruno => Ok(bru::read(text)),
        Format::Env => Ok(dotenv::read(text)),
        Format::RefreshToken => lone(text),
        Format::Template => template::read(text),
    }?;
    if found.is_empty() {
        return Err(Problem::new(Kind::Usage, "The file holds no credential that could be imported."));
    }
    Ok(found)
}

fn lone(text: &str) -> Result<Vec<Found>, Problem> {
    let token = text.trim();
    if token.is_empty() || token.contains(char::is_whitespace) {
        return Err(
            Problem::new(Kind::Usage, "The file is not one refresh token.").why("It is empty, or several words.")
        );
    }
    Ok(vec![Found { refresh_token: Some(Secret::new(token.to_owned())), ..Found::default() }])
}
