//! The fields of an import: the file, and the options of `credenza import`.

use std::collections::BTreeMap;

use crate::engine::ops::transfer::file::ImportFile;
use crate::engine::ops::transfer::{ImportChoices, Options};
use crate::nearest::suggestion;
use crate::paths;
use crate::problem::{Kind, Problem};
use crate::secret::ClientSecret;
use crate::tui::widgets::text_field::TextField;
use crate::tui::widgets::text_form::TextForm;

const FILE: usize = 0;
const KEY_FILE: usize = 1;
const INTEGRATION: usize = 2;
const ENTRIES: usize = 3;
const FORMAT: usize = 4;
const NAME: usize = 5;
const CLIENT_ID: usize = 6;
pub(super) const CLIENT_SECRET: usize = 7;
const REDIRECT_URI: usize = 8;
const SETTINGS: usize = 9;
const COLUMNS: usize = 10;

/// Label of each field, and what it is for.
const FIELDS: [(&str, &str); 11] = [
    ("File", "An export or template of Credenza, a vault or its backup, or a file of another program."),
    ("Key file", "The age identity that opens an encrypted file. Empty otherwise."),
    ("Integration", "A catalog id, where the file does not say which one its entries are for."),
    ("Entries", "Names in the file, separated by commas. Empty for all."),
    ("Format", "Recognized from the content. If that fails, enter a format such as csv, env, json or refresh-token."),
    ("Name", "The credential's name, if the file contains one credential."),
    ("Client ID", "Used if the file has no value for this field."),
    ("Client Secret", "Used if the file has no value for this field."),
    ("Redirect URI", "Replaces the redirect URI in the file."),
    ("Settings", "Of the integration, as KEY=VALUE, separated by commas: customer_domain=eu"),
    ("Columns", "Of a CSV file, as FIELD=COLUMN, separated by commas: name=Name, client_id=ID"),
];

/// What a column of a CSV file can contain.
const COLUMN_FIELDS: [&str; 6] = ["name", "client_id", "client_secret", "refresh_token", "scopes", "secret"];

/// The form, whose fields are empty except for the file.
pub(super) fn form(file: &str) -> TextForm {
    let field = |(at, (label, _)): (usize, &(&'static str, &str))| {
        let field = match at {
            FILE => TextField::new(file),
            CLIENT_SECRET => TextField::masked(),
            _ => TextField::default(),
        };
        (*label, field)
    };
    TextForm::new(FIELDS.iter().enumerate().map(field).collect())
}

/// What the focused field is for.
pub(super) fn about(form: &TextForm) -> &'static str {
    FIELDS.get(form.focus()).map_or("", |(_, about)| about)
}

pub(super) fn typed(form: &TextForm, tries_tokens: bool) -> Result<ImportFile, Problem> {
    let text = |at| Some(form.text(at)).filter(|text| !text.is_empty()).map(str::to_owned);
    let path = paths::typed(form.text(FILE))?;
    let key_file = text(KEY_FILE).as_deref().map(paths::typed).transpose()?;
    let only = form.text(ENTRIES).split(',').map(str::trim).filter(|name| !name.is_empty());
    let columns = pairs("Columns", form.text(COLUMNS))?;
    if let Some(wrong) = columns.keys().find(|field| !COLUMN_FIELDS.contains(&field.as_str())) {
        return Err(Problem::new(
            Kind::Usage,
            format!("No field is named \"{wrong}\".{}", suggestion(wrong, COLUMN_FIELDS)),
        )
        .try_this(format!("Fields of a CSV file: {}.", COLUMN_FIELDS.join(", "))));
    }
    let secret = Some(form.secret(CLIENT_SECRET)).filter(|_| !form.is_empty(CLIENT_SECRET));
    let choices = ImportChoices {
        integration: text(INTEGRATION),
        only: only.map(str::to_owned).collect(),
        name: text(NAME),
        client_id: text(CLIENT_ID),
        client_secret: secret.map(ClientSecret::from),
        redirect_uri: text(REDIRECT_URI),
        variables: pairs("Settings", form.text(SETTINGS))?,
    };
    let options = Options { format: text(FORMAT), columns };
    Ok(ImportFile { path, key_file, options, choices, tries_tokens })
}

/// Parses `KEY=VALUE, KEY=VALUE`.
fn pairs(label: &str, text: &str) -> Result<BTreeMap<String, String>, Problem> {
    let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
    let pair = |word: &str| match word.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => Ok((key.trim().to_owned(), value.trim().to_owned())),
        _ => Err(Problem::new(Kind::Usage, format!("{label}: \"{word}\" has no name and \"=\" before its value."))
            .try_this("Write NAME=VALUE, with commas in between.")),
    };
    words.map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_split_and_a_word_that_is_none_is_named() {
        let read = pairs("Settings", "customer_domain=eu, portal = it=x,").unwrap();
        assert_eq!(read["customer_domain"], "eu");
        assert_eq!(read["portal"], "it=x");
        assert!(pairs("Settings", "a=1, eu").unwrap_err().what.contains("\"eu\""));
        assert!(pairs("Settings", "=x").is_err());
    }

    #[test]
    fn a_wrong_field_of_a_column_is_said_with_the_right_one() {
        let mut form = form("/tmp/a.csv");
        let typed_in = |form: &mut TextForm, at: usize, text: &str| form.set(at, text);
        typed_in(&mut form, COLUMNS, "clientid=ID");
        assert!(typed(&form, true).unwrap_err().what.contains("Did you mean \"client_id\"?"));
        typed_in(&mut form, COLUMNS, "client_id=ID");
        let file = typed(&form, true).unwrap();
        assert_eq!(file.options.columns["client_id"], "ID");
    }
}
