//! Prompts for what `add` was not given: the integration, the name, the client ID, the required settings.

use crate::catalog::{Catalog, Provider, Variable};
use crate::cli::arguments::Global;
use crate::cli::output::Output;
use crate::cli::prompt;
use crate::cli::variables::VariableOptions;
use crate::problem::{Kind, NextStep, Problem};

/// Most integrations that are listed at once.
const MOST: usize = 9;

/// The integration, from the arguments or a prompt.
///
/// # Errors
/// `Kind::Usage` if it was not given and there is no user to prompt.
pub(super) fn integration(
    given: Option<String>,
    catalog: &Catalog,
    global: &Global,
    output: Output,
) -> Result<String, Problem> {
    match given {
        Some(id) => Ok(id),
        None if !prompt::is_attended(global) => {
            Err(missing("integration", "--integration ID").step(NextStep::ListCatalog))
        }
        None => searched(catalog, global, output),
    }
}

/// Searches the catalog for what the user types, until one integration is chosen.
fn searched(catalog: &Catalog, global: &Global, output: Output) -> Result<String, Problem> {
    loop {
        let words = answer(global, "Integration (name or part of it): ")?;
        let hits = catalog.search(&words);
        if let Some(exact) = catalog.by_id(&words.to_lowercase()) {
            return Ok(exact.id.clone());
        }
        if hits.is_empty() {
            output.note("No integration found. For one that is not in the catalog, search for: custom");
            continue;
        }
        for (at, hit) in hits.iter().take(MOST).enumerate() {
            output.note(&format!("  {}  {} ({})", at + 1, hit.provider.name, hit.provider.id));
        }
        if hits.len() > MOST {
            output.note(&format!("  and {} more", hits.len() - MOST));
        }
        let number = prompt::line(global, "Number (empty: the only match, or search again): ")?;
        let number = if number.is_empty() && hits.len() == 1 { "1" } else { &number };
        let chosen = number.parse::<usize>().ok().and_then(|number| hits.get(number.checked_sub(1)?));
        if let Some(hit) = chosen {
            return Ok(hit.provider.id.clone());
        }
    }
}

/// The name of the new credential; the integration's name is suggested.
///
/// # Errors
/// `Kind::Usage` if it was not given and there is no user to prompt.
pub(super) fn name(given: Option<String>, provider: Option<&Provider>, global: &Global) -> Result<String, Problem> {
    match (given, provider) {
        (Some(name), _) => Ok(name),
        (None, Some(provider)) if prompt::is_attended(global) => {
            let typed = prompt::line(global, &format!("Name [{}]: ", provider.name))?;
            Ok(if typed.is_empty() { provider.name.clone() } else { typed })
        }
        (None, _) => Err(missing("name", "--name NAME")),
    }
}

/// The client ID of an integration that has one. Without a terminal it is empty, which is refused later.
pub(super) fn client_id(
    given: Option<String>,
    provider: Option<&Provider>,
    global: &Global,
) -> Result<String, Problem> {
    match (given, provider) {
        (Some(id), _) => Ok(id),
        (None, Some(provider)) if !provider.grant.is_static_secret() && prompt::is_attended(global) => {
            answer(global, "Client ID: ")
        }
        _ => Ok(String::new()),
    }
}

/// Prompts for required settings without a value.
pub(super) fn settings(
    given: &mut VariableOptions,
    provider: &Provider,
    global: &Global,
    output: Output,
) -> Result<(), Problem> {
    let is_open = |variable: &&Variable| {
        !variable.secret
            && !variable.optional
            && variable.default.is_none()
            && !given.values.contains_key(&variable.name)
    };
    let open: Vec<&Variable> = provider.variables.iter().filter(is_open).collect();
    for variable in open.into_iter().filter(|_| prompt::is_attended(global)) {
        let example =
            if variable.example.is_empty() { String::new() } else { format!(" (such as {})", variable.example) };
        let question = format!("{}{example}: ", variable.label);
        while let Err(problem) = given.set(variable, &answer(global, &question)?, output) {
            output.problem(&problem);
        }
    }
    Ok(())
}

/// Prompts for a line that is not empty.
fn answer(global: &Global, question: &str) -> Result<String, Problem> {
    match prompt::line(global, question)? {
        typed if typed.is_empty() => Err(Problem::new(Kind::Usage, "Nothing was entered.").why("Nothing was added.")),
        typed => Ok(typed),
    }
}

fn missing(what: &str, option: &str) -> Problem {
    Problem::new(Kind::Usage, format!("The {what} is missing."))
        .why("It can be asked for only in a terminal, and not with --no-input.")
        .try_this(format!("Add {option}."))
}
