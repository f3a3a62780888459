//! Answers the questions of a member's key (a passphrase, a PIN, a choice) with prompts at the terminal.

use std::sync::atomic::{AtomicBool, Ordering};

use super::arguments::Global;
use super::output::Output;
use super::prompt::PromptSubject;
use super::{input, prompt};
use crate::engine::ops::member_key::{self, KeyKind, KeyPrompts};
use crate::paths::Paths;
use crate::problem::{Kind, Problem};
use crate::secret::{Passphrase, Secret};

/// Prompts at the terminal. The passphrase options answer the first question for a secret.
#[derive(Debug)]
pub(super) struct AtTerminal<'a> {
    global: &'a Global,
    output: Output,
    was_given: AtomicBool,
}

impl<'a> AtTerminal<'a> {
    pub(super) fn new(global: &'a Global, output: Output) -> Self {
        Self { global, output, was_given: AtomicBool::new(false) }
    }
}

impl KeyPrompts for AtTerminal<'_> {
    fn show(&self, message: &str) {
        self.output.note(&format!("credenza: {message}"));
    }

    fn secret(&self, question: &str) -> Result<Secret, Problem> {
        // Only once: repeating a wrong PIN could lock the key.
        if !self.was_given.swap(true, Ordering::Relaxed)
            && let Some(given) = input::given_passphrase(self.global)?.filter(|given| !given.is_empty())
        {
            return Ok(Secret::clone(&given));
        }
        prompt::secret(
            self.global,
            &format!("{}: ", question.trim_end_matches([':', ' '])),
            &PromptSubject::ForKey(question),
        )
    }

    fn text(&self, question: &str) -> Result<String, Problem> {
        self.ask(question, &format!("{question} "))
    }

    fn choose(&self, question: &str, yes: &str, no: Option<&str>) -> Result<bool, Problem> {
        let no = no.unwrap_or("give up");
        loop {
            let answer = self.ask(question, &format!("{question}\n1: {yes}\n2: {no}\nType 1 or 2: "))?;
            match answer.as_str() {
                "1" => return Ok(true),
                "2" => return Ok(false),
                "" => return Err(unanswered(question)),
                _ => {}
            }
        }
    }
}

impl AtTerminal<'_> {
    fn ask(&self, question: &str, text: &str) -> Result<String, Problem> {
        if !prompt::has_person(self.global) {
            return Err(unanswered(question));
        }
        prompt::line(self.global, text)
    }
}

/// Whether a key opens the vault without asking anything.
pub(super) fn asks_nothing(paths: &Paths) -> bool {
    let kind = member_key::at(paths).map(|key| key.kind);
    matches!(kind, Some(Ok(KeyKind::Age | KeyKind::Ssh { has_passphrase: false })))
}

/// Prompts in advance for the secret that a process without a terminal needs to open the vault: the passphrase, the
/// passphrase of an SSH key, or a PIN. Empty if nothing has to be typed.
pub(super) fn beforehand(paths: &Paths, global: &Global, output: Output) -> Result<Passphrase, Problem> {
    let Some(key) = member_key::at(paths) else { return input::passphrase(global) };
    match &key.kind {
        Err(problem) => Err(problem.clone()),
        Ok(KeyKind::Age | KeyKind::Ssh { has_passphrase: false }) => Ok(Passphrase::default()),
        Ok(KeyKind::Ssh { .. }) => AtTerminal::new(global, output)
            .secret(&format!("Passphrase of {}", key.file.display()))
            .map(Passphrase::from),
        Ok(KeyKind::Plugin { name }) => {
            let given = input::given_passphrase(global)?;
            let typed = match given {
                Some(given) => given,
                None if prompt::has_person(global) => {
                    let question = format!("PIN of your key ({name}), if it has one");
                    Passphrase::from(prompt::secret(
                        global,
                        &format!("{question}: "),
                        &PromptSubject::ForKey(&question),
                    )?)
                }
                None => Passphrase::default(),
            };
            output.note("credenza: touch your key now if it asks for it");
            Ok(typed)
        }
    }
}

fn unanswered(question: &str) -> Problem {
    Problem::new(Kind::Locked, "The key needs an answer, but the program cannot ask for it.")
        .why(format!("It asks: {question}"))
        .try_this("Run the command in a terminal, without --no-input.")
}
