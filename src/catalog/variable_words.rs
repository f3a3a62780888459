//! Finds a variable by what users call it: its key, or the words of its label.

use super::provider::Provider;
use super::variable::Variable;

impl Variable {
    /// Its label as a word for a command line: `customer_domain`.
    #[must_use]
    pub fn word(&self) -> String {
        folded(&self.label)
    }
}

impl Provider {
    /// The variable with this key, or with this label in any case and with any punctuation between its words.
    #[must_use]
    pub(crate) fn variable_by_word(&self, word: &str) -> Option<&Variable> {
        let wanted = folded(word);
        let mut variables = self.variables.iter();
        self.variable(word)
            .or_else(|| variables.find(|variable| folded(&variable.name) == wanted))
            .or_else(|| self.variables.iter().find(|variable| variable.word() == wanted))
    }

    /// The scopes among these that the catalog does not name; empty if the catalog names no scopes at all.
    pub(crate) fn unknown_scopes<'a>(&self, scopes: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
        if !self.names_scopes() {
            return Vec::new();
        }
        let tests = self.tests.iter().chain(self.products.iter().flat_map(|product| &product.tests));
        let needed = tests.filter_map(|test| test.scope.as_ref());
        let needed = needed.chain(self.loads.iter().filter_map(|load| load.scope.as_ref()));
        let listed = self.scopes.iter().chain(self.scope_help.iter().map(|(scope, _)| scope));
        let known: Vec<&String> = listed.chain(needed).chain(&self.needs_scope).collect();
        scopes.filter(|scope| !known.iter().any(|known| known.eq_ignore_ascii_case(scope))).collect()
    }

    /// Whether the catalog knows scopes of this integration.
    #[must_use]
    pub(crate) fn names_scopes(&self) -> bool {
        !self.scopes.is_empty() || !self.scope_help.is_empty()
    }
}

fn folded(text: &str) -> String {
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_a_key_in_any_case() {
        let variable =
            Variable { name: "accounts_host".into(), label: "Customer Domain".into(), ..Variable::default() };
        let provider = Provider { variables: vec![variable], ..Provider::default() };
        for word in ["accounts_host", "Accounts-Host", "customer_domain", "CUSTOMER-DOMAIN", "Customer Domain"] {
            assert!(provider.variable_by_word(word).is_some(), "{word}");
        }
        assert!(provider.variable_by_word("domain").is_none() && provider.variable_by_word("").is_none());
    }
}
