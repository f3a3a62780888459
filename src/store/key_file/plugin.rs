//! The two jobs of an age plugin: encrypting a file key to an identity, and decrypting it.

use std::path::PathBuf;

use age_core::format::{FILE_KEY_BYTES, FileKey, Stanza};
use age_core::secrecy::ExposeSecret as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use rustix::fs::{Access, access};
use zeroize::Zeroizing;

use super::connection::{Connection, Fault};
use super::parse::PluginIdentity;
use super::prompts::KeyPrompts;
use super::stanza::Message;
use crate::printable::printable;
use crate::problem::{Kind, Problem};

/// Maximum number of messages in one job.
const MAX_MESSAGES: usize = 200;

/// Maximum number of characters of a plugin's text that are shown.
const MAX_TEXT: usize = 300;

/// A plugin, and the prompts through which it may ask the user.
#[derive(Clone, Copy)]
pub(super) struct Plugin<'a> {
    pub(super) identity: &'a PluginIdentity,
    pub(super) prompts: &'a dyn KeyPrompts,
}

impl Plugin<'_> {
    /// Encrypts a file key.
    pub(super) fn wrap(&self, file_key: &FileKey) -> Result<Vec<Stanza>, Problem> {
        let mut connection = self.start("recipient-v1")?;
        connection.send("add-identity", [self.identity.line.as_str()], b"").map_err(|fault| self.failed(fault))?;
        connection.send("wrap-file-key", [], file_key.expose_secret()).map_err(|fault| self.failed(fault))?;
        let mut stanzas = Vec::new();
        self.converse(connection, &mut |message| {
            if message.tag != "recipient-stanza" {
                return false;
            }
            // The first argument is the number of the file, and there is only one.
            if let [file, tag, arguments @ ..] = message.arguments.as_slice()
                && file == "0"
            {
                let body = message.body.to_vec();
                stanzas.push(Stanza { tag: tag.clone(), args: arguments.to_vec(), body });
            }
            true
        })?;
        if stanzas.is_empty() {
            return Err(self.problem("The plugin returned no encrypted key."));
        }
        Ok(stanzas)
    }

    /// Decrypts a file key; `None` if none of the stanzas is for this identity.
    pub(super) fn unwrap(&self, stanzas: &[Stanza]) -> Result<Option<FileKey>, Problem> {
        let mut connection = self.start("identity-v1")?;
        connection.send("add-identity", [self.identity.line.as_str()], b"").map_err(|fault| self.failed(fault))?;
        for stanza in stanzas {
            let arguments = ["0", &stanza.tag].into_iter().chain(stanza.args.iter().map(String::as_str));
            connection.send("recipient-stanza", arguments, &stanza.body).map_err(|fault| self.failed(fault))?;
        }
        let mut file_key = None;
        self.converse(connection, &mut |message| {
            if message.tag != "file-key" {
                return false;
            }
            if let Ok(bytes) = <&[u8; FILE_KEY_BYTES]>::try_from(message.body.as_slice()) {
                file_key = Some(FileKey::init_with_mut(|key| key.copy_from_slice(bytes)));
            }
            true
        })?;
        Ok(file_key)
    }

    /// Answers the plugin's messages until it is done. `take` is called with other messages, and returns whether it
    /// knows them.
    fn converse(&self, mut connection: Connection, take: &mut dyn FnMut(&Message) -> bool) -> Result<(), Problem> {
        connection.send("done", [], b"").map_err(|fault| self.failed(fault))?;
        let mut refused = None;
        for _ in 0..MAX_MESSAGES {
            let message = connection.receive().map_err(|fault| refused.take().unwrap_or_else(|| self.failed(fault)))?;
            if message.tag == "done" {
                return refused.map_or(Ok(()), Err);
            }
            let (answer, argument, body) = match self.answered(&message) {
                Some(Ok((argument, body))) => ("ok", argument, body),
                Some(Err(problem)) => {
                    refused.get_or_insert(problem);
                    ("fail", None, Zeroizing::default())
                }
                None if message.tag == "error" => {
                    refused.get_or_insert_with(|| self.problem(&text(&message.body)));
                    ("ok", None, Zeroizing::default())
                }
                None if take(&message) => ("ok", None, Zeroizing::default()),
                None => ("unsupported", None, Zeroizing::default()),
            };
            connection.send(answer, argument, &body).map_err(|fault| self.failed(fault))?;
        }
        Err(refused.unwrap_or_else(|| self.failed(Fault::Malformed)))
    }

    /// The answer to a question of the plugin; `None` for any other message.
    fn answered(&self, message: &Message) -> Option<Result<Answer, Problem>> {
        let question = || text(&message.body);
        Some(match message.tag.as_str() {
            "msg" => {
                self.prompts.show(&question());
                Ok(Answer::default())
            }
            "confirm" => {
                let labels = message.arguments.iter().take(2).map(|word| STANDARD_NO_PAD.decode(word));
                let labels: Vec<String> = labels.filter_map(Result::ok).map(|label| text(&label)).collect();
                let yes = labels.first().map_or("yes", String::as_str);
                let chosen = self.prompts.choose(&question(), yes, labels.get(1).map(String::as_str));
                chosen.map(|is_yes| (Some(if is_yes { "yes" } else { "no" }), Zeroizing::default()))
            }
            "request-public" => self.prompts.text(&question()).map(|text| (None, Zeroizing::new(text.into_bytes()))),
            "request-secret" => {
                let secret = self.prompts.secret(&question());
                secret.map(|secret| (None, Zeroizing::new(secret.expose().as_bytes().to_vec())))
            }
            _ => return None,
        })
    }

    fn start(&self, job: &str) -> Result<Connection, Problem> {
        let program = self.program().ok_or_else(|| {
            Problem::new(Kind::NotFound, format!("The program {} is missing.", self.program_name()))
                .why("The key works only with that age plugin, and no folder in PATH has it.")
                .try_this("Install the plugin.")
        })?;
        Connection::open(&program, job, self.prompts.deadline()).map_err(|fault| self.failed(fault))
    }

    fn program_name(&self) -> String {
        format!("age-plugin-{}", self.identity.name)
    }

    /// The first plugin program in `PATH`. Relative folders in `PATH` depend on the current folder, so they are
    /// skipped.
    fn program(&self) -> Option<PathBuf> {
        let path = std::env::var_os("PATH")?;
        let folders = std::env::split_paths(&path).filter(|folder| folder.is_absolute());
        let mut programs = folders.map(|folder| folder.join(self.program_name()));
        programs.find(|program| program.is_file() && access(program, Access::EXEC_OK).is_ok())
    }

    fn failed(&self, fault: Fault) -> Problem {
        let seconds = self.prompts.deadline().as_secs();
        match fault {
            Fault::Start => self.problem("It could not be started."),
            Fault::Ended => self.problem("It ended early."),
            Fault::Silent => self
                .problem(&format!("It did not answer within {seconds} seconds. The key may be missing or untouched.")),
            Fault::Malformed => self.problem("It does not respond as an age plugin does."),
        }
    }

    fn problem(&self, why: &str) -> Problem {
        Problem::new(Kind::Locked, format!("The plugin {} did not use the key.", self.program_name()))
            .why(why)
            .try_this("Check that the key is connected, and try again.")
    }
}

/// The argument and the body of an answer.
type Answer = (Option<&'static str>, Zeroizing<Vec<u8>>);

/// A plugin's text, escaped and bounded.
fn text(body: &[u8]) -> String {
    printable(String::from_utf8_lossy(body).trim(), MAX_TEXT)
}
