//! `--set` and `--set-file` of a credential: finds the variable by its key or label, normalizes its value, and reports
//! corrections.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::arguments::Global;
use super::output::Output;
use super::prompt;
use crate::catalog::{Provider, Variable};
use crate::printable::printable;
use crate::problem::{Kind, Problem};

/// The variables in the options, by their keys.
#[derive(Debug, Default)]
pub(super) struct VariableOptions {
    pub(super) values: BTreeMap<String, String>,
    /// The file of each secret variable.
    pub(super) files: BTreeMap<String, String>,
    /// `[{"variable", "given", "used", "note"}]`.
    pub(super) corrected: Vec<Value>,
}

impl VariableOptions {
    /// Reads the options.
    ///
    /// # Errors
    /// `Kind::Usage` for an unknown variable, a value it cannot have, or a secret in an argument.
    pub(super) fn read(
        provider: &Provider,
        set: &[(String, String)],
        files: &[(String, String)],
        output: Output,
    ) -> Result<Self, Problem> {
        let mut given = Self::default();
        for (word, file) in files {
            let variable = known(provider, word)?;
            if !variable.secret {
                let problem = Problem::new(Kind::Usage, format!("{word} is not a secret."));
                return Err(problem.try_this(format!("Use --set {word}=VALUE.")));
            }
            given.files.insert(variable.name.clone(), file.clone());
        }
        for (word, text) in set {
            let variable = known(provider, word)?;
            if variable.secret {
                return Err(secret_in_argument(word));
            }
            given.set(variable, text, output)?;
        }
        Ok(given)
    }

    pub(super) fn set(&mut self, variable: &Variable, text: &str, output: Output) -> Result<(), Problem> {
        let found = variable.normalize(text)?;
        if let Some(note) = found.note {
            output.note(&format!("credenza: {}: {}", variable.label, printable(&note, 400)));
            self.corrected.push(json!({
                "variable": variable.name, "given": text, "used": found.value, "note": note,
            }));
        }
        self.values.insert(variable.name.clone(), found.value);
        Ok(())
    }

    /// Asks the user for a data center that was not given. If the user cannot be asked, the catalog's first one is
    /// used, with a note: scripts written for an older version must still work, but a wrong data center is refused with
    /// a misleading message.
    ///
    /// # Errors
    /// `Kind::Usage` for an empty answer.
    pub(super) fn ask_data_center(
        &mut self,
        provider: &Provider,
        global: &Global,
        output: Output,
    ) -> Result<(), Problem> {
        let open = |variable: &&Variable| {
            provider.is_data_center(variable) && !variable.secret && !self.values.contains_key(&variable.name)
        };
        let open: Vec<&Variable> = provider.variables.iter().filter(open).collect();
        for variable in open {
            if prompt::is_attended(global) {
                self.ask(variable, global, output)?;
            } else if let Some(default) = &variable.default {
                let label = variable.choice(default).map_or("", |choice| &choice.label);
                output.note(&format!(
                    "credenza: {} was not given: {default} ({label}) is used. To choose, add --set {}=VALUE, one of: {}.",
                    variable.label,
                    variable.word(),
                    variable.choice_list(),
                ));
            }
        }
        Ok(())
    }

    /// Asks for one of the choices until it is one; nothing else that was typed before is lost.
    ///
    /// # Errors
    /// `Kind::Usage` for an empty answer.
    fn ask(&mut self, variable: &Variable, global: &Global, output: Output) -> Result<(), Problem> {
        loop {
            let answer = prompt::line(global, &question(variable))?;
            let chosen = answer.parse::<usize>().ok().and_then(|number| variable.choices.get(number.checked_sub(1)?));
            match self.set(variable, chosen.map_or(answer.as_str(), |choice| &choice.value), output) {
                Err(problem) if !answer.is_empty() => output.problem(&problem),
                set => return set,
            }
        }
    }
}

/// Prints a note if the catalog knows none of the scopes that replace its default scopes.
pub(super) fn check_scopes(provider: &Provider, scopes: &[String], output: Output) {
    let unknown = provider.unknown_scopes(scopes.iter().map(String::as_str));
    if !scopes.is_empty() && unknown.len() == scopes.len() {
        output.note(&format!(
            "credenza: the catalog of {} does not have {}. --scope replaces its {} scopes; to list them: \
             credenza catalog show {}",
            provider.name,
            printable(&unknown.join(", "), 400),
            provider.scopes.len(),
            provider.id,
        ));
    }
}

/// Refuses options that this kind of credential does not use, which would be ignored silently.
pub(super) fn must_be_of_use(provider: &Provider, useless: &[(&str, bool)]) -> Result<(), Problem> {
    let Some((option, _)) = useless.iter().find(|(_, given)| *given) else { return Ok(()) };
    let typed_in = provider.grant.is_static_secret();
    let fields = if typed_in { "--secret-file and --set" } else { "--client-id, --client-secret-file and --set" };
    Err(Problem::new(Kind::Usage, format!("{} does not use {option}.", provider.name))
        .why(format!("It signs in with {}.", provider.grant_label))
        .try_this(format!("It uses {fields}.")))
}

/// A credential's JSON, with the corrections.
pub(super) fn with_corrected(mut row: Value, corrected: Vec<Value>) -> Value {
    if let Some(object) = row.as_object_mut() {
        object.insert("corrected".to_owned(), corrected.into());
    }
    row
}

fn question(variable: &Variable) -> String {
    let choice = |(at, choice): (usize, &crate::catalog::Choice)| {
        format!("  {:>2}  {:<32} {}\n", at + 1, choice.value, choice.label)
    };
    let list: String = variable.choices.iter().enumerate().map(choice).collect();
    format!("{}. {}\n{list}Number or name: ", variable.label, variable.help)
}

fn secret_in_argument(word: &str) -> Problem {
    Problem::new(Kind::Usage, format!("{word} is a secret and must not be given as an argument."))
        .why("Other users of this machine can read arguments, and the shell keeps a history. Nothing was stored.")
        .try_this(format!("Create a new secret if others could have seen this one, and use --set-file {word}=FILE."))
}

fn known<'a>(provider: &'a Provider, word: &str) -> Result<&'a Variable, Problem> {
    provider.variable_by_word(word).ok_or_else(|| {
        let problem = Problem::new(Kind::Usage, format!("{} has no setting \"{word}\".", provider.name));
        let all = provider.variables.iter().map(|variable| format!("{} ({})", variable.word(), variable.label));
        let all: Vec<String> = all.collect();
        if all.is_empty() {
            problem.why("It has no settings.")
        } else {
            problem.try_this(format!("Settings for {}: {}.", provider.name, all.join(", ")))
        }
    })
}
